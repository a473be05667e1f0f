"""COMFND: find rows of a table, with conditions and an order."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from sandboxes.syspro.enet.exchange import INVALID, Exchange, shown
from sandboxes.syspro.enet.xml import Element, add, add_error, text_of
from sandboxes.syspro.schema import Column, Kind, Shape
from sandboxes.syspro.selection import Bound, Condition, both, chosen, either

_CONDITIONS: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": lambda held, value: held == value,
    "NE": lambda held, value: held != value,
    "GT": lambda held, value: held > value,
    "GE": lambda held, value: held >= value,
    "LT": lambda held, value: held < value,
    "LE": lambda held, value: held <= value,
}


class _Refused(ValueError):
    """The question makes no sense; the text says why."""


def comfnd(exchange: Exchange) -> Element:
    root = Element("ComFnd")
    try:
        _find(exchange, root)
    except _Refused as refused:
        root[:] = []
        add_error(root, INVALID, str(refused))
    return root


def _find(exchange: Exchange, root: Element) -> None:
    query = exchange.xml
    shape = _shape(exchange, text_of(query, "TableName"))
    columns = [_column(shape, one.text) for one in query.findall("Columns/Column")]
    condition = _where(shape, query.find("Where"))
    order = [(_column(shape, one.text).at, False) for one in query.findall("OrderBy/Column")]
    limit = _whole(text_of(query, "ReturnRows") or str(exchange.world.options.comfnd_rows))
    fault = exchange.fault
    if fault is not None and fault.kind in {"empty", "short"}:
        limit = 0 if fault.kind == "empty" else min(limit, int(fault.number("rows", 1)))
    if fault is not None and fault.kind == "ignore_filter":
        condition = None
    rows = list(islice(chosen(exchange.world.table(shape.store), condition, order, exchange.salt), limit))
    add(add(root, "HeaderDetails"), "TableName", shape.name)
    for row in rows:
        line = add(root, "Row")
        for column in columns:
            add(line, column.name, shown(row, column))
    add(root, "RowsReturned", str(len(rows)))


def _shape(exchange: Exchange, name: str) -> Shape:
    shape = exchange.world.shapes.get(name)
    if shape is None:
        raise _Refused(f"Table '{name}' not found")
    return shape


def _column(shape: Shape, name: str | None) -> Column:
    column = shape.columns.get((name or "").strip())
    if column is None:
        raise _Refused(f"Column '{name or ''}' not found in table '{shape.name}'")
    return column


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise _Refused(f"ReturnRows '{text}' is not numeric")
    return int(text)


# Conditions: a flat list of expressions, each joined to what came before it, with brackets.


def _where(shape: Shape, where: Element | None) -> Condition | None:
    expressions = [] if where is None else where.findall("Expression")
    if not expressions:
        return None
    words: list[str | Condition] = []
    for at, expression in enumerate(expressions):
        if at:
            words.append(_joint(expression))
        words += ["("] * len(text_of(expression, "OpenBracket"))
        words.append(_comparison(shape, expression))
        words += [")"] * len(text_of(expression, "CloseBracket"))
    found = _any(words)
    if words:
        raise _Refused("The brackets do not match")
    return found


def _joint(expression: Element) -> str:
    joint = text_of(expression, "AndOr").lower()
    if joint not in {"and", "or"}:
        raise _Refused("AndOr is missing")
    return joint


def _any(words: list[str | Condition]) -> Condition:
    found = _all(words)
    while words and words[0] == "or":
        del words[0]
        found = either(found, _all(words))
    return found


def _all(words: list[str | Condition]) -> Condition:
    found = _one(words)
    while words and words[0] == "and":
        del words[0]
        found = both(found, _one(words))
    return found


def _one(words: list[str | Condition]) -> Condition:
    word = words.pop(0) if words else ""
    if isinstance(word, Condition):
        return word
    if word != "(":
        raise _Refused("The brackets do not match")
    found = _any(words)
    if not words or words.pop(0) != ")":
        raise _Refused("The brackets do not match")
    return found


def _comparison(shape: Shape, expression: Element) -> Condition:
    column = _column(shape, text_of(expression, "Column"))
    word, text = text_of(expression, "Condition"), text_of(expression, "Value")
    at = column.at
    if word == "LIKE":
        pattern = _like(text)
        return Condition(lambda values: pattern.fullmatch(str(values[at] or "")) is not None)
    if word not in _CONDITIONS or column.kind is Kind.BINARY:
        raise _Refused(f"Condition '{word}' is not valid for column '{column.name}'")
    compare, value = _CONDITIONS[word], _typed(column, text)

    def test(values: tuple[Any, ...]) -> bool:
        return values[at] is not None and compare(values[at], value)

    bounds = () if word == "NE" else (Bound(at, word.lower(), value),)
    return Condition(test, bounds)


def _like(text: str) -> re.Pattern[str]:
    signs = {"%": ".*", "_": "."}
    return re.compile("".join(signs.get(sign, re.escape(sign)) for sign in text), re.DOTALL)


def _typed(column: Column, text: str) -> Any:
    try:
        match column.kind:
            case Kind.NUMBER | Kind.WHOLE:
                return Decimal(text)
            case Kind.MOMENT | Kind.DATE:
                return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
            case _:
                return text
    except (ValueError, InvalidOperation) as error:
        raise _Refused(f"Value '{text}' is not valid for column '{column.name}'") from error
