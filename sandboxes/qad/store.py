"""Rows in memory: sorted by key, so that a page costs a page; every change can be undone until it is done."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sandboxes.qad.schema import EMPTY, Field

# The scope (domain or shared set) first, then what identifies the row there.
Key = tuple[str, ...]


class Record:
    """Values as they were first filled, and those that differ since. Never changed in place."""

    __slots__ = ("changes", "filled", "moment", "user", "version")

    def __init__(
        self,
        filled: tuple[object, ...],
        moment: datetime,
        changes: Mapping[str, object] | None = None,
        version: int = 1,
        user: str = "mfg",
    ) -> None:
        self.filled = filled
        self.changes = changes
        self.moment = moment
        self.version = version
        self.user = user


class Table:
    """`filled` names the columns of the first rows; the others are empty until somebody writes them."""

    def __init__(
        self, name: str, key: tuple[str, ...], columns: Mapping[str, Field], filled: Sequence[str] = ()
    ) -> None:
        self.name = name
        self.key = key
        self.columns = columns
        self.rows: dict[Key, Record] = {}
        self.keys: dict[str, list[Key]] = {}
        self.version = 0
        self.touched: dict[Key, None] = {}  # written since the tenant was built
        self._at = {column: at for at, column in enumerate(filled)}
        self._empty = {column: EMPTY[field.kind] for column, field in columns.items()}

    def fill(self, rows: Iterable[tuple[Key, Record]]) -> None:
        for key, record in rows:
            self.rows[key] = record
            self.keys.setdefault(key[0], []).append(key)
        for keys in self.keys.values():
            keys.sort()

    def get(self, key: Key) -> Record | None:
        return self.rows.get(key)

    def scope(self, scope: str) -> list[Key]:
        return self.keys.get(scope, [])

    def starting(self, *prefix: str) -> list[Key]:
        """The keys that begin with these parts, in order."""
        keys = self.scope(prefix[0])
        first = bisect_left(keys, prefix)
        last = bisect_left(keys, (*prefix[:-1], prefix[-1] + "\x00"), lo=first)
        return keys[first:last]

    def value(self, record: Record, column: str) -> object:
        if record.changes is not None and column in record.changes:
            return record.changes[column]
        at = self._at.get(column)
        return self._empty[column] if at is None else record.filled[at]

    def text(self, record: Record, column: str) -> str:
        value = self.value(record, column)
        return value if isinstance(value, str) else ""

    def values(self, record: Record) -> dict[str, object]:
        return {column: self.value(record, column) for column in self.columns}

    def put(self, key: Key, record: Record) -> None:
        if key not in self.rows:
            insort(self.keys.setdefault(key[0], []), key)
        self.rows[key] = record
        self._moved(key)

    def remove(self, key: Key) -> None:
        del self.rows[key]
        keys = self.keys[key[0]]
        del keys[bisect_left(keys, key)]
        self._moved(key)

    def _moved(self, key: Key) -> None:
        self.version += 1
        self.touched[key] = None
