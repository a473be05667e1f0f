"""Walking through a browse, resumable at any page, never taking an empty answer for the end of things.

Two ways. By key: each page is asked for from the last key met (`key ge last`), so that rows which come and go
move nothing; only where ping proved that the browse is ordered by its key and honours the filter. By page
number otherwise: rows shift when others vanish, so such a walk never claims to have met everything.

Rows with the same key belong together (the lines of an order). The last group of a page may go on on the next
one, so it is held back: by key it comes again with the next page, else it is carried there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from connectors.sdk.errors import ConfigProblem
from connectors.systems.qad.client import Filter, Json, QadClient, suspicious
from connectors.systems.qad.values import text

MOST_PAGES = 100_000
TOLERANCE = 5
"""So many rows may vanish while we read; where more are missing (and more than one in a hundred), they were
not read.
"""
LONGEST_ANCHOR = 200


@dataclass(frozen=True, slots=True)
class Spot:
    """Page `page` of what comes from key `after` on ("": from the beginning); `seen` rows lie before it."""

    after: str = ""
    page: int = 1
    seen: int = 0
    by_key: bool = True

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return {"after": self.after, "page": self.page, "seen": self.seen, "by_key": self.by_key}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Spot:
        """Read the stored form back."""
        return cls(str(stored["after"]), int(stored["page"]), int(stored["seen"]), bool(stored["by_key"]))


START = Spot()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Groups of rows with one key each, and where to go on after them.

    `whole`: this is the end, and everything there is was met since the walk began at its first row.
    """

    groups: list[list[Json]]
    spot: Spot
    last: bool = False
    whole: bool = False


@dataclass(slots=True)
class Walk:
    """A browse, the column that tells its records apart, and what is known of it.

    `total`: its rows as counted before the walk (None: not known, or filtered); `expected`: whether ping saw
    any; `filters`: conditions on what is walked through.
    """

    client: QadClient
    browse: str
    key: str
    size: int
    filters: Sequence[Filter] = ()
    by_key: bool = False
    total: int | None = None
    expected: bool = True
    exact: bool = True

    def start(self, spot: Spot) -> Iterator[Stretch]:
        """Stretches from `spot` to the end, the last one marked.

        Raises `RetryLater` where the rows end too early, `ConfigProblem` where the same page comes again and
        again.
        """
        at = resume = spot if self.by_key else replace(spot, by_key=False)
        carried: list[Json] = []
        before: list[Json] = []
        longest = 0
        for _ in range(MOST_PAGES):
            rows = self._read(at)
            if rows and rows == before and not self._comes_again(rows, at):
                raise endless(self.browse)
            groups = _grouped([*carried, *rows], self.key)
            met = at.seen + len(rows)
            if self._ends(rows, at, longest):
                if not rows:
                    self._believe_end(at, was_full=len(before) >= max(longest, 1))
                if at.by_key and self._fell_short(met):
                    yield Stretch(groups, Spot(by_key=False))
                    yield from replace(self, by_key=False).start(START)
                    return
                yield Stretch(groups, replace(at, seen=met), last=True, whole=self._is_whole(at, met))
                return
            longest, before = max(longest, len(rows)), rows
            held = groups.pop()
            last = text(held[-1].get(self.key))
            if at.by_key and last != at.after and _can_anchor(last):
                at = resume = Spot(last, 1, met - len(held))
                carried = []
            else:
                resume = at if len(held) <= len(rows) else resume
                at, carried = replace(at, page=at.page + 1, seen=met), held
            yield Stretch(groups, resume)
        raise endless(self.browse)

    def _read(self, at: Spot) -> list[Json]:
        """A page; an empty one is asked for once more before anything is made of it."""
        filters = [*self.filters, *([Filter(self.key, "ge", at.after)] if at.after else [])]
        for _ in range(2):
            rows = self.client.browse(
                self.browse, page=at.page, size=self.size, filters=filters, exact=self.exact
            )
            if rows:
                return rows
        return []

    def _comes_again(self, rows: Sequence[Json], at: Spot) -> bool:
        """Whether these are the group that was held back: it may have been all there was of a page."""
        return at.by_key and at.page == 1 and text(rows[0].get(self.key)) == at.after

    def _ends(self, rows: Sequence[Json], at: Spot, longest: int) -> bool:
        if not rows or (self.total is not None and not at.by_key and at.seen + len(rows) >= self.total):
            return True
        # By key the last group comes again by itself, on a page that had room for more.
        alone = all(text(row.get(self.key)) == at.after for row in rows)
        return bool(at.after) and at.by_key and alone and len(rows) < max(longest, 2)

    def _believe_end(self, at: Spot, *, was_full: bool) -> None:
        """Raises where an empty page is no end."""
        at_first = at.page == 1 and not at.after
        if at_first and not self.expected and not self.total:
            return
        if at_first and not self.filters:
            raise suspicious(self.browse)
        shows_rows = self.client.shows_rows(self.browse)
        if not at_first and not self.filters and (was_full or at.after) and self._fell_short(at.seen):
            raise suspicious(self.browse)
        if not shows_rows and self.expected:
            raise suspicious(self.browse)

    def _fell_short(self, met: int) -> bool:
        missed = (self.total or 0) - met
        return missed > max(TOLERANCE, (self.total or 0) // 100)

    def _is_whole(self, at: Spot, met: int) -> bool:
        if not at.by_key or self.filters or not met:
            return False
        now = self.client.total(self.browse)
        return now is None or met >= now


def _can_anchor(key: str) -> bool:
    """Whether a filter can name the key: a comma would end it."""
    return bool(key) and "," not in key and len(key) <= LONGEST_ANCHOR


def _grouped(rows: Sequence[Json], key: str) -> list[list[Json]]:
    return [list(group) for _, group in groupby(rows, lambda row: text(row.get(key)))]


def endless(browse: str) -> ConfigProblem:
    """A reading that would never end."""
    return ConfigProblem(
        f"QAD keeps sending the same page of the browse {browse}. We stopped. Set the page action of further "
        "pages to next in the connection's settings, or choose another browse.",
        code="endless_paging",
    )
