"""Finding work that nobody is doing: the broker may have lost everything it held, a worker may have died.

The truth is in the database, so all it takes is to look: open runs and unfinished links whose lane is free
(or whose lease ran out) are nudged again, and so is whoever reads receipts. Nudging too often does no harm.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from connectors.engine import hints, needs
from connectors.engine.lanes import is_free
from connectors.engine.nudge import nudge, queue_of
from connectors.engine.replays import push
from connectors.engine.runs import LIVE
from connectors.models import Lane, LinkNeed, RecordLink, Replay, SyncJob, SyncRun
from tenants.scope import across_tenants, tenant_scope

log = structlog.get_logger(__name__)


def sweep(now: datetime | None = None) -> int:
    """Nudge every lane that has work and no worker; returns how many."""
    now = now or timezone.now()
    with across_tenants("sweep for forgotten work"):
        waiting = set(LinkNeed.objects.values_list("tenant_id", flat=True).distinct())
        for tenant_id in waiting:
            with tenant_scope(tenant_id):
                needs.wake_missed()
        for replay in Replay.objects.filter(state=Replay.State.RUNNING):
            with tenant_scope(replay.tenant_id):
                push(replay)
        found = [
            *_idle(to_observe(), Lane.Kind.OBSERVE, now),
            *_idle(to_deliver(now), Lane.Kind.DELIVER, now),
        ]
        triggers: dict[UUID, str] = dict(
            SyncRun.objects.exclude(state="ended").values_list("job_id", "trigger")
        )
        for job, kind in found:
            nudge(job, kind, queue=queue_of(triggers.get(job.pk, "")))
        hints.find_forgotten(now)
    if found:
        log.info("work_found", lanes=len(found))
    return len(found)


def to_observe() -> QuerySet[SyncJob]:
    """Jobs with something to read."""
    reading = SyncRun.objects.filter(job=OuterRef("pk"), state=SyncRun.State.OBSERVING)
    wanted = RecordLink.objects.filter(job=OuterRef("pk"), state=RecordLink.State.WANTED)
    return _running().filter(Exists(reading) | Exists(wanted))


def to_deliver(now: datetime) -> QuerySet[SyncJob]:
    """Jobs with something to write, or a run to end."""
    ending = SyncRun.objects.filter(job=OuterRef("pk"), state=SyncRun.State.DELIVERING)
    ready = RecordLink.objects.filter(Q(not_before=None) | Q(not_before__lte=now), job=OuterRef("pk"))
    dirty, strays = (
        ready.filter(state="dirty"),
        ready.filter(state__in=[state for state in LIVE if state != "dirty"]),
    )
    return _running().filter(Exists(ending) | Exists(dirty) | Exists(strays))


def _running() -> QuerySet[SyncJob]:
    return SyncJob.objects.filter(is_on=True, integration__is_on=True, paused_reason="").select_related(
        "integration"
    )


def _idle(jobs: QuerySet[SyncJob], kind: Lane.Kind, now: datetime) -> list[tuple[SyncJob, Lane.Kind]]:
    lanes_of = {lane.job_id: lane for lane in Lane.objects.filter(kind=kind, job__in=jobs)}
    return [(job, kind) for job in jobs if (lane := lanes_of.get(job.pk)) is None or is_free(lane, now)]
