"""Trying again: one failure, a selection, a run, a time range. Previewed, counted, resumable, cancellable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from audit import actors
from audit import services as trail
from audit.models import RecordEvent
from connectors.engine import runs
from connectors.engine.failures import resolve_failures
from connectors.engine.replays import push
from connectors.models import Failure, RecordLink, Replay, ReplayItem, SyncJob, SyncRun
from connectors.recipes import Side
from connectors.sdk.kept import sink_class
from connectors.services.errors import Refused
from connectors.systems import system_class
from tenants.ids import uuid7


@dataclass(frozen=True, slots=True)
class Selection:
    """What to replay. Empty parts do not narrow; all parts must fit.

    `failures` and `links` are ids; `run` everything a run touched; `since`/`until` when a record last
    changed; `only_failed` leaves out what arrived.
    """

    failures: Sequence[UUID] = ()
    links: Sequence[UUID] = ()
    run: UUID | None = None
    job: UUID | None = None
    cause: str = ""
    since: datetime | None = None
    until: datetime | None = None
    only_failed: bool = True

    def as_data(self) -> dict[str, Any]:
        """JSON for the trail."""
        return {
            "failures": [str(id_) for id_ in self.failures],
            "links": [str(id_) for id_ in self.links],
            "run": str(self.run or ""),
            "job": str(self.job or ""),
            "cause": self.cause,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "only_failed": self.only_failed,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """What a replay would do: records, jobs, and about how many calls write them (if all of them differ)."""

    records: int
    jobs: int
    calls: int


def selected(selection: Selection) -> QuerySet[RecordLink]:
    """The links of a selection. Raises `Refused` for one that names nothing."""
    if selection.only_failed:
        return _failed(selection)
    if not (selection.links or selection.run or selection.since or selection.job):
        raise Refused("Choose which records: a run, a time range, or the records themselves.")
    links = RecordLink.objects.exclude(state=RecordLink.State.WANTED)
    if selection.links:
        links = links.filter(pk__in=selection.links)
    if selection.run:
        # A link names the run that touched it last; the trail knows the others.
        touched = RecordEvent.objects.filter(run_id=selection.run, link_id__isnull=False)
        links = links.filter(Q(run_id=selection.run) | Q(pk__in=touched.values("link_id")))
    if selection.job:
        links = links.filter(job_id=selection.job)
    if selection.since:
        links = links.filter(changed_at__gte=selection.since)
    if selection.until:
        links = links.filter(changed_at__lt=selection.until)
    return links


def _failed(selection: Selection) -> QuerySet[RecordLink]:
    failures = Failure.objects.filter(resolved_at=None)
    if selection.failures:
        failures = failures.filter(pk__in=selection.failures)
    if selection.cause:
        failures = failures.filter(cause=selection.cause)
    if selection.run:
        failures = failures.filter(run_id=selection.run)
    if selection.job:
        failures = failures.filter(job_id=selection.job)
    if selection.since:
        failures = failures.filter(last_at__gte=selection.since)
    if selection.until:
        failures = failures.filter(last_at__lt=selection.until)
    links = RecordLink.objects.filter(pk__in=failures.values("link_id"))
    return links.filter(pk__in=selection.links) if selection.links else links


def plan(selection: Selection) -> Plan:
    """Count what `start` would do."""
    links = selected(selection)
    jobs = {
        job.pk: job
        for job in SyncJob.objects.filter(pk__in=links.values("job_id").distinct()).select_related(
            "integration"
        )
    }
    records = calls = 0
    for job_id, sink in links.values_list("job_id", "sink").distinct().order_by():
        count = links.filter(job_id=job_id, sink=sink).count()
        side = Side.DESTINATION if jobs[job_id].flow.reads is Side.SOURCE else Side.SOURCE
        size = sink_class(system_class(jobs[job_id].integration.connection(side).system), sink).batch_size
        records += count
        calls += -(-count // size) if size > 100 else count
    return Plan(records, len(jobs), calls)


def start(selection: Selection, *, source: str = "fresh", mapping: str = "today") -> Replay:
    """Put a selection to work again. What has arrived since, or is no longer different, is not sent.

    `source` "stored" uses the records as they were read, "fresh" reads them again; `mapping` "today" or
    "original".
    """
    now = timezone.now()
    with transaction.atomic():
        replay = Replay.objects.create(
            scope="failures" if selection.only_failed else "records",
            criteria=selection.as_data(),
            source=source,
            mapping=mapping,
            by=actors.current_actor().label or "system",
        )
        links = list(selected(selection).values_list("pk", "job_id"))
        if not links:
            raise Refused("There is nothing to replay: nothing of this selection is failing any more.")
        ReplayItem.objects.bulk_create(
            [
                ReplayItem(
                    id=uuid7(),
                    tenant_id=replay.tenant_id,
                    replay=replay,
                    link_id=link,
                    job_id=job,
                    chosen_at=now,
                )
                for link, job in links
            ],
            batch_size=2000,
        )
        replay.total = len(links)
        replay.save(update_fields=["total"])
        trail.append(
            "replay_started",
            subject=replay,
            data={**selection.as_data(), "total": replay.total, "source": source, "mapping": mapping},
        )
    push(replay)
    return replay


def cancel(replay: Replay) -> Replay:
    """Stop a replay; what it has done stays done."""
    with transaction.atomic():
        running = Replay.objects.filter(pk=replay.pk, state=Replay.State.RUNNING)
        if not running.update(state=Replay.State.CANCELLED, ended_at=timezone.now()):
            raise Refused("This replay has ended already.")
        ReplayItem.objects.filter(replay=replay, done=False).delete()
        trail.append("replay_cancelled", subject=replay)
    for run in SyncRun.objects.filter(replay=replay).exclude(state=SyncRun.State.ENDED):
        runs.stop(run, SyncRun.Verdict.CANCELLED, "The replay was cancelled by a person.")
    replay.refresh_from_db()
    return replay


def ignore(failures: Sequence[Failure], reason: str) -> int:
    """Close failures without sending anything; they open again if the record fails again."""
    if not reason.strip():
        raise Refused("Say why, so that others understand it later.", {"reason": "A reason is needed."})
    with transaction.atomic():
        count = resolve_failures(
            [failure.link_id for failure in failures], Failure.Resolution.IGNORED, reason.strip()
        )
        trail.append(
            "failures_ignored",
            data={"failures": [str(failure.pk) for failure in failures], "reason": reason.strip()},
        )
    return count
