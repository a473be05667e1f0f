"""Any recipe, on its own two sandboxes: a tenant, two connections, an integration, turned on.

The engine runs in this process, as in `tests.worlds`; `Joined.source` and `.mailchimp` are the vendors.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.test import override_settings

from connectors.management.demo import scene
from connectors.models import Connection, SyncJob
from connectors.recipes import recipe
from connectors.services import connections, integrations
from sandboxes.kit import Sandbox, serve
from sandboxes.mailchimp import CUSTOMERS, Mailchimp
from sandboxes.serve import World, build_worlds
from tenants.models import Tenant
from tenants.scope import across_tenants, tenant_scope
from tests.worlds import Scene

SHOP = "webshop"
"""The store of somebody else's shop, whose orders are read."""


@dataclass
class Joined(Scene):
    """An ERP and Mailchimp."""

    source: Any
    mailchimp: Mailchimp

    def writes(self) -> int:
        """Calls that changed something at Mailchimp so far."""
        return sum(self.mailchimp.journal.total(method) for method in ("POST", "PUT", "PATCH", "DELETE"))

    def turn_on(self, flow: str) -> SyncJob:
        """Switch one job on."""
        return integrations.switch_job(self.job(flow), on=True)

    def members(self) -> dict[str, Any]:
        """The audience's members by address."""
        found = self.mailchimp.account.audiences[CUSTOMERS].members.values()
        return {member.email.lower(): member for member in found}


@contextmanager
def joined(
    code: str, vendor: Sandbox, *, settings: dict[str, Any] | None = None, **options: Any
) -> Iterator[Joined]:
    """The recipe between this vendor and a fresh Mailchimp; connected, turned on, nothing has run."""
    system = recipe(code).source
    access = build_worlds(only=[system])[system].access
    mailchimp = build_worlds(only=["mailchimp"])["mailchimp"]
    assert isinstance(mailchimp.sandbox, Mailchimp)
    with across_tenants("a test makes a tenant"):
        tenant = Tenant.objects.create(name="Nordlicht", slug="nordlicht", time_zone="Europe/Berlin")
    with (
        serve(vendor) as server,
        serve(mailchimp.sandbox) as other,
        tenant_scope(tenant),
        override_settings(NUDGES_OFF=True),
    ):
        ends = []
        for name, shown, more in (
            (system, World(vendor, access).shown(server.url), settings or {}),
            ("mailchimp", mailchimp.shown(other.url), {}),
        ):
            given, known = scene.SYSTEMS[name](shown)
            connection = connections.create_connection(name, name, {**given, **more}, known)
            connections.ping(connection)
            assert connection.state == Connection.State.OK, connection.ping
            ends.append(connection)
        standing = Joined(tenant, vendor, mailchimp.sandbox)
        if "orders_store_id" in options:
            mailchimp.sandbox.mutate("add_shop", store_id=options["orders_store_id"], currency="USD")
            connections.ping(ends[1])
        chosen = {"audience_id": CUSTOMERS, **options}
        standing.integration = integrations.create_integration(code, ends[0], ends[1], options=chosen)
        integrations.turn_on(standing.integration)
        yield standing
