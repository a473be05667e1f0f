"""From a webhook that was received to the records it names, read again.

`process` turns receipts into hints, one per record and job that reads such records; a run with the trigger
`webhook` reads them (`pages`), and so does any other run of that job that is reading anyway. From there they
go the way of every record, so what arrives late, twice or in the wrong order ends in the right state.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from kombu.exceptions import OperationalError

from audit import services as trail
from connectors.engine import needs
from connectors.engine.route import Route
from connectors.engine.runs import open_run
from connectors.models import RecordLink, SyncJob, SyncRun, WebhookEndpoint, WebhookHint, WebhookReceipt
from connectors.sdk.errors import RecordRejected
from connectors.sdk.hooks import KEY_LIMIT, Hint, Inbound, Unreadable
from connectors.sdk.system import Page, Position, Row
from tenants.ids import uuid7

log = structlog.get_logger(__name__)

Receipt, Waiting = WebhookReceipt.State, WebhookHint.State
RECEIPTS_AT_ONCE = 50
HINTS_AT_ONCE = 50
TURN_SECONDS = 15
"""How long a run reads hints before it goes on with what it is there for."""


@dataclass(frozen=True, slots=True)
class HintedPage(Page):
    """Records read because of hints; `gone` are the keys that do not exist any more."""

    hints: Sequence[WebhookHint] = ()
    gone: frozenset[str] = frozenset()


# -- receipts to hints ---------------------------------------------------------------------------------------


def process(limit: int = RECEIPTS_AT_ONCE) -> int:
    """Read some receipts of the tenant in scope, oldest first, and open runs for what they name.

    Returns how many. Safe to run anywhere, any number of times at once.
    """
    jobs: set[UUID] = set()
    woken: set[UUID] = set()
    with transaction.atomic():
        receipts = list(
            WebhookReceipt.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("endpoint__connection")
            .filter(state=Receipt.NEW)
            .order_by("id")[:limit]
        )
        for receipt in receipts:
            jobs |= _read(receipt, woken)
        if receipts:
            became = {str(one.pk): str(one.state) for one in receipts}
            trail.append("receipts_read", data={"receipts": became, "jobs": sorted(map(str, jobs))})
    # Only now are the hints there for everybody, a run that is ending just now included.
    for job in SyncJob.objects.filter(pk__in=jobs).select_related("integration", "tenant"):
        open_for(job)
    needs.call_for(woken)
    return len(receipts)


def open_for(job: SyncJob) -> SyncRun | None:
    """A run for the hints of a job; None where there are none, or the job rests (they keep)."""
    if not job.may_run or not is_waiting(job.pk):
        return None
    run, _ = open_run(job, SyncRun.Trigger.WEBHOOK)
    return run


def is_waiting(job_id: UUID) -> bool:
    """Whether a webhook has named records of this job that nobody has read since."""
    return WebhookHint.objects.filter(job=job_id, state=Waiting.WAITING).exists()


def _read(receipt: WebhookReceipt, woken: set[UUID]) -> set[UUID]:
    """What became of one receipt; whatever is wrong with it stays its own affair."""
    jobs: set[UUID] = set()
    try:
        with transaction.atomic():
            jobs = _turn_into_hints(receipt, woken)
    except Unreadable as fault:
        receipt.state, receipt.reason = Receipt.FAILED, str(fault)
    except Exception as error:
        # A hook's mistake must not hold up the receipts behind it.
        log.exception("receipt_not_read", receipt=str(receipt.pk), error=type(error).__name__)
        receipt.state, receipt.reason = Receipt.FAILED, f"It could not be read ({type(error).__name__})."
    receipt.read_at = timezone.now()
    receipt.save(update_fields=["state", "reason", "event", "read_at"])
    return jobs


def _turn_into_hints(receipt: WebhookReceipt, woken: set[UUID]) -> set[UUID]:
    endpoint = receipt.endpoint
    found = endpoint.kind.hints(_as_it_came(receipt))
    receipt.event = _storable(", ".join(dict.fromkeys(hint.event for hint in found)))[:200]
    receipt.state, receipt.reason = Receipt.READ, ""
    named = [hint for hint in found if hint.keys or hint.rows]
    if not named:
        receipt.state, receipt.reason = Receipt.IGNORED, "Nothing is read because of this event."
        return set()
    jobs = _jobs_of(endpoint)
    for hint in named:
        for job in jobs if hint.former else ():
            if job.flow.stream in hint.streams:
                woken |= _follow(job, hint)
    rows = [
        row
        for hint in named
        for job in jobs
        if job.flow.stream in hint.streams
        for row in _hints_of(receipt, job, hint)
    ]
    if not rows:
        receipt.state, receipt.reason = Receipt.IGNORED, "No job that is turned on reads such records."
    WebhookHint.objects.bulk_create(rows, batch_size=1000)
    return {row.job_id for row in rows}


def _jobs_of(endpoint: WebhookEndpoint) -> list[SyncJob]:
    """The jobs that are on and read the endpoint's connection; one that is paused is hinted all the same."""
    jobs = SyncJob.objects.filter(is_on=True, integration__is_on=True).select_related(
        "integration__source", "integration__destination"
    )
    if endpoint.integration_id:
        jobs = jobs.filter(integration=endpoint.integration_id)
    return [job for job in jobs if job.reads.pk == endpoint.connection_id]


def _follow(job: SyncJob, hint: Hint) -> set[UUID]:
    """The vendor calls a record by another key now: whoever it belongs to is found by that one, too.

    It may have been read under that key already, when nobody knew whose it was. Returns the jobs that waited.
    """
    [key] = hint.keys
    woken = needs.Providers(job).moved(hint.former, key)
    nobodys = RecordLink.objects.filter(job=job, source_key=key, state=RecordLink.State.SKIPPED)
    nobodys.filter(reason=needs.NOT_THERE).update(source_digest=None)
    return woken


def _hints_of(receipt: WebhookReceipt, job: SyncJob, hint: Hint) -> Iterator[WebhookHint]:
    named = [*((key, None) for key in hint.keys), *((row.key, row) for row in hint.rows)]
    for key, row in named:
        if not 0 < len(key) <= KEY_LIMIT or _storable(key) != key:
            raise Unreadable("It names a record by a key that is empty, too long or no text.")
        yield WebhookHint(
            id=uuid7(),
            tenant_id=receipt.tenant_id,
            receipt=receipt,
            job=job,
            key=key,
            event=_storable(hint.event)[:60],
            at=row.changed_at if row else hint.at,
            raw=json.dumps(row.raw) if row else "",
            version=row.version[:400] if row else "",
        )


def _storable(text: str) -> str:
    """Text without what PostgreSQL does not take."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _as_it_came(receipt: WebhookReceipt) -> Inbound:
    if receipt.body is None:
        raise Unreadable("Its content is no longer kept.")
    return Inbound("POST", "", receipt.headers, bytes(receipt.body), receipt.received_at)


# -- hints to pages ------------------------------------------------------------------------------------------


def pages(route: Route, position: Position) -> Iterator[HintedPage]:
    """The records that webhooks have named so far, as they are now, without moving the run's `position`.

    Whoever commits a page settles its hints after that (`settle`); dying in between, they are read once more.
    """
    waiting = WebhookHint.objects.filter(job=route.job, state=Waiting.WAITING).order_by("id")
    enough = time.monotonic() + TURN_SECONDS
    while time.monotonic() < enough and (hints := list(waiting[:HINTS_AT_ONCE])):
        brought = [Row(one.key, json.loads(one.raw), one.version, one.at) for one in hints if one.raw]
        fresh = _fetched(route, list(dict.fromkeys(one.key for one in hints if not one.raw)))
        # What is gone at its source is for a complete read to find, under the removal guard.
        yield HintedPage(
            rows=[*_newest(brought), *fresh.rows],
            position=position,
            refused=fresh.refused,
            hints=hints,
            gone=frozenset(fresh.missing),
        )


def settle(run: SyncRun, page: HintedPage) -> None:
    """The hints of a page that has been committed are done."""
    gone = [one.pk for one in page.hints if not one.raw and one.key in page.gone]
    for state, chosen in (
        (Waiting.GONE, gone),
        (Waiting.READ, [one.pk for one in page.hints if one.pk not in gone]),
    ):
        if chosen:
            WebhookHint.objects.filter(pk__in=chosen).update(state=state, run=run, raw="")


def _fetched(route: Route, keys: Sequence[str]) -> Page:
    """These records as they are now; a key the vendor takes offence at is refused by itself."""
    if not keys:
        return Page(rows=(), position={})
    try:
        return route.stream.fetch(keys)
    except RecordRejected as fault:
        if len(keys) == 1:
            return Page(rows=(), position={}, refused=[(keys[0], fault.text)])
    parts = [_fetched(route, [key]) for key in keys]
    return Page(
        rows=[row for part in parts for row in part.rows],
        position={},
        missing=[key for part in parts for key in part.missing],
        refused=[refusal for part in parts for refusal in part.refused],
    )


def _newest(rows: Sequence[Row]) -> list[Row]:
    """One row per key."""
    newest: dict[str, Row] = {}
    for row in rows:
        there = newest.get(row.key)
        if there is None or not (row.changed_at and there.changed_at and row.changed_at < there.changed_at):
            newest[row.key] = row
    return list(newest.values())


# -- telling the workers -------------------------------------------------------------------------------------


def send(task: str, *ids: object, queue: str = "webhooks") -> None:
    """Ask a worker for a task, now; losing that costs a minute, for the sweeper looks."""
    if getattr(settings, "NUDGES_OFF", False):
        return
    try:
        current_app.send_task(f"connectors.{task}", args=[str(id_) for id_ in ids], queue=queue)
    except (OperationalError, OSError) as error:
        log.warning("nudge_not_sent", task=task, error=type(error).__name__)


def send_on_commit(task: str, *ids: object) -> None:
    """As `send`, once the current transaction is committed."""
    transaction.on_commit(lambda: send(task, *ids))


def call_to_settle(endpoint: WebhookEndpoint) -> None:
    """Have somebody see to an endpoint at its vendor, once the current transaction is committed."""
    send_on_commit("settle_webhook", endpoint.tenant_id, endpoint.pk)


def find_forgotten(now: datetime) -> int:
    """Receipts, hints and endpoints that nobody is seeing to; the caller is in scope of all tenants."""
    tenants = set(
        WebhookReceipt.objects.filter(state=Receipt.NEW)
        .order_by()
        .values_list("tenant_id", flat=True)
        .distinct()
    )
    hinted = WebhookHint.objects.filter(job=OuterRef("pk"), state=Waiting.WAITING)
    is_busy = SyncRun.objects.filter(job=OuterRef("pk")).exclude(state=SyncRun.State.ENDED)
    jobs = SyncJob.objects.filter(
        Exists(hinted), ~Exists(is_busy), is_on=True, integration__is_on=True, paused_reason=""
    )
    endpoints = WebhookEndpoint.objects.filter(settle_at__lte=now)
    calls = [
        *(("receipts", tenant) for tenant in tenants),
        *(("hints", *ids) for ids in jobs.values_list("tenant_id", "pk")),
        *(("settle_webhook", *ids) for ids in endpoints.values_list("tenant_id", "pk")),
    ]
    for task, *ids in calls:
        send(str(task), *ids)
    return len(calls)
