"""Which rows a question wants, in which order: one way for OData and for COMFND."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sandboxes.syspro.store import Row, Table, Values

Order = Sequence[tuple[int, bool]]  # where the value is in a row, and whether descending


@dataclass(frozen=True, slots=True)
class Bound:
    """What the value at this place of every wanted row satisfies: `operator` is gt, ge, lt, le or eq."""

    at: int
    operator: str
    value: object


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of a row's values. The bounds hold for every row that passes, and narrow the search."""

    test: Callable[[Values], bool]
    bounds: tuple[Bound, ...] = ()


def both(left: Condition, right: Condition) -> Condition:
    first, second = left.test, right.test
    return Condition(lambda values: first(values) and second(values), left.bounds + right.bounds)


def either(left: Condition, right: Condition) -> Condition:
    first, second = left.test, right.test
    return Condition(lambda values: first(values) or second(values))


def negated(condition: Condition) -> Condition:
    test = condition.test
    return Condition(lambda values: not test(values))


def chosen(table: Table, condition: Condition | None, order: Order, salt: int) -> Iterator[Row]:
    """The wanted rows. Where the order leaves a choice, another choice is made for each `salt`."""
    start, stop = _range(table, condition)
    rows, keys = table.rows, table.keys
    down = _whole_key(table, order)
    if down is None:
        found = [rows[key] for key in keys[start:stop]]
        return iter(_sorted([row for row in found if _wanted(condition, row)], order, salt))
    places = range(stop - 1, start - 1, -1) if down else range(start, stop)
    walked = (rows[keys[place]] for place in places)
    return (row for row in walked if _wanted(condition, row))


def _wanted(condition: Condition | None, row: Row) -> bool:
    return condition is None or condition.test(row.values)


def _whole_key(table: Table, order: Order) -> bool | None:
    """None where the order leaves anything open; else whether the keys are to be walked downwards."""
    leading = order[: len(table.key_at)]
    if tuple(at for at, _ in leading) != table.key_at or len({down for _, down in leading}) != 1:
        return None
    return leading[0][1]


def _range(table: Table, condition: Condition | None) -> tuple[int, int]:
    keys = table.keys
    start, stop = 0, len(keys)
    for bound in () if condition is None else condition.bounds:
        if bound.at != table.key_at[0] or not isinstance(bound.value, str):
            continue
        # The next text after a text is the same with a NUL behind it.
        at, behind = (bisect_left(keys, (text,)) for text in (bound.value, f"{bound.value}\0"))
        match bound.operator:
            case "gt":
                start = max(start, behind)
            case "ge":
                start = max(start, at)
            case "lt":
                stop = min(stop, at)
            case "le":
                stop = min(stop, behind)
            case _:
                start, stop = max(start, at), min(stop, behind)
    return start, max(start, stop)


def _sorted(rows: list[Row], order: Order, salt: int) -> list[Row]:
    """Stable sorts from the last term to the first, over rows in no order; nulls are the least, as in SQL."""
    rows.sort(key=lambda row: (row.number + salt * 7919) * 2654435761 % 2**32)
    for place, down in reversed(order):

        def term(row: Row, at: int = place) -> tuple[bool, object]:
            value = row.values[at]
            return (value is not None, value if value is not None else "")

        rows.sort(key=term, reverse=down)
    return rows
