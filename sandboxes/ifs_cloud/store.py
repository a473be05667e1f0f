"""Rows in memory: sorted by key so that a page after a key costs a page, not a scan."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import total_ordering
from itertools import repeat
from typing import Any, Protocol

from sandboxes.ifs_cloud.schema import EntityType

Values = tuple[Any, ...]
# A row's identity: its key values, in the order of `EntityType.order`.
RowId = tuple[Any, ...]
Entry = tuple[Any, ...]


@total_ordering
class _Top:
    """Greater than anything, to close a range behind the last entry of a prefix."""

    def __eq__(self, other: object) -> bool:
        return self is other

    def __lt__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return id(self)


TOP = _Top()


class Row:
    """One row. `number` makes its ROWID, `version` its object version; `text` is its JSON for `shape`."""

    __slots__ = ("hidden", "number", "shape", "text", "values", "version")

    def __init__(self, values: Values, number: int, version: int) -> None:
        self.values = values
        self.number = number
        self.version = version
        self.shape: object = None
        self.text = ""
        self.hidden: frozenset[str] = frozenset()  # attributes left out of its JSON, to make a bad record


class Index:
    """Row identities sorted by some columns. The first column may be null: nulls come last."""

    def __init__(self, columns: tuple[str, ...], entry: Callable[[Values], Entry], *, nullable: bool) -> None:
        self.columns = columns
        self.nullable = nullable
        self._entry = entry
        self.entries: list[Entry] = []

    def fill(self, rows: Iterable[Row]) -> None:
        self.entries = sorted(self._entry(row.values) for row in rows)

    def add(self, values: Values) -> None:
        insort(self.entries, self._entry(values))

    def discard(self, values: Values) -> None:
        entry = self._entry(values)
        at = bisect_left(self.entries, entry)
        if at < len(self.entries) and self.entries[at] == entry:
            del self.entries[at]

    def row_id(self, entry: Entry) -> RowId:
        return entry[2:] if self.nullable else entry

    def position(self, bound: object, *, after: bool) -> int:
        """Where the entries with this first value start, or where those after them start."""
        prefix: Entry = (False, bound) if self.nullable else (bound,)
        probe = (*prefix, TOP) if after else prefix
        return bisect_left(self.entries, probe)

    def end(self) -> int:
        """Where the nulls start."""
        return bisect_left(self.entries, (True,)) if self.nullable else len(self.entries)


class Versions(Protocol):
    """Where object versions come from."""

    def first(self) -> int: ...

    def after(self, version: int, *, force: bool) -> int: ...


class Table:
    """All rows of one entity type."""

    def __init__(self, entity: EntityType, versions: Versions) -> None:
        self.entity = entity
        self._versions = versions
        self._rows: dict[RowId, Row] = {}
        self._next_number = 1
        self._positions = entity.order_positions
        self._main = Index(entity.order, self.row_id_of, nullable=False)
        self._others: dict[str, Index] = {}
        self._source: Callable[[], Iterable[Values]] | None = None

    def fill_later(self, source: Callable[[], Iterable[Values]]) -> None:
        """Rows that are made when somebody first asks for one."""
        self._source = source

    def fill(self, rows: Iterable[Values], versions: Iterator[int]) -> None:
        """The first rows. Their physical order is scrambled: without an `$orderby` none may be relied on."""
        held = self._rows
        for values in rows:
            held[self.row_id_of(values)] = Row(values, self._number(), next(versions))
        self._main.fill(held.values())

    @property
    def rows(self) -> dict[RowId, Row]:
        self._make()
        return self._rows

    @property
    def main(self) -> Index:
        self._make()
        return self._main

    def row_id_of(self, values: Values) -> RowId:
        return tuple([values[position] for position in self._positions])

    def row_id(self, key: Mapping[str, object]) -> RowId:
        return tuple([key[name] for name in self.entity.order])

    def get(self, key: Mapping[str, object]) -> Row | None:
        return self.rows.get(self.row_id(key))

    def index(self, column: str) -> Index:
        """An index on one column, then the key; made when first asked for."""
        rows = self.rows
        found = self._others.get(column)
        if found is None:
            at, positions = self.entity.position[column], self._positions

            def entry(values: Values) -> Entry:
                value = values[at]
                key = [values[position] for position in positions]
                return (value is None, "" if value is None else value, *key)

            found = Index((column, *self.entity.order), entry, nullable=True)
            found.fill(rows.values())
            self._others[column] = found
        return found

    def insert(self, values: Values) -> Row:
        row = Row(values, self._number(), self._versions.first())
        self.rows[self.row_id_of(values)] = row
        for index in self._indexes():
            index.add(values)
        return row

    def update(self, row: Row, changes: Mapping[str, object], *, force: bool = False) -> None:
        """New values, new version; two changes in one second may share it, unless forced."""
        self._make()
        values = list(row.values)
        for name, value in changes.items():
            values[self.entity.position[name]] = value
        old, new = row.values, tuple(values)
        for column, index in self._others.items():  # the key itself never changes
            at = self.entity.position[column]
            if old[at] != new[at]:
                index.discard(old)
                index.add(new)
        row.values = new
        row.version = self._versions.after(row.version, force=force)
        row.shape = None

    def delete(self, row: Row) -> None:
        for index in self._indexes():
            index.discard(row.values)
        del self.rows[self.row_id_of(row.values)]

    def where(self, **wanted: object) -> list[Row]:
        """Rows with these values; quick when the first column of the key is among them."""
        tests = [(self.entity.position[name], value) for name, value in wanted.items()]
        leading = self.entity.order[0]
        rows: Iterable[Row] = self.rows.values()
        if leading in wanted:
            main = self.main
            start, stop = (main.position(wanted[leading], after=after) for after in (False, True))
            rows = [self.rows[entry] for entry in main.entries[start:stop]]
        return [row for row in rows if all(row.values[at] == value for at, value in tests)]

    def value(self, row: Row, name: str) -> object:
        return row.values[self.entity.position[name]]

    def as_dict(self, row: Row) -> dict[str, object]:
        return dict(zip(self.entity.position, row.values, strict=True))

    def __len__(self) -> int:
        return len(self.rows)

    def _make(self) -> None:
        if self._source is not None:
            source, self._source = self._source, None
            self.fill(source(), repeat(self._versions.first()))

    def _indexes(self) -> Sequence[Index]:
        return [self.main, *self._others.values()]

    def _number(self) -> int:
        """Rows number 1, 2, 3... scattered over 32 bits, each once: the order of the disk, not of arrival."""
        number = self._next_number * 2654435761 % 2**32
        self._next_number += 1
        return number
