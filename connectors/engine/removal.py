"""What a complete read did not meet is gone at its source.

Removing it elsewhere is planned, and a large plan waits for a person.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F
from django.utils import timezone

from audit import services as trail
from audit.rows import EventKind, EventRow
from connectors.engine import owners
from connectors.models import RecordLink, SyncRun

SHARE, LEAST = 0.3, 10
REMOVED = "removed"


def plan_removals(run: SyncRun) -> int:
    """Mark links this run did not meet for removal; returns how many, 0 when the plan was held.

    A plan of more than 30 % of what is there (and at least 10), or after a read that met nothing, is held:
    the run says so and nothing is removed until a person has confirmed it.
    """
    there = RecordLink.objects.filter(job_id=run.job_id, confirmed_digest__isnull=False)
    gone = there.filter(generation__lt=run.generation, remove=False)
    total, planned = there.count(), gone.count()
    if not planned:
        return 0
    run.refresh_from_db(fields=["read", "note"])
    if (planned >= LEAST and planned > SHARE * total) or run.read == 0:
        note = (
            f"{planned} of {total} records are gone at their source. Nothing was removed: look at them and "
            "confirm, or correct the source."
        )
        SyncRun.objects.filter(pk=run.pk).update(note=note, verdict=SyncRun.Verdict.HELD)
        return 0
    records = gone.values("source_key").distinct().count()
    SyncRun.objects.filter(pk=run.pk).update(read=F("read") + records)
    gone.update(run_id=run.pk)
    return carry_out(run)


def carry_out(run: SyncRun) -> int:
    """Have what a sweep did not meet removed over there; returns how many links that are.

    What another record stands in line for is not removed: that record carries it from now on.
    """
    gone = RecordLink.objects.filter(
        job_id=run.job_id, confirmed_digest__isnull=False, generation__lt=run.generation, remove=False
    )
    count = gone.count()
    owners.leave_line(run.job_id, run.generation)
    if inherited := list(owners.with_heirs(gone, run.generation)):
        _leave_to_heirs(run, inherited)
    gone.update(remove=True, state=RecordLink.State.DIRTY, outcome="")
    return count


def _leave_to_heirs(run: SyncRun, inherited: Sequence[RecordLink]) -> None:
    RecordLink.objects.filter(pk__in=[link.pk for link in inherited]).update(
        state=RecordLink.State.REMOVED,
        outcome=REMOVED,
        confirmed_digest=None,
        external_id="",
        external_version="",
    )
    for sink in {link.sink for link in inherited}:
        left = owners.Left(gone={link.target_key: link.pk for link in inherited if link.sink == sink})
        owners.pass_on(run.job_id, sink, left)
    now = timezone.now()
    events = trail.record_events(
        [
            EventRow(
                now, EventKind.REMOVED, run.job_id, link.sink, link.source_key, link.pk, run.pk,
                outcome=REMOVED, text="It is gone at its source; another record carries it from now on.",
            )
            for link in inherited
        ]
    )  # fmt: skip
    trail.append("removals_inherited", job_id=run.job_id, run_id=run.pk, seals=[events])
