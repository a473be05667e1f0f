"""Orders of a Mailchimp shop as sales orders in QAD: whose, what, how much; and what cannot be booked yet."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from audit.models import RecordEvent
from connectors.models import Failure, RecordLink, Replay, SyncRun
from connectors.services import connections, integrations, replay
from connectors.services.errors import Refused
from tests.connectors.engine.steps import counts
from tests.connectors.recipes.qad_tenant import (
    buyer,
    customers,
    items,
    link,
    made,
    qad,
    sales_orders,
    sell,
)
from tests.joined import SHOP, Joined

pytestmark = pytest.mark.django_db(transaction=True)
BACK, SINK = "orders_back", "sales_orders"


@pytest.fixture(params=["entity", "qxtend"])
def scene(request: pytest.FixtureRequest) -> Iterator[Joined]:
    """Customers have arrived, and orders of the shop go into QAD, by either way."""
    with qad(via=request.param, orders_store_id=SHOP) as standing:
        standing.turn_on(BACK)
        standing.run("customers")
        yield standing


@pytest.fixture
def shop() -> Iterator[Joined]:
    """The same by the entity API."""
    with qad(orders_store_id=SHOP) as standing:
        standing.turn_on(BACK)
        standing.run("customers")
        yield standing


def failure(scene: Joined, number: str) -> Failure:
    return Failure.objects.get(link=link(scene, BACK, SINK, f"{SHOP}:{number}"), resolved_at=None)


def again_writes_nothing(scene: Joined) -> None:
    """A further run, and one that reads everything, leave QAD as it is."""
    before = sales_orders(scene), scene.source.journal.write_summary()
    for full in (False, True):
        run = scene.run(BACK, full=full)
        assert run.adds_up
        assert (run.created, run.updated) == (0, 0)
    assert (sales_orders(scene), scene.source.journal.write_summary()) == before
    assert scene.source.journal.needless() == {}


def test_an_order_carries_customer_currency_lines_and_total(scene: Joined) -> None:
    code, email = buyer(scene)
    sold = sell(scene, "web-1", email)
    run = scene.run(BACK)
    assert (counts(run), run.verdict) == ({"read": 1, "created": 1}, SyncRun.Verdict.OK)
    [order] = made(scene, "web-1")
    assert (order["soldToCustomerCode"], order["currencyCode"]) == (code, "USD")
    assert Decimal(order["total"]) == Decimal("29.90")
    lines = [(one["itemCode"], one["quantityOrdered"], one["netPrice"]) for one in order["lines"]]
    assert lines == [(sold[0], "2", "12.5"), (sold[1], "1", "4.9")]
    there = link(scene, BACK, SINK, f"{SHOP}:web-1")
    assert there.external_id == order["salesOrderNumber"]
    assert RecordEvent.objects.filter(link_id=there.pk, outcome="created").exists()
    again_writes_nothing(scene)


def test_what_the_customer_paid_goes_where_the_tenant_wants_it(shop: Joined) -> None:
    shop.integration.options = {**shop.integration.options, "total_field": "shipVia", "status_field": ""}
    shop.integration.save(update_fields=["options"])
    _, email = buyer(shop)
    sell(shop, "web-1", email, tax_total=3.1, shipping_total=5, order_total=38.0)
    assert shop.run(BACK).created == 1
    [order] = made(shop, "web-1")
    assert Decimal(order["shipVia"]) == Decimal("38.00")
    assert Decimal(order["total"]) == Decimal("29.90")
    again_writes_nothing(shop)


def test_an_order_in_another_currency_keeps_it(scene: Joined) -> None:
    _, email = buyer(scene)
    sell(scene, "web-1", email, currency_code="EUR")
    assert scene.run(BACK).created == 1
    [order] = made(scene, "web-1")
    assert (order["currencyCode"], Decimal(order["total"])) == ("EUR", Decimal("29.90"))
    again_writes_nothing(scene)


def test_a_buyer_qad_does_not_know_is_a_failure_that_goes_on_by_itself(scene: Joined) -> None:
    sell(scene, "web-1", "newcomer@somewhere.example")
    run = scene.run(BACK)
    assert (counts(run), run.verdict) == ({"read": 1, "rejected": 1}, SyncRun.Verdict.PARTIAL)
    assert "Its customer is none of those brought from QAD" in failure(scene, "web-1").text
    assert made(scene, "web-1") == []
    told = failure(scene, "web-1")

    scene.source.mutate("add_customer", code="NEW01", values={"EMail": "newcomer@somewhere.example"})
    scene.run("customers")

    [order] = made(scene, "web-1")  # nobody ran the orders again
    assert order["soldToCustomerCode"] == "NEW01"
    told.refresh_from_db()
    assert told.resolved_at
    again_writes_nothing(scene)


def test_such_an_order_can_be_replayed_before_and_after_the_customer_exists(shop: Joined) -> None:
    sell(shop, "web-1", "newcomer@somewhere.example")
    shop.run(BACK)
    first = replay.start(replay.Selection(failures=[failure(shop, "web-1").pk]))
    shop.work()
    assert made(shop, "web-1") == []
    assert failure(shop, "web-1").text
    shop.source.mutate("add_customer", code="NEW01", values={"EMail": "newcomer@somewhere.example"})
    shop.run("customers")
    again = RecordLink.objects.get(job=shop.job(BACK), source_key=f"{SHOP}:web-1")
    second = replay.start(replay.Selection(links=[again.pk], only_failed=False))
    shop.work()
    assert len(made(shop, "web-1")) == 1
    assert Replay.objects.filter(pk__in=[first.pk, second.pk]).count() == 2
    assert shop.source.journal.needless() == {}


def test_an_item_qad_does_not_have_leaves_nothing_half_made_and_can_be_replayed(scene: Joined) -> None:
    _, email = buyer(scene)
    lines = [{"product_id": "ODD-1", "quantity": 3, "price": 7.5}]
    scene.mailchimp.mutate("add_shop_product", product_id="ODD-1", sku="ODD-1", store_id=SHOP)
    scene.mailchimp.mutate("place_order", order_id="web-1", email=email, lines=lines, store_id=SHOP)
    sell(scene, "web-2", email)
    run = scene.run(BACK)
    assert counts(run) == {"read": 2, "created": 1, "rejected": 1}  # the other one is not held up
    told = failure(scene, "web-1")
    assert (told.cause, "QAD has no item ODD-1" in told.text) == ("no_item", True)
    assert made(scene, "web-1") == []
    scene.source.mutate("add_item", code="ODD-1")
    replay.start(replay.Selection(failures=[told.pk]))
    scene.work()
    [order] = made(scene, "web-1")
    assert [(one["itemCode"], one["quantityOrdered"]) for one in order["lines"]] == [("ODD-1", "3")]
    told.refresh_from_db()
    assert told.resolution == Failure.Resolution.DELIVERED
    again_writes_nothing(scene)


def test_an_address_two_customers_share_is_a_persons_to_decide(shop: Joined) -> None:
    rows = customers(shop)
    twice = next(row for row in rows.values() if row["email_state"] == "duplicate")
    holders = sorted(
        key for key, row in rows.items() if (row["EMail"] or "").lower() == twice["EMail"].lower()
    )
    sell(shop, "web-1", twice["EMail"])
    shop.run(BACK)
    told = failure(shop, "web-1")
    assert told.cause == "several_customers"
    assert ", ".join(holders) in told.text
    assert made(shop, "web-1") == []


def test_an_order_changed_after_it_was_booked_makes_no_second_one(shop: Joined) -> None:
    _, email = buyer(shop)
    sell(shop, "web-1", email)
    shop.run(BACK)
    shop.mailchimp.mutate(
        "change_order", order_id="web-1", changes={"financial_status": "refunded"}, store_id=SHOP
    )
    shop.run(BACK, full=True)
    assert len(made(shop, "web-1")) == 1
    assert failure(shop, "web-1").cause == "cancelled_there"


def test_an_order_somebody_has_booked_by_hand_is_not_booked_again(shop: Joined) -> None:
    code, email = buyer(shop)
    item = next(iter(items(shop)))
    by_hand = [{"itemCode": item, "quantityOrdered": "2"}]
    shop.source.mutate("add_order", customer=code, lines=by_hand, reference="web-1")
    sell(shop, "web-1", email)
    assert shop.run(BACK).adds_up
    assert len(made(shop, "web-1")) == 1
    assert shop.source.journal.write_summary() == {}


def test_orders_of_the_store_we_fill_never_come_back(shop: Joined) -> None:
    shop.run("orders")
    booked = sales_orders(shop).keys()
    run = shop.run(BACK)
    assert run.read == 0
    assert sales_orders(shop).keys() == booked
    options = {**shop.integration.options, "orders_store_id": shop.integration.options["store_id"]}
    with pytest.raises(Refused):
        integrations.set_options(shop.integration, options)


def test_an_answer_that_names_no_reference_field_is_told_by_ping() -> None:
    with qad(tenant={"order_reference": ""}, orders_store_id=SHOP) as scene:
        source = scene.integration.source
        told = next(one for one in source.ping if one["name"] == "Purchase order")
        assert told["outcome"] == "warning"
        assert "no orders can be written" in told["text"]
        connections.ping(source)
        assert source.state == "ok"
