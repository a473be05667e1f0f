"""Orders of a shop in Mailchimp as AR transactions in Infor: each once, whatever is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.test import override_settings
from django.utils import timezone

from connectors.engine.advance import Next, advance
from connectors.models import Lane, RecordLink, SyncRun
from connectors.services import replay, runs
from tests.connectors.engine.patience import at_call, work_on
from tests.connectors.engine.steps import counts
from tests.connectors.recipes.infor_site import (
    infor,
    link,
    open_failures,
    place,
    posted,
    somebody,
)
from tests.joined import SHOP, Joined
from tests.workers import kill, until, worker

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = ("AddBatchHead", "AddBatchLine", "CtrlBatch", "UpdBatch")
STRANGER = "stranger@firma.example"


@pytest.fixture
def shop() -> Iterator[Joined]:
    """A shop's orders come back; the customers stand in Mailchimp."""
    with infor(tenant={"customers": 12}, orders_store_id=SHOP) as standing:
        standing.run("customers")
        standing.turn_on("orders_back")
        yield standing


def ended(scene: Joined, broker: redis.Redis) -> SyncRun:
    """A run of orders, worked on until it has ended, however long it had to wait."""
    run = runs.start(scene.job("orders_back"))
    work_on(scene, broker)
    run.refresh_from_db()
    assert (run.state, run.adds_up, run.pending) == (SyncRun.State.ENDED, True, 0)
    return run


def assert_posted_once(scene: Joined, *orders: str) -> None:
    """Each of these orders is one AR transaction, and nothing else was posted.

    A step of a batch that was done, and not known to be, may be taken again: that changes nothing.
    """
    assert sorted(row["VTXT"] for row in posted(scene)) == sorted(f"Mailchimp {order}" for order in orders)
    assert not any(scene.source.state()["doubles"].values())
    assert {key.partition(":")[0] for key in scene.source.journal.needless()} <= {"batches"}
    assert scene.mailchimp.journal.needless() == {}


def test_orders_are_posted_with_the_customer_who_has_the_buyers_address(shop: Joined) -> None:
    jane, john = somebody(shop), somebody(shop, 1)
    place(shop, "1001", jane.email, 119.0)
    place(shop, "1002", john.email.upper(), 20.5)
    run = shop.run("orders_back")
    assert (counts(run), run.verdict) == ({"read": 2, "created": 2}, SyncRun.Verdict.OK)
    rows = {row["VTXT"]: (row["CUNO"], row["CUAM"], row["CUCD"]) for row in posted(shop)}
    assert rows == {
        "Mailchimp 1001": (jane.number, "119.00", "USD"),
        "Mailchimp 1002": (john.number, "20.50", "USD"),
    }
    assert_posted_once(shop, "1001", "1002")


def test_a_second_run_posts_nothing_and_new_orders_are_posted_alone(shop: Joined) -> None:
    place(shop, "1001", somebody(shop).email)
    shop.run("orders_back")
    calls = len(shop.source.journal.calls(path="*GLS840MI*"))
    again = shop.run("orders_back")
    assert counts(again) == {"read": 1, "unchanged": 1}
    assert len(shop.source.journal.calls(path="*GLS840MI*")) == calls
    place(shop, "1002", somebody(shop, 1).email)
    assert counts(shop.run("orders_back")) == {"read": 2, "created": 1, "unchanged": 1}
    assert_posted_once(shop, "1001", "1002")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ["timeout_after", "timeout_before"])
def test_an_answer_lost_at_any_step_of_the_posting_doubles_nothing(
    shop: Joined, broker: redis.Redis, step: str, kind: str
) -> None:
    for number in range(3):
        place(shop, f"100{number}", somebody(shop, number).email)
    shop.source.faults.add(f"*/{step}*", kind, seconds=0, after=1)
    run = ended(shop, broker)
    assert counts(run) == {"read": 3, "created": 3}
    assert [fault.hits for fault in shop.source.faults.planned()] == [1]
    assert_posted_once(shop, "1000", "1001", "1002")
    assert open_failures(shop, "orders_back") == []


def test_answers_lost_at_every_step_one_after_another_double_nothing(
    shop: Joined, broker: redis.Redis
) -> None:
    place(shop, "1001", somebody(shop).email)
    for step in STEPS:
        shop.source.faults.add(f"*/{step}*", "timeout_after", seconds=0)
        shop.source.faults.add(f"*/{step}*", "status", status=504, work=True)
    ended(shop, broker)
    # The last one was found in the ledger after its first answer was lost, and not asked for again.
    assert [fault.hits for fault in shop.source.faults.planned()] == [1] * 7 + [0]
    assert_posted_once(shop, "1001")


def test_a_posting_without_an_answer_is_not_looked_up_while_infor_may_be_at_it(shop: Joined) -> None:
    key = place(shop, "1001", somebody(shop).email)
    shop.source.faults.add("*/UpdBatch*", "timeout_after", seconds=0)
    runs.start(shop.job("orders_back"))
    advance(shop.job("orders_back"), Lane.Kind.OBSERVE)
    advance(shop.job("orders_back"), Lane.Kind.DELIVER)
    found = link(shop, "orders_back", key)
    assert found.state == "unknown"
    assert found.not_before
    assert found.not_before - timezone.now() > timedelta(seconds=60)  # the gateway's patience
    calls = len(shop.source.journal.calls())
    step = advance(shop.job("orders_back"), Lane.Kind.DELIVER)
    assert (step.next, step.at) == (Next.WAIT, found.not_before)
    assert len(shop.source.journal.calls()) == calls


def test_a_worker_killed_while_it_posts_doubles_nothing(
    shop: Joined, broker: redis.Redis, tmp_path: Path
) -> None:
    key = place(shop, "1001", somebody(shop).email)
    died: list[bool] = []
    with override_settings(NUDGES_OFF=False), worker(tmp_path / "worker.log") as process:

        def strike() -> None:
            kill(process)
            died.append(True)

        at_call(shop.source, 1, "GET */UpdBatch*", strike)
        runs.start(shop.job("orders_back"))
        until(lambda: bool(died), "the worker has died")
    assert link(shop, "orders_back", key).state == "sending"
    run = ended(shop, broker)
    assert counts(run) == {"read": 1, "created": 1}
    assert_posted_once(shop, "1001")


# -- customers Infor does not know -----------------------------------------------------------------------


def test_an_order_of_somebody_infor_does_not_know_goes_on_by_itself_once_it_does(shop: Joined) -> None:
    key = place(shop, "1001", STRANGER)
    place(shop, "1002", somebody(shop).email)
    run = shop.run("orders_back")
    assert (counts(run), run.verdict) == (
        {"read": 2, "created": 1, "rejected": 1},
        SyncRun.Verdict.PARTIAL,
    )
    [failure] = open_failures(shop, "orders_back")
    assert "none of those brought from Infor CloudSuite" in failure.text
    assert_posted_once(shop, "1002")

    shop.source.mutate("add_customer", values={"CUNO": "77001", "MAIL": STRANGER})
    shop.run("customers")

    assert [row["CUNO"] for row in posted(shop) if row["VTXT"] == "Mailchimp 1001"] == ["77001"]
    failure.refresh_from_db()
    assert (failure.resolution, link(shop, "orders_back", key).state) == ("delivered", "clean")
    assert_posted_once(shop, "1001", "1002")


def test_such_an_order_can_be_replayed_and_waits_on_while_nothing_has_changed(shop: Joined) -> None:
    place(shop, "1001", STRANGER)
    shop.run("orders_back")
    [failure] = open_failures(shop, "orders_back")
    replay.start(replay.Selection(failures=[failure.pk]))
    shop.work()
    failure.refresh_from_db()
    assert failure.resolved_at is None
    assert posted(shop) == []
    shop.source.mutate("add_customer", values={"CUNO": "77001", "MAIL": STRANGER})
    shop.run("customers")
    for source in ("fresh", "stored"):  # it has gone on by itself: nothing is posted twice
        replay.start(replay.Selection(links=[failure.link_id], only_failed=False), source=source)
        shop.work()
    assert [row["CUNO"] for row in posted(shop)] == ["77001"]
    assert_posted_once(shop, "1001")


def test_an_order_that_was_posted_is_replayed_without_a_second_posting(shop: Joined) -> None:
    key = place(shop, "1001", somebody(shop).email)
    shop.run("orders_back")
    found = RecordLink.objects.get(job=shop.job("orders_back"), source_key=key)
    for source in ("fresh", "stored"):
        replay.start(replay.Selection(links=[found.pk], only_failed=False), source=source)
        shop.work()
    assert_posted_once(shop, "1001")


def test_an_order_posted_and_forgotten_by_us_is_found_in_the_ledger(shop: Joined) -> None:
    place(shop, "1001", somebody(shop).email)
    shop.run("orders_back")
    RecordLink.objects.filter(job=shop.job("orders_back")).delete()
    run = shop.run("orders_back")
    assert counts(run) == {"read": 1, "unchanged": 1}
    assert_posted_once(shop, "1001")


def test_an_order_that_changed_after_it_was_posted_is_a_failure_and_changes_nothing(shop: Joined) -> None:
    place(shop, "1001", somebody(shop).email, 119.0)
    shop.run("orders_back")
    shop.mailchimp.mutate("change_order", order_id="1001", changes={"order_total": 99.0}, store_id=SHOP)
    run = shop.run("orders_back")
    assert counts(run) == {"read": 1, "rejected": 1}
    [failure] = open_failures(shop, "orders_back")
    assert failure.cause == "posted_differently"
    assert [row["CUAM"] for row in posted(shop)] == ["119.00"]
