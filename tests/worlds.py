"""A whole scene: a tenant whose IFS Cloud and Mailchimp are sandboxes, joined by the recipe, turned on.

The engine runs in this process, slice by slice, as a worker would; what is asserted is what stands in the
sandboxes and in the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from connectors.engine.advance import advance
from connectors.engine.sweeper import to_deliver, to_observe
from connectors.models import Connection, Integration, Lane, RecordLink, SyncJob, SyncRun
from connectors.services import connections, integrations, runs
from sandboxes.ifs_cloud.options import Options
from sandboxes.ifs_cloud.sandbox import IfsCloud
from sandboxes.kit import Server, serve
from sandboxes.mailchimp import API_KEY, CUSTOMERS, Mailchimp
from tenants.models import Tenant
from tenants.scope import across_tenants, tenant_scope

STORE = "ifs-orders"


@dataclass
class Scene:
    """A tenant with an integration. `run` opens a run of a flow and works until nothing is left to do."""

    tenant: Tenant
    integration: Integration = field(init=False)

    def job(self, flow: str) -> SyncJob:
        """A job, fresh from the database."""
        return SyncJob.objects.select_related(
            "integration__source", "integration__destination", "tenant", "interval", "crontab"
        ).get(integration=self.integration, flow_code=flow)

    def run(self, flow: str, *, full: bool = False) -> SyncRun:
        """Run a flow to its end (and whatever it makes necessary)."""
        run = runs.start(self.job(flow), full=full)
        self.work()
        run.refresh_from_db()
        return run

    def work(self, *, limit: int = 400) -> None:
        """Do what a worker would, until every lane rests or waits for a later time."""
        for _ in range(limit):
            busy = False
            for kind, waiting in (
                (Lane.Kind.OBSERVE, to_observe()),
                (Lane.Kind.DELIVER, to_deliver(timezone.now())),
            ):
                for job in list(waiting):
                    if Lane.objects.filter(job=job, kind=kind, wake_at__gt=timezone.now()).exists():
                        continue
                    advance(self.job(job.flow_code), kind)
                    busy = True
            if not busy:
                return
        raise AssertionError("the lanes never came to rest")

    def states(self, flow: str, sink: str) -> dict[str, int]:
        """How many links of a sink are in each state."""
        found: dict[str, int] = {}
        for state in RecordLink.objects.filter(job=self.job(flow), sink=sink).values_list("state", flat=True):
            found[state] = found.get(state, 0) + 1
        return found


@dataclass
class World(Scene):
    """IFS Cloud and Mailchimp."""

    ifs: IfsCloud
    mailchimp: Mailchimp
    ifs_server: Server
    mailchimp_server: Server
    source: Connection = field(init=False)
    destination: Connection = field(init=False)

    def connect(self, **options: Any) -> Integration:
        """Connect both systems, join and turn them on."""
        self.source = connections.create_connection(
            "ifs_cloud",
            "Our IFS",
            {
                "base_url": self.ifs_server.url,
                "realm": self.ifs.options.realm,
                "requests_per_minute": 100_000,
            },
            {"client_id": self.ifs.options.client_id, "client_secret": self.ifs.options.client_secret},
        )
        self.destination = connections.create_connection(
            "mailchimp",
            "Our Mailchimp",
            {"base_url": self.mailchimp_server.url, "requests_per_minute": 100_000},
            {"api_key": API_KEY},
        )
        for connection in (self.source, self.destination):
            connections.ping(connection)
            assert connection.state == Connection.State.OK, connection.ping
        chosen = {"audience_id": CUSTOMERS, "store_id": STORE, "store_currency": "EUR", **options}
        self.integration = integrations.create_integration(
            "ifs_cloud_mailchimp", self.source, self.destination, options=chosen
        )
        integrations.turn_on(self.integration)
        return self.integration

    def writes(self) -> int:
        """Calls that changed something at Mailchimp so far."""
        return sum(self.mailchimp.journal.total(method) for method in ("POST", "PUT", "PATCH", "DELETE"))


@contextmanager
def world(options: Options | None = None) -> Iterator[World]:
    """A world with its sandboxes serving; the tenant is in scope inside."""
    ifs, mailchimp = IfsCloud(options or Options(customers=60, orders=30)), Mailchimp()
    with across_tenants("a test makes a tenant"):
        tenant = Tenant.objects.create(name="Nordlicht", slug="nordlicht", time_zone="Europe/Berlin")
    with serve(ifs) as ifs_server, serve(mailchimp) as mailchimp_server, tenant_scope(tenant):
        yield World(tenant, ifs, mailchimp, ifs_server, mailchimp_server)
