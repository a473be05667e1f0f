"""What the streams of QAD share: when to read everything, when only what changed, and how to resume.

Between runs a position is `{"since": "2026-11-20", "swept": ...}`: changes are known up to that day (QAD's
stamps are days), everything was last read at `swept`. Within a run it also holds `reading`: how this reading
began and where its walk stands.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from connectors.records import Record
from connectors.sdk.errors import ConfigProblem
from connectors.sdk.paging import concurrently, prefetched
from connectors.sdk.system import Page, Position, Row, Stream, System
from connectors.systems.qad.client import Filter, Json, QadClient
from connectors.systems.qad.settings import date_format, settings_of
from connectors.systems.qad.values import day, key_fault, spelled_day, text
from connectors.systems.qad.walk import START, Spot, Stretch, Walk

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a stream, possibly over several slices and runs.

    `changed_by`: the change columns it goes through one after the other, `stage` the one it is at; none for a
    reading of everything.
    """

    began: datetime
    spot: Spot = START
    changed_by: tuple[str, ...] = ()
    stage: int = 0
    since: date | None = None
    newest: date | None = None
    total: int | None = None

    @property
    def is_sweep(self) -> bool:
        """Whether it reads everything, not just what changed."""
        return not self.changed_by

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "began": self.began.isoformat(),
            "spot": self.spot.to_json(),
            "changed_by": list(self.changed_by),
            "stage": self.stage,
            "since": self.since.isoformat() if self.since else None,
            "newest": self.newest.isoformat() if self.newest else None,
            "total": self.total,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Reading:
        """Read the stored form back."""
        return cls(
            datetime.fromisoformat(stored["began"]),
            Spot.from_json(stored["spot"]),
            tuple(stored["changed_by"]),
            int(stored["stage"]),
            _day(stored["since"]),
            _day(stored["newest"]),
            stored["total"],
        )


class BrowseStream(Stream[R]):
    """A stream over a browse; `what` names it in findings."""

    what: ClassVar[str]

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.account = system.account
        self.settings = settings_of(system.account)
        self.findings = system.account.findings
        self.dates = date_format(system.account)
        self.client = QadClient(system.account)

    @property
    @abstractmethod
    def browse(self) -> str:
        """The browse it is read from."""

    @property
    @abstractmethod
    def key(self) -> str:
        """The column that tells records apart."""

    @property
    @abstractmethod
    def own_change_columns(self) -> tuple[str, ...]:
        """The change columns of the settings; none where ping is to find them."""

    @abstractmethod
    def rows(self, groups: Sequence[list[Json]]) -> list[Row]:
        """Rows with all that belongs to them, out of groups that have a key each."""

    def condition(self) -> list[Filter]:
        """Which rows of the browse are meant."""
        return []

    def walk_size(self) -> int:
        """How many rows to ask for at once."""
        return self.settings.page_size

    @property
    @abstractmethod
    def needed(self) -> frozenset[str]:
        """The columns without which nothing can be made of a row."""

    def pages(self, start: Position | None, run_start: datetime) -> Iterator[Page]:
        """See `Stream.pages`. One page of the browse is read ahead."""
        position = dict(start or {})
        return prefetched(self._pages(self._reading(position, run_start), position, run_start))

    def fetch(self, keys: Sequence[str]) -> Page:
        """See `Stream.fetch`: QAD knows no `or`, so each key is a call."""
        asked = [key for key in dict.fromkeys(keys) if not key_fault(key)]
        found = dict(zip(asked, concurrently(asked, self._one, self.settings.concurrent), strict=True))
        groups = [group for group in found.values() if group]
        self._check_columns(groups)
        rows = self.rows(groups)
        return Page(
            rows,
            {},
            done=True,
            total=len(rows),
            missing=[key for key in dict.fromkeys(keys) if not found.get(key)],
        )

    @cached_property
    def change_columns(self) -> tuple[str, ...]:
        """The columns of last change: those of the settings that ping did not refute, or what ping found."""
        found = self.findings.get(f"{self.what}_change")
        proven = tuple(map(str, found)) if isinstance(found, list) else None
        own = self.own_change_columns
        if proven is None:
            return own
        return own if set(own) <= set(proven) and own else proven if not own else ()

    def _one(self, key: str) -> list[Json]:
        rows = self.client.found(
            self.browse, [Filter(self.key, "eq", key)], size=self.settings.page_size, exact=True
        )
        return [row for row in rows if text(row.get(self.key)) == key]

    def _reading(self, position: Position, run_start: datetime) -> Reading:
        if "reading" in position:
            going_on = Reading.from_json(position["reading"])
            if going_on.is_sweep or going_on.changed_by == self.change_columns:
                return going_on
        since, swept = _day(position.get("since")), _instant(position.get("swept"))
        period = timedelta(days=self.settings.full_read_days)
        due = bool(period) and (swept is None or run_start - swept >= period)
        if not self.change_columns or since is None or due:
            return Reading(run_start)
        from_then = since - timedelta(days=self.settings.overlap_days)
        return Reading(run_start, changed_by=self.change_columns, since=from_then)

    def _pages(self, reading: Reading, position: Position, run_start: datetime) -> Iterator[Page]:
        if reading.spot == START and reading.is_sweep and not self.condition():
            reading = replace(reading, total=self.client.total(self.browse))
        while True:
            for stretch in self._walk(reading).start(reading.spot):
                newest = self._newest(stretch.groups, reading.newest)
                reading = replace(reading, spot=stretch.spot, newest=newest)
                if stretch.last and reading.stage + 1 < len(reading.changed_by):
                    reading = replace(reading, spot=START, stage=reading.stage + 1)
                    yield self._page(stretch, reading, position, run_start, done=False)
                    break
                yield self._page(stretch, reading, position, run_start, done=stretch.last)
            else:
                return

    def _walk(self, reading: Reading) -> Walk:
        filters = self.condition()
        if reading.since is not None:
            spelled = spelled_day(reading.since, self.dates)
            filters.append(Filter(reading.changed_by[reading.stage], "ge", spelled))
        counted = self.findings.get(self.what)
        ordered = self.findings.get("ordered")
        return Walk(
            self.client,
            self.browse,
            self.key,
            self.walk_size(),
            filters,
            by_key=isinstance(ordered, list) and self.browse in ordered,
            total=reading.total,
            expected=counted != 0,
        )

    def _page(
        self, stretch: Stretch, reading: Reading, position: Position, run_start: datetime, *, done: bool
    ) -> Page:
        self._check_columns(stretch.groups)
        keyed: list[list[Json]] = []
        refused: list[tuple[str, str]] = []
        for group in stretch.groups:
            if fault := key_fault(group[0].get(self.key)):
                shown = next((text(value) for value in group[0].values() if text(value)), "a row")
                refused.append(
                    (shown[:100], f"A row of {self.browse} was left out because {fault} ({self.key}).")
                )
            else:
                keyed.append(group)
        # Only a walk that this very run began has met in it whatever there is. A page that is not the last
        # cannot know yet.
        sweep = reading.is_sweep and reading.began == run_start and (stretch.whole or not done)
        return Page(
            self.rows(keyed),
            self._after(reading, position, done=done),
            done=done,
            sweep=sweep,
            total=reading.total,
            refused=refused,
        )

    def _check_columns(self, groups: Sequence[list[Json]]) -> None:
        """A column taken out of a browse just vanishes: without this, everybody would lose their address."""
        shown = {name for group in groups for row in group for name in row}
        seen = self.findings.get(f"{self.what}_columns")
        expected = self.needed | (frozenset(map(str, seen)) if isinstance(seen, list) else frozenset())
        if shown and (gone := sorted(expected - shown)):
            raise ConfigProblem(
                f"The browse {self.browse} does not show {', '.join(gone)} any more. Put the column back, or "
                "name another one in the connection's settings; then ping again.",
                code="no_column",
            )

    def _after(self, reading: Reading, position: Position, *, done: bool) -> Position:
        kept: Position = {name: position[name] for name in ("since", "swept") if name in position}
        if not done:
            return {**kept, "reading": reading.to_json()}
        began = reading.began.astimezone(self.settings.zone).date()
        if reading.is_sweep:
            return {"since": began.isoformat(), "swept": reading.began.isoformat()}
        known = [found for found in (_day(kept.get("since")), reading.newest) if found]
        # Never beyond today: a stamp from the future would hide what changes before that day.
        return {**kept, "since": min(max(known), began).isoformat()} if known else kept

    def _newest(self, groups: Sequence[list[Json]], so_far: date | None) -> date | None:
        found = (
            day(row.get(column), self.dates)
            for column in self.change_columns
            for group in groups
            for row in group
        )
        return max(filter(None, (so_far, *found)), default=None)


def _day(stored: object) -> date | None:
    return date.fromisoformat(stored) if isinstance(stored, str) else None


def _instant(stored: object) -> datetime | None:
    return datetime.fromisoformat(stored) if isinstance(stored, str) else None
