"""The first records of a job as they would arrive, without writing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit import services as trail
from connectors.engine.links import Standing, standing
from connectors.engine.needs import Providers
from connectors.engine.route import Leg, Route, route_of
from connectors.engine.sorting import record_of
from connectors.models import RecordLink, SyncJob
from connectors.records import Record
from connectors.records.canonical import canonical_json
from connectors.sdk.errors import RecordRejected, RecordSkipped, SystemFault
from connectors.sdk.mapping import plain
from connectors.sdk.system import Row
from connectors.services.errors import Refused

State = RecordLink.State
_UNTIL: dict[str, str] = {
    State.DIRTY: "create",
    State.HELD: "waits",
    State.SKIPPED: "skipped",
    State.REJECTED: "rejected",
}
"""What becomes of a record that is not there yet, by what it needs."""


@dataclass(frozen=True, slots=True)
class Previewed:
    """One record at one sink: what it is, what would be sent, and what would become of it.

    The latter is "create", "update", "unchanged", "skipped", "rejected" or "waits".
    """

    key: str
    handle: str
    sink: str
    title: str
    verdict: str
    text: str = ""
    record: dict[str, Any] = field(default_factory=dict)
    payload: dict[str, Any] = field(default_factory=dict)
    trace: list[list[str]] = field(default_factory=list)


def preview(job: SyncJob, *, limit: int = 10) -> list[Previewed]:
    """Read the first records and map them with today's rules.

    Raises `Refused` with the vendor's reason where reading fails.
    """
    try:
        route = route_of(job)
        rows = _first_rows(route, limit)
    except SystemFault as fault:
        raise Refused(fault.text) from fault
    there = standing(job.pk, [leg.name for leg in route.legs], [row.key for row in rows])
    providers = Providers(job)
    found = [
        _previewed(route, leg, row, there.get((leg.name, row.key)), providers)
        for row in rows
        for leg in route.legs
    ]
    with transaction.atomic():
        recorded = trail.record_calls(route.calls.drain(job_id=job.pk))
        trail.append(
            "job_previewed", subject=job, job_id=job.pk, data={"records": len(rows)}, seals=[recorded]
        )
    return found


def _first_rows(route: Route, limit: int) -> list[Row]:
    if route.stream.on_demand:
        keys = list(RecordLink.objects.filter(job=route.job).values_list("source_key", flat=True)[:limit])
        return list(route.stream.fetch(keys).rows) if keys else []
    for page in route.stream.pages(None, timezone.now()):
        if page.rows:
            return list(page.rows[:limit])
        if page.done:
            break
    return []


def _previewed(route: Route, leg: Leg, row: Row, there: Standing | None, providers: Providers) -> Previewed:
    record: Record | None = None
    try:
        record = record_of(route.stream, canonical_json(row.raw))
        desired = leg.fields.apply(record)
        leg.sink.target_key(record, desired)
    except (RecordRejected, RecordSkipped) as fault:
        verdict = "rejected" if isinstance(fault, RecordRejected) else "skipped"
        return Previewed(
            row.key,
            record.handle if record else row.key,
            leg.name,
            leg.sink.title,
            verdict,
            fault.text,
            plain(record) if record else row.raw,
        )
    wanted = record.needs()
    body = canonical_json({**desired.to_json(), "needs": wanted} if wanted else desired.to_json())
    known = there if there and there.state == State.CLEAN else None
    [judged] = providers.judge([wanted])
    if known:
        verdict = "unchanged" if known.desired_digest == trail.digest_of(body) else "update"
    else:
        verdict = _UNTIL[judged.state]
    return Previewed(
        row.key,
        record.handle,
        leg.name,
        leg.sink.title,
        verdict,
        "" if known else judged.text,
        record=plain(record),
        payload=desired.for_new(),
        trace=[list(map(str, line)) for line in leg.fields.trace],
    )
