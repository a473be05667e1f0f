"""Records that are only kept here, as people read them, and shown beside whom they are about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from audit import services as trail
from connectors.models import RecordLink, SyncJob
from connectors.sdk.kept import Kept
from connectors.services.reading import jobs_of_tenant
from connectors.services.records import Story

SHARES = "_rate"
"""What the names of fields end with that hold a fraction of 1."""


class Beside(NamedTuple):
    """What is kept of the same person by another job."""

    link: UUID
    title: str
    at: datetime | None
    facts: list[tuple[str, Any]]


def is_kept(job: SyncJob) -> bool:
    """Whether a job's records go nowhere but here."""
    return all(target.sink == Kept.name for target in job.flow.targets)


def facts_of(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Fields in words: `open_rate` 0.42 is an open rate of 42 %."""
    return [
        (name.replace("_", " ").capitalize(), _share(value) if name.endswith(SHARES) else value)
        for name, value in values.items()
        if name != "email"  # which is what the record is called
    ]


def beside(story: Story) -> list[Beside]:
    """What other jobs of the integration keep about this record, found by its id over there."""
    job = story.links[0].job
    codes = [
        flow.code
        for flow in job.integration.recipe.flows
        if flow.code != job.flow_code and any(target.sink == Kept.name for target in flow.targets)
    ]
    ids = [link.external_id for link in story.links if link.external_id]
    if not codes or not ids or is_kept(job):
        return []
    jobs = {one.pk: one for one in jobs_of_tenant().filter(integration=job.integration, flow_code__in=codes)}
    links = RecordLink.objects.filter(job__in=jobs, sink=Kept.name, source_key__in=ids)
    found = [link for link in links if link.confirmed_digest]
    bodies = trail.load_payloads(bytes(link.confirmed_digest or b"") for link in found) if found else {}
    return [
        Beside(link.pk, jobs[link.job_id].flow.title, link.confirmed_at, facts_of(_values(body)))
        for link in found
        if (body := bodies.get(bytes(link.confirmed_digest or b"")))
    ]


def whose(link: RecordLink) -> list[str]:
    """The keys of the records a kept one belongs to."""
    owners = [] if link.external_id == link.source_key else link.external_id.split(",")
    return [owner for owner in owners if owner]


def _values(body: bytes) -> dict[str, Any]:
    always: dict[str, Any] = json.loads(body).get("always") or {}
    return always


def _share(value: Any) -> Any:
    return f"{value:.0%}".replace("%", " %") if isinstance(value, int | float) else value
