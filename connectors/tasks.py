"""Celery's doorways: each enters the tenant's scope and calls the engine."""

from __future__ import annotations

from celery import shared_task

from connectors.engine.advance import advance
from connectors.engine.schedule import claim_due
from connectors.engine.sweeper import sweep
from connectors.models import Lane, SyncJob
from tenants.scope import tenant_scope


@shared_task(name="connectors.observe")
def observe(tenant_id: str, job_id: str) -> None:
    """A slice of a job's reading."""
    _advance(tenant_id, job_id, Lane.Kind.OBSERVE)


@shared_task(name="connectors.deliver")
def deliver(tenant_id: str, job_id: str) -> None:
    """A slice of a job's delivering."""
    _advance(tenant_id, job_id, Lane.Kind.DELIVER)


@shared_task(name="connectors.dispatch")
def dispatch() -> None:
    """Beat's tick: claim due jobs."""
    claim_due()


@shared_task(name="connectors.sweep")
def find_forgotten_work() -> None:
    """Beat's other tick: find work that nobody does."""
    sweep()


def _advance(tenant_id: str, job_id: str, kind: Lane.Kind) -> None:
    with tenant_scope(tenant_id):
        job = (
            SyncJob.objects.select_related("integration__source", "integration__destination", "tenant")
            .filter(pk=job_id)
            .first()
        )
        if job:
            advance(job, kind)
