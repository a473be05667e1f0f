"""Who may call, and with what: webhooks of the Infor recipe that are not what they should be do nothing."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.test import override_settings
from pytest_django.live_server_helper import LiveServer

from connectors.models import WebhookEndpoint
from connectors.services import integrations, webhooks
from sandboxes.mailchimp import CUSTOMERS as AUDIENCE
from sandboxes.mailchimp.state import Webhook
from tests.connectors.engine.steps import counts
from tests.connectors.recipes.infor_site import (
    Called,
    contact_runs,
    customer,
    hear,
    infor,
    somebody,
    written_to_infor,
)
from tests.connectors.webhooks.steps import call, event, fresh, post, receipts
from tests.joined import Joined

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene(live_server: LiveServer) -> Iterator[Joined]:
    """A few subscribers; nothing comes back yet."""
    with (
        infor(tenant={"customers": 12}, new_member_status="subscribed") as standing,
        override_settings(PUBLIC_URL=live_server.url),
    ):
        standing.run("customers")
        yield standing


@pytest.fixture
def called(scene: Joined) -> Called:
    """Mailchimp calls us, and what is known of everybody has come back."""
    called = Called.ready(scene)
    scene.run("contacts_back")
    return called


def at_vendor(scene: Joined) -> list[Webhook]:
    """The webhooks that stand in Mailchimp."""
    return list(scene.mailchimp.account.audiences[AUDIENCE].webhooks.values())


def leave_unheard(called: Called) -> bytes:
    """Somebody leaves, and nobody is told; what should have been told."""
    email = somebody(called.scene).email
    called.scene.mailchimp.mutate("unsubscribe", email=email)
    called.scene.mailchimp.sender.waiting.clear()
    return event("unsubscribe", email=email)


def assert_nothing_happened(called: Called) -> None:
    """Infor was neither asked nor written to."""
    calls = len(called.scene.source.journal.calls())
    hear(called.scene)
    assert len(called.scene.source.journal.calls()) == calls
    assert customer(called.scene, somebody(called.scene))["CFC6"] == "SUB"
    assert contact_runs(called.scene) == []


# -- set up and taken down -------------------------------------------------------------------------------


def test_the_webhook_stands_while_the_job_is_on(scene: Joined) -> None:
    assert at_vendor(scene) == []
    called = Called.ready(scene)
    [hook] = at_vendor(scene)
    assert hook.url == called.url
    assert hook.sources == {"user": True, "admin": True, "api": False}
    assert {name for name, on in hook.events.items() if on} == {
        "subscribe",
        "unsubscribe",
        "profile",
        "upemail",
        "cleaned",
    }
    integrations.switch_job(scene.job("contacts_back"), on=False)
    webhooks.settle_now(called.endpoint)
    assert at_vendor(scene) == []
    assert fresh(called.endpoint).state == "off"


def test_turning_the_integration_off_takes_it_down_too(scene: Joined) -> None:
    called = Called.ready(scene)
    integrations.turn_off(scene.integration)
    webhooks.settle_now(called.endpoint)
    assert at_vendor(scene) == []


def test_the_address_holds_the_secret_in_its_path(scene: Joined) -> None:
    called = Called.ready(scene)
    parts = urlsplit(called.url)
    assert (parts.query, len(parts.path.rpartition("/")[2]) >= 32) == ("", True)
    assert call("GET", called.url) == 200  # Mailchimp asks before it trusts an address


def test_the_orders_and_the_messages_want_other_webhooks(scene: Joined) -> None:
    scene.turn_on("messages_back")
    assert {one.hook for one in WebhookEndpoint.objects.all()} == {"transactional"}


# -- what is not believed --------------------------------------------------------------------------------


def test_a_wrong_secret_in_the_path_is_nobody(called: Called) -> None:
    body = leave_unheard(called)
    wrong = called.url[:-1] + ("A" if called.url[-1] != "A" else "B")
    assert post(wrong, body, called.sign(body)) == 404
    assert receipts() == []
    assert_nothing_happened(called)


@pytest.mark.parametrize("signature", ["wrong", "none", "of another body"])
def test_a_wrong_signature_is_refused(called: Called, signature: str) -> None:
    body = leave_unheard(called)
    headers = {
        "wrong": called.sign(body, secret="whsec_guess"),
        "none": {},
        "of another body": called.sign(body + b"&x=1"),
    }[signature]
    assert post(called.url, body, headers) == 401
    assert [(one.state, one.verdict, one.body) for one in receipts()] == [("refused", "forged", None)]
    assert_nothing_happened(called)


def test_one_played_back_later_is_refused(called: Called) -> None:
    body = leave_unheard(called)
    assert post(called.url, body, called.sign(body, age=301)) == 401
    assert [one.verdict for one in receipts()] == ["stale"]
    assert_nothing_happened(called)


def test_one_that_is_five_megabytes_long_is_not_read(called: Called) -> None:
    parts = urlsplit(called.url)
    wire = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        wire.putrequest("POST", parts.path)
        wire.putheader("Content-Length", str(5 * 1024 * 1024))
        wire.endheaders()
        assert wire.getresponse().status == 413
    finally:
        wire.close()
    assert receipts() == []
    assert_nothing_happened(called)


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (event("metamorphosis", email="jane@firma.example"), "ignored"),
        (event("campaign", id="c1"), "ignored"),
        (event("unsubscribe"), "failed"),
        (b"\xff\xfe", "failed"),
    ],
    ids=["unknown type", "not ours", "names nobody", "no form"],
)
def test_a_type_nobody_knows_is_kept_with_the_reason_and_holds_nothing_up(
    called: Called, body: bytes, state: str
) -> None:
    jane = somebody(called.scene)
    assert post(called.url, body, called.sign(body)) == 200
    called.hear("unsubscribe", jane.email)
    first, second = receipts()
    assert (first.state, bool(first.reason), second.state) == (state, True, "read")
    assert customer(called.scene, jane)["CFC6"] == "UNSUB"


# -- what comes more than once ---------------------------------------------------------------------------


def test_the_same_delivery_again_and_again_is_one_change(called: Called) -> None:
    jane = somebody(called.scene)
    written = written_to_infor(called.scene)
    called.scene.mailchimp.mutate("unsubscribe", email=jane.email)
    called.deliver(copies=5)
    [receipt] = receipts()
    assert (receipt.state, receipt.repeats) == ("read", 4)
    assert written_to_infor(called.scene) == written + 1


def test_a_receipt_that_is_read_again_writes_nothing(called: Called) -> None:
    called.hear("unsubscribe", somebody(called.scene).email)
    written = written_to_infor(called.scene)
    webhooks.read_again(receipts())
    hear(called.scene)
    assert [counts(run) for run in contact_runs(called.scene)] == [
        {"read": 1, "updated": 1},
        {"read": 1, "unchanged": 1},
    ]
    assert written_to_infor(called.scene) == written


def test_what_webhooks_lost_the_schedule_finds(called: Called) -> None:
    leave_unheard(called)
    called.scene.run("contacts_back")
    assert customer(called.scene, somebody(called.scene))["CFC6"] == "UNSUB"
