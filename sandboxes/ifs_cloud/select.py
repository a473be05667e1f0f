"""Carries out a query on a table, by the shortest way an index offers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from itertools import islice

from sandboxes.ifs_cloud.odata.evaluate import compiled
from sandboxes.ifs_cloud.odata.nodes import Compare, Junction, Literal, Node, Value
from sandboxes.ifs_cloud.odata.ranges import Interval, equalities, intervals
from sandboxes.ifs_cloud.query import Query
from sandboxes.ifs_cloud.store import Index, Row, Table

# Below this, sorting what the key range holds is cheaper than walking another index.
FEW = 5000


class Selection:
    """The rows a query wants, in its order."""

    def __init__(
        self, table: Table, query: Query, pinned: Mapping[str, object], *, zone: tzinfo, now: datetime,
        visible: Callable[[Row], bool] | None,
    ) -> None:  # fmt: skip
        self._table = table
        self._query = query
        self._visible = visible
        self._node = _with_pinned(query.filter, pinned, table)
        self._test = compiled(self._node, table.entity.position, zone=zone, now=now) if self._node else None
        fixed = equalities(self._node)
        self._order = [(name, down) for name, down in query.order if name not in fixed]
        self._fixed = fixed

    def page(self, limit: int) -> tuple[list[Row], bool]:
        """The rows behind `skip`, at most `limit`, and whether there are more."""
        start = self._query.skip
        rows = list(islice(self._rows(), start, start + limit + 1))
        return rows[:limit], len(rows) > limit

    def count(self) -> int:
        if self._test is None and self._visible is None:
            return len(self._table)
        return sum(1 for _ in self._wanted(self._stretches(self._table.main)))

    def _rows(self) -> Iterator[Row]:
        main = self._table.main
        stretches = self._stretches(main)
        size = sum(stop - start for start, stop in stretches)
        if not self._query.order:
            # No order asked for: none given. The order of the disk, as a database does.
            return iter(sorted(self._wanted(stretches), key=lambda row: row.number))
        walk = self._walkable(main)
        if walk is not None:
            return self._wanted(stretches, main, down=walk)
        if size > FEW:
            other = self._table.index(self._order[0][0])
            walk = self._walkable(other)
            if walk is not None:
                return self._wanted(self._stretches(other), other, down=walk)
        return iter(self._sorted(list(self._wanted(stretches))))

    def _walkable(self, index: Index) -> bool | None:
        """None where the index has another order; else whether it must be walked downwards."""
        columns = [name for name in index.columns if name not in self._fixed]
        wanted = [name for name, _ in self._order]
        if columns[: len(wanted)] != wanted or len({down for _, down in self._order}) > 1:
            return None
        return self._order[0][1] if self._order else False

    def _stretches(self, index: Index) -> list[tuple[int, int]]:
        found = []
        for one in intervals(self._node, index.columns[0]):
            start, stop = self._bounds(index, one)
            if start < stop:
                found.append((start, stop))
        return found

    def _bounds(self, index: Index, one: Interval) -> tuple[int, int]:
        bounded = one.low is not None or one.high is not None
        start = 0 if one.low is None else index.position(one.low, after=one.open_low)
        if one.high is not None:
            return start, index.position(one.high, after=not one.open_high)
        return start, index.end() if bounded else len(index.entries)

    def _wanted(
        self, stretches: Iterable[tuple[int, int]], index: Index | None = None, *, down: bool = False
    ) -> Iterator[Row]:
        index = index or self._table.main
        rows, entries, row_id = self._table.rows, index.entries, index.row_id
        test, visible = self._test, self._visible
        for start, stop in reversed(list(stretches)) if down else stretches:
            for at in range(stop - 1, start - 1, -1) if down else range(start, stop):
                row = rows[row_id(entries[at])]
                if (test is None or test(row.values)) and (visible is None or visible(row)):
                    yield row

    def _sorted(self, rows: list[Row]) -> list[Row]:
        """Stable sorts from the last term to the first; nulls last, as Oracle has it."""
        rows.sort(key=lambda row: row.number)
        for name, down in reversed(self._order):
            at = self._table.entity.position[name]
            empty = [row for row in rows if row.values[at] is None]
            held = [row for row in rows if row.values[at] is not None]
            held.sort(key=lambda row: row.values[at], reverse=down)
            rows = empty + held if down else held + empty
        return rows


def _with_pinned(node: Node | None, pinned: Mapping[str, object], table: Table) -> Node | None:
    by_name = table.entity.by_name
    parts: list[Node] = [
        Compare("eq", Value(by_name[name]), Literal(_constant(value), by_name[name].kind))
        for name, value in pinned.items()
    ]
    if node is not None:
        parts.append(node)
    return Junction("and", tuple(parts)) if len(parts) > 1 else next(iter(parts), None)


def _constant(value: object) -> object:
    """Numbers as a filter's literals have them."""
    return Decimal(value) if type(value) is int else value
