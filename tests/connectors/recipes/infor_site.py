"""A small Infor tenant joined with Mailchimp, and what must stand on both sides afterwards."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.engine import hints
from connectors.models import Failure, RecordLink, SyncRun, WebhookEndpoint
from connectors.services import connections, webhooks
from connectors.systems.infor.party import one_address
from connectors.systems.mailchimp.ids import member_hash
from sandboxes.infor import Infor, Options
from tests.connectors.webhooks.steps import fresh
from tests.joined import SHOP, Joined, joined

CUSTOMERS = 42
SUPPLIERS_AUDIENCE = "a0d1e2qad"
"""Any audience but the customers'."""


@contextmanager
def infor(
    *, tenant: dict[str, Any] | None = None, settings: dict[str, Any] | None = None, **options: Any
) -> Iterator[Joined]:
    """The recipe, connected and turned on; nothing has run. `tenant` are options of the sandbox."""
    usual = {"customers": CUSTOMERS, "suppliers": 12, "items": 6, "orders": 10, "invoices": 8}
    vendor = Infor(Options(**{**usual, **(tenant or {})}))
    with joined("infor_mailchimp", vendor, settings=settings, **options) as scene:
        yield scene


def customers(scene: Joined) -> dict[str, dict[str, Any]]:
    """The customers the tenant holds, by number, with everything on them."""
    return {one["CUNO"]: one for one in scene.source.state("customers")}


def reachable(scene: Joined) -> dict[str, str]:
    """The address of everybody who has a usable one, by number."""
    return {
        key: one_address(one["MAIL"]).lower()
        for key, one in customers(scene).items()
        if one["email_state"] in {"valid", "several"}
    }


@dataclass(frozen=True, slots=True)
class Somebody:
    """A customer with an address of their own."""

    number: str
    email: str

    @property
    def member(self) -> str:
        """Mailchimp's id of them."""
        return member_hash(self.email)


def somebody(scene: Joined, at: int = 0) -> Somebody:
    """One who shares their address with nobody."""
    found = sorted(reachable(scene).items())
    addresses = [address for _, address in found]
    alone = [Somebody(*one) for one in found if addresses.count(one[1]) == 1]
    return alone[at]


def customer(scene: Joined, who: Somebody) -> dict[str, Any]:
    """The row of a customer as it stands in M3."""
    return customers(scene)[who.number]


def link(scene: Joined, flow: str, key: str) -> RecordLink:
    """A record's link as it stands."""
    return RecordLink.objects.get(job=scene.job(flow), source_key=key)


def contact_runs(scene: Joined) -> list[SyncRun]:
    """Runs of contacts that a webhook has caused, oldest first."""
    runs = SyncRun.objects.filter(job=scene.job("contacts_back"), trigger=SyncRun.Trigger.WEBHOOK)
    return list(runs.order_by("created_at"))


def written_to_infor(scene: Joined) -> int:
    """Records written in Infor so far, however often."""
    return sum(held.total for held in scene.source.journal.writes().values())


def place(scene: Joined, order: str, email: str, price: float = 119.0) -> str:
    """Somebody buys in the shop; the key of the order."""
    lines = [{"product_id": "P1", "quantity": 1, "price": price}]
    scene.mailchimp.mutate("place_order", order_id=order, email=email, lines=lines, store_id=SHOP)
    return f"{SHOP}:{order}"


def posted(scene: Joined) -> list[dict[str, Any]]:
    """The AR transactions that came through the journal interface."""
    return [row for row in scene.source.state("invoices") if "KEY1" in row]


def open_failures(scene: Joined, flow: str) -> list[Failure]:
    """What needs a person, of one flow."""
    return list(Failure.objects.filter(job=scene.job(flow), resolved_at=None).order_by("id"))


def change_settings(scene: Joined, **settings: Any) -> None:
    """Change settings of the connection to Infor, and ping."""
    connection = scene.integration.source
    connections.change_settings(connection, {**connection.settings, **settings})
    connections.ping(connection)
    connection.refresh_from_db()


def assert_nothing_needless(scene: Joined) -> None:
    """Nothing was sent to either side that stood there already, and no reference is held twice."""
    assert scene.mailchimp.journal.needless() == {}
    assert scene.source.journal.needless() == {}
    assert not any(scene.source.state()["doubles"].values())


@dataclass
class Called:
    """A tenant whose integration Mailchimp calls, and where."""

    scene: Joined
    endpoint: WebhookEndpoint

    @classmethod
    def ready(cls, scene: Joined, hook: str = "audience", flow: str = "contacts_back") -> Called:
        """Switch the way back on and have its webhook set up; deliveries are held until asked for."""
        scene.mailchimp.mutate("hold_webhooks")
        scene.turn_on(flow)
        endpoint = WebhookEndpoint.objects.get(hook=hook)
        webhooks.settle_now(endpoint)
        return cls(scene, fresh(endpoint))

    @property
    def url(self) -> str:
        """Our address."""
        return webhooks.url_of(self.endpoint)

    def hear(self, action: str, who: str, **more: Any) -> None:
        """Something happens at Mailchimp, it calls, and we do what workers would."""
        self.scene.mailchimp.mutate(action, email=who, **more)
        self.deliver()

    def deliver(self, copies: int = 1, *, backwards: bool = False) -> None:
        """Mailchimp calls with what it holds, and we do what workers would."""
        self.scene.mailchimp.mutate("deliver_webhooks", copies=copies, backwards=backwards)
        hear(self.scene)

    def sign(self, body: bytes, *, age: float = 0, secret: str = "") -> dict[str, str]:
        """The headers of a delivery, signed so many seconds ago."""
        stamp = int(datetime.now(UTC).timestamp() - age)
        key = (secret or self.endpoint.signing_secrets()[0]).encode()
        signed = hmac.digest(key, b"%d.%b" % (stamp, body), "sha256").hex()
        return {"X-Mailchimp-Signature": f"t={stamp},v1={signed}"}


def hear(scene: Joined) -> None:
    """Do what workers do when they are told of receipts."""
    while hints.process():
        pass
    scene.work()
