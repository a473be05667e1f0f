"""Celery's doorways: each enters the tenant's scope and calls the engine."""

from __future__ import annotations

from time import monotonic
from uuid import UUID

from celery import shared_task

from connectors.engine import hints
from connectors.engine.advance import advance, slice_seconds
from connectors.engine.schedule import claim_due
from connectors.engine.sweeper import sweep
from connectors.models import Lane, SyncJob
from connectors.services import webhooks
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


@shared_task(name="connectors.receipts")
def read_receipts(tenant_id: str) -> None:
    """Read the webhooks a tenant has received, for the length of a slice."""
    with tenant_scope(tenant_id):
        until = monotonic() + slice_seconds()
        while hints.process() and monotonic() < until:
            pass


@shared_task(name="connectors.hints")
def read_hinted(tenant_id: str, job_id: str) -> None:
    """Open a run for records that webhooks have named."""
    with tenant_scope(tenant_id):
        if job := SyncJob.objects.select_related("integration", "tenant").filter(pk=job_id).first():
            hints.open_for(job)


@shared_task(name="connectors.settle_webhook")
def settle_webhook(tenant_id: str, endpoint_id: str) -> None:
    """Set a webhook up at its vendor, take it down, or see that it is still there."""
    with tenant_scope(tenant_id):
        webhooks.settle(UUID(endpoint_id))


@shared_task(name="connectors.tend_webhooks")
def tend_webhooks() -> None:
    """Beat's daily tick: every integration has the webhooks it wants, and old receipts go."""
    webhooks.tend()


def _advance(tenant_id: str, job_id: str, kind: Lane.Kind) -> None:
    with tenant_scope(tenant_id):
        job = (
            SyncJob.objects.select_related("integration__source", "integration__destination", "tenant")
            .filter(pk=job_id)
            .first()
        )
        if job:
            advance(job, kind)
