"""Runs: start, cancel, confirm what is held, follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from audit import services as trail
from connectors.engine import runs
from connectors.engine.nudge import nudge
from connectors.engine.removal import carry_out
from connectors.models import COUNTED, Lane, SyncJob, SyncRun
from connectors.services.errors import Refused


@dataclass(frozen=True, slots=True)
class Progress:
    """A run as it stands: counts, rate and what is left (seconds), None where nobody can tell yet."""

    run: SyncRun
    counts: dict[str, int]
    done: int
    total: int | None
    per_second: float
    seconds_left: float | None


def start(job: SyncJob, *, full: bool = False) -> SyncRun:
    """Run a job now; an open run is simply the one that counts.

    `full` reads everything instead of what changed.
    """
    if not job.integration.is_on or not job.is_on:
        raise Refused("Turn this on first, then it can run.")
    if job.paused_reason:
        raise Refused(f"This rests: {job.paused_reason} Mend that, then ping the connection.")
    run, _ = runs.open_run(job, SyncRun.Trigger.BACKFILL if full else SyncRun.Trigger.MANUAL, full=full)
    return run


def cancel(run: SyncRun) -> SyncRun:
    """End a run now. What it has read and not yet written stays to be written by the next one."""
    ended = runs.stop(run, SyncRun.Verdict.CANCELLED, "Cancelled by a person.")
    return ended or SyncRun.objects.get(pk=run.pk)


def confirm_removals(run: SyncRun) -> int:
    """Carry out a removal plan that the guard held; returns how many records will be removed."""
    with transaction.atomic():
        count = carry_out(run)
        trail.append(
            "removals_confirmed", subject=run, job_id=run.job_id, run_id=run.pk, data={"count": count}
        )
        nudge(run.job, Lane.Kind.DELIVER, queue="interactive")
    return count


def progress(run: SyncRun) -> Progress:
    """Where a run stands.

    While it reads, what is left is counted in records to read; then in records to write.
    """
    if run.is_open:
        counts = runs.tally(run)
        counts["read"] = run.read
    else:
        counts = {name: getattr(run, name) for name in ("read", *COUNTED, "pending")}
    done = sum(counts[name] for name in COUNTED)
    total = (
        max(run.expected, run.read)
        if run.expected and run.state == SyncRun.State.OBSERVING
        else run.read or None
    )
    elapsed = max(
        0.001, ((run.ended_at or timezone.now()) - (run.started_at or run.created_at)) / timedelta(seconds=1)
    )
    rate = done / elapsed
    left = (total - done) / rate if total is not None and rate > 0 and run.is_open else None
    return Progress(run, counts, done, total, rate, left)
