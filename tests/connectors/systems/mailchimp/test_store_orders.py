"""Sales orders into the store, over real HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.records import Address
from connectors.sdk.system import Action, Change, Sink, Written
from connectors.systems.mailchimp.ids import customer_id
from connectors.systems.mailchimp.sinks.store import Store
from tests.connectors.systems.mailchimp.conftest import World, written
from tests.connectors.systems.mailchimp.records import change_of, customer, order, order_line, product

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CUSTOMER = customer_id("C1", "person1@nordwind.example")
NEEDS = {("customer", "C1"): (CUSTOMER,), **{("product", f"P{n}"): (f"P{n}",) for n in (1, 2, 3)}}


@pytest.fixture
def sink(world: World) -> Sink[Any]:
    """The orders of a store that has a customer and three products."""
    customers, products = world.sink("store_customers"), world.sink("store_products")
    written(customers, change_of(customers, customer()))
    written(products, *(change_of(products, product(number)) for number in (1, 2, 3)))
    return world.sink("store_orders")


def change(sink: Sink[Any], record: Any, **more: Any) -> Change:
    return change_of(sink, record, **{"needs": NEEDS, **more})


def word_on(sink: Sink[Any], record: Any, **more: Any) -> Written:
    return written(sink, change(sink, record, **more))[record.key]


def test_an_order_with_everything(world: World, sink: Sink[Any]) -> None:
    word = word_on(
        sink, order(ship_to=Address(line1="Weg 1", city="Kiel", postal_code="24103", country="DE"))
    )
    assert (word.action, word.external_id) == (Action.CREATED, "O1")
    held = world.held("orders")["O1"]
    assert held["customer"]["id"] == CUSTOMER
    assert held["order_total"] == 23.8
    assert held["financial_status"] == "pending"
    assert held["processed_at_foreign"] == "2026-03-01T09:30:00+00:00"
    assert held["lines"]["1"]["quantity"] == 2
    assert set(world.sent()[-1]["customer"]) == {"id"}


def test_the_ids_of_customer_and_products_are_those_mailchimp_knows(world: World, sink: Sink[Any]) -> None:
    products = world.sink("store_products")
    odd = change_of(products, product(key="AB/12 3"))
    written(products, odd)
    needs = {**NEEDS, ("product", "AB/12 3"): (odd.target_key,)}
    word_on(sink, order(lines=(order_line(1, product_key="AB/12 3"),)), needs=needs)
    assert world.held("orders")["O1"]["lines"]["1"]["product_id"] == odd.target_key


def test_writing_twice_is_writing_once(world: World, sink: Sink[Any]) -> None:
    record = order(lines=(order_line(1), order_line(2)))
    word_on(sink, record)
    before = world.held("orders")
    word_on(sink, record)
    assert world.held("orders") == before


def test_lines_that_disappeared_are_taken_away(world: World, sink: Sink[Any]) -> None:
    before = change(sink, order(lines=(order_line(1), order_line(2), order_line(3))))
    written(sink, before)
    word_on(sink, order(lines=(order_line(2),)), external_id="O1", confirmed=before.desired)
    assert set(world.held("orders")["O1"]["lines"]) == {"2"}


def test_lines_of_a_write_never_confirmed_are_taken_away_too(world: World, sink: Sink[Any]) -> None:
    written(sink, change(sink, order(lines=(order_line(1), order_line(2)))))
    word_on(sink, order(lines=(order_line(2),)))
    assert set(world.held("orders")["O1"]["lines"]) == {"2"}


def test_an_order_whose_line_was_not_taken_away_is_not_done(world: World, sink: Sink[Any]) -> None:
    written(sink, change(sink, order(lines=(order_line(1), order_line(2)))))
    smaller = change(sink, order(lines=(order_line(2),)), external_id="O1")
    world.vendor.faults.add("DELETE *", "timeout_before", seconds=0)
    assert written(sink, smaller)["O1"].action is Action.UNKNOWN
    assert list(sink.look_up([smaller], NOW)) == []
    assert written(sink, smaller)["O1"].action is Action.UPDATED
    assert [word.id for word in sink.look_up([smaller], NOW)] == [smaller.id]


def test_an_invoiced_order_is_paid(world: World, sink: Sink[Any]) -> None:
    word_on(sink, order())
    word_on(sink, order(state="Invoiced"), external_id="O1")
    assert world.held("orders")["O1"]["financial_status"] == "paid"


def test_a_cancelled_order_counts_for_nothing(world: World, sink: Sink[Any]) -> None:
    word_on(sink, order())
    word_on(sink, order(state="Cancelled"), external_id="O1")
    held = world.held("orders")["O1"]
    assert held["financial_status"] == "cancelled"
    assert held["cancelled_at_foreign"] == "2026-03-02T10:00:00+00:00"


def test_an_order_that_lost_all_its_lines_is_cancelled(world: World, sink: Sink[Any]) -> None:
    word_on(sink, order())
    dead = order(state="Cancelled", lines=(order_line(1, cancelled=True),))
    word = word_on(sink, dead, external_id="O1")
    assert word.action is Action.UPDATED
    held = world.held("orders")["O1"]
    assert held["financial_status"] == "cancelled"
    assert held["lines"]
    assert [w.action for w in sink.look_up([change(sink, dead, external_id="O1")], NOW)] == [Action.UPDATED]


def test_an_order_cancelled_before_it_was_ever_sent_stays_out(world: World, sink: Sink[Any]) -> None:
    word = word_on(sink, order(state="Cancelled", lines=(order_line(1, cancelled=True),)))
    assert (word.action, word.code) == (Action.SKIPPED, "cancelled_unseen")
    assert not world.held("orders")


def test_an_unknown_state_is_told(world: World, sink: Sink[Any]) -> None:
    word = word_on(sink, order(state="Elsewhere"))
    assert word.action is Action.CREATED
    assert "Elsewhere is not in your table" in word.text
    assert "_unknown_state" not in world.sent()[-1]


def test_a_product_that_is_gone_rejects_the_order_with_advice(world: World, sink: Sink[Any]) -> None:
    needs = {**NEEDS, ("product", "P1"): ("P9",)}
    word = word_on(sink, order(), needs=needs)
    assert (word.action, word.code) == (Action.REJECTED, "no_product")
    assert "Replay the product" in word.text


@pytest.mark.parametrize("needs", [{}, {("customer", "C1"): (CUSTOMER,)}])
def test_a_missing_need_rejects_only_its_order_and_disturbs_no_look_up(
    sink: Sink[Any], needs: dict[tuple[str, str], tuple[str, ...]]
) -> None:
    assert word_on(sink, order(), needs=needs).action is Action.REJECTED
    word_on(sink, order())
    assert list(sink.look_up([change(sink, order(), needs=needs)], NOW)) == []


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("status", [405, 404])
def test_orders_are_written_where_their_upsert_does_not_exist(
    world: World, sink: Sink[Any], status: int, *, there: bool
) -> None:
    if there:
        word_on(sink, order())
    world.vendor.faults.add("PUT *orders*", "status", status=status, times=None)
    word_on(sink, order(state="Invoiced"), external_id="O1" if there else "")
    assert world.held("orders")["O1"]["financial_status"] == "paid"


def test_an_order_that_was_written_but_not_answered_is_found(world: World, sink: Sink[Any]) -> None:
    one = change(sink, order(lines=(order_line(1), order_line(2))))
    sink.prepare()
    world.vendor.faults.add("PUT *orders*", "timeout_after")
    assert [word.action for word in sink.write([one])] == [Action.UNKNOWN]
    assert [word.action for word in sink.look_up([one], NOW)] == [Action.CREATED]


@pytest.mark.parametrize(
    "other",
    [
        {"state": "Invoiced"},
        {"lines": (order_line(1), order_line(2))},
        {"lines": (order_line(1, quantity=Decimal(3)),)},
        {"lines": (order_line(1, gross=Decimal("24.00")),)},
    ],
)
def test_an_older_version_is_not_taken_for_the_new_one(sink: Sink[Any], other: dict[str, Any]) -> None:
    word_on(sink, order())
    assert list(sink.look_up([change(sink, order(**other), external_id="O1")], NOW)) == []


def test_odd_quantities_and_prices_still_add_up_there(world: World, sink: Sink[Any]) -> None:
    lines = (
        order_line(1, quantity=Decimal("2.5"), net=Decimal("31.25"), gross=Decimal("37.19")),
        order_line(2, quantity=Decimal(3), net=Decimal("10.00"), gross=Decimal("11.90")),
    )
    word_on(sink, order(lines=lines))
    held = world.held("orders")["O1"]
    spent = sum(
        Decimal(str(line["price"])) * line["quantity"] - Decimal(str(line.get("discount", 0)))
        for line in held["lines"].values()
    )
    assert spent == Decimal("41.25")
    assert spent + Decimal(str(held["tax_total"])) == Decimal(str(held["order_total"]))


def test_old_orders_send_no_mails_while_the_store_is_filled(world: World, sink: Sink[Any]) -> None:
    store = Store(sink.system.account)
    store.begin_backfill()
    word_on(sink, order(state="Invoiced"))
    quiet = world.vendor.account.stores["erp"].notifications.copy()
    store.end_backfill()
    word_on(sink, order(2, state="Invoiced"))
    assert not quiet
    assert world.vendor.account.stores["erp"].notifications
