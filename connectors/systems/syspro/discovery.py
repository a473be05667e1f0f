"""Finding out what a site shows: which columns, in which order, and what one can ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.sdk.errors import ConfigProblem
from connectors.systems.syspro.errors import BAD_REQUEST, REFUSED
from connectors.systems.syspro.people import addresses, is_address
from connectors.systems.syspro.question import Json, Kind, Question, Tables, Term
from connectors.systems.syspro.settings import SysproSettings
from connectors.systems.syspro.values import instant, key_of, kind_of, number, plain, text

_MISUNDERSTOOD = frozenset({BAD_REQUEST, REFUSED})
_SOME = 5


def columns_of(tables: Tables, table: str, key: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """Which of the wanted columns a table shows, the key always among them.

    Raises `ConfigProblem` where not even the key can be read.
    """
    whole = () if tables.through == "odata" else (key,)
    rows = tables.rows(Question(table, whole, key, 1))
    if rows and not whole:
        return tuple(column for column in wanted if column in rows[0])
    return tuple(column for column in wanted if column in {key, *_accepted(tables, table, key, wanted)})


def _accepted(tables: Tables, table: str, key: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """By asking, half by half: a column that does not exist spoils the whole question."""
    others = [column for column in wanted if column != key]
    try:
        rows = tables.rows(Question(table, (key, *others), key, 1))
    except ConfigProblem as fault:
        if fault.code not in _MISUNDERSTOOD or not others:
            raise
        if len(others) == 1:
            return ()
        half = len(others) // 2
        return (
            *_accepted(tables, table, key, others[:half]),
            *_accepted(tables, table, key, others[half:]),
        )
    return tuple(column for column in others if not rows or column in rows[0])


@dataclass(frozen=True, slots=True)
class EmailCount:
    """How the e-mail field is used by some customers."""

    customers: int
    filled: int
    several: int
    unusable: int

    def __str__(self) -> str:
        said = f"Of {self.customers:,} customers looked at, {self.filled:,} have an e-mail address"
        if self.several:
            said += f", {self.several:,} more than one"
        return f"{said}, {self.unusable:,} only what cannot be one." if self.unusable else f"{said}."


def count_emails(rows: Sequence[Json], settings: SysproSettings) -> EmailCount:
    """Look at the e-mail field of these customers."""
    found = [addresses(text(row.get(settings.email_column)), settings.email_separators) for row in rows]
    valid = [[address for address in some if is_address(address)] for some in found]
    return EmailCount(
        customers=len(rows),
        filled=sum(map(bool, valid)),
        several=sum(len(some) > 1 for some in valid),
        unusable=sum(bool(some) and not good for some, good in zip(found, valid, strict=True)),
    )


def proved_change(tables: Tables, table: str, key: str, column: str) -> Kind | str:
    """As what one can ask for what changed by this column; else why one cannot.

    A filter that is ignored would be worse than one that is refused, so its answer is checked.
    """
    rows = tables.rows(Question(table, (key, column), column, 1, downwards=True))
    newest = plain(rows[0].get(column)) if rows else None
    kind = kind_of(rows[0].get(column)) if rows else None
    if kind is None:
        return "it is empty in all customers"
    if kind == "text":
        return "it holds neither dates nor whole numbers"
    asked = Question(table, (key, column), key, _SOME, (Term(column, "ge", str(newest), kind),))
    found = tables.rows(asked)
    if not found:
        return "asking for the newest of its values finds nothing"
    if any(_is_before(row.get(column), str(newest), kind) for row in found):
        return "the condition is ignored: older customers come back as well"
    return kind


def proved_added(tables: Tables, table: str, key: str, column: str) -> Kind | str:
    """The same for the day a customer was added."""
    rows = tables.rows(Question(table, (key, column), key, _SOME))
    kinds = [kind for row in rows if (kind := kind_of(row.get(column))) in {"date", "moment"}]
    if not kinds:
        return "the first customers show no such day"
    kind = kinds[0]
    future = "2999-01-01" if kind == "date" else "2999-01-01T00:00:00Z"
    if tables.rows(Question(table, (key,), key, 1, (Term(column, "ge", future, kind),))):
        return "the condition is ignored: customers of other days come back as well"
    return kind


def understands_alternatives(tables: Tables, table: str, key: str) -> bool:
    """Whether two customers can be asked for at once."""
    keys = [key_of(row.get(key)) for row in tables.rows(Question(table, (key,), key, 2))]
    if len(keys) < 2:
        return False
    terms = [Term(key, "eq", one) for one in keys]
    try:
        found = tables.rows(Question(table, (key,), key, len(keys), either=terms))
    except ConfigProblem:
        return False
    return {key_of(row.get(key)) for row in found} == set(keys)


def _is_before(value: object, newest: str, kind: Kind) -> bool:
    if kind == "number":
        return (number(value) or 0) < (number(newest) or 0)
    return not isinstance(value, str) or instant(value) < instant(newest)
