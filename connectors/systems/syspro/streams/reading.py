"""One reading of customers, possibly over several slices and runs: where it stands and the next one starts.

Between runs a position is `{"swept", "count"}`, and where changes can be told `{"by", "mark", "before"}` as
well: by which column, the newest of its values when the last reading began, and when the one before it did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.sdk.system import Position
from connectors.systems.syspro.columns import ADDED
from connectors.systems.syspro.question import Kind, Term
from connectors.systems.syspro.settings import SysproSettings
from connectors.systems.syspro.values import instant

DAYS_OVERLAP = timedelta(days=2)
"""A day has no time, and the server's may begin hours before or after ours."""


@dataclass(frozen=True, slots=True)
class Change:
    """A column by which what changed (or, of `DateCustAdded`, what was added) can be asked for."""

    column: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Reading:
    """`since`: the mark it reads changes from, empty where it reads everything; `mark`: the newest there was
    when it began; `after`: the last customer read; `ordered`: whether all came in an order one can rely on.
    """

    began: str
    by: str = ""
    kind: Kind = "text"
    since: str = ""
    mark: str = ""
    after: str = ""
    seen: int = 0
    ordered: bool = True

    @property
    def is_sweep(self) -> bool:
        """Whether it reads everything."""
        return not self.since

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Reading:
        """Read the stored form back."""
        return cls(**stored)


def change_of(settings: SysproSettings, findings: Mapping[str, Any]) -> Change | None:
    """How changes can be told on this connection; only what ping has proved counts."""
    added = ADDED if settings.between_full_reads == "added" else ""
    for finding, column in (("change", settings.change_column), ("added", added)):
        found = findings.get(finding)
        if not column or not isinstance(found, Mapping):
            continue
        if (found.get("column"), found.get("through")) == (column, settings.read_through):
            return Change(column, found["kind"])
    return None


def begun(
    position: Position, change: Change | None, settings: SysproSettings, run_start: datetime
) -> tuple[Reading, bool]:
    """The reading to go on with, or a new one; and whether it is new (and still wants its mark)."""
    by = change.column if change else ""
    if "reading" in position:
        going_on = Reading.from_json(position["reading"])
        if going_on.by == by:
            return going_on, False
    fresh = Reading(run_start.isoformat(), by, change.kind if change else "text")
    mark, swept = position.get("mark"), position.get("swept")
    known = change is not None and position.get("by") == by and mark and swept
    if not known or run_start - instant(str(swept)) >= timedelta(hours=settings.full_read_hours):
        return fresh, True
    since = str(position.get("before") or mark) if fresh.kind == "number" else str(mark)
    return Reading(fresh.began, by, fresh.kind, since), True


def condition(reading: Reading, overlap: timedelta) -> tuple[Term, ...]:
    """What the rows of this reading have in common besides the order they come in."""
    if reading.is_sweep:
        return ()
    if reading.kind == "number":
        return (Term(reading.by, "ge", reading.since, "number"),)
    if reading.kind == "date" or reading.by == ADDED:
        overlap = max(overlap, DAYS_OVERLAP)
    start = instant(reading.since) - overlap
    spelled = start.strftime("%Y-%m-%d" if reading.kind == "date" else "%Y-%m-%dT%H:%M:%SZ")
    return (Term(reading.by, "ge", spelled, reading.kind),)


def after_all(reading: Reading, position: Position) -> Position:
    """Where the next run starts."""
    if reading.is_sweep:
        left: Position = {"swept": reading.began, "count": reading.seen}
    else:
        left = {name: position[name] for name in ("swept", "count") if name in position}
    if reading.by and reading.mark:
        before = reading.mark if reading.is_sweep else str(position.get("mark") or reading.mark)
        left |= {"by": reading.by, "mark": reading.mark, "before": before}
    return left


def under_way(reading: Reading, position: Position) -> Position:
    """Where to go on with it."""
    kept = {name: value for name, value in position.items() if name != "reading"}
    return {**kept, "reading": reading.to_json()}
