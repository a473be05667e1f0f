"""QAD customers, items and orders in a Mailchimp audience and store, through the engine."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
import redis

from audit.models import RecordEvent
from connectors.models import Failure, SyncRun
from connectors.services import connections, integrations
from sandboxes.mailchimp import CUSTOMERS as AUDIENCE
from tests.connectors.engine.patience import work_on
from tests.connectors.engine.steps import counts
from tests.connectors.recipes.qad_tenant import (
    BROWSES,
    CUSTOMERS_BROWSE,
    STORE,
    buyer,
    customers,
    items,
    link,
    qad,
    reachable,
    sales_orders,
    store,
)
from tests.joined import Joined

pytestmark = pytest.mark.django_db(transaction=True)
FLOWS = ("customers", "items", "orders")


@pytest.fixture
def scene() -> Iterator[Joined]:
    """Connected, turned on, nothing has run."""
    with qad() as standing:
        yield standing


@pytest.fixture
def full(scene: Joined) -> Joined:
    """Everything has arrived."""
    for flow in FLOWS:
        assert scene.run(flow).adds_up
    return scene


def assert_everything_stands_once(scene: Joined) -> None:
    """Everybody who can be reached, every item, every order: once, and nothing was sent without need."""
    emails = reachable(scene)
    assert scene.members().keys() == set(emails.values())
    assert sorted(one.email.lower() for one in store(scene).customers.values()) == sorted(emails.values())
    assert store(scene).products.keys() == items(scene).keys()
    wanted = {key for key, row in sales_orders(scene).items() if row["soldToCustomerCode"] in emails}
    assert store(scene).orders.keys() == wanted
    assert scene.mailchimp.journal.needless() == {}


@pytest.mark.parametrize("first", FLOWS)
def test_the_store_is_made_first_and_tied_to_the_audience(scene: Joined, first: str) -> None:
    assert STORE not in scene.mailchimp.account.stores
    scene.run(first)
    assert store(scene).list_id == AUDIENCE
    assert store(scene).details["currency_code"] == "USD"
    written = [
        call.path for call in scene.mailchimp.journal.calls(path="*/ecommerce/*") if call.method != "GET"
    ]
    assert written[0] == "/3.0/ecommerce/stores"
    assert written.count("/3.0/ecommerce/stores") == 1


def test_customers_items_and_orders_arrive_once_and_a_second_run_writes_nothing(full: Joined) -> None:
    assert_everything_stands_once(full)
    before = full.writes()
    for flow in FLOWS:
        run = full.run(flow)
        assert (run.verdict, run.unchanged) == (SyncRun.Verdict.OK, run.read), flow
    assert full.writes() == before
    full.source.mutate("end_sessions")
    for flow in FLOWS:
        full.run(flow, full=True)
    # A full fill holds the store quiet while it lasts, and says so.
    assert {key.partition(":")[0] for key in full.mailchimp.journal.repeated()} <= {"stores"}
    assert_everything_stands_once(full)


def test_first_run_figures_add_up_and_who_cannot_go_is_named(scene: Joined) -> None:
    run = scene.run("customers")
    states = [row["email_state"] for row in customers(scene).values()]
    assert counts(run) == {
        "read": len(states),
        "created": len(reachable(scene)),
        "skipped": states.count("missing"),
        "rejected": states.count("invalid"),
    }
    assert run.adds_up
    assert {one.cause for one in Failure.objects.filter(resolved_at=None)} == {"email"}


def test_products_carry_number_and_price_and_a_new_price_is_one_write(full: Joined) -> None:
    for number, row in items(full).items():
        [variant] = store(full).products[number].variants.values()
        assert variant["sku"] == number
        assert Decimal(str(variant["price"])) == Decimal(row["price"])
    number = next(iter(items(full)))
    before = full.writes()
    full.source.mutate("set_price", code=number, price="99.95")
    run = full.run("items")
    assert (run.updated, run.created, run.adds_up) == (1, 0, True)
    assert full.writes() == before + 1
    [variant] = store(full).products[number].variants.values()
    assert variant["price"] == 99.95
    assert full.mailchimp.journal.needless() == {}


def test_prices_in_another_currency_than_the_stores_are_left_out() -> None:
    with qad(settings={"item_currency": "EUR"}) as scene:
        scene.run("items")
        prices = {
            variant.get("price")
            for one in store(scene).products.values()
            for variant in one.variants.values()
        }
        assert store(scene).products.keys() == items(scene).keys()
        assert prices <= {None, 0}


def test_orders_name_customers_and_products_of_the_store_with_their_totals(scene: Joined) -> None:
    run = scene.run("orders")  # nobody has asked for customers or items yet
    assert run.adds_up
    held = store(scene)
    for number, order in held.orders.items():
        row = sales_orders(scene)[number]
        assert held.customers[order.customer_id].email.lower() == reachable(scene)[row["soldToCustomerCode"]]
        assert {line["product_id"] for line in order.lines.values()} <= held.products.keys()
        assert sorted(str(line["product_id"]) for line in order.lines.values()) == sorted(
            line["itemCode"] for line in row["lines"]
        )
        assert abs(Decimal(str(order.details["order_total"])) - Decimal(row["total"])) <= Decimal("0.01")
        assert order.details["currency_code"] == "USD"
    assert held.orders
    assert scene.mailchimp.journal.needless() == {}


def test_a_changed_customer_is_written_once_to_each_sink_it_concerns(full: Joined) -> None:
    code, _ = buyer(full)
    before = full.writes()
    full.source.mutate("change_customer", code=code, changes={"businessRelationName": "Zora Neuname Ltd"})
    run = full.run("customers")
    assert counts(run) == {"read": run.read, "updated": 1, "unchanged": run.read - 1}
    assert full.writes() - before in {1, 2}
    [there] = [one for one in store(full).customers.values() if one.email.lower() == reachable(full)[code]]
    assert there.details["company"] == "Zora Neuname Ltd"
    assert_everything_stands_once(full)


def test_an_order_that_is_closed_is_one_write(full: Joined) -> None:
    number = next(
        key for key, row in sales_orders(full).items() if not row["status"] and key in store(full).orders
    )
    before = full.writes()
    full.source.mutate("set_order_status", number=number, status="C")
    run = full.run("orders")
    assert (run.updated, full.writes()) == (1, before + 1)
    assert store(full).orders[number].details["financial_status"] == "paid"


def test_a_cleaned_member_is_skipped_with_the_reason_and_never_subscribed() -> None:
    with qad(new_member_status="subscribed") as scene:
        code, email = buyer(scene)
        scene.mailchimp.mutate("sign_up", email=email)
        scene.mailchimp.mutate("clean", email=email)
        run = scene.run("customers")
        assert run.adds_up
        skipped = link(scene, "customers", "audience_members", code)
        assert (skipped.state, skipped.reason) == ("skipped", "cleaned")
        assert "bounced for good" in skipped.text
        assert RecordEvent.objects.filter(link_id=skipped.pk, reason="cleaned").exists()
        for name in ("Zora", "Vera"):
            scene.source.mutate("change_customer", code=code, changes={"businessRelationName": name})
            scene.run("customers")
            assert scene.members()[email].status == "cleaned"
        assert {member.status for key, member in scene.members().items() if key != email} == {"subscribed"}


def test_each_kind_of_record_has_a_cadence_of_its_own(scene: Joined) -> None:
    jobs = [scene.job(flow) for flow in (*FLOWS, "orders_back")]
    kept = {str(job.interval or job.crontab) for job in jobs}
    assert len(kept) == len(jobs)
    assert [job.is_on for job in jobs] == [True, True, True, False]


def test_both_sides_are_read_by_offset_and_count(full: Joined) -> None:
    asked = full.source.journal.calls(path=BROWSES)
    assert asked
    pages = [call for call in asked if "browseId=" in call.query]
    assert all(f"{name}=" in call.query for call in pages for name in ("page", "pageSize", "pageAction"))


def test_a_column_taken_out_of_the_browse_stops_before_anything_is_blanked(full: Joined) -> None:
    before = full.writes()
    full.source.mutate("remove_column", browse=CUSTOMERS_BROWSE, column="ad_mstr.ad_email")
    run = full.run("customers")
    assert run.verdict == SyncRun.Verdict.FAILED
    assert "ad_mstr.ad_email" in run.note
    assert full.job("customers").paused_reason
    assert full.writes() == before
    full.source.mutate("restore_column", browse=CUSTOMERS_BROWSE, column="ad_mstr.ad_email")
    connections.ping(full.integration.source)
    assert counts(full.run("customers")) == {"read": 60, "unchanged": 60}
    assert full.writes() == before


def test_silently_empty_pages_remove_nobody(full: Joined, broker: redis.Redis) -> None:
    for flow in FLOWS:
        integrations.set_removal(full.job(flow), remove=True)
    before = full.writes()
    full.source.faults.add(BROWSES, "empty_page", times=None)
    runs = [full.run(flow, full=True) for flow in FLOWS]
    assert not any(run.removed for run in runs)
    assert full.writes() == before
    assert_everything_stands_once(full)
    full.source.faults.clear()
    work_on(full, broker)
    for run in runs:
        run.refresh_from_db()
        assert (run.removed, run.adds_up, run.is_open) == (0, True, False)
    assert_everything_stands_once(full)


def test_one_empty_page_in_the_middle_loses_nobody(scene: Joined, broker: redis.Redis) -> None:
    integrations.set_removal(scene.job("customers"), remove=True)
    scene.run("customers")
    scene.source.faults.add(BROWSES, "empty_page", after=1)
    run = scene.run("customers", full=True)
    work_on(scene, broker)
    run.refresh_from_db()
    assert (run.read, run.removed, run.adds_up) == (60, 0, True)
    assert scene.members().keys() == set(reachable(scene).values())
    assert {member.status for member in scene.members().values()} == {"transactional"}
