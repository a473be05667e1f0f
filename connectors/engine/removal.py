"""What a complete read did not meet is gone at its source. Removing it elsewhere is planned, and a large plan waits for a person."""

from __future__ import annotations

from django.db.models import F

from connectors.models import RecordLink, SyncRun

SHARE, LEAST = 0.3, 10


def plan_removals(run: SyncRun) -> int:
    """Mark links this run did not meet for removal; returns how many, 0 when the plan was held.

    A plan of more than 30 % of what is there (and at least 10), or after a read that met nothing, is held: the run says so and nothing is
    removed until a person has confirmed it.
    """
    there = RecordLink.objects.filter(job_id=run.job_id, confirmed_digest__isnull=False)
    gone = there.filter(generation__lt=run.generation, remove=False)
    total, planned = there.count(), gone.count()
    if not planned:
        return 0
    run.refresh_from_db(fields=["read", "note"])
    if (planned >= LEAST and planned > SHARE * total) or run.read == 0:
        note = f"{planned} of {total} records are gone at their source. Nothing was removed: look at them and confirm, or correct the source."
        SyncRun.objects.filter(pk=run.pk).update(note=note)
        return 0
    records = gone.values("source_key").distinct().count()
    SyncRun.objects.filter(pk=run.pk).update(read=F("read") + records)
    return gone.update(remove=True, state=RecordLink.State.DIRTY, outcome="", run_id=run.pk)
