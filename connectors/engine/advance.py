"""One slice of a job's reading, and one of its delivering: bounded, under a lease, ending in what comes next.

This is all a worker does. `advance` runs whichever side it is asked for and says whether to go on, wait or
rest.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from audit import services as trail
from connectors.engine import hints, lanes, runs
from connectors.engine.attention import needs_attention, pause_job
from connectors.engine.deliver import Delivery
from connectors.engine.nudge import nudge, queue_of
from connectors.engine.pages import PageWriter
from connectors.engine.reading import moves_cursor, pages_of
from connectors.engine.removal import plan_removals
from connectors.engine.route import Route, route_of
from connectors.engine.schedule import soon_while_busy
from connectors.models import Connection, Lane, RecordLink, ReplayItem, SyncJob, SyncRun
from connectors.sdk.errors import ConfigProblem, ReconnectNeeded, RetryLater, SystemFault

log = structlog.get_logger(__name__)


PASSING = frozenset({"html", "unknown_host", "tls", "internal"})
PASSING_TRIES = 8


_OURS = (
    "We made a mistake of our own; support has been told. Nothing is lost: work goes on where it stood, "
    "first by itself, then when you resume the job."
)


class Next(StrEnum):
    """What comes after a slice."""

    GO_ON = "go_on"
    WAIT = "wait"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Step:
    """The end of a slice: go on at once, wait until `at`, or rest until somebody calls."""

    next: Next
    at: datetime | None = None


REST = Step(Next.REST)


def slice_seconds() -> float:
    """How long a slice works before it makes room for others."""
    return float(getattr(settings, "SLICE_SECONDS", 25))


def advance(job: SyncJob, kind: Lane.Kind) -> Step:
    """Work on one side of a job for a slice.

    Harmless at any time: without work, lease or permission it rests.
    """
    if not job.may_run or not _has_work(job, kind):
        return REST
    held = lanes.take(job, kind)
    if held is None:
        return REST
    step, missed = REST, False
    route: Route | None = None
    try:
        run = runs.current_run(job.pk)
        route = route_of(job, mapping_version=_mapping_of(run))
        step = _observe(route, held) if kind == Lane.Kind.OBSERVE else _deliver(route, held, run)
    except lanes.LeaseLost:
        log.info("lease_lost", job=str(job.pk), lane=str(kind))
        return REST
    except SystemFault as fault:
        step = _stopped(job, kind, held, route, fault)
    except Exception as error:
        log.exception("slice_failed", job=str(job.pk), lane=str(kind))
        step = _stopped(job, kind, held, route, ConfigProblem(_OURS, detail=repr(error), code="internal"))
    finally:
        if route:
            _keep_calls(route)
        missed = lanes.leave(held)
    if missed and step.next == Next.REST:
        step = Step(Next.GO_ON)
    if kind == Lane.Kind.DELIVER and step.next == Next.REST and (ended := runs.end_if_done(job.pk)):
        soon_while_busy(ended)
    _announce(job, kind, step)
    return step


def _has_work(job: SyncJob, kind: Lane.Kind) -> bool:
    if kind == Lane.Kind.DELIVER:
        return (
            any(links.exists() for links in runs.live_links(job.pk))
            or SyncRun.objects.filter(job=job, state="delivering").exists()
        )
    if SyncRun.objects.filter(job=job, state=SyncRun.State.OBSERVING).exists():
        return True
    if RecordLink.objects.filter(job=job, state=RecordLink.State.WANTED).exists():
        _, is_new = runs.open_run(job, SyncRun.Trigger.NEED)
        return is_new
    return False


def _mapping_of(run: SyncRun | None) -> int | None:
    return run.mapping_version if run and run.replay and run.replay.mapping == "original" else None


def _observe(route: Route, held: lanes.Held) -> Step:
    run = runs.current_run(route.job.pk)
    if run is None or run.state != SyncRun.State.OBSERVING:
        return REST
    if run.started_at is None:
        run.started_at = timezone.now()
        SyncRun.objects.filter(pk=run.pk).update(started_at=run.started_at)
    writer = PageWriter(route, run, held, again=bool(run.replay_id))
    ready, worth_a_call = 0, min(leg.sink.batch_size for leg in route.legs)
    deadline = time.monotonic() + slice_seconds()
    try:
        with closing(pages_of(route, run)) as pages:
            read_at = timezone.now()
            for page in pages:
                dirty = writer.bring_in(page, read_at)
                lanes.moved(held)
                if run.replay_id and page.position:
                    ReplayItem.objects.filter(pk__in=page.position.get("items", [])).update(done=True)
                if isinstance(page, hints.HintedPage):
                    hints.settle(run, page)
                # A slice of delivery for a handful of records costs more than they do; the end of the reading
                # calls for whatever is left.
                ready += dirty
                if ready >= worth_a_call:
                    nudge(route.job, Lane.Kind.DELIVER, queue=queue_of(run.trigger))
                    ready = 0
                if page.done:
                    _observed(route, run, held, position=page.position, sweep=page.sweep)
                    return REST
                if time.monotonic() > deadline or not runs.is_open(run):
                    return Step(Next.GO_ON)
                read_at = timezone.now()
    finally:
        if ready:
            nudge(route.job, Lane.Kind.DELIVER, queue=queue_of(run.trigger))
    return Step(Next.GO_ON)


def _observed(
    route: Route, run: SyncRun, held: lanes.Held, *, position: dict[str, object], sweep: bool
) -> None:
    """Everything is read.

    What a complete sweep did not meet is planned for removal, the cursor moves, delivery finishes the run.
    """
    with transaction.atomic():
        lanes.hold(held)
        if sweep and route.job.removal == "remove":
            plan_removals(run)
        if moves_cursor(run, route):
            SyncJob.objects.filter(pk=run.job_id).update(cursor=position)
        runs.observed(run)
        nudge(route.job, Lane.Kind.DELIVER, queue=queue_of(run.trigger))


def _deliver(route: Route, held: lanes.Held, run: SyncRun | None) -> Step:
    is_observing = bool(run and run.state == SyncRun.State.OBSERVING)
    is_load = bool(run and run.full and moves_cursor(run, route))
    delivery = Delivery(route, held, is_observing=is_observing, is_load=is_load)
    try:
        more = delivery.run(time.monotonic() + slice_seconds())
    finally:
        if delivery.moved:
            lanes.moved(held)
    if more:
        return Step(Next.GO_ON)
    if run and is_load and not is_observing and runs.is_delivered(run) and not _others_load(run):
        for leg in route.legs:
            leg.sink.end_load()
    # What waits for its own moment (an unanswered write to settle, one record refused for now) wakes the lane
    # then.
    later = min(filter(None, map(_first_moment, runs.live_links(route.job.pk))), default=None)
    strays = RecordLink.objects.filter(job=route.job, state="unknown").exists()
    return Step(Next.WAIT, at=later or timezone.now()) if later or strays else REST


def _first_moment(links: QuerySet[RecordLink]) -> datetime | None:
    moments = links.filter(not_before__isnull=False).order_by("not_before")
    return moments.values_list("not_before", flat=True).first()


def _others_load(run: SyncRun) -> bool:
    """Whether another job of the same integration is still in its first or full fill."""
    return (
        SyncRun.objects.filter(job__integration=run.job.integration_id, full=True)
        .exclude(pk=run.pk)
        .exclude(state=SyncRun.State.ENDED)
        .exclude(trigger__in=[SyncRun.Trigger.NEED, SyncRun.Trigger.REPLAY])
        .exists()
    )


def _stopped(
    job: SyncJob, kind: Lane.Kind, held: lanes.Held, route: Route | None, fault: SystemFault
) -> Step:
    """A fault ended the slice: wait as long as it says, or call a person."""
    side = job.reads if kind == Lane.Kind.OBSERVE else job.writes
    run = runs.current_run(job.pk)
    log.info("slice_stopped", job=str(job.pk), lane=str(kind), fault=type(fault).__name__, code=fault.code)
    if isinstance(fault, ReconnectNeeded):
        return _give_up(job, side, run, fault)
    if isinstance(fault, ConfigProblem) and not _may_pass(held, fault):
        pause_job(job, fault)
        if run:
            runs.stop(run, SyncRun.Verdict.FAILED, fault.text, fault.detail)
        return REST
    wake_at = lanes.park(held, fault.after if isinstance(fault, RetryLater) else None)
    if run:
        SyncRun.objects.filter(pk=run.pk).update(waiting_until=wake_at, waiting_text=fault.text)
        with transaction.atomic():
            trail.append(
                "slice_parked",
                job_id=job.pk,
                run_id=run.pk,
                data={"lane": str(kind), "text": fault.text, "until": wake_at.isoformat()},
            )
    return Step(Next.WAIT, at=wake_at)


def _may_pass(held: lanes.Held, fault: ConfigProblem) -> bool:
    """Whether this may be a passing trouble (maintenance page, DNS, certificate).

    If so, it is worth some hours before calling a person.
    """
    return fault.code in PASSING and Lane.objects.filter(pk=held.lane_id, waits__lt=PASSING_TRIES).exists()


def _give_up(job: SyncJob, side: Connection, run: SyncRun | None, fault: ReconnectNeeded) -> Step:
    needs_attention(side, fault)
    if run:
        runs.stop(run, SyncRun.Verdict.FAILED, f"{side.name}: {fault.text}", fault.detail)
    return REST


def _keep_calls(route: Route) -> None:
    """Calls that no page or batch has taken along (the one that failed) go into the trail by themselves."""
    run = SyncRun.objects.filter(job=route.job).first()
    calls = route.calls.drain(job_id=route.job.pk, run_id=run.pk if run else None)
    if calls:
        with transaction.atomic():
            recorded = trail.record_calls(calls)
            if run:
                SyncRun.objects.filter(pk=run.pk).update(api_calls=F("api_calls") + len(calls))
            trail.append("calls_made", job_id=route.job.pk, run_id=run.pk if run else None, seals=[recorded])


def _announce(job: SyncJob, kind: Lane.Kind, step: Step) -> None:
    run = runs.current_run(job.pk)
    queue = queue_of(run.trigger) if run else "polls"
    match step.next:
        case Next.GO_ON:
            nudge(job, kind, queue=queue)
        case Next.WAIT:
            nudge(job, kind, queue=queue, at=step.at)
        case Next.REST:
            if (
                kind == Lane.Kind.OBSERVE
                and RecordLink.objects.filter(job=job, state=RecordLink.State.WANTED).exists()
                and run is None
            ):
                nudge(job, kind)
