"""Putting the items of a replay to work, job by job, whoever started it and whatever broke in between."""

from __future__ import annotations

from django.utils import timezone

from connectors.engine import runs
from connectors.models import Replay, ReplayItem, SyncJob, SyncRun


def push(replay: Replay) -> list[SyncRun]:
    """Open a run for each job that still has items of this replay.

    Jobs that are busy get theirs later (the sweeper calls again).
    """
    if replay.state != Replay.State.RUNNING:
        return []
    left = ReplayItem.objects.filter(replay=replay, done=False).values("job_id").distinct()
    opened = []
    for job in SyncJob.objects.filter(pk__in=left).select_related("integration", "tenant"):
        version = _rules_of_then(replay, job)
        run, _ = runs.open_run(job, SyncRun.Trigger.REPLAY, replay=replay, mapping_version=version)
        if run.replay_id == replay.pk:
            opened.append(run)
    if (
        not left.exists()
        and not SyncRun.objects.filter(replay=replay).exclude(state=SyncRun.State.ENDED).exists()
    ):
        Replay.objects.filter(pk=replay.pk, state=Replay.State.RUNNING).update(
            state=Replay.State.DONE, ended_at=timezone.now()
        )
        replay.refresh_from_db()
    return opened


def _rules_of_then(replay: Replay, job: SyncJob) -> int | None:
    """The mapping version the next items were mapped by, None for today's: a run has one version."""
    if replay.mapping != "original":
        return None
    run_id = replay.criteria.get("run")
    if run_id and (then := SyncRun.objects.filter(pk=run_id, job=job).first()):
        return then.mapping_version
    items = ReplayItem.objects.filter(replay=replay, job=job, done=False).order_by("id")
    return items.values_list("link__mapping_version", flat=True).first()
