"""What the streams of IFS Cloud share: when to read everything, when only what changed, and how to resume.

Between runs a position is `{"since": ..., "swept": ...}`: changes are known up to `since`, everything was
last read at `swept`. Within a run it also holds `reading`: how this reading began and where its walk stands.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from connectors.records import Record
from connectors.sdk.paging import prefetched
from connectors.sdk.system import Page, Position, Row, Stream, System
from connectors.systems.ifs_cloud.children import ChildPlace, Children
from connectors.systems.ifs_cloud.client import IfsClient
from connectors.systems.ifs_cloud.odata import TIMESTAMP, Column, Json, all_of, literal
from connectors.systems.ifs_cloud.settings import settings_of
from connectors.systems.ifs_cloud.values import key_fault, moment, server_time
from connectors.systems.ifs_cloud.walk import (
    LONGEST_PAGE,
    START,
    Spot,
    Stretch,
    Walk,
    found_by_key,
    proven_page,
)

R = TypeVar("R", bound=Record)

MARGIN = timedelta(minutes=5)
"""How far behind the start of a run the next one starts at least: a transaction open now commits with an
earlier time.
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a stream, possibly over several slices and runs."""

    began: datetime
    spot: Spot = START
    changed_by: str = ""
    changes_since: datetime | None = None
    newest: datetime | None = None
    total: int | None = None

    @property
    def is_sweep(self) -> bool:
        """Whether it reads everything, not just what changed."""
        return self.changes_since is None

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "began": self.began.isoformat(),
            "spot": self.spot.to_json(),
            "changed_by": self.changed_by,
            "changes_since": _stored(self.changes_since),
            "newest": _stored(self.newest),
            "total": self.total,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Reading:
        """Read the stored form back."""
        return cls(
            datetime.fromisoformat(stored["began"]),
            Spot.from_json(stored["spot"]),
            str(stored.get("changed_by") or ""),
            _read(stored.get("changes_since")),
            _read(stored.get("newest")),
            stored.get("total"),
        )


class KeyedStream(Stream[R]):
    """A stream over an entity set with one text key and perhaps an attribute that says when a record was last
    changed.
    """

    key: ClassVar[str]
    change_finding: ClassVar[str]
    exact: ClassVar[bool] = False

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.settings = settings_of(system.account)
        self.findings = system.account.findings
        self.client = IfsClient(system.account)

    @property
    @abstractmethod
    def place(self) -> str:
        """Projection and entity set."""

    @property
    @abstractmethod
    def configured_change_attribute(self) -> str:
        """The change attribute of the settings, empty where ping is to find one."""

    @abstractmethod
    def rows(self, read: Sequence[Json], *, consecutive: bool) -> list[Row]:
        """Rows with all that hangs under them. Each has a key."""

    def condition(self) -> str:
        """Which records of the set are meant."""
        return ""

    def walk_size(self) -> int:
        """How many records to ask for at once."""
        return self.settings.page_size

    def children(self, place: ChildPlace) -> Children:
        """A reader of what hangs under the records; a page of them has several children each."""
        return Children(
            self.client,
            place,
            min(5 * self.settings.page_size, LONGEST_PAGE),
            self.settings.concurrent,
            exact=self.exact,
            proven=proven_page(self.findings, place.flat),
        )

    def pages(self, start: Position | None, run_start: datetime) -> Iterator[Page]:
        """See `Stream.pages`. Two readers run ahead: one page of the set, and one page with what hangs under
        it.
        """
        position = dict(start or {})
        reading = self._reading(position, run_start)
        return prefetched(self._pages(reading, position, run_start))

    def fetch(self, keys: Sequence[str]) -> Page:
        """See `Stream.fetch`."""
        asked = list(dict.fromkeys(keys))
        found = found_by_key(self.client, f"/{self.place}", self.key, asked, exact=self.exact)
        rows = self.rows([found[key] for key in asked if key in found], consecutive=False)
        missing = [key for key in asked if key not in found]
        return Page(rows, {}, done=True, total=len(rows), missing=missing)

    @cached_property
    def change(self) -> Column | None:
        """The attribute of last change: named in the settings and not refuted by ping, or found by ping."""
        found = self.findings.get(self.change_finding)
        wanted = self.configured_change_attribute
        if isinstance(found, dict) and found.get("attribute") and wanted in {"", found["attribute"]}:
            return Column(str(found["attribute"]), str(found.get("type") or TIMESTAMP))
        refuted = self.change_finding in self.findings and not found
        return Column(wanted, TIMESTAMP) if wanted and not refuted else None

    def _reading(self, position: Position, run_start: datetime) -> Reading:
        change = self.change
        if "reading" in position:
            going_on = Reading.from_json(position["reading"])
            if going_on.is_sweep or (change and going_on.changed_by == change.name):
                return going_on
        since, swept = _read(position.get("since")), _read(position.get("swept"))
        period = timedelta(days=self.settings.full_read_days)
        due = bool(period) and (swept is None or run_start - swept >= period)
        if change is None or since is None or due:
            return Reading(run_start)
        overlap = timedelta(minutes=self.settings.overlap_minutes)
        return Reading(run_start, changed_by=change.name, changes_since=since - overlap)

    def _pages(self, reading: Reading, position: Position, run_start: datetime) -> Iterator[Page]:
        condition, columns = self.condition(), [Column(self.key)]
        if reading.changes_since is not None and self.change is not None:
            from_then = server_time(reading.changes_since, self.settings.zone, self.change.type)
            condition = all_of(condition, f"{self.change.name} ge {literal(from_then, self.change.type)}")
            columns = [self.change, *columns]
        walk = Walk(
            self.client,
            f"/{self.place}",
            columns,
            self.walk_size(),
            condition,
            exact=self.exact,
            proven=proven_page(self.findings, self.place),
        )
        if reading.spot == START:
            reading = replace(reading, total=self.client.count(walk.template, condition))
        for stretch in prefetched(_complete(walk, reading)):
            page = self._page(stretch, consecutive=reading.is_sweep and not stretch.spot.by_position)
            reading = replace(reading, spot=stretch.spot, newest=self._newest(stretch.rows, reading.newest))
            # A sweep resumed by another run did not meet in that run what it had met before, and one that met
            # fewer than were counted may have been given an empty page: nothing may be taken for gone.
            whole = not stretch.last or stretch.spot.seen >= (reading.total or 0)
            steady = reading.began == run_start and not stretch.spot.by_position
            sweep = reading.is_sweep and steady and whole
            position = self._after(reading, position, done=stretch.last)
            yield replace(page, position=position, done=stretch.last, sweep=sweep, total=reading.total)

    def _page(self, stretch: Stretch, *, consecutive: bool) -> Page:
        keyed: list[Json] = []
        refused: list[tuple[str, str]] = []
        for row in stretch.rows:
            if fault := key_fault(row.get(self.key)):
                why = f"A record of {self.place} was left out because {fault} ({self.key})."
                refused.append((self._describe(row), why))
            else:
                keyed.append(row)
        return Page(self.rows(keyed, consecutive=consecutive), {}, refused=refused)

    def _after(self, reading: Reading, position: Position, *, done: bool) -> Position:
        kept: Position = {name: position[name] for name in ("since", "swept") if name in position}
        if not done:
            return {**kept, "reading": reading.to_json()}
        latest = reading.began - MARGIN
        if reading.is_sweep:
            return {"since": latest.isoformat(), "swept": reading.began.isoformat()}
        newest = min(reading.newest, latest) if reading.newest else None
        since = max(filter(None, (_read(kept.get("since")), newest)), default=None)
        return {**kept, "since": _stored(since)}

    def changed_at(self, row: Mapping[str, object]) -> datetime | None:
        """When the record itself was last changed, if the set says.

        Not given to the engine as the version of a `Row`: what hangs under a record changes without it.
        """
        return moment(row.get(self.change.name), self.settings.zone) if self.change else None

    def _newest(self, rows: Sequence[Json], so_far: datetime | None) -> datetime | None:
        return max(filter(None, (so_far, *map(self.changed_at, rows))), default=None)

    def _describe(self, row: Json) -> str:
        shown = row.get("Name") or row.get("keyref") or row.get(self.key) or "a record"
        return str(shown)[:100]


def _complete(walk: Walk, reading: Reading) -> Iterator[Stretch]:
    """A walk to its end, and once more by position where it met clearly fewer records than there are.

    A server that orders by the rules of a language and compares by code does that: `a`, `B`, `c`, but nothing
    between `a` and `c`. To read what was read before costs nothing.
    """
    total = reading.total or 0
    for stretch in walk.start(reading.spot):
        missed = total - stretch.spot.seen
        if stretch.last and not stretch.spot.by_position and missed > max(5, total // 100):
            again = Spot((), by_position=True)
            yield replace(stretch, spot=again, last=False)
            yield from walk.start(again)
            return
        yield stretch


def today() -> date:
    """The day validity is judged by."""
    return datetime.now(UTC).date()


def _stored(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _read(stored: object) -> datetime | None:
    return datetime.fromisoformat(stored) if isinstance(stored, str) else None
