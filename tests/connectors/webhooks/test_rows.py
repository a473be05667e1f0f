"""Webhooks of vendors that let nobody read again what they told: the rows come along, taken as read."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from connectors.models import WebhookEndpoint, WebhookHint
from connectors.sdk.hooks import Hint, Inbound
from connectors.sdk.system import Row
from connectors.services import connections, webhooks
from connectors.systems.mailchimp.hooks import AudienceHook
from connectors.systems.mailchimp.ids import member_hash
from sandboxes.mailchimp import API_KEY
from tests.connectors.engine.steps import counts
from tests.connectors.webhooks.steps import (
    NOON,
    Listener,
    call,
    event,
    fresh,
    hear,
    post,
    receipts,
    webhook_runs,
)
from tests.worlds import World

KEY = "k3y_ABC"


def told(email: str, status: str, at: datetime) -> Row:
    """A member as a webhook would bring it along."""
    key = member_hash(email)
    raw: dict[str, Any] = {"id": key, "email_address": email, "status": status, "note": "\0"}
    return Row(key, raw, changed_at=at)


@pytest.fixture
def bringing(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """The audience webhook brings these rows along instead of naming whom to read."""
    rows: list[Row] = []

    def hints(inbound: Inbound) -> list[Hint]:
        return [Hint("profile", ("consent",), rows=tuple(rows))]

    monkeypatch.setattr(AudienceHook, "hints", hints)
    return rows


def arrive(listener: Listener, rows: list[Row], *now: Row) -> None:
    """A delivery that brings these rows, read at once."""
    rows[:] = now
    assert listener.post(event("profile", n=str(len(receipts())))) == 200
    hear(listener.scene)


def test_rows_are_taken_as_read(listener: Listener, bringing: list[Row]) -> None:
    jane, john, *_ = listener.emails
    before = listener.scene.mailchimp.journal.total("GET")
    arrive(listener, bringing, told(jane, "unsubscribed", NOON), told(john, "cleaned", NOON))
    assert listener.flags() == {jane: "unsubscribed", john: "cleaned"}
    assert listener.scene.mailchimp.journal.total("GET") == before
    assert {hint.raw for hint in WebhookHint.objects.all()} == {""}  # kept no longer than needed


def test_an_older_row_never_replaces_a_newer_one(listener: Listener, bringing: list[Row]) -> None:
    jane = listener.emails[0]
    arrive(listener, bringing, told(jane, "cleaned", NOON))
    arrive(listener, bringing, told(jane, "unsubscribed", NOON - timedelta(minutes=1)))
    assert listener.flags() == {jane: "cleaned"}
    assert counts(webhook_runs(listener.scene)[-1]) == {"read": 1, "unchanged": 1}


def test_of_two_rows_of_one_record_the_newer_counts_in_whichever_order(
    listener: Listener, bringing: list[Row]
) -> None:
    jane = listener.emails[0]
    newer, older = told(jane, "cleaned", NOON), told(jane, "unsubscribed", NOON - timedelta(minutes=1))
    arrive(listener, bringing, newer, older)
    assert listener.flags() == {jane: "cleaned"}
    assert len(listener.scene.ifs.journal.calls(method="PATCH")) == 1


# -- Transactional: entered by hand, keyed by the connection


@pytest.fixture
def by_hand(scene: World) -> WebhookEndpoint:
    """The endpoint of Mailchimp Transactional."""
    endpoint = WebhookEndpoint(
        integration=scene.integration, connection=scene.destination, hook="transactional"
    )
    endpoint.renew()
    endpoint.save()
    webhooks.settle(endpoint.pk)
    return fresh(endpoint)


def deliver(endpoint: WebhookEndpoint, events: list[dict[str, Any]], key: str = KEY) -> int:
    """A call of Transactional's, signed."""
    text, url = json.dumps(events), webhooks.url_of(endpoint)
    signature = base64.b64encode(hmac.digest(key.encode(), f"{url}mandrill_events{text}".encode(), "sha1"))
    headers = {"X-Mandrill-Signature": signature.decode()}
    return post(url, urlencode({"mandrill_events": text}).encode(), headers)


OPENED = {"event": "open", "_id": "m1", "ts": 1365109999, "msg": {"_id": "m1", "email": "a@b.example"}}


def test_a_person_is_told_where_to_enter_the_address(by_hand: WebhookEndpoint, scene: World) -> None:
    assert by_hand.state == "by_hand"
    assert "Post To URL" in by_hand.text
    assert not scene.mailchimp.journal.calls(path="*webhooks*")


def test_it_asks_whether_we_are_there_and_nothing_is_kept(by_hand: WebhookEndpoint) -> None:
    assert call("HEAD", webhooks.url_of(by_hand)) == 200
    assert deliver(by_hand, [], key="test-webhook") == 200
    assert receipts() == []


def test_calls_are_refused_until_the_key_is_there(by_hand: WebhookEndpoint, scene: World) -> None:
    assert deliver(by_hand, [OPENED]) == 401
    connections.replace_credentials(scene.destination, {"api_key": API_KEY, "transactional_webhook_key": KEY})
    assert deliver(by_hand, [OPENED]) == 200
    assert deliver(by_hand, [OPENED], key="another") == 401
    assert [(one.state, one.verdict) for one in receipts()] == [
        ("refused", "keyless"),
        ("new", "genuine"),
        ("refused", "forged"),
    ]


def test_the_address_a_person_enters_is_given_two_weeks_to_be_replaced(by_hand: WebhookEndpoint) -> None:
    before = webhooks.url_of(by_hand)
    rotated = webhooks.rotate(by_hand)
    assert rotated.previous_until
    assert rotated.previous_until - rotated.created_at > timedelta(days=13)
    assert call("HEAD", before) == 200
