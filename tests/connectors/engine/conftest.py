"""A small scene for the engine's tests: connected and turned on, no run yet, nothing sent to the broker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from django.test import override_settings

from connectors.models import Connection, Integration, SyncJob
from connectors.recipes import recipe
from sandboxes.ifs_cloud.options import Options
from tenants.models import Tenant
from tenants.scope import across_tenants, tenant_scope
from tests.worlds import World, world


class JobsOf(Protocol):
    """Makes so many jobs with these fields."""

    def __call__(self, count: int = 1, **fields: Any) -> list[SyncJob]: ...


@pytest.fixture
def scene(transactional_db: None) -> Iterator[World]:
    """Twelve customers, all with an address of their own, and no orders."""
    with world(Options(customers=12, orders=0)) as standing, override_settings(NUDGES_OFF=True):
        standing.connect()
        yield standing


@pytest.fixture
def shop(transactional_db: None) -> Iterator[World]:
    """Twelve customers with eight orders."""
    with world(Options(customers=12, orders=8)) as standing, override_settings(NUDGES_OFF=True):
        standing.connect()
        yield standing


@pytest.fixture
def jobs(transactional_db: None) -> Iterator[JobsOf]:
    """Makes jobs that are on and call nobody: their connections have no credentials."""
    with across_tenants("a test makes a tenant"):
        tenant = Tenant.objects.create(name="Nordlicht", slug="nordlicht", time_zone="Europe/Berlin")

    def make(count: int = 1, **fields: Any) -> list[SyncJob]:
        flows = [flow.code for flow in recipe("ifs_cloud_mailchimp").flows]
        made: list[SyncJob] = []
        while len(made) < count:
            integration = Integration.objects.create(
                recipe_code="ifs_cloud_mailchimp",
                name=f"Number {len(made)}",
                source=_account("ifs_cloud"),
                destination=_account("mailchimp"),
                is_on=True,
            )
            wanted = flows[: count - len(made)]
            made += SyncJob.objects.bulk_create(
                [SyncJob(integration=integration, flow_code=flow, **fields) for flow in wanted]
            )
        related = ("integration", "tenant", "interval", "crontab")
        found = SyncJob.objects.select_related(*related).in_bulk([job.pk for job in made])
        return [found[job.pk] for job in made]

    with tenant_scope(tenant), override_settings(NUDGES_OFF=True):
        yield make


def _account(system: str) -> Connection:
    account, _ = Connection.objects.get_or_create(system=system, name=system)
    return account
