"""What Mailchimp Transactional's webhook says, and whether to believe it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.hooks import Unreadable, Verdict
from connectors.systems.mailchimp.hooks import TransactionalHook
from connectors.systems.mailchimp.settings import MailchimpCredentials
from tests.connectors.webhooks.steps import inbound

KEY = "k3y_ABC"
URL = "https://hooks.example.com/mandrill/?t=1"
EVENTS = '[{"event":"hard_bounce","_id":"x","ts":1365109999,"msg":{"email":"a@b.c","_id":"x"}}]'
SIGNED = "o7n/+olA5kodnQ5ZDmukBp7L7u4="


def form(events: object = EVENTS) -> bytes:
    return urlencode({"mandrill_events": events if isinstance(events, str) else json.dumps(events)}).encode()


def judged(signature: str, *keys: str, body: bytes | None = None, url: str = URL) -> Verdict:
    call = inbound(form() if body is None else body, url=url, x_mandrill_signature=signature)
    return TransactionalHook.verify(call, keys)


def test_a_signature_by_the_documented_formula_is_genuine() -> None:
    assert judged(SIGNED, KEY) is Verdict.GENUINE
    assert judged(SIGNED, "another", KEY) is Verdict.GENUINE


def test_another_key_address_field_or_none_is_forged() -> None:
    assert judged(SIGNED, "another") is Verdict.FORGED
    assert judged(SIGNED, KEY, url=URL + "&") is Verdict.FORGED
    assert judged(SIGNED, KEY, body=form() + b"&more=1") is Verdict.FORGED
    assert judged("", KEY) is Verdict.FORGED


def test_without_a_key_nothing_is_believed() -> None:
    assert judged(SIGNED) is Verdict.KEYLESS
    assert not Verdict.KEYLESS.is_accepted


@given(st.text(max_size=100), st.binary(max_size=200))
def test_no_header_and_no_body_can_break_the_judgement(header: str, body: bytes) -> None:
    assert judged(header, KEY, body=body) is Verdict.FORGED
    TransactionalHook.is_probe(inbound(body))


def test_its_key_is_part_of_the_connections_credentials() -> None:
    credentials = MailchimpCredentials.model_validate({"transactional_webhook_key": KEY})
    assert TransactionalHook.secrets_of(credentials) == (KEY,)
    assert TransactionalHook.secrets_of(MailchimpCredentials()) == ()


def test_an_empty_list_is_a_question_whether_we_are_there() -> None:
    assert TransactionalHook.is_probe(inbound(form("[]")))
    assert not TransactionalHook.is_probe(inbound(form()))
    assert TransactionalHook.is_probe(inbound(b"", method="HEAD"))


def test_events_bring_their_rows_along() -> None:
    [hint] = TransactionalHook.hints(inbound(form()))
    assert (hint.event, hint.streams, hint.keys) == ("hard_bounce", ("message_events",), ())
    [row] = hint.rows
    assert row.key == "x:hard_bounce:1365109999"
    assert row.raw == json.loads(EVENTS)[0]
    assert row.changed_at == hint.at == datetime.fromtimestamp(1365109999, UTC)


def test_one_event_that_makes_no_sense_does_not_lose_the_others() -> None:
    odd: list[Any] = [{"type": "denylist", "action": "add"}, 7, {"event": "open"}, *json.loads(EVENTS)]
    odd[3]["ts"] = 1e300
    found = TransactionalHook.hints(inbound(form(odd)))
    assert [(hint.event, len(hint.rows)) for hint in found] == [
        ("denylist", 0),
        ("unknown", 0),
        ("unknown", 0),
        ("hard_bounce", 1),
    ]


@pytest.mark.parametrize("body", [b"", form("{}"), form("[" * 100_000), b"events=1", form("nonsense")])
def test_what_is_no_list_of_events_is_said_to(body: bytes) -> None:
    with pytest.raises(Unreadable):
        TransactionalHook.hints(inbound(body))
