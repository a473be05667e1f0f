"""Which stretches of an index can hold the rows a filter wants, so that key paging need not scan."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandboxes.ifs_cloud.odata.nodes import Call, Compare, Junction, Literal, Node, Value
from sandboxes.ifs_cloud.schema import Kind

_NUMBERS = frozenset({Kind.WHOLE, Kind.NUMBER})
_MIRRORED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge", "eq": "eq"}


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`; None is unbounded. `open_low` and `open_high` leave the bound itself out."""

    low: Any = None
    high: Any = None
    open_low: bool = False
    open_high: bool = False


EVERYTHING = Interval()


def point(value: object) -> Interval:
    return Interval(value, value)


def intervals(node: Node | None, column: str) -> list[Interval]:
    """Disjoint, ascending; every row the filter wants has its value of the column in one of them."""
    match node:
        case Compare():
            return _of_comparison(node, column)
        case Junction(operator="and", parts=parts):
            found = [EVERYTHING]
            for part in parts:
                found = _common(found, intervals(part, column))
            return found
        case Junction(operator="or", parts=parts):
            return _joined([one for part in parts for one in intervals(part, column)])
        case Call(name="startswith", arguments=(Value(attribute=held), Literal(value=str() as prefix))):
            if held.name == column and prefix:
                return [Interval(prefix, prefix + "\U0010ffff")]
        case _:
            pass
    return [EVERYTHING]


def equalities(node: Node | None) -> dict[str, object]:
    """Attributes the filter pins to one value."""
    match node:
        case Compare(operator="eq", left=Value(attribute=held), right=Literal(value=value)):
            return {held.name: value}
        case Junction(operator="and", parts=parts):
            return {name: value for part in parts for name, value in equalities(part).items()}
        case _:
            return {}


def _of_comparison(node: Compare, column: str) -> list[Interval]:
    match node.left, node.right:
        case Value(attribute=held), Literal(value=value):
            operator = node.operator
        case Literal(value=value), Value(attribute=held):
            operator = _MIRRORED.get(node.operator, "ne")
        case _:
            return [EVERYTHING]
    if held.name != column or value is None or isinstance(value, Decimal) != (held.kind in _NUMBERS):
        return [EVERYTHING]
    match operator:
        case "eq":
            return [point(value)]
        case "gt" | "ge":
            return [Interval(low=value, open_low=operator == "gt")]
        case "lt" | "le":
            return [Interval(high=value, open_high=operator == "lt")]
        case _:
            return [EVERYTHING]


def _common(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    pairs = (_overlap(one, other) for one in left for other in right)
    return [pair for pair in pairs if pair is not None]


def _overlap(one: Interval, other: Interval) -> Interval | None:
    low, open_low = max(_low(one), _low(other))[1:]
    high, open_high = min(_high(one), _high(other))[1:]
    found = Interval(low, high, bool(open_low), not open_high if high is not None else False)
    bounded = low is not None and high is not None
    if bounded and (low > high or (low == high and (found.open_low or found.open_high))):
        return None
    return found


def _low(one: Interval) -> tuple[bool, Any, bool]:
    """Sorts lower bounds: unbounded first, an open bound after a closed one."""
    return (one.low is not None, one.low, one.open_low)


def _high(one: Interval) -> tuple[bool, Any, bool]:
    """Sorts upper bounds: unbounded last, an open bound before a closed one."""
    return (one.high is None, one.high, not one.open_high)


def _joined(found: list[Interval]) -> list[Interval]:
    """Merges those that overlap or touch, so that no row is met twice."""
    merged: list[Interval] = []
    for one in sorted(found, key=_low):
        last = merged[-1] if merged else None
        if last is not None and (last.high is None or one.low is None or one.low <= last.high):
            higher = max(last, one, key=_high)
            merged[-1] = Interval(last.low, higher.high, last.open_low, higher.open_high)
        else:
            merged.append(one)
    return merged
