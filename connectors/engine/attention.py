"""When only a person can help: a connection or a job rests, says why, and waits."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from audit import services as trail
from connectors.models import Connection, SyncJob
from connectors.sdk.errors import SystemFault


def needs_attention(connection: Connection, fault: SystemFault) -> None:
    """Stop calling this account.

    Credentials that are refused once will be refused again, and some vendors lock the user.
    """
    with transaction.atomic():
        changed = (
            Connection.objects.filter(pk=connection.pk)
            .exclude(state=Connection.State.ATTENTION)
            .update(
                state=Connection.State.ATTENTION, attention_text=fault.text, attention_since=timezone.now()
            )
        )
        jobs = (
            jobs_of(connection)
            .filter(paused_reason="")
            .update(paused_reason=f"{connection.name} needs you: {fault.text}")
        )
        if changed or jobs:
            trail.append(
                "connection_needs_attention",
                subject=connection,
                data={"text": fault.text, "detail": fault.detail[:500], "jobs": jobs},
            )


def pause_job(job: SyncJob, fault: SystemFault) -> None:
    """A setting is wrong: this job rests until somebody has changed it."""
    with transaction.atomic():
        SyncJob.objects.filter(pk=job.pk).update(paused_reason=fault.text)
        trail.append(
            "job_paused",
            subject=job,
            job_id=job.pk,
            data={"text": fault.text, "detail": fault.detail[:500], "code": fault.code},
        )


def jobs_of(connection: Connection) -> QuerySet[SyncJob]:
    """Every job that reads from or writes to a connection."""
    return SyncJob.objects.filter(Q(integration__source=connection) | Q(integration__destination=connection))
