"""What became of single mails (Mailchimp Transactional), noted on the customer in Infor: each event once."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import redis
from django.test import override_settings
from pytest_django.live_server_helper import LiveServer

from connectors.engine import hints
from connectors.models import RecordLink, SyncRun, WebhookEndpoint
from connectors.services import connections, replay, webhooks
from sandboxes.mailchimp import API_KEY
from tests.connectors.engine.patience import work_on
from tests.connectors.engine.steps import counts
from tests.connectors.recipes.infor_site import Somebody, hear, infor, somebody
from tests.connectors.webhooks.steps import call, fresh, post, receipts
from tests.joined import Joined

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "k3y-of-the_webhook"
WHEN = 1_795_000_000


@pytest.fixture
def scene(live_server: LiveServer) -> Iterator[Joined]:
    """The job is on, and the webhook's key is among the credentials."""
    with infor(tenant={"customers": 12}) as standing, override_settings(PUBLIC_URL=live_server.url):
        standing.run("customers")
        credentials = {"api_key": API_KEY, "transactional_webhook_key": KEY}
        connections.replace_credentials(standing.integration.destination, credentials)
        connections.ping(standing.integration.destination)
        standing.turn_on("messages_back")
        yield standing


def door() -> WebhookEndpoint:
    """Where Transactional is to call, as a person is told."""
    endpoint = WebhookEndpoint.objects.get(hook="transactional")
    if endpoint.state != "by_hand":
        webhooks.settle_now(endpoint)
    return fresh(endpoint)


def told(who: Somebody | str, event: str = "open", **more: Any) -> dict[str, Any]:
    """An event as Transactional tells it."""
    email = who if isinstance(who, str) else who.email
    message = {"_id": "m1", "email": email, "subject": "Your offer", "ts": WHEN}
    return {"event": event, "_id": "m1", "ts": WHEN, "msg": message, **more}


def deliver(*events: dict[str, Any], key: str = KEY, signed: str = "") -> int:
    """A call of Transactional's; `signed` is another content than is sent."""
    text, url = json.dumps(events), webhooks.url_of(door())
    signature = base64.b64encode(
        hmac.digest(key.encode(), f"{url}mandrill_events{signed or text}".encode(), "sha1")
    )
    body = urlencode({"mandrill_events": text}).encode()
    return post(url, body, {"X-Mandrill-Signature": signature.decode()})


def entries(scene: Joined) -> list[tuple[str, str, str]]:
    """Customer, event and subject of every entry in the table of messages."""
    rows = [row for row in scene.source.state("custom_fields") if row["FILE"] == "MLCMSG"]
    return sorted((row["PK01"], row["A030"], row["A230"]) for row in rows)


def test_each_event_is_an_entry_of_its_customer(scene: Joined) -> None:
    jane, john = somebody(scene), somebody(scene, 1)
    assert deliver(told(jane, "send"), told(jane, "open"), told(john, "hard_bounce", _id="m2")) == 200
    hear(scene)
    assert entries(scene) == [
        (jane.number, "open", "Your offer"),
        (jane.number, "send", "Your offer"),
        (john.number, "hard_bounce", "Your offer"),
    ]
    [run] = SyncRun.objects.filter(job=scene.job("messages_back"))
    assert (counts(run), run.verdict) == ({"read": 3, "created": 3}, SyncRun.Verdict.OK)


def test_a_person_enters_the_address_and_nobody_is_asked_to(scene: Joined) -> None:
    endpoint = door()
    assert endpoint.state == "by_hand"
    assert "Post To URL" in endpoint.text
    assert call("HEAD", webhooks.url_of(endpoint)) == 200


def test_the_same_events_again_and_alone_are_no_further_entries(scene: Joined) -> None:
    jane = somebody(scene)
    for events in ((told(jane, "send"), told(jane)), (told(jane, "send"), told(jane)), (told(jane),)):
        assert deliver(*events) == 200
        hear(scene)
    assert [event for _, event, _ in entries(scene)] == ["open", "send"]
    assert [one.repeats for one in receipts()] == [1, 0]
    assert scene.source.journal.repeated() == {}


def test_an_event_opened_twice_is_two_entries(scene: Joined) -> None:
    jane = somebody(scene)
    deliver(told(jane), told(jane, ts=WHEN + 60))
    hear(scene)
    assert [event for _, event, _ in entries(scene)] == ["open", "open"]


def test_a_replay_notes_nothing_twice(scene: Joined) -> None:
    deliver(told(somebody(scene)))
    hear(scene)
    links = list(RecordLink.objects.filter(job=scene.job("messages_back")).values_list("pk", flat=True))
    for source in ("stored", "fresh"):
        replay.start(replay.Selection(links=links, only_failed=False), source=source)
        scene.work()
    webhooks.read_again(receipts())
    hear(scene)
    assert len(entries(scene)) == 1
    assert scene.source.journal.repeated() == {}


@pytest.mark.parametrize(
    "forged", [{"key": "another"}, {"signed": '[{"event": "send"}]'}], ids=["wrong key", "another content"]
)
def test_a_wrong_signature_is_refused(scene: Joined, forged: dict[str, str]) -> None:
    assert deliver(told(somebody(scene)), **forged) == 401
    hear(scene)
    assert entries(scene) == []
    assert [(one.state, one.verdict) for one in receipts()] == [("refused", "forged")]


def test_messages_to_people_infor_does_not_know_are_left_out_with_the_reason(scene: Joined) -> None:
    deliver(told("stranger@firma.example", _id="m9"), told(somebody(scene)))
    hear(scene)
    assert len(entries(scene)) == 1
    skipped = RecordLink.objects.get(job=scene.job("messages_back"), state="skipped")
    assert "does not come from Infor CloudSuite" in skipped.text


def test_kinds_nobody_knows_do_not_hold_up_the_others(scene: Joined) -> None:
    odd = {"event": "metamorphosis", "_id": "m9", "ts": WHEN, "msg": {"email": "x@y.example"}}
    deliver(odd, {"type": "allowlist", "action": "add"}, told(somebody(scene)))
    hear(scene)
    assert len(entries(scene)) == 1


@pytest.mark.parametrize("kind", ["timeout_after", "timeout_before"])
def test_an_entry_whose_answer_is_lost_is_looked_up(scene: Joined, broker: redis.Redis, kind: str) -> None:
    deliver(told(somebody(scene)), told(somebody(scene, 1), "send", _id="m2"))
    scene.source.faults.add("*/AddFieldValue*", kind, seconds=0)
    while hints.process():
        pass
    work_on(scene, broker)
    assert len(entries(scene)) == 2
    assert scene.source.journal.repeated() == {}
