"""Turns a parsed `$filter` into a function of a row's values. null is neither above nor below anything."""

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, DivisionByZero, InvalidOperation
from typing import Any

from sandboxes.ifs_cloud.errors import business_rule
from sandboxes.ifs_cloud.odata.functions import CALENDAR, PLAIN, calendar
from sandboxes.ifs_cloud.odata.nodes import (
    Arithmetic,
    Call,
    Compare,
    Junction,
    Literal,
    Negation,
    Node,
    Value,
)

Evaluation = Callable[[tuple[Any, ...]], Any]

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
}


def compiled(
    node: Node, position: Mapping[str, int], *, zone: tzinfo = UTC, now: datetime | None = None
) -> Evaluation:
    """The function. `zone` is the clock by which timestamps are taken apart; `now` what `now()` gives."""
    return _Compiler(position, zone, now or datetime.now(UTC)).of(node)


class _Compiler:
    def __init__(self, position: Mapping[str, int], zone: tzinfo, now: datetime) -> None:
        self._position = position
        self._zone = zone
        self._now = now

    def of(self, node: Node) -> Evaluation:  # noqa: PLR0911 - one case per kind of node
        match node:
            case Literal(value=value):
                return lambda _row: value
            case Value(attribute=attribute):
                return operator.itemgetter(self._position[attribute.name])
            case Compare():
                return self._compare(node)
            case Junction(operator=word, parts=parts):
                return self._junction(word, [self.of(part) for part in parts])
            case Negation(part=part):
                inner = self.of(part)
                return lambda row: not inner(row)
            case Arithmetic():
                return self._arithmetic(node)
            case Call():
                return self._call(node)

    def _compare(self, node: Compare) -> Evaluation:
        left, right = self.of(node.left), self.of(node.right)
        if node.operator == "eq":
            return lambda row: left(row) == right(row)
        if node.operator == "ne":
            return lambda row: left(row) != right(row)
        test = _ORDER[node.operator]

        def compared(row: tuple[Any, ...]) -> bool:
            one, other = left(row), right(row)
            return one is not None and other is not None and test(one, other)

        return compared

    def _junction(self, word: str, parts: list[Evaluation]) -> Evaluation:
        if word == "and":
            return lambda row: all(part(row) for part in parts)
        return lambda row: any(part(row) for part in parts)

    def _arithmetic(self, node: Arithmetic) -> Evaluation:
        left, right, work = self.of(node.left), self.of(node.right), _ARITHMETIC[node.operator]

        def result(row: tuple[Any, ...]) -> object:
            one, other = left(row), right(row)
            if one is None or other is None:
                return None
            try:
                return work(Decimal(one), Decimal(other))
            except (DivisionByZero, InvalidOperation) as error:
                raise business_rule("ORA-01476: divisor is equal to zero") from error

        return result

    def _call(self, node: Call) -> Evaluation:
        if node.name == "now":
            return lambda _row: self._now
        if node.name in CALENDAR or node.name == "date":
            work = calendar(node.name, self._zone)
        else:
            work = PLAIN[node.name]
        arguments = [self.of(argument) for argument in node.arguments]

        def result(row: tuple[Any, ...]) -> object:
            values = [argument(row) for argument in arguments]
            return None if None in values else work(*values)

        return result
