"""The pages of webhooks: what is listened to, who sees the address, what came, reading it again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from audit.models import AuditEntry
from connectors.models import WebhookEndpoint, WebhookHint, WebhookReceipt
from connectors.sdk.hooks import Verdict
from connectors.services import integrations, webhooks
from sandboxes.infor import Infor, Options
from tenants.models import Role
from tests.connectors.views.conftest import ClientOf
from tests.connectors.webhooks.steps import event
from tests.joined import Joined, joined

State = WebhookReceipt.State


@pytest.fixture
def scene(transactional_db: None, live_server: LiveServer) -> Iterator[Joined]:
    """Infor and Mailchimp, with what listens turned on."""
    with (
        override_settings(PUBLIC_URL=live_server.url),
        joined("infor_mailchimp", Infor(Options(customers=12, orders=0))) as standing,
    ):
        for flow in ("contacts_back", "messages_back"):
            standing.turn_on(flow)
        for endpoint in WebhookEndpoint.objects.all():
            webhooks.settle(endpoint.pk)
        yield standing


def endpoint_of(hook: str) -> WebhookEndpoint:
    return WebhookEndpoint.objects.select_related("connection").get(hook=hook)


def receipt(
    state: str = State.READ, *, verdict: Verdict = Verdict.GENUINE, kept: bool = True
) -> WebhookReceipt:
    """A call of the audience's webhook."""
    return WebhookReceipt.objects.create(
        endpoint=endpoint_of("audience"),
        delivery_id=f"{state} {verdict} {timezone.now()}",
        state=state,
        verdict=str(verdict),
        body=event("unsubscribe", email="a@b.example") if kept else None,
        event="unsubscribe" if kept else "",
        received_at=timezone.now(),
    )


def page(client: Client, scene: Joined, **query: str) -> str:
    answer = client.get(reverse("connectors:webhooks", args=[scene.integration.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_integration_says_that_it_listens_and_when_it_was_last_called(
    scene: Joined, as_: ClientOf
) -> None:
    receipt()
    receipt(State.REFUSED, verdict=Verdict.FORGED, kept=False)
    text = (
        as_(Role.VIEWER).get(reverse("connectors:integration", args=[scene.integration.pk])).content.decode()
    )
    assert "Mailchimp tells us of changes within seconds" in text
    assert text.count("Last call:") == 1
    assert "Address and calls" in text


def test_without_a_public_address_it_says_why_it_does_not_listen(scene: Joined, as_: ClientOf) -> None:
    with override_settings(PUBLIC_URL=""):
        text = as_(Role.OWNER).get(reverse("connectors:integration", args=[scene.integration.pk]))
    assert "no public address" in text.content.decode()


def test_only_who_manages_credentials_sees_the_address_to_enter(scene: Joined, as_: ClientOf) -> None:
    by_hand, ours = endpoint_of("transactional"), endpoint_of("audience")
    seen = page(as_(Role.ADMIN), scene)
    assert webhooks.url_of(by_hand) in seen
    assert webhooks.url_of(ours) not in seen
    for role in (Role.OPERATOR, Role.VIEWER):
        text = page(as_(role), scene)
        assert webhooks.url_of(by_hand) not in text
        assert "Replace the address" not in text
        assert "sees the address here" in text


def test_a_key_is_added_and_the_other_credentials_stay(scene: Joined, as_: ClientOf) -> None:
    endpoint = endpoint_of("transactional")
    before = endpoint.connection.unseal().revealed()
    admin = as_(Role.ADMIN)
    assert "Needs its key" in page(admin, scene)
    url = reverse("connectors:webhook_key", args=[endpoint.pk])
    assert admin.post(url, {"key": ""}).status_code == 302
    assert endpoint_of("transactional").signing_secrets() == ()
    assert admin.post(url, {"key": "mandrill-key-1"}).status_code == 302
    endpoint = endpoint_of("transactional")
    assert endpoint.signing_secrets() == ("mandrill-key-1",)
    assert endpoint.connection.unseal().revealed() == {
        **before,
        "transactional_webhook_key": "mandrill-key-1",
    }
    text = page(admin, scene)
    assert "Waits for the first call" in text
    assert "mandrill-key-1" not in text


def test_replacing_the_api_key_keeps_the_webhooks_key(scene: Joined, as_: ClientOf) -> None:
    connection = endpoint_of("transactional").connection
    admin = as_(Role.ADMIN)
    admin.post(
        reverse("connectors:webhook_key", args=[endpoint_of("transactional").pk]), {"key": "mandrill-key-1"}
    )
    url = reverse("connectors:connection_credentials", args=[connection.pk])
    assert b"left empty, it stays as it is" in admin.get(url).content
    assert admin.post(url, {"credentials-api_key": "1" * 32 + "-us6"}).status_code == 302
    connection.refresh_from_db()
    revealed = connection.unseal().revealed()
    assert revealed["api_key"] == "1" * 32 + "-us6"
    assert revealed["transactional_webhook_key"] == "mandrill-key-1"


def test_a_page_asks_before_the_address_is_replaced_and_the_trail_names_who_did(
    scene: Joined, as_: ClientOf
) -> None:
    endpoint = endpoint_of("transactional")
    url = reverse("connectors:webhook_address", args=[endpoint.pk])
    admin = as_(Role.ADMIN)
    assert b"another 14 days" in admin.get(url).content
    assert endpoint_of("transactional").token_hash == endpoint.token_hash
    assert as_(Role.OPERATOR).post(url).status_code == 403
    assert admin.post(url)["Location"] == reverse("connectors:webhooks", args=[scene.integration.pk])
    renewed = endpoint_of("transactional")
    assert renewed.token_hash != endpoint.token_hash
    assert renewed.previous_hash == endpoint.token_hash
    entry = AuditEntry.objects.get(kind="webhook_address_replaced")
    assert entry.actor_label == "admin@nordlicht.example"
    story = admin.get(reverse("connectors:audit"), {"about": "Webhooks"}).content.decode()
    assert "replaced the address of the transactional webhook of mailchimp" in story


def test_calls_are_listed_with_what_we_thought_of_them_and_what_became_of_them(
    scene: Joined, as_: ClientOf
) -> None:
    read = receipt()
    WebhookHint.objects.create(receipt=read, job=scene.job("contacts_back"), key="abc", event="unsubscribe")
    receipt(State.REFUSED, verdict=Verdict.FORGED, kept=False)
    text = page(as_(Role.VIEWER), scene)
    assert "Signed with the right key" in text
    assert "Signature missing or wrong" in text
    assert "Contacts back to Infor: 1 record waiting to be read" in text
    assert "Read again" not in text
    assert "a@b.example" not in text
    refused = page(as_(Role.OPERATOR), scene, state=State.REFUSED)
    assert "Signed with the right key" not in refused
    assert "Read again" not in refused, "what was refused has nothing to be read"


def test_an_operator_has_a_call_read_again_and_nobody_elses(scene: Joined, as_: ClientOf) -> None:
    one = receipt(State.IGNORED)
    url = reverse("connectors:webhook_read_again", args=[scene.integration.pk])
    operator = as_(Role.OPERATOR)
    assert "Read again" in page(operator, scene)
    assert as_(Role.VIEWER).post(url, {"receipt": one.pk}).status_code == 403
    assert operator.post(url, {"receipt": one.pk}, follow=True).status_code == 200
    one.refresh_from_db()
    assert one.state == State.NEW
    assert AuditEntry.objects.get(kind="receipts_read_again").actor_label == "operator@nordlicht.example"
    stray = reverse("connectors:webhook_read_again", args=[endpoint_of("audience").pk])
    assert operator.post(stray, {"receipt": one.pk}).status_code == 404
    refused = receipt(State.REFUSED, verdict=Verdict.FORGED, kept=False)
    told = operator.post(url, {"receipt": refused.pk}, follow=True).content.decode()
    assert "nothing to read again" in told


def test_empty_pages_say_why(scene: Joined, as_: ClientOf) -> None:
    viewer = as_(Role.VIEWER)
    assert "Nobody has called yet" in page(viewer, scene)
    assert "No call of this kind" in page(viewer, scene, state=State.FAILED)


def test_more_calls_cost_no_more_queries(
    scene: Joined, as_: ClientOf, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    job = scene.job("contacts_back")
    for number in range(12):
        WebhookHint.objects.create(receipt=receipt(), job=job, key=f"k{number}")
    viewer = as_(Role.VIEWER)
    page(viewer, scene)
    with django_assert_max_num_queries(24):  # type: ignore[operator]  # a context manager, see pytest-django
        page(viewer, scene)
    integrations.turn_off(scene.integration)
