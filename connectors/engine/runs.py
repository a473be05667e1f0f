"""The life of a run.

Opened once per job at a time, counted from the links, ended with a verdict that must add up.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit import services as trail
from connectors.engine.claims import LONG_WAIT
from connectors.engine.needs import are_arriving, wake_missed
from connectors.engine.nudge import nudge, queue_of
from connectors.models import Lane, RecordLink, Replay, SyncJob, SyncRun, WebhookHint
from tenants.scope import tenant_scope

TABLE = RecordLink._meta.db_table  # noqa: SLF001
LIVE = ("dirty", "sending", "unknown")
FOLLOWING = (SyncRun.Trigger.SCHEDULE, SyncRun.Trigger.MANUAL, SyncRun.Trigger.BACKFILL)

# One record may go to several sinks; it counts once, by the outcome that most needs somebody's eye.
_TALLY = f"""
    SELECT worst, count(*) FROM (
        SELECT min(CASE
            WHEN state = 'rejected' THEN 1 WHEN state = 'conflict' THEN 2
            WHEN state IN ('dirty', 'sending', 'held', 'unknown', 'wanted') THEN 3
            WHEN outcome = 'created' THEN 4 WHEN outcome = 'updated' THEN 5 WHEN outcome = 'removed' THEN 6
            WHEN outcome = 'skipped' THEN 7 ELSE 8 END) AS worst
        FROM {TABLE} WHERE run_id = %s GROUP BY source_key) AS records
    GROUP BY worst
"""  # noqa: S608
_NAMES = {
    1: "rejected",
    2: "conflict",
    3: "pending",
    4: "created",
    5: "updated",
    6: "removed",
    7: "skipped",
    8: "unchanged",
}


def open_run(
    job: SyncJob,
    trigger: SyncRun.Trigger,
    *,
    slot: datetime | None = None,
    replay: Replay | None = None,
    full: bool = False,
    mapping_version: int | None = None,
) -> tuple[SyncRun, bool]:
    """The job's open run, or a new one (True).

    A job has one open run at a time: what comes meanwhile is part of it. Only a webhook's run, which reads
    what it was called for, is followed by what it was in the way of.
    """
    with transaction.atomic():
        there = SyncRun.objects.filter(job=job).exclude(state=SyncRun.State.ENDED).first()
        if there and _joins(there, trigger):
            return there, False
        generation = job.generation + 1
        try:
            with transaction.atomic():
                run = SyncRun.objects.create(
                    job=job,
                    trigger=trigger,
                    slot=slot,
                    replay=replay,
                    full=full or (job.cursor is None and trigger != SyncRun.Trigger.WEBHOOK),
                    generation=generation,
                    mapping_version=job.mapping_version if mapping_version is None else mapping_version,
                )
        except IntegrityError:
            there = SyncRun.objects.filter(job=job).exclude(state=SyncRun.State.ENDED).first()
            if there is None:  # the slot has been run already: a second beat claimed it
                there = SyncRun.objects.get(job=job, slot=slot)
            return there, False
        SyncJob.objects.filter(pk=job.pk).update(generation=generation)
        job.generation = generation
        trail.append(
            "run_opened",
            job_id=job.pk,
            run_id=run.pk,
            data={"trigger": str(trigger), "slot": slot.isoformat() if slot else None},
        )
        nudge(job, Lane.Kind.OBSERVE, queue=queue_of(trigger))
        return run, True


def _joins(there: SyncRun, trigger: SyncRun.Trigger) -> bool:
    """Whether an open run covers what was asked for, now or by what follows it; not if it has just ended."""
    if there.trigger != SyncRun.Trigger.WEBHOOK or trigger not in FOLLOWING:
        return True
    still_open = SyncRun.objects.filter(pk=there.pk).exclude(state=SyncRun.State.ENDED)
    # A full read is never forgotten for a lesser one.
    return bool(still_open.exclude(followed_by=SyncRun.Trigger.BACKFILL).update(followed_by=trigger)) or (
        still_open.exists()
    )


def current_run(job_id: UUID) -> SyncRun | None:
    """The job's open run."""
    return (
        SyncRun.objects.filter(job_id=job_id)
        .exclude(state=SyncRun.State.ENDED)
        .select_related("job", "replay")
        .first()
    )


def tally(run: SyncRun) -> dict[str, int]:
    """The outcomes of an open run's records as they stand now.

    Counted from the links, plus what was unchanged or had no key.

    What was read is counted page by page, apart from this: a run whose two counts differ is degraded.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TALLY, [run.pk])
        counts = {_NAMES[rank]: count for rank, count in cursor.fetchall()}
    counts = {name: counts.get(name, 0) for name in _NAMES.values()}
    counts["unchanged"] += run.unchanged
    counts["rejected"] += run.refused
    return counts


def observed(run: SyncRun) -> None:
    """Reading is done; what it found is being delivered."""
    SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.OBSERVING).update(
        state=SyncRun.State.DELIVERING, observed_at=timezone.now()
    )


def end_if_done(job_id: UUID) -> SyncRun | None:
    """End the job's open run when nothing of it is left to do; returns it when it was ended here."""
    with transaction.atomic():
        run = (
            SyncRun.objects.select_for_update(of=("self",))
            .filter(job_id=job_id, state=SyncRun.State.DELIVERING)
            .select_related("job")
            .first()
        )
        if run is None:
            return None
        if job_id in wake_missed(job_id):  # what it waited for came in the moment it began to wait
            nudge(run.job, Lane.Kind.DELIVER, queue=queue_of(run.trigger))
            return None
        if not is_delivered(run):
            return None
        return _end(run, verdict_of(run, tally(run)), note=_short_of(run))


def is_delivered(run: SyncRun) -> bool:
    """Whether nothing of a run is left to do now.

    What has to wait for long counts as pending and holds nobody up.
    """
    dirty, odd = live_links(run.job_id)
    soon = dirty.filter(run_id=run.pk).exclude(not_before__gt=timezone.now() + LONG_WAIT)
    waits = soon.exists() or odd.filter(run_id=run.pk).exists()
    return not waits and not are_arriving(run.job_id, run.pk)


def live_links(job_id: UUID) -> tuple[QuerySet[RecordLink], QuerySet[RecordLink]]:
    """Links of a job that are to be written, and those on their way or unknown.

    Apart, because each is answered by a partial index of its own; asked for together they would cost a look
    at every link of the job.
    """
    links = RecordLink.objects.filter(job_id=job_id)
    odd = [state for state in LIVE if state != "dirty"]
    return links.filter(state="dirty"), links.filter(state__in=odd)


def stop(run: SyncRun, verdict: SyncRun.Verdict, note: str, detail: str = "") -> SyncRun | None:
    """End a run before its time; what it left dirty stays dirty and counts as pending."""
    with transaction.atomic():
        locked = (
            SyncRun.objects.select_for_update(of=("self",))
            .select_related("job")
            .exclude(state=SyncRun.State.ENDED)
            .filter(pk=run.pk)
            .first()
        )
        return _end(locked, verdict, note=note, detail=detail) if locked else None


def verdict_of(run: SyncRun, counts: dict[str, int]) -> SyncRun.Verdict:
    """Green only when everything arrived and adds up."""
    if sum(counts.values()) != run.read or _short_of(run):
        return SyncRun.Verdict.DEGRADED
    if run.verdict == SyncRun.Verdict.HELD:
        return SyncRun.Verdict.HELD
    if counts["rejected"] or counts["conflict"] or counts["pending"]:
        return SyncRun.Verdict.PARTIAL
    return SyncRun.Verdict.OK


def _short_of(run: SyncRun) -> str:
    """What to say of a run that met clearly fewer records than its source had counted; empty otherwise."""
    expected = run.expected or 0
    if expected - run.read <= max(5, expected // 100):
        return ""
    return f"{run.job.reads.system_name} counted {expected} records and gave us {run.read}. Run it again."


def _end(run: SyncRun, verdict: SyncRun.Verdict, *, note: str = "", detail: str = "") -> SyncRun:
    for name, count in tally(run).items():
        setattr(run, name, count)
    run.state, run.verdict, run.ended_at = SyncRun.State.ENDED, verdict, timezone.now()
    run.note, run.detail = note or run.note, detail or run.detail
    run.waiting_until, run.waiting_text = None, ""
    run.save()
    counts = {name: getattr(run, name) for name in ("read", *_NAMES.values())}
    trail.append(
        "run_ended",
        job_id=run.job_id,
        run_id=run.pk,
        data={"verdict": str(verdict), "note": run.note, **counts},
    )
    if run.followed_by:
        _follow(run)
    transaction.on_commit(partial(_call_for_hints, run.tenant_id, run.job_id))
    return run


def _follow(run: SyncRun) -> None:
    """Open the run this one was in the way of."""
    job = SyncJob.objects.select_related("integration", "tenant").get(pk=run.job_id)
    if job.may_run:
        open_run(job, SyncRun.Trigger(run.followed_by), full=run.followed_by == SyncRun.Trigger.BACKFILL)


def _call_for_hints(tenant_id: UUID, job_id: UUID) -> None:
    """Hints that came too late for the run that has ended.

    After its commit: whoever stores a hint later finds no run in the way.
    """
    with tenant_scope(tenant_id):
        if RecordLink.objects.filter(job=job_id, state="wanted").exists():
            nudge(SyncJob.objects.get(pk=job_id), Lane.Kind.OBSERVE)
        if WebhookHint.objects.filter(job=job_id, state=WebhookHint.State.WAITING).exists():
            nudge(SyncJob.objects.get(pk=job_id), "hints", queue=queue_of(SyncRun.Trigger.WEBHOOK))


def is_open(run: SyncRun) -> bool:
    """Whether the run goes on (a person may have cancelled it since)."""
    return SyncRun.objects.filter(pk=run.pk).exclude(state=SyncRun.State.ENDED).exists()
