"""Telling the workers that there is something to do. Only a nudge: losing it costs a minute, never data."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from connectors.models import Lane, SyncJob, SyncRun

log = structlog.get_logger(__name__)

LONGEST_COUNTDOWN = 240
"""Seconds; a longer wait is left to the sweeper.

The broker's visibility time-out must exceed every countdown.
"""


def queue_of(trigger: str) -> str:
    """Which queue a run's slices go through: a long backfill never delays somebody who waits at a screen."""
    match trigger:
        case SyncRun.Trigger.MANUAL | SyncRun.Trigger.REPLAY:
            return "interactive"
        case SyncRun.Trigger.WEBHOOK:
            return "webhooks"
        case SyncRun.Trigger.BACKFILL:
            return "backfills"
        case _:
            return "polls"


def nudge(job: SyncJob, kind: Lane.Kind | str, *, queue: str = "polls", at: datetime | None = None) -> None:
    """Ask for a slice of this lane once the current transaction is committed."""
    countdown = max(0.0, (at - timezone.now()).total_seconds()) if at else 0.0
    if countdown > LONGEST_COUNTDOWN or getattr(settings, "NUDGES_OFF", False):
        return
    tenant_id, job_id = job.tenant_id, job.pk
    transaction.on_commit(lambda: _send(str(kind), tenant_id, job_id, queue, countdown))


def _send(kind: str, tenant_id: UUID, job_id: UUID, queue: str, countdown: float) -> None:
    try:
        current_app.send_task(
            f"connectors.{kind}",
            args=[str(tenant_id), str(job_id)],
            queue=queue,
            countdown=countdown or None,
        )
    except (OperationalError, OSError) as error:
        log.warning("nudge_not_sent", job=str(job_id), lane=kind, error=type(error).__name__)
