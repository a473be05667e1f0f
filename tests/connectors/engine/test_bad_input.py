"""What vendors and people get wrong: each has a clear word for the tenant, and loses nothing else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.test import override_settings

from connectors.engine.advance import advance
from connectors.models import Connection, Lane, RecordLink, SyncRun
from connectors.services import connections, integrations, runs
from connectors.services.errors import Refused
from tests.connectors.engine.patience import (
    assert_every_customer_stands_once,
    at_call,
    town,
    work_on,
)
from tests.worlds import World

CUSTOMER_PAGES = {
    "method": "GET",
    "path": "*/CustomersHandling.svc/CustomerInfoSet",
    "query": "$orderby=",  # counting them takes no order
}
EMAIL_PAGES = "GET */CustomersHandling.svc/CommunicationMethods"
NEW_KEY = "fedcba9876543210fedcba9876543210-us6"
SMALL_PAGES = {"page_size": 10}


@pytest.fixture
def scene(transactional_db: None) -> Iterator[World]:
    """See `town`."""
    with town() as standing:
        yield standing


def point_to(scene: World, **settings: Any) -> list[str]:
    """Change how IFS Cloud is reached and ping it; returns what the failed checks say."""
    connections.change_settings(scene.source, {**scene.source.settings, **settings})
    return [check.text for check in connections.ping(scene.source) if check.outcome == "failed"]


def test_an_address_where_nothing_listens_is_told_and_tried_again(scene: World, broker: redis.Redis) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nowhere = f"http://127.0.0.1:{taken.getsockname()[1]}"
    there = scene.source.settings["base_url"]
    said = point_to(scene, base_url=nowhere)
    assert said == ["IFS Cloud refused the connection; we try again."]
    point_to(scene, base_url=there)
    connections.change_settings(scene.source, {**scene.source.settings, "base_url": nowhere})

    run = scene.run("customers")

    assert run.is_open
    assert run.waiting_until is not None
    assert run.waiting_text == "IFS Cloud refused the connection; we try again."
    assert point_to(scene, base_url=there) == []
    work_on(scene, broker)
    assert_every_customer_stands_once(scene)


def test_the_address_of_another_system_pauses_the_job_and_says_where_to_look(scene: World) -> None:
    there = scene.source.settings["base_url"]
    connections.change_settings(
        scene.source, {**scene.source.settings, "base_url": scene.mailchimp_server.url}
    )
    _forget_tokens(scene)

    run = scene.run("customers")

    assert run.verdict == SyncRun.Verdict.FAILED
    assert run.note.startswith("There is no log-in at this address:")
    assert "Check the realm, or copy the token URL from API Explorer" in run.note
    assert scene.job("customers").paused_reason == run.note
    with pytest.raises(Refused, match="Mend that, then ping the connection"):
        runs.start(scene.job("customers"))
    assert point_to(scene, base_url=there) == []
    assert scene.job("customers").paused_reason == ""
    scene.run("customers")
    assert_every_customer_stands_once(scene)


def test_a_host_that_does_not_exist_is_told_by_name(scene: World) -> None:
    said = point_to(scene, base_url="https://nobody.invalid")
    assert said == [
        "There is no host named nobody.invalid for IFS Cloud. Check the address for typing mistakes."
    ]


@pytest.mark.parametrize(
    "address", ["https://127.0.0.1", "https://10.1.2.3", "https://169.254.169.254", "https://[::1]"]
)
def test_a_private_address_is_not_called(scene: World, address: str) -> None:
    calls = scene.ifs.journal.total()
    with override_settings(ALLOWED_NETWORKS=[]):
        port = f":{scene.ifs_server.port}" if "127.0.0.1" in address else ""
        said = point_to(scene, base_url=f"{address}{port}")
        assert len(said) == 1
        assert said[0].startswith("The address of IFS Cloud leads into a private network")
    assert scene.ifs.journal.total() == calls


def test_a_network_the_operator_closes_stops_the_job_before_any_call(scene: World) -> None:
    calls = scene.ifs.journal.total()
    with override_settings(ALLOWED_NETWORKS=[]):
        run = scene.run("customers")
    assert run.verdict == SyncRun.Verdict.FAILED
    assert run.note == "The address of IFS Cloud must begin with https://."
    assert scene.ifs.journal.total() == calls
    integrations.resume(scene.job("customers"))
    scene.run("customers")
    assert_every_customer_stands_once(scene)


def test_a_wrong_key_is_told_by_ping_and_nothing_can_be_turned_on_with_it(scene: World) -> None:
    other = connections.create_connection(
        "mailchimp", "Mistyped", {"base_url": scene.mailchimp_server.url}, {"api_key": NEW_KEY}
    )
    connections.ping(other)
    assert other.state == Connection.State.ATTENTION
    assert other.attention_text.startswith("Mailchimp does not accept the key:")
    joined = integrations.create_integration("ifs_cloud_mailchimp", scene.source, other)
    with pytest.raises(Refused, match="Ping Mistyped first"):
        integrations.turn_on(joined)


def test_a_secret_that_expires_between_two_pages_stops_the_reading_where_it_is(scene: World) -> None:
    connections.change_settings(scene.source, {**scene.source.settings, **SMALL_PAGES})
    run = runs.start(scene.job("customers"))
    with override_settings(SLICE_SECONDS=0):
        advance(scene.job("customers"), Lane.Kind.OBSERVE)
    scene.ifs.mutate("set_secret", secret="another-sandbox-secret")
    scene.ifs.mutate("revoke_tokens")
    scene.work()

    run.refresh_from_db()
    scene.source.refresh_from_db()
    assert (run.verdict, run.read) == (SyncRun.Verdict.FAILED, 10)
    assert run.adds_up
    assert run.note.startswith("Our IFS: IFS Cloud did not accept the client:")
    assert scene.source.state == Connection.State.ATTENTION
    assert "Check client id and secret under IAM Clients" in scene.source.attention_text
    assert {job.paused_reason for job in scene.integration.jobs.all()} == {
        f"Our IFS needs you: {scene.source.attention_text}"
    }
    refused = scene.ifs.journal.calls(path="*/token", status=401)
    scene.work()
    assert scene.ifs.journal.calls(path="*/token", status=401) == refused  # nobody hammers

    _renew(scene.source, client_id="MLC_CONNECT", client_secret="another-sandbox-secret")
    again = scene.run("customers")
    assert again.read == 60
    assert_every_customer_stands_once(scene)


def test_a_key_revoked_in_the_middle_of_a_run_loses_nothing(scene: World) -> None:
    at_call(scene.mailchimp, 20, "PUT */customers/*", lambda: scene.mailchimp.mutate("revoke_key"))
    run = scene.run("customers")

    scene.destination.refresh_from_db()
    assert scene.destination.state == Connection.State.ATTENTION
    assert scene.destination.attention_text.startswith("Mailchimp does not accept the key:")
    assert run.verdict == SyncRun.Verdict.FAILED
    assert run.note == f"Our Mailchimp: {scene.destination.attention_text}"
    assert run.adds_up
    waiting = RecordLink.objects.filter(state="dirty").values("source_key").distinct()
    assert run.pending == waiting.count() > 20
    assert all(
        job.paused_reason.startswith("Our Mailchimp needs you:") for job in scene.integration.jobs.all()
    )
    assert len(scene.mailchimp.journal.calls(status=401)) <= 4  # those that were on their way, no more
    _renew_key(scene)

    scene.work()  # nobody has to start a run: what was left is still wanted
    assert_every_customer_stands_once(scene)
    assert scene.mailchimp.journal.repeated("customers") == {}
    assert scene.run("customers").unchanged == 60


def test_a_web_page_instead_of_data_is_waited_out(scene: World, broker: redis.Redis) -> None:
    scene.ifs.faults.add(CUSTOMER_PAGES, "html")
    run = scene.run("customers")
    assert run.is_open
    assert run.waiting_text.startswith("IFS Cloud answered with a web page instead of data.")
    work_on(scene, broker)
    run.refresh_from_db()
    assert run.waiting_text == ""
    assert_every_customer_stands_once(scene)


def test_a_web_page_that_stays_calls_a_person(scene: World, broker: redis.Redis) -> None:
    scene.ifs.faults.add(CUSTOMER_PAGES, "html", times=None)
    scene.run("customers")
    work_on(scene, broker)
    run = SyncRun.objects.get()
    assert run.verdict == SyncRun.Verdict.FAILED
    assert run.note == scene.job("customers").paused_reason
    assert run.note.endswith("Check the address: it should be the one of the API.")
    assert scene.job("orders").paused_reason == ""
    _mended(scene)


@pytest.mark.parametrize(
    ("kind", "arguments"), [("cut", {"honest": True}), ("cut", {"honest": False}), ("garbage", {})]
)
def test_an_answer_that_breaks_off_is_asked_for_again(
    scene: World, broker: redis.Redis, kind: str, arguments: dict[str, bool]
) -> None:
    scene.ifs.faults.add(CUSTOMER_PAGES, kind, times=4, **arguments)
    run = scene.run("customers")
    assert run.is_open
    assert run.waiting_text.startswith("IFS Cloud ")
    work_on(scene, broker)
    run.refresh_from_db()
    assert (run.verdict, run.read, run.adds_up) == (SyncRun.Verdict.PARTIAL, 60, True)
    assert_every_customer_stands_once(scene)


def test_an_answer_of_a_hundred_megabytes_is_not_taken(scene: World) -> None:
    scene.ifs.faults.add(CUSTOMER_PAGES, "huge", megabytes=100)
    run = scene.run("customers")
    assert run.verdict == SyncRun.Verdict.FAILED
    assert run.note == "IFS Cloud sent an answer of more than 32 MB. Lower the page size of the connection."
    _mended(scene)


def test_a_redirect_is_not_followed(scene: World) -> None:
    elsewhere = f"{scene.mailchimp_server.url}/stolen"
    scene.ifs.faults.add(CUSTOMER_PAGES, "redirect", location=elsewhere)
    run = scene.run("customers")
    assert run.verdict == SyncRun.Verdict.FAILED
    assert run.note == "IFS Cloud redirected us elsewhere. Enter the address it really answers at."
    assert scene.mailchimp.journal.total(path="*stolen*") == 0
    _mended(scene)


def test_a_next_page_at_another_host_is_not_followed(scene: World) -> None:
    elsewhere = scene.mailchimp_server.url
    scene.ifs.faults.add(EMAIL_PAGES, "foreign_link", host=elsewhere, times=None)
    run = scene.run("customers")
    assert run.verdict == SyncRun.Verdict.FAILED
    assert run.note == (
        "IFS Cloud pointed us to another host for its next page; "
        "we do not follow it there with your credentials."
    )
    assert scene.mailchimp.journal.calls(path="*CommunicationMethods*") == []
    _mended(scene)


@pytest.mark.parametrize("fresh", [False, True])
def test_links_that_lead_in_a_circle_are_left(scene: World, *, fresh: bool) -> None:
    scene.ifs.faults.add(EMAIL_PAGES, "loop", times=None, fresh=fresh)
    before = scene.ifs.journal.total()
    run = scene.run("customers")
    assert run.verdict == SyncRun.Verdict.FAILED
    assert run.note.startswith("IFS Cloud keeps sending us in a circle while we read CustomersHandling.svc/")
    assert scene.ifs.journal.total() < before + 20
    _mended(scene)


@pytest.mark.parametrize("kind", ["loop", "foreign_link"])
def test_customers_are_read_by_key_whatever_the_links_say(scene: World, kind: str) -> None:
    scene.ifs.faults.add(CUSTOMER_PAGES, kind)
    assert scene.run("customers").read == 60
    assert_every_customer_stands_once(scene)


def test_a_page_that_repeats_is_noticed(scene: World) -> None:
    connections.change_settings(scene.source, {**scene.source.settings, **SMALL_PAGES})
    scene.ifs.faults.add(CUSTOMER_PAGES, "repeat", times=None, after=2)
    run = scene.run("customers")
    assert run.verdict == SyncRun.Verdict.FAILED
    assert "the same page comes again and again" in run.note
    assert run.adds_up
    _mended(scene)


def _mended(scene: World) -> None:
    """The job rested with the reason its run gave; when IFS Cloud behaves again nothing is missing."""
    failed = SyncRun.objects.filter(verdict=SyncRun.Verdict.FAILED).latest("created_at")
    assert scene.job("customers").paused_reason == failed.note
    scene.ifs.faults.clear()
    integrations.resume(scene.job("customers"))
    assert scene.run("customers").read == 60
    assert_every_customer_stands_once(scene)


def _forget_tokens(scene: World) -> None:
    connections.replace_credentials(
        scene.source, {"client_id": "MLC_CONNECT", "client_secret": "ifs-sandbox-secret"}
    )


def _renew(connection: Connection, **credentials: str) -> None:
    connections.replace_credentials(connection, credentials)
    connections.ping(connection)
    assert connection.state == Connection.State.OK


def _renew_key(scene: World) -> None:
    scene.mailchimp.mutate("add_key", key=NEW_KEY)
    _renew(scene.destination, api_key=NEW_KEY)
