"""What pages do: ping as it happens, Mailchimp's log-in, search, failures, and who is written down."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from audit.models import ApiCall, AuditEntry
from connectors.models import Connection, Failure, RecordLink, Replay, SyncRun
from connectors.services import connections
from sandboxes.mailchimp import CLIENT_ID, CLIENT_SECRET
from tenants.models import Role
from tests.connectors.views.conftest import ClientOf
from tests.worlds import World


def text_of(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(f"connectors:{name}", args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_a_ping_is_sent_check_by_check_and_written_down_as_the_persons(scene: World, as_: ClientOf) -> None:
    answer = as_(Role.OPERATOR).post(reverse("connectors:ping", args=[scene.destination.pk]))
    assert answer.streaming
    parts = [bytes(part).decode() for part in answer]
    assert len(parts) > 4
    assert "</html>" in parts[-1]
    assert "Our Mailchimp works" in parts[-2]
    entry = AuditEntry.objects.filter(kind="connection_pinged").order_by("-seq")[0]
    assert entry.actor_label == "operator@nordlicht.example"


def test_a_refused_key_is_said_with_what_to_do(scene: World, as_: ClientOf) -> None:
    connections.replace_credentials(scene.destination, {"api_key": "0" * 32 + "-us6"})
    admin = as_(Role.ADMIN)
    streamed = admin.post(reverse("connectors:ping", args=[scene.destination.pk]))
    text = b"".join(streamed).decode()
    assert "does not work yet" in text
    assert "Replace credentials" in text
    assert "Our Mailchimp needs you" in text_of(admin, "overview")
    refused = admin.post(reverse("connectors:integration_switch", args=[scene.integration.pk]), {"to": "on"})
    assert refused["Location"] == reverse("connectors:integration", args=[scene.integration.pk])
    assert "Ping Our Mailchimp first" in text_of(admin, "integration", scene.integration.pk)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _allowed(address: str) -> str:
    """Where Mailchimp leads a person who allows it."""
    opener = build_opener(_NoRedirect)
    try:
        opener.open(Request(address))  # noqa: S310  our own sandbox
    except OSError as answer:
        return str(answer.headers["Location"])  # type: ignore[attr-defined]  # an HTTPError has them
    raise AssertionError("the sandbox asked instead of leading back")


@pytest.fixture
def registered(scene: World, settings: Settings) -> World:
    settings.MAILCHIMP_CLIENT_ID, settings.MAILCHIMP_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    settings.MAILCHIMP_LOGIN_URL = settings.MAILCHIMP_API_URL = scene.mailchimp_server.url
    settings.PUBLIC_URL = "http://localhost"
    scene.mailchimp.app.consents_by_itself = True
    return scene


def test_logging_in_at_mailchimp_makes_a_connection_that_works(registered: World, as_: ClientOf) -> None:
    owner = as_(Role.OWNER)
    begun = owner.post(reverse("connectors:mailchimp_log_in"))
    back = urlsplit(_allowed(begun["Location"]))
    answer = owner.get(f"{back.path}?{back.query}")
    made = Connection.objects.get(name="Mailchimp")
    assert answer["Location"] == reverse("connectors:ping", args=[made.pk])
    assert made.settings["account"] == "oauth"
    assert made.credentials_set_by == "owner@nordlicht.example"
    connections.ping(made)
    assert made.state == Connection.State.OK, made.ping
    again = owner.get(f"{back.path}?{back.query}")
    assert again["Location"] == reverse("connectors:connections")
    assert Connection.objects.count() == 3


def test_a_log_in_begun_elsewhere_connects_nothing(registered: World, as_: ClientOf) -> None:
    owner = as_(Role.OWNER)
    begun = owner.post(reverse("connectors:mailchimp_log_in"))
    back = urlsplit(_allowed(begun["Location"]))
    code = parse_qs(back.query)["code"][0]
    owner.get(back.path, {"code": code, "state": "guessed"})
    owner.get(f"{back.path}?{back.query}")  # the right state, but the try is spent
    assert Connection.objects.count() == 2


def test_without_a_registered_application_logging_in_is_not_offered(scene: World, as_: ClientOf) -> None:
    owner = as_(Role.OWNER)
    assert owner.post(reverse("connectors:mailchimp_log_in")).status_code == 404
    assert "Log in at Mailchimp" not in text_of(owner, "connection_new", "mailchimp")


def test_a_record_is_found_by_address_by_number_and_by_the_vendors_request(
    scene: World, as_: ClientOf
) -> None:
    scene.run("customers")
    viewer = as_(Role.VIEWER)
    link = RecordLink.objects.filter(state="clean", sink="store_customers").exclude(handle="")[0]
    for query in (link.handle, link.source_key):
        found = viewer.get(reverse("connectors:search"), {"q": query})
        assert found.status_code == 302, query
        story = viewer.get(found["Location"]).content.decode()
        assert link.handle in story
        assert "Mailchimp has it" in story
    call = ApiCall.objects.exclude(vendor_request_id="")[0]
    assert call.path in text_of(viewer, "search", q=call.vendor_request_id)


def test_an_open_run_asks_for_itself_and_an_ended_one_no_more(scene: World, as_: ClientOf) -> None:
    operator = as_(Role.OPERATOR)
    started = operator.post(reverse("connectors:run_now", args=[scene.job("customers").pk]))
    run = SyncRun.objects.get()
    assert started["Location"] == reverse("connectors:run", args=[run.pk])
    assert "every 2s" in text_of(operator, "run_live", run.pk)
    scene.work()
    ended = text_of(operator, "run_live", run.pk)
    assert "every 2s" not in ended
    assert "<!doctype" not in ended.lower()


def test_a_group_of_failures_is_counted_replayed_and_named_after_the_person(
    scene: World, as_: ClientOf
) -> None:
    scene.run("customers")
    failure = Failure.objects.filter(resolved_at=None)[0]
    count = Failure.objects.filter(resolved_at=None, cause=failure.cause).count()
    operator = as_(Role.OPERATOR)
    chosen = {"cause": failure.cause, "job": str(failure.job_id)}
    plan = text_of(operator, "replay_new", **chosen)
    assert f"{count} record" in plan
    assert Replay.objects.count() == 0
    started = operator.post(reverse("connectors:replay_new"), {**chosen, "go": "1"})
    replay = Replay.objects.get()
    assert started["Location"] == reverse("connectors:replay", args=[replay.pk])
    assert (replay.total, replay.by) == (count, "operator@nordlicht.example")


def test_choosing_nothing_replays_and_ignores_nothing(scene: World, as_: ClientOf) -> None:
    scene.run("customers")
    before = Failure.objects.filter(resolved_at=None).count()
    operator = as_(Role.OPERATOR)
    assert operator.post(reverse("connectors:replay_new"), {"go": "1"}).status_code == 302
    assert operator.post(reverse("connectors:ignore"), {"reason": "all of them"}).status_code == 302
    assert Replay.objects.count() == 0
    assert Failure.objects.filter(resolved_at=None).count() == before > 0


def test_a_failure_is_set_aside_only_with_a_reason(scene: World, as_: ClientOf) -> None:
    scene.run("customers")
    failure = Failure.objects.filter(resolved_at=None)[0]
    operator = as_(Role.OPERATOR)
    url, chosen = reverse("connectors:ignore"), {"failure": str(failure.pk)}
    assert "Set 1 aside" in operator.post(url, chosen).content.decode()
    assert operator.post(url, {**chosen, "reason": " "}).status_code == 422
    operator.post(url, {**chosen, "reason": "A test address"})
    failure.refresh_from_db()
    assert (failure.resolution, failure.resolution_note) == ("ignored", "A test address")
    assert "A test address" in text_of(operator, "failures", state="closed")


def test_every_kind_of_entry_the_pages_cause_has_a_sentence(scene: World, as_: ClientOf) -> None:
    scene.run("customers")
    said = text_of(as_(Role.VIEWER), "audit")
    for words in (
        "connected Our IFS",
        "pinged Our Mailchimp",
        "turned IFS Cloud and Mailchimp on",
        "ended a run of",
    ):
        assert words in said
    assert "{thing}" not in said


def test_the_public_pages_come_from_the_recipes(client: Client, db: None) -> None:
    home = client.get("/").content.decode()
    assert "/integrations/ifs-cloud-mailchimp/" in home
    page = client.get("/integrations/ifs-cloud-mailchimp/")
    assert "Customers" in page.content.decode()
    assert client.get("/integrations/ifs_cloud_mailchimp/").status_code == 404
    assert client.get("/integrations/no-such/").status_code == 404


def test_a_bad_cursor_and_a_bad_id_are_not_found(scene: World, as_: ClientOf) -> None:
    viewer = as_(Role.VIEWER)
    for name, query in (
        ("runs", {"cursor": "x"}),
        ("runs", {"job": "x"}),
        ("failures", {"job": "x"}),
        ("failures", {"state": "x"}),
        ("records", {"kind": "x:y"}),
        ("calls", {"connection": "x"}),
    ):
        assert viewer.get(reverse(f"connectors:{name}"), query).status_code == 404, (name, json.dumps(query))
