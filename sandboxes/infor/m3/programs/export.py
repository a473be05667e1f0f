"""EXPORTMI Select: columns of one table as one string per row, cut off at 984 characters.

Columns carry the prefix of their table. The company of the call is ignored: it is the user's. Conditions are
joined by lower-case `and`/`or`, and one of them must be on the company.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from sandboxes.infor.m3 import dictionary
from sandboxes.infor.m3.call import MiCall, Nok, Records
from sandboxes.infor.m3.store import Row, Table
from sandboxes.infor.m3.world import World

FILES = {
    "OCUSMA": "customers", "OCUSAD": "addresses", "CIDMAS": "suppliers", "MITMAS": "items",
    "OOHEAD": "orders", "OOLINE": "order_lines", "FSLEDG": "invoices", "CUGEX1": "custom_fields",
}  # fmt: skip
_STATEMENT = re.compile(
    r"(?P<columns>[A-Z0-9 ,]+?)\s+from\s+(?P<file>[A-Z0-9]+)\s+where\s+(?P<where>.+)", re.DOTALL
)
_CONDITION = re.compile(
    r"\s*(?P<column>[A-Z0-9]{6})\s*(?P<sign><>|<=|>=|=|<|>)\s*(?P<value>'(?:[^']|'')*'|-?[\d.]+)\s*"
)
_JOIN = re.compile(r"(and|or)(?=\s)")
_SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": eq, "<>": ne, "<": lt, "<=": le, ">": gt, ">=": ge
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Condition:
    name: str
    sign: str
    value: str
    numeric: bool

    def holds(self, table: Table, row: Row) -> bool:
        held = table.value(row, self.name)
        if self.numeric:
            return _SIGNS[self.sign](float(held or "0"), float(self.value or "0"))
        return _SIGNS[self.sign](held, self.value)


def select(world: World, call: MiCall) -> Records:
    statement = _STATEMENT.fullmatch(call.value("QERY").strip())
    if statement is None or statement["file"] not in FILES:
        raise _wrong("the statement is not valid")
    table = world.tables[FILES[statement["file"]]]
    columns = [_column(table, name.strip()) for name in statement["columns"].split(",")]
    either = _conditions(table, statement["where"])
    if not all(any(one.name == "CONO" for one in together) for together in either):
        raise _wrong(f"{table.prefix}CONO must be in the where clause")
    separator, limit = call.value("SEPC") or ";", world.options.export_limit
    rows = _rows(world, table, either)
    lines = (separator.join(table.value(row, name) for name in columns) for row in rows)
    if call.value("HDRS") == "1":
        yield {"REPL": separator.join(table.prefix + name for name in columns)[:limit]}
    yield from ({"REPL": line[:limit]} for line in lines)


def _rows(world: World, table: Table, either: list[list[_Condition]]) -> Iterator[Row]:
    for row in table.scan(world.user_company, _first_key(table, either)):
        if row["CONO"] != world.user_company:
            return
        if any(all(one.holds(table, row) for one in together) for together in either):
            yield row


def _first_key(table: Table, either: list[list[_Condition]]) -> str:
    """Where the scan may start, so that a page deep in a large table costs no more than the first."""
    if len(either) > 1:
        return ""
    bounds = [
        one.value for one in either[0]
        if one.name == table.key[1] and one.sign in {"=", ">", ">="} and not one.numeric
    ]  # fmt: skip
    return max(bounds, default="")


def _conditions(table: Table, text: str) -> list[list[_Condition]]:
    """Groups joined by `or` of conditions joined by `and`; brackets are not taken."""
    groups: list[list[_Condition]] = [[]]
    at = 0
    while True:
        found = _CONDITION.match(text, at)
        if found is None:
            raise _wrong(f"the condition is not valid near {text[at : at + 20]!r}")
        name = _column(table, found["column"])
        value = found["value"]
        value = value[1:-1].replace("''", "'") if value.startswith("'") else value
        known = dictionary.known().get(name)
        numeric = known is not None and known.kind == "N" and re.fullmatch(r"-?[\d.]+", value) is not None
        groups[-1].append(_Condition(name, found["sign"], value, numeric))
        at = found.end()
        if at == len(text):
            return groups
        join = _JOIN.match(text, at)
        if join is None:
            raise _wrong("conditions are joined by and, or in lower case")
        if join[1] == "or":
            groups.append([])
        at = join.end()


def _column(table: Table, name: str) -> str:
    plain = name.removeprefix(table.prefix)
    exists = plain in {*dictionary.known(), "SINO"} or re.fullmatch(r"[AN]\d(30|96)|CHB\d|DAT\d|PK0\d", plain)
    if not name.startswith(table.prefix) or len(name) != 6 or not exists:
        raise _wrong(f"the column {name} does not exist in the table")
    return plain


def _wrong(what: str) -> Nok:
    return Nok(f"Select failed: {what}", "EXP0001", "QERY")


TRANSACTIONS = {"Select": select}
