"""Tables of text, sorted by key, with further orders where a list transaction needs one."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence

Row = dict[str, str]  # blanks are left out; `""` stands for a field that was cleared
Key = tuple[str, ...]


class Table:
    """Rows by key. `touched` are the keys written since the table was filled: what outlives a restart."""

    def __init__(
        self, name: str, prefix: str, key: Sequence[str], *orders: Sequence[str],
        defaults: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.prefix = prefix  # of the columns, as EXPORTMI wants them
        self.key = tuple(key)
        self.defaults = defaults or {}
        self.rows: dict[Key, Row] = {}
        self.touched: set[Key] = set()
        self._sorted: list[Key] = []
        self._orders: dict[tuple[str, ...], list[Key]] = {tuple(fields): [] for fields in orders}

    def __len__(self) -> int:
        return len(self.rows)

    def key_of(self, row: Mapping[str, str]) -> Key:
        return tuple(row.get(name, "") for name in self.key)

    def fill(self, rows: Iterable[Row]) -> None:
        """Many at once, before anybody looks."""
        self.rows.update((self.key_of(row), row) for row in rows)
        self._sorted = sorted(self.rows)
        for fields in self._orders:
            self._orders[fields] = sorted(self._entry(fields, row) for row in self.rows.values())

    def get(self, *key: str) -> Row | None:
        return self.rows.get(key)

    def value(self, row: Mapping[str, str], name: str) -> str:
        return row.get(name, self.defaults.get(name, ""))

    def put(self, row: Row) -> None:
        """New, or in place of the row with this key."""
        key = self.key_of(row)
        self.drop(*key)
        self.rows[key] = row
        self.touched.add(key)
        insort(self._sorted, key)
        for fields, entries in self._orders.items():
            insort(entries, self._entry(fields, row))

    def drop(self, *key: str) -> None:
        row = self.rows.pop(key, None)
        if row is None:
            return
        self.touched.add(key)
        del self._sorted[bisect_left(self._sorted, key)]
        for fields, entries in self._orders.items():
            del entries[bisect_left(entries, self._entry(fields, row))]

    def scan(self, *start: str, order: Sequence[str] = ()) -> Iterator[Row]:
        """From the first row whose key, or whose values in that order, is not before `start`."""
        if not order:
            for at in range(bisect_left(self._sorted, start), len(self._sorted)):
                yield self.rows[self._sorted[at]]
            return
        entries, width = self._orders[tuple(order)], len(order)
        for at in range(bisect_left(entries, start), len(entries)):
            yield self.rows[entries[at][width:]]

    def where(self, *start: str, order: Sequence[str] = ()) -> Iterator[Row]:
        """The rows that begin with exactly these values."""
        names = tuple(order or self.key)[: len(start)]
        for row in self.scan(*start, order=order):
            if tuple(row.get(name, "") for name in names) != start:
                return
            yield row

    def changed(self) -> dict[Key, Row | None]:
        return {key: self.rows.get(key) for key in self.touched}

    def restore(self, changed: Mapping[Key, Row | None]) -> None:
        for key, row in changed.items():
            if row is None:
                self.drop(*key)
                self.touched.add(key)
            else:
                self.put(row)

    def _entry(self, fields: tuple[str, ...], row: Row) -> Key:
        return (*(row.get(name, "") for name in fields), *self.key_of(row))
