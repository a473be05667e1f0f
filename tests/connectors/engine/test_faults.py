"""Vendors on a bad day: every run ends with everything in place, and nothing was written without need."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from connectors.models import Connection, Failure, Lane, RecordLink, SyncRun
from connectors.services import connections, integrations, replay, runs
from tests.connectors.engine.patience import (
    assert_every_customer_stands_once,
    assert_every_order_stands_once,
    at_call,
    customers_by_email_state,
    members,
    town,
    work_on,
    written_twice,
)
from tests.worlds import World

CUSTOMER_PAGES = {
    "method": "GET",
    "path": "*/CustomersHandling.svc/CustomerInfoSet",
    "query": "$orderby=",  # counting them takes no order
}
TO_AUDIENCE = "POST /3.0/lists/*"
STORE_CUSTOMERS = "PUT */customers/*"
ORDERS = "PUT */orders/*"
FLAGS = "PATCH */CustomerInfoSet*"


@pytest.fixture
def scene(transactional_db: None) -> Iterator[World]:
    """See `town`."""
    with town() as standing:
        yield standing


def ended(scene: World, broker: redis.Redis, flow: str) -> SyncRun:
    """A run of a flow, worked on until it has ended, however long it had to wait."""
    run = runs.start(scene.job(flow))
    work_on(scene, broker)
    run.refresh_from_db()
    assert run.state == SyncRun.State.ENDED
    assert run.adds_up
    assert (run.pending, run.waiting_text) == (0, "")
    return run


def assert_all_were_met(scene: World) -> None:
    """Every fault that was planned has happened: else the test shows nothing."""
    planned = [*scene.ifs.faults.planned(), *scene.mailchimp.faults.planned()]
    assert [fault for fault in planned if fault.times and not fault.hits] == []


def test_a_vendor_that_asks_for_half_a_minute_gets_it(scene: World) -> None:
    scene.ifs.faults.add(CUSTOMER_PAGES, "status", status=429, retry_after=30)
    start = timezone.now()
    run = scene.run("customers")
    assert run.is_open
    assert run.waiting_text == "IFS Cloud asked us to slow down; we go on when it allows."
    lane = Lane.objects.get(kind=Lane.Kind.OBSERVE)
    assert lane.wake_at is not None
    assert timedelta(seconds=29) < lane.wake_at - start < timedelta(seconds=60)
    calls = scene.ifs.journal.total()
    scene.work()
    assert scene.ifs.journal.total() == calls  # nobody calls before


@pytest.mark.parametrize("retry_after", [{"retry_after": 30}, {}], ids=["told how long", "not told"])
def test_a_run_that_is_asked_to_slow_down_again_and_again_brings_everything(
    scene: World, broker: redis.Redis, retry_after: dict[str, int]
) -> None:
    for sandbox, call in (
        (scene.ifs, CUSTOMER_PAGES),
        (scene.mailchimp, TO_AUDIENCE),
        (scene.mailchimp, STORE_CUSTOMERS),
    ):
        sandbox.faults.add(call, "status", status=429, times=2, **retry_after)
    run = ended(scene, broker, "customers")
    assert run.verdict == SyncRun.Verdict.PARTIAL  # the invalid address, nothing else
    assert_every_customer_stands_once(scene)
    assert written_twice(scene) == {}
    assert_all_were_met(scene)


@pytest.mark.parametrize("done", [False, True], ids=["not done", "done"])
def test_writes_that_fail_with_503_are_looked_up_before_they_are_sent_again(
    scene: World, broker: redis.Redis, *, done: bool
) -> None:
    scene.ifs.faults.add(CUSTOMER_PAGES, "status", status=503, times=5)
    for call, every in ((TO_AUDIENCE, 1), (STORE_CUSTOMERS, 9), (ORDERS, 4)):
        scene.mailchimp.faults.add(call, "status", status=503, times=2, every=every, work=done)
    ended(scene, broker, "customers")
    assert_every_customer_stands_once(scene)
    ended(scene, broker, "orders")
    assert_every_order_stands_once(scene)
    assert written_twice(scene) == {}
    assert_all_were_met(scene)
    assert not Failure.objects.exclude(cause="email").exists()


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
def test_a_write_whose_answer_never_comes_is_looked_up(scene: World, broker: redis.Redis, kind: str) -> None:
    for call in ("POST /3.0/ecommerce/stores", TO_AUDIENCE, STORE_CUSTOMERS, ORDERS, "PUT */products/*"):
        scene.mailchimp.faults.add(call, kind, seconds=0)
    ended(scene, broker, "customers")
    ended(scene, broker, "orders")
    assert_every_customer_stands_once(scene)
    assert_every_order_stands_once(scene)
    assert written_twice(scene) == {}
    assert_all_were_met(scene)
    assert {link.state for link in RecordLink.objects.all()} == {"clean", "skipped", "rejected"}


def test_an_unanswered_write_is_not_looked_up_while_it_may_still_be_at_work(
    scene: World, broker: redis.Redis
) -> None:
    scene.mailchimp.faults.add(TO_AUDIENCE, "timeout_after")
    run = scene.run("customers")
    assert run.is_open
    assert "broke the connection before it answered" in run.waiting_text
    unknown = RecordLink.objects.filter(state="unknown")
    assert unknown.count() == len(customers_by_email_state(scene)["valid"])
    assert all(link.not_before and link.not_before > timezone.now() for link in unknown)
    work_on(scene, broker)
    assert_every_customer_stands_once(scene)


def test_an_answer_to_a_write_that_cannot_be_read_is_looked_up(scene: World, broker: redis.Redis) -> None:
    scene.mailchimp.faults.add(TO_AUDIENCE, "html", work=True)
    scene.mailchimp.faults.add(STORE_CUSTOMERS, "cut", honest=True)
    scene.mailchimp.faults.add(STORE_CUSTOMERS, "garbage", work=True)
    ended(scene, broker, "customers")
    assert_every_customer_stands_once(scene)
    assert written_twice(scene) == {}
    assert_all_were_met(scene)


def test_a_token_that_ends_between_two_pages_is_renewed_in_passing(scene: World) -> None:
    _read_in_small_pages(scene)
    issued = scene.ifs.keycloak.issued
    pages = "GET */CustomersHandling.svc/CustomerInfoSet"
    at_call(scene.ifs, 3, pages, lambda: scene.ifs.clock.advance(scene.ifs.keycloak.expires_in))
    at_call(scene.ifs, 5, pages, lambda: scene.ifs.mutate("revoke_tokens"))
    run = scene.run("customers")
    assert (run.read, run.verdict) == (60, SyncRun.Verdict.PARTIAL)
    assert_every_customer_stands_once(scene)
    assert scene.ifs.keycloak.issued == issued + 2
    scene.source.refresh_from_db()
    assert scene.source.state == Connection.State.OK


def test_who_left_is_flagged_once_at_every_customer_they_are(scene: World) -> None:
    alone, shared = _leave(scene)
    run = scene.run("consent_back")

    assert (run.verdict, run.updated, run.read) == (SyncRun.Verdict.OK, 2, 2)
    flags = _flags(scene)
    assert {key: flag for key, flag in flags.items() if flag} == {
        **dict.fromkeys(_customers_with(scene, alone), "cleaned"),
        **dict.fromkeys(_customers_with(scene, shared), "unsubscribed"),
    }
    patches = scene.ifs.journal.calls(method="PATCH")
    assert len(patches) == 3  # one of them is two customers
    assert all(call.headers["if-match"].startswith('W/"') for call in patches)

    again = scene.run("consent_back")
    assert (again.read, again.unchanged) == (2, 2)
    assert len(scene.ifs.journal.calls(method="PATCH")) == 3


def test_nobody_who_left_is_subscribed_again(scene: World) -> None:
    integrations.set_options(
        scene.integration, {**scene.integration.options, "new_member_status": "subscribed"}
    )
    alone, shared = _leave(scene)
    scene.run("consent_back")
    for address in (alone, shared):
        for key in _customers_with(scene, address):
            scene.ifs.mutate("change_customer", customer_id=key, changes={"Name": "Zora Neuname"})
    run = scene.run("customers")
    assert run.updated == 3
    assert members(scene)[alone].status == "cleaned"
    assert members(scene)[shared].status == "unsubscribed"
    assert {member.status for key, member in members(scene).items() if key not in {alone, shared}} == {
        "subscribed"
    }
    assert scene.mailchimp.journal.needless() == {}


def test_a_customer_somebody_else_changed_meanwhile_is_read_again(scene: World) -> None:
    alone, _ = _leave(scene)
    [key] = _customers_with(scene, alone)
    at_call(
        scene.ifs,
        1,
        f"PATCH */CustomerInfoSet*{key}*",
        lambda: scene.ifs.mutate("change_customer", customer_id=key, changes={"Name": "Anders Genannt"}),
    )
    run = scene.run("consent_back")
    assert (run.verdict, run.updated) == (SyncRun.Verdict.OK, 2)
    assert [call.status for call in scene.ifs.journal.calls(method="PATCH", path=f"*{key}*")] == [412, 200]
    assert _flags(scene)[key] == "cleaned"
    row = _row(scene, key)
    assert row["Name"] == "Anders Genannt"  # what the other one wrote stands


def test_a_customer_who_is_changed_all_the_time_is_left_to_a_person(scene: World) -> None:
    alone, _ = _leave(scene)
    [key] = _customers_with(scene, alone)
    scene.ifs.faults.add(f"PATCH */CustomerInfoSet*{key}*", "stale", times=3)
    run = scene.run("consent_back")
    assert (run.verdict, run.conflict, run.updated) == (SyncRun.Verdict.PARTIAL, 1, 1)
    failure = Failure.objects.get(state="conflict")
    assert f"Customer {key} was changed in IFS Cloud each of the 3 times" in failure.text
    assert not _flags(scene)[key]

    replay.start(replay.Selection(failures=[failure.pk]))
    scene.work()
    assert _flags(scene)[key] == "cleaned"
    failure.refresh_from_db()
    assert failure.resolution == Failure.Resolution.DELIVERED


def test_a_run_that_meets_everything_ends_with_everything_in_place(scene: World, broker: redis.Redis) -> None:
    _read_in_small_pages(scene)
    pages = "GET */CustomersHandling.svc/CustomerInfoSet"
    scene.ifs.faults.add(CUSTOMER_PAGES, "status", status=429, retry_after=60, after=1)
    scene.ifs.faults.add(CUSTOMER_PAGES, "status", status=503, after=2, times=4)
    at_call(scene.ifs, 4, pages, lambda: scene.ifs.mutate("revoke_tokens"))
    scene.mailchimp.faults.add(TO_AUDIENCE, "timeout_after")
    scene.mailchimp.faults.add(STORE_CUSTOMERS, "status", status=429, retry_after=60, every=15, times=2)
    scene.mailchimp.faults.add(STORE_CUSTOMERS, "status", status=503, every=11, times=3, work=True)
    scene.mailchimp.faults.add(STORE_CUSTOMERS, "timeout_after", after=20, times=2)
    scene.mailchimp.faults.add(ORDERS, "status", status=503, every=5, times=3)
    scene.ifs.faults.add(FLAGS, "stale")
    scene.ifs.faults.add(FLAGS, "mi_modified")

    ended(scene, broker, "customers")
    ended(scene, broker, "orders")
    alone, shared = _leave(scene, broker)
    ended(scene, broker, "consent_back")

    assert_every_customer_stands_once(scene)
    assert_every_order_stands_once(scene)
    assert written_twice(scene) == {}
    assert_all_were_met(scene)
    flags = _flags(scene)
    assert {flags[key] for key in _customers_with(scene, alone)} == {"cleaned"}
    assert {flags[key] for key in _customers_with(scene, shared)} == {"unsubscribed"}
    before = scene.writes()
    assert {scene.run(flow).verdict for flow in ("customers", "orders", "consent_back")} == {"ok"}
    assert scene.writes() == before


def _read_in_small_pages(scene: World) -> None:
    connections.change_settings(scene.source, {**scene.source.settings, "page_size": 10})


def _leave(scene: World, broker: redis.Redis | None = None) -> tuple[str, str]:
    """With the way back switched on, one bounces who is one customer, and one leaves who is two.

    Returns their addresses.
    """
    integrations.switch_job(scene.job("consent_back"), on=True)
    if broker is None:
        scene.run("customers")
    emails = customers_by_email_state(scene)
    shared = min(emails["duplicate"].values())
    alone = min(address for address in emails["valid"].values() if address != shared)
    scene.mailchimp.mutate("clean", email=alone)
    scene.mailchimp.mutate("unsubscribe", email=shared)
    return alone, shared


def _customers_with(scene: World, address: str) -> list[str]:
    emails = customers_by_email_state(scene)
    return [key for held in emails.values() for key, email in held.items() if email == address]


def _row(scene: World, key: str) -> dict[str, object]:
    rows = scene.ifs.state("CustomerInfo", key)
    assert isinstance(rows, list)
    [row] = rows
    assert isinstance(row, dict)
    return row


def _flags(scene: World) -> dict[str, object]:
    rows = scene.ifs.state("CustomerInfo")
    assert isinstance(rows, list)
    return {row["CustomerId"]: row["Cf_Marketing_Status"] for row in rows}
