"""Rows in memory: sorted by key, so that a page after a key costs a page and not a scan."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sandboxes.syspro.schema import Column

Values = tuple[Any, ...]
Key = tuple[Any, ...]
ROWVERSION = "TimeStamp"


class Row:
    """One row. `number` is where it lies on the disk."""

    __slots__ = ("number", "values")

    def __init__(self, values: Values, number: int) -> None:
        self.values = values
        self.number = number


class Table:
    """All rows of one table. Behind its columns a row holds when it was last written."""

    def __init__(
        self, name: str, columns: Mapping[str, Column], key: tuple[str, ...],
        *, stamp: Callable[[], int], now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self.name = name
        self.columns = dict(columns)
        self.key = key
        self._rows: dict[Key, Row] = {}
        self._keys: list[Key] = []
        self._source: Callable[[], Iterable[Values]] | None = None
        self.written: set[Key] = set()  # since it was filled
        self._stamp = stamp
        self._now = now
        self.key_at = tuple(columns[name].at for name in key)
        self._stamp_at = columns[ROWVERSION].at
        self._number = 0

    @property
    def changed_at(self) -> int:
        """Where in a row the moment of its last change is."""
        return len(self.columns)

    def fill(self, rows: Iterable[Values]) -> None:
        """The first rows, complete with rowversion and moment."""
        for values in rows:
            self._rows[self.key_of(values)] = Row(values, self._next_number())
        self._keys = sorted(self._rows)

    def fill_later(self, source: Callable[[], Iterable[Values]]) -> None:
        """Rows that are made when somebody first asks for one."""
        self._source = source

    @property
    def is_made(self) -> bool:
        return self._source is None

    @property
    def rows(self) -> dict[Key, Row]:
        self._make()
        return self._rows

    @property
    def keys(self) -> list[Key]:
        """Ascending."""
        self._make()
        return self._keys

    def blank(self) -> list[Any]:
        """A row to be filled: texts empty, everything else unknown, as SYSPRO's programs leave them."""
        return ["" if column.length else None for column in self.columns.values()] + [None]

    def key_of(self, values: Values) -> Key:
        return tuple([values[at] for at in self.key_at])

    def value(self, row: Row, name: str) -> Any:
        return row.values[self.columns[name].at]

    def get(self, *key: object) -> Row | None:
        return self.rows.get(key)

    def insert(self, known: Mapping[str, object]) -> Row:
        values = self._changed(self.blank(), known)
        row = Row(values, self._next_number())
        key = self.key_of(values)
        self.rows[key] = row
        insort(self.keys, key)
        self.written.add(key)
        return row

    def update(self, row: Row, changes: Mapping[str, object]) -> bool:
        """Whether a value really changed. The rowversion moves either way, as in SQL Server."""
        differs = any(self.value(row, name) != value for name, value in changes.items())
        row.values = self._changed(list(row.values), changes)
        self.written.add(self.key_of(row.values))
        return differs

    def delete(self, key: Key) -> None:
        del self.rows[key]
        del self.keys[bisect_left(self.keys, key)]
        self.written.add(key)

    def under(self, first: object) -> Iterator[Row]:
        """The rows whose key starts with this."""
        keys, rows = self.keys, self.rows
        at = bisect_left(keys, (first,))
        while at < len(keys) and keys[at][0] == first:
            yield rows[keys[at]]
            at += 1

    def restore(self, key: Key, values: Values | None) -> None:
        """A row as an earlier process left it; None: it was deleted."""
        if key in self.rows:
            self.delete(key)
        if values is not None:
            self.rows[key] = Row(values, self._next_number())
            insort(self.keys, key)
        self.written.add(key)

    def _make(self) -> None:
        if self._source is not None:
            source, self._source = self._source, None
            self.fill(source())

    def _changed(self, values: list[Any], changes: Mapping[str, object]) -> Values:
        for name, value in changes.items():
            values[self.columns[name].at] = value
        values[self._stamp_at] = self._stamp()
        values[self.changed_at] = self._now()
        return tuple(values)

    def _next_number(self) -> int:
        self._number += 1
        return self._number
