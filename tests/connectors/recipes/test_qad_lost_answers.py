"""The answer to a sales order is lost, or who waits for it is killed: the order stands once, and whole."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import redis
from django.test import override_settings

from connectors.engine.advance import advance
from connectors.models import Lane, RecordLink, SyncRun
from connectors.services import runs
from tests.connectors.engine.patience import pass_time, work_on
from tests.connectors.recipes.qad_tenant import (
    GRID,
    HEADERS,
    QXTEND_PATH,
    STEP,
    buyer,
    made,
    qad,
    sales_orders,
    sell,
)
from tests.connectors.recipes.running import (
    kill_holder,
    pass_flight,
    pass_settling,
    stop_at,
    until_ended,
    workers,
)
from tests.joined import SHOP, Joined

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
BACK = "orders_back"
NUMBERS = ("web-1", "web-2", "web-3")

# Which way, which call, how many of its kind come before.
POSTS = [
    pytest.param("entity", f"POST {HEADERS}", 1, id="header"),
    pytest.param("entity", f"POST {GRID}", 0, id="first-line"),
    pytest.param("entity", f"POST {GRID}", 3, id="last-line"),
    pytest.param("entity", f"POST {STEP}", 9, id="step"),
    pytest.param("qxtend", f"POST {QXTEND_PATH}", 1, id="qdoc"),
]


@pytest.fixture
def via() -> str:
    """By which way orders are written; each test says."""
    raise NotImplementedError


@pytest.fixture
def scene(via: str) -> Iterator[Joined]:
    """Three orders of the shop are to go into QAD."""
    with qad(via=via, orders_store_id=SHOP) as standing:
        standing.turn_on(BACK)
        standing.run("customers")
        for at, number in enumerate(NUMBERS):
            sell(standing, number, buyer(standing, at)[1])
        yield standing


def assert_each_order_stands_once(scene: Joined) -> None:
    for at, number in enumerate(NUMBERS):
        [order] = made(scene, number)
        assert order["soldToCustomerCode"] == buyer(scene, at)[0]
        assert (Decimal(order["total"]), len(order["lines"])) == (Decimal("29.90"), 2)
    assert len(sales_orders(scene)) == 20 + len(NUMBERS)
    written = scene.source.journal.write_summary()
    assert written["salesOrderHeaders"]["created"] == len(NUMBERS)
    assert written["salesOrderLines"]["created"] == 2 * len(NUMBERS)
    assert scene.source.journal.needless() == {}
    links = RecordLink.objects.filter(job=scene.job(BACK))
    assert {one.state for one in links} == {"clean"}
    assert {one.external_id for one in links} == {
        made(scene, number)[0]["salesOrderNumber"] for number in NUMBERS
    }


def assert_the_next_run_writes_nothing(scene: Joined) -> None:
    before = scene.source.journal.write_summary()
    run = scene.run(BACK, full=True)
    assert (run.verdict, run.unchanged) == (SyncRun.Verdict.OK, len(NUMBERS))
    assert scene.source.journal.write_summary() == before


@pytest.mark.parametrize("lost", ["timeout_after", "timeout_before"])
@pytest.mark.parametrize(("via", "call", "before"), POSTS)
def test_a_lost_answer_makes_no_second_order(
    scene: Joined, broker: redis.Redis, call: str, before: int, lost: str
) -> None:
    planned = scene.source.faults.add(
        call, lost, after=before, **({"seconds": 0} if "before" in lost else {})
    )
    run = runs.start(scene.job(BACK))
    for kind in (Lane.Kind.OBSERVE, Lane.Kind.DELIVER):
        advance(scene.job(BACK), kind)
    assert planned.hits == 1
    pass_settling()
    work_on(scene, broker)
    run.refresh_from_db()
    assert (run.adds_up, run.created, run.verdict) == (True, 3, SyncRun.Verdict.OK), run.note
    assert_each_order_stands_once(scene)
    assert_the_next_run_writes_nothing(scene)


@pytest.mark.parametrize("via", ["qxtend"])
def test_an_order_qxtend_may_still_have_in_its_queue_is_not_sent_again_for_an_hour(
    scene: Joined, broker: redis.Redis
) -> None:
    scene.source.faults.add(f"POST {QXTEND_PATH}", "queued")
    run = runs.start(scene.job(BACK))
    advance(scene.job(BACK), Lane.Kind.OBSERVE)
    for _ in range(4):
        pass_time(broker)
        advance(scene.job(BACK), Lane.Kind.DELIVER)
    [waiting] = RecordLink.objects.filter(job=run.job, state="unknown")
    assert "QXtend took the order, and QAD does not show it yet" in waiting.text
    assert scene.source.journal.write_summary()["salesOrderHeaders"]["created"] == len(NUMBERS) - 1
    pass_settling()
    work_on(scene, broker)
    assert_each_order_stands_once(scene)


@pytest.mark.parametrize(("via", "call", "before"), [POSTS[0], POSTS[2], POSTS[4]])
def test_a_worker_killed_while_the_order_is_made_makes_no_second_order(
    scene: Joined, broker: redis.Redis, tmp_path: Path, call: str, before: int
) -> None:
    method, _, glob = call.partition(" ")
    seen = [0]

    def takes(request: object) -> bool:
        path = str(getattr(request, "path", ""))
        is_one = getattr(request, "method", "") == method and path.endswith(glob.removeprefix("*"))
        seen[0] += is_one
        return is_one and seen[0] > before

    stop = stop_at(scene.source, takes)
    with override_settings(NUDGES_OFF=False):
        run = runs.start(scene.job(BACK))
        with workers(tmp_path, 2):
            assert stop.reached.wait(60)
            kill_holder(scene.job(BACK), Lane.Kind.DELIVER)
            pass_flight(broker)
            stop.go.set()  # QAD does what it was asked for; nobody is there to hear of it
            until_ended([run], hurried=True)
    assert (run.adds_up, run.verdict) == (True, SyncRun.Verdict.OK), run.note
    assert_each_order_stands_once(scene)
    assert_the_next_run_writes_nothing(scene)
