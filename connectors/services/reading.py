"""What the pages show at a glance, in few queries: the whole, integrations, causes of failures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, QuerySet

from connectors.engine.route import route_of
from connectors.models import Connection, Failure, Integration, RecordLink, SyncJob, SyncRun
from connectors.records import Address
from connectors.sdk.errors import SystemFault
from connectors.sdk.kept import sink_class
from connectors.sdk.mapping import FieldRule
from connectors.sdk.settings import Settings
from connectors.systems import system_class

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Whole:
    """What needs a person, and whether anything is turned on."""

    connections: Sequence[Connection]
    paused: Sequence[SyncJob]
    failures: int
    is_on: bool


@dataclass(frozen=True, slots=True)
class JobGlance:
    """A job with its newest run and its open failures."""

    job: SyncJob
    last: SyncRun | None
    failures: int


@dataclass(frozen=True, slots=True)
class Glance:
    """An integration with its jobs."""

    integration: Integration
    jobs: Sequence[JobGlance]

    @property
    def failures(self) -> int:
        """Open failures of all its jobs."""
        return sum(one.failures for one in self.jobs)

    @property
    def last(self) -> SyncRun | None:
        """The newest run of any of its jobs."""
        return max((one.last for one in self.jobs if one.last), key=lambda run: run.created_at, default=None)

    @property
    def next_slot(self) -> datetime | None:
        """When the first of its jobs runs next."""
        slots = [one.job.next_slot for one in self.jobs if one.job.may_run and one.job.next_slot]
        return min(slots, default=None)

    @property
    def resting(self) -> Sequence[SyncJob]:
        """Jobs that are on and rest until somebody does something."""
        return [one.job for one in self.jobs if one.job.is_on and one.job.paused_reason]


@dataclass(frozen=True, slots=True)
class Cause:
    """Open failures of one job that have the same cause; `text` is what the newest of them says."""

    job: SyncJob
    cause: str
    state: str
    records: int
    since: datetime
    last_at: datetime
    text: str


def jobs_of_tenant() -> QuerySet[SyncJob]:
    """The tenant's jobs with all that their properties read."""
    return SyncJob.objects.select_related(
        "integration__source", "integration__destination", "tenant", "interval", "crontab"
    )


def whole() -> Whole:
    """The state of the whole."""
    return Whole(
        connections=list(
            Connection.objects.filter(state=Connection.State.ATTENTION).only("id", "name", "tenant")
        ),
        paused=list(
            SyncJob.objects.filter(is_on=True, integration__is_on=True)
            .exclude(paused_reason="")
            .select_related("integration")
        ),
        failures=Failure.objects.filter(resolved_at=None).count(),
        is_on=Integration.objects.filter(is_on=True).exists(),
    )


def glances(integrations: Iterable[Integration] | None = None) -> list[Glance]:
    """Every integration (or these) with its jobs, their newest runs and open failures."""
    chosen = (
        Integration.objects.select_related("source", "destination") if integrations is None else integrations
    )
    rows = list(chosen)
    jobs = jobs_of_tenant().filter(integration__in=[row.pk for row in rows])
    by_integration: dict[UUID, list[SyncJob]] = defaultdict(list)
    for job in jobs:
        by_integration[job.integration_id].append(job)
    ids = [job.pk for job in jobs]
    newest = SyncRun.objects.filter(job__in=ids).order_by("job_id", "-created_at").distinct("job_id")
    last = {run.job_id: run for run in newest}
    failing = dict(
        Failure.objects.filter(resolved_at=None, job__in=ids)
        .order_by()
        .values_list("job_id")
        .annotate(Count("id"))
    )
    return [
        Glance(
            row,
            [
                JobGlance(job, last.get(job.pk), failing.get(job.pk, 0))
                for job in _ordered(row, by_integration[row.pk])
            ],
        )
        for row in rows
    ]


def _ordered(integration: Integration, jobs: Iterable[SyncJob]) -> list[SyncJob]:
    order = {flow.code: place for place, flow in enumerate(integration.recipe.flows)}
    return sorted(jobs, key=lambda job: order.get(job.flow_code, 99))


def causes() -> list[Cause]:
    """Open failures by job and cause, those with most records first."""
    jobs = {job.pk: job for job in jobs_of_tenant()}
    groups = (
        Failure.objects.filter(resolved_at=None)
        .order_by()
        .values("job_id", "cause", "state")
        .annotate(records=Count("id"), since=Min("opened_at"), last=Max("last_at"))
        .order_by("-records", "cause")
    )
    return [
        Cause(
            job=jobs[group["job_id"]],
            cause=group["cause"],
            state=group["state"],
            records=group["records"],
            since=group["since"],
            last_at=group["last"],
            text=_newest_text(group["job_id"], group["cause"], group["state"]),
        )
        for group in groups
    ]


def _newest_text(job: UUID, cause: str, state: str) -> str:
    newest = Failure.objects.filter(resolved_at=None, job=job, cause=cause, state=state).order_by("-last_at")
    return newest.values_list("text", flat=True).first() or ""


def held_removals(run: SyncRun) -> QuerySet[RecordLink]:
    """What `runs.confirm_removals` would remove. Only the newest run of a job can hold anything."""
    if run.is_open or not run.note or run.job.removal != "remove":
        return RecordLink.objects.none()
    if SyncRun.objects.filter(job=run.job_id, created_at__gt=run.created_at).exists():
        return RecordLink.objects.none()
    return RecordLink.objects.filter(
        job=run.job_id, confirmed_digest__isnull=False, generation__lt=run.generation, remove=False
    )


def field_rules(job: SyncJob) -> dict[str, list[FieldRule]]:
    """The rules of each sink of a job as they work today; empty while options are missing."""
    try:
        return {leg.name: list(leg.fields.rules) for leg in route_of(job).legs}
    except SystemFault:
        return {target.sink: [] for target in job.flow.targets}


def source_paths(job: SyncJob) -> list[str]:
    """What a field rule of this job may name: the fields of its records."""
    stream = system_class(job.reads.system).streams[job.flow.stream]
    return [*_paths(stream.record), "extra."]


def _paths(kind: type[Any], above: str = "") -> list[str]:
    paths: list[str] = []
    for one in fields(kind):
        if one.name == "extra":
            continue
        if one.default_factory is Address:
            paths += _paths(Address, f"{above}{one.name}.")
        else:
            paths.append(above + one.name)
    return paths


def sink_title(job: SyncJob, sink: str) -> str:
    """What people call the records of a sink."""
    return sink_class(system_class(job.writes.system), sink).title


def findings_of(integration: Integration) -> dict[str, Any]:
    """What the last pings of both connections found out."""
    return {**integration.source.findings, **integration.destination.findings}


def is_complete(model: type[Settings], values: object) -> bool:
    """Whether stored settings or options still fit their model."""
    try:
        model.model_validate(values)
    except ValueError:
        return False
    return True
