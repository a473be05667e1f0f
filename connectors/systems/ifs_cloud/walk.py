"""Walking through a whole entity set in the order of its key, resumable at any page.

By key (`CustomerId gt 'last'`), because IFS documents that `$skip` loses and repeats rows when others come
and go, and nothing says that its next links do better. By its links and by position only where keys cannot be
trusted: the server orders otherwise than it compares, refuses the comparison, or ignores it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from connectors.sdk.errors import ConfigProblem
from connectors.systems.ifs_cloud.client import IfsClient, endless
from connectors.systems.ifs_cloud.errors import BAD_REQUEST, NOT_IMPLEMENTED
from connectors.systems.ifs_cloud.odata import Column, Json, Query, all_of, any_of, beyond, chunks
from connectors.systems.ifs_cloud.values import key_fault

MOST_PAGES = 100_000
SMALLEST_CLIP = 25
"""Fewer rows than this prove the end of a set: no server is known to cut its answers that short unasked."""
LONGEST_PAGE = 5000

Mark = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a walk stands: behind the row with these values, or by position; `seen` rows have been passed."""

    after: Mark = ()
    by_position: bool = False
    seen: int = 0

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return {"after": list(self.after), "by_position": self.by_position, "seen": self.seen}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Spot:
        """Read the stored form back."""
        return cls(tuple(stored["after"]), bool(stored["by_position"]), int(stored["seen"]))


START = Spot()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some rows in order, where the walk stands after them, and whether that is the end."""

    rows: list[Json]
    spot: Spot
    last: bool


@dataclass(slots=True)
class Walk:
    """A set, the columns that order it (the last of them unique), and which of its rows are meant."""

    client: IfsClient
    template: str
    columns: Sequence[Column]
    size: int
    condition: str = ""
    exact: bool = False
    proven: int = SMALLEST_CLIP
    """How many rows ping got in one answer of this set."""

    def start(self, spot: Spot) -> Iterator[Stretch]:
        """Stretches from `spot` to the end, the last one marked.

        A page shorter than asked for is no proof of the end, as servers clip; it is one only if the server is
        known to have given longer ones.
        Raises `ConfigProblem` where the same rows come again and again.
        """
        longest = self.proven
        previous: list[Mark] = []
        for _ in range(MOST_PAGES):
            got, began = 0, spot
            try:
                for page in self.client.pages(self.template, self._query(began), exact=self.exact):
                    marks = [self._mark(row) for row in page.rows]
                    if spot.by_position and marks and marks == previous:
                        raise endless(self.template)
                    previous = marks
                    rows, spot = _taken(page.rows, marks, spot)
                    got += len(page.rows)
                    last = not page.next_link and not (got and got >= min(self.size, longest))
                    yield Stretch(rows, spot, last)
                    if last:
                        return
                    if rows and not spot.by_position:
                        break  # the next rows are asked for by key, whatever the server's link says
            except ConfigProblem as fault:
                refused = fault.code in {BAD_REQUEST, NOT_IMPLEMENTED} and not got
                if not refused or not began.after or began.by_position:
                    raise
                spot = Spot((), by_position=True, seen=began.seen)
            longest = max(longest, got)
        raise endless(self.template)

    def _query(self, spot: Spot) -> Query:
        condition = all_of(self.condition, beyond(self.columns, spot.after) if spot.after else "")
        order = ",".join(column.name for column in self.columns)
        return Query(condition, order, self.size, spot.seen if spot.by_position else 0)

    def _mark(self, row: Mapping[str, Any]) -> Mark:
        """The values a row is ordered by; empty where one is missing."""
        values = [row.get(column.name) for column in self.columns]
        return tuple(map(str, values)) if all(isinstance(v, str) and v for v in values) else ()


def proven_page(findings: Mapping[str, Any], place: str) -> int:
    """How many rows of a place the server is known to give in one answer."""
    found = findings.get("full_pages")
    return max(SMALLEST_CLIP, int(found.get(place) or 0)) if isinstance(found, Mapping) else SMALLEST_CLIP


def found_by_key(
    client: IfsClient,
    template: str,
    key: str,
    values: Sequence[str],
    *,
    condition: str = "",
    exact: bool = False,
) -> dict[str, Json]:
    """The rows with these keys. A key counts as missing only if an answer to it alone, or to others as
    missing, was empty.
    """
    found: dict[str, Json] = {}
    for chunk in chunks(key, [value for value in values if not key_fault(value)]):
        left = list(chunk)
        while left:
            query = Query(all_of(condition, any_of(key, left)), key, len(left))
            rows = client.rows(template, query, exact=exact)
            met = {row[key]: row for row in rows if row.get(key) in left}
            found |= met
            left = [value for value in left if value not in met] if met else []
    return found


def _taken(rows: list[Json], marks: list[Mark], spot: Spot) -> tuple[list[Json], Spot]:
    """The rows of a page that are new, and the spot behind them."""
    if not rows:
        return rows, spot
    by_position = Spot((), by_position=True, seen=spot.seen + len(rows))
    if spot.by_position:
        return rows, by_position
    known = [mark for mark in marks if mark]
    if not known or any(a > b for a, b in pairwise(known)):
        return rows, by_position
    if known[-1] <= spot.after:
        return [], Spot((), by_position=True, seen=spot.seen)
    fresh = (
        rows
        if known[0] > spot.after
        else [r for r, m in zip(rows, marks, strict=True) if not m or m > spot.after]
    )
    return fresh, Spot(known[-1], seen=spot.seen + len(fresh))
