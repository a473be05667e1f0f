"""Steps that the tests of webhooks take."""

from __future__ import annotations

import hmac
import http.client
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from connectors.engine import hints
from connectors.models import RecordLink, SyncRun, WebhookEndpoint, WebhookReceipt
from connectors.sdk.hooks import Inbound
from connectors.services import integrations, webhooks
from sandboxes.mailchimp import CUSTOMERS
from sandboxes.mailchimp.state import Webhook
from tests.worlds import World

FORM = "application/x-www-form-urlencoded"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass
class Listener:
    """A scene whose unsubscribes are called to us, and the address they are called at."""

    scene: World
    endpoint: WebhookEndpoint

    @classmethod
    def ready(cls, scene: World) -> Listener:
        """Fill the audience, switch the way back on, and have the webhook set up."""
        scene.run("customers")
        integrations.switch_job(scene.job("consent_back"), on=True)
        endpoint = WebhookEndpoint.objects.get()
        webhooks.settle(endpoint.pk)
        return cls(scene, fresh(endpoint))

    @property
    def url(self) -> str:
        """Our address."""
        return webhooks.url_of(self.endpoint)

    @property
    def secret(self) -> str:
        """What signs the deliveries."""
        return self.endpoint.signing_secrets()[0]

    @property
    def emails(self) -> list[str]:
        """The addresses in the audience, in order."""
        return sorted(one.email for one in self.scene.mailchimp.account.audiences[CUSTOMERS].members.values())

    def leave(self, email: str) -> None:
        """Somebody unsubscribes, and Mailchimp calls."""
        self.scene.mailchimp.mutate("unsubscribe", email=email)
        self.deliver()

    def deliver(self, copies: int = 1, *, backwards: bool = False) -> None:
        """Mailchimp calls with what it has held back."""
        self.scene.mailchimp.mutate("deliver_webhooks", copies=copies, backwards=backwards)

    def post(self, body: bytes, *, moment: float | None = None, secret: str = "", url: str = "") -> int:
        """A call made by hand, signed now unless said otherwise; returns the answer's status."""
        stamp = int(datetime.now(UTC).timestamp() if moment is None else moment)
        signed = hmac.digest((secret or self.secret).encode(), b"%d.%b" % (stamp, body), "sha256").hex()
        return post(url or self.url, body, {"X-Mailchimp-Signature": f"t={stamp},v1={signed}"})

    def flags(self) -> dict[str, object]:
        """What IFS says of its customers' consent, by their address."""
        rows = self.scene.ifs.state("CustomerInfo")
        assert isinstance(rows, list)
        keys = RecordLink.objects.filter(sink="audience_members").values_list("source_key", "handle")
        handles = dict(keys)
        return {handles[row["CustomerId"]]: flag for row in rows if (flag := row.get("Cf_Marketing_Status"))}


def post(url: str, body: bytes, headers: dict[str, str] | None = None) -> int:
    """The status a POST is answered with."""
    return call("POST", url, body, {"Content-Type": FORM, **(headers or {})})


def call(method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> int:
    """The status a call is answered with."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request(method, parts.path, body, headers or {})
        return connection.getresponse().status
    finally:
        connection.close()


def hear(scene: World) -> None:
    """Do what workers do when they are told of receipts."""
    while hints.process():
        pass
    scene.work()


def event(kind: str, /, **data: str) -> bytes:
    """A delivery as Mailchimp spells it."""
    pairs = {"type": kind, "fired_at": "2026-11-20 12:00:00"}
    pairs |= {f"data[{name}]": value for name, value in data.items()}
    return urlencode(pairs).encode()


def inbound(
    body: bytes, *, method: str = "POST", url: str = "", at: datetime = NOON, **headers: str
) -> Inbound:
    """A call as a hook sees it."""
    return Inbound(method, url, {name.replace("_", "-"): value for name, value in headers.items()}, body, at)


def fresh(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """The endpoint as it stands in the database."""
    return WebhookEndpoint.objects.select_related("connection", "integration").get(pk=endpoint.pk)


def receipts(state: str = "") -> list[WebhookReceipt]:
    """What has been received, oldest first."""
    found = WebhookReceipt.objects.order_by("id")
    return list(found.filter(state=state) if state else found)


def webhook_runs(scene: World, flow: str = "consent_back") -> list[SyncRun]:
    """The runs that webhooks have caused, oldest first."""
    runs = SyncRun.objects.filter(job=scene.job(flow), trigger=SyncRun.Trigger.WEBHOOK)
    return list(runs.order_by("created_at"))


def at_vendor(scene: World, audience: str = CUSTOMERS) -> list[Webhook]:
    """The webhooks that stand in Mailchimp."""
    return list(scene.mailchimp.account.audiences[audience].webhooks.values())
