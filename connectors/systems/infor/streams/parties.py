"""Customers and suppliers, whichever product keeps them: when to read all of them, when only what changed.

Between runs a position is `{"since": mark, "swept": time}`: changes are known up to `since`, everything was
last read at `swept`. Within a run it also holds `reading`: when this reading began and how far it has come.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from connectors.records import Customer, Party, Supplier
from connectors.sdk.errors import RecordSkipped
from connectors.sdk.paging import prefetched
from connectors.sdk.system import Page, Position, Row, Stream, System
from connectors.systems.infor.party import party_of
from connectors.systems.infor.products import reader_of
from connectors.systems.infor.reader import Stretch
from connectors.systems.infor.settings import settings_of

P = TypeVar("P", bound=Party)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading, possibly over several slices and runs. `since` empty: it reads everything."""

    began: str
    since: str = ""
    after: str = ""
    newest: str = ""
    met: int = 0


class Parties(Stream[P]):
    """In the order of their numbers."""

    party: ClassVar[type[Party]]

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.settings = settings_of(system.account)
        self.reader = reader_of(system.account, self.name)

    def pages(self, start: Position | None, run_start: datetime) -> Iterator[Page]:
        """See `Stream.pages`; the next page is read while this one is worked on."""
        position = dict(start or {})
        return prefetched(self._pages(self._reading(position, run_start), position, run_start))

    def fetch(self, keys: Sequence[str]) -> Page:
        """See `Stream.fetch`."""
        found = self.reader.by_key(keys)
        asked = list(dict.fromkeys(keys))
        rows = [Row(key, found[key]) for key in asked if key in found]
        return Page(rows, {}, done=True, total=len(rows), missing=[key for key in asked if key not in found])

    def canonical(self, raw: dict[str, Any]) -> P:
        """See `Stream.canonical`."""
        if why := self.reader.left_out(raw):
            raise RecordSkipped(why, code="left_out")
        return party_of(self._kind(), raw, self.reader.names, self.settings)

    def _kind(self) -> type[P]:
        return self.record  # type: ignore[return-value]  # the class body says which

    def _reading(self, position: Position, run_start: datetime) -> Reading:
        if "reading" in position:
            going_on = Reading(**position["reading"])
            if not going_on.since or self.reader.finds_changes():
                return going_on
        since, swept = position.get("since"), position.get("swept")
        period = timedelta(days=self.settings.full_read_days)
        due = not swept or run_start - datetime.fromisoformat(swept) >= period
        everything = due or not since or not self.reader.finds_changes()
        return Reading(run_start.isoformat(), since="" if everything else str(since))

    def _pages(self, reading: Reading, position: Position, run_start: datetime) -> Iterator[Page]:
        # A sweep resumed by another run did not meet in that run what it had met before, and one that met
        # nothing is no proof that nothing is there: in neither may anything be taken for gone.
        own = not reading.since and reading.began == run_start.isoformat()
        for stretch in self.reader.stretches(reading.after, reading.since):
            reading = _moved_on(reading, stretch)
            yield Page(
                [Row(key, raw) for key, raw in stretch.rows],
                self._after(reading, position, done=stretch.last),
                done=stretch.last,
                sweep=own and reading.met > 0,
                refused=stretch.refused,
            )

    def _after(self, reading: Reading, position: Position, *, done: bool) -> Position:
        kept = {name: position[name] for name in ("since", "swept") if position.get(name)}
        if not done:
            return {**kept, "reading": asdict(reading)}
        mark = self.reader.mark(datetime.fromisoformat(reading.began), reading.newest)
        marks = {"since": mark} if mark else {}
        return {**kept, **marks} if reading.since else {**kept, **marks, "swept": reading.began}


class Customers(Parties[Customer]):
    """Whom the company sells to."""

    name = "customers"
    record = Customer


class Suppliers(Parties[Supplier]):
    """Whom the company buys from."""

    name = "suppliers"
    record = Supplier


def _moved_on(reading: Reading, stretch: Stretch) -> Reading:
    newest = max(reading.newest, stretch.newest)
    met = reading.met + len(stretch.rows)
    return replace(reading, after=stretch.after or reading.after, newest=newest, met=met)
