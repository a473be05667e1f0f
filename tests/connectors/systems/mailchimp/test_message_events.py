"""Events of single mails: taken as the webhook brings them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.sdk.errors import RecordRejected, RecordSkipped
from connectors.sdk.settings import is_secret
from connectors.systems.mailchimp.ids import member_hash
from connectors.systems.mailchimp.settings import MailchimpCredentials
from connectors.systems.mailchimp.streams.message_events import EVENTS, MessageEventStream
from tests.connectors.systems.mailchimp.conftest import World


@pytest.fixture
def stream(world: World) -> MessageEventStream:
    found = world.stream("message_events")
    assert isinstance(found, MessageEventStream)
    return found


def event(name: str = "send", **more: Any) -> dict[str, Any]:
    message = {"_id": "m1", "email": "Jane@Nordwind.example", "subject": "Your order", **more.pop("msg", {})}
    return {"event": name, "_id": "m1", "ts": 1365109999, "msg": message, **more}


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_an_event_tells_what_became_of_a_mail_to_whom(stream: MessageEventStream, name: str) -> None:
    found = stream.canonical(event(name))
    assert (found.event, found.message_id, found.subject) == (name, "m1", "Your order")
    assert found.member_key == member_hash("jane@nordwind.example")
    assert found.email == "Jane@Nordwind.example"
    assert found.happened_at == datetime(2013, 4, 4, 21, 13, 19, tzinfo=UTC)
    assert found.needs() == (("member", found.member_key),)


def test_two_events_of_one_mail_are_two(stream: MessageEventStream) -> None:
    found = [event("open"), event("click"), event("open", ts=1365110000), event("open")]
    assert len({stream.canonical(one).key for one in found}) == 3


def test_what_there_is_to_know_is_told(stream: MessageEventStream) -> None:
    assert stream.canonical(event("click", url="https://shop.example/x")).detail == "https://shop.example/x"
    bounce = {"bounce_description": "bad_mailbox", "diag": "550 no such user"}
    assert stream.canonical(event("hard_bounce", msg=bounce)).detail == "bad_mailbox: 550 no such user"
    assert stream.canonical(event("reject", msg={"reject": {"reason": "spam"}})).detail == "spam"
    assert stream.canonical(event("send", msg={"reject": None})).detail == ""


@pytest.mark.parametrize("other", [{"type": "denylist", "action": "add"}, {"event": "inbound"}, {}])
def test_what_is_no_event_of_a_message_is_skipped(stream: MessageEventStream, other: dict[str, Any]) -> None:
    with pytest.raises(RecordSkipped):
        stream.canonical(other)


@pytest.mark.parametrize("message", [None, {}, {"email": ""}, "gone"])
def test_a_message_too_old_to_be_known_is_skipped(stream: MessageEventStream, message: object) -> None:
    with pytest.raises(RecordSkipped, match="older than 30 days"):
        stream.canonical({**event(), "msg": message})


def test_an_event_without_a_message_is_rejected(stream: MessageEventStream) -> None:
    with pytest.raises(RecordRejected):
        stream.canonical({**event(), "_id": ""})


@pytest.mark.parametrize("ts", [None, "soon", True, 1e30])
def test_a_time_that_is_none_is_left_out(stream: MessageEventStream, ts: object) -> None:
    assert stream.canonical({**event(), "ts": ts}).happened_at is None


def test_there_is_nothing_to_read_and_nothing_is_gone(world: World, stream: MessageEventStream) -> None:
    [page] = stream.pages(None, datetime.now(UTC))
    assert (list(page.rows), page.done, page.sweep) == ([], True, False)
    found = stream.fetch(["m1:send:1"])
    assert (list(found.rows), list(found.missing)) == ([], [])
    assert not world.vendor.journal.total()


def test_the_webhooks_key_is_a_secret_and_may_be_missing() -> None:
    assert MailchimpCredentials().transactional_webhook_key is None
    assert is_secret(MailchimpCredentials, "transactional_webhook_key")
