"""Orders of a shop's store, read over real HTTP, however the list moves while it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.records import SalesOrder
from connectors.sdk.errors import ConfigProblem, RecordRejected, RetryLater
from connectors.sdk.system import Page, Position
from connectors.systems.mailchimp.ids import member_hash
from connectors.systems.mailchimp.streams import orders as module
from connectors.systems.mailchimp.streams.orders import OrdersStream
from sandboxes.mailchimp import CUSTOMERS
from tests.connectors.systems.mailchimp import records
from tests.connectors.systems.mailchimp.conftest import World

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
JANE = "jane@nordwind.example"


@pytest.fixture(autouse=True)
def shop(world: World) -> None:
    world.vendor.clock.set(START)
    world.vendor.clock.freeze()
    world.vendor.mutate("add_shop")


def orders_of(world: World, store: str = "shop", size: int = 250) -> OrdersStream:
    stream = world.client(options=records.options(CUSTOMERS, orders_store_id=store)).stream("orders")
    assert isinstance(stream, OrdersStream)
    stream.page_size = size  # type: ignore[misc]
    return stream


def buy(world: World, *numbers: int, **fields: Any) -> None:
    for number in numbers:
        line = {"product_id": "p1", "quantity": 2, "price": 5.25}
        world.vendor.mutate("place_order", order_id=f"o{number}", email=JANE, lines=[line], fields=fields)


def read(
    stream: OrdersStream, start: Position | None = None, between: Callable[[int], None] = lambda _: None
) -> tuple[list[Page], list[str]]:
    pages = []
    for page in stream.pages(start, START):
        json.dumps(page.position)
        pages.append(page)
        between(len(pages))
    return pages, [row.key for page in pages for row in page.rows]


def only(world: World) -> SalesOrder:
    pages, _ = read(orders_of(world))
    [row] = pages[-1].rows
    raw = json.loads(json.dumps(row.raw))  # as it comes back from where it is kept
    record = orders_of(world).canonical(raw)
    assert record.key == row.key
    return record


def keys(*numbers: int) -> set[str]:
    return {f"shop:o{number}" for number in numbers}


def test_an_order_comes_with_its_buyer_its_lines_and_what_it_comes_to(world: World) -> None:
    world.vendor.mutate("add_shop_product", product_id="p1", sku="PUMP-1", title="Pump")
    place = {"address1": "Hamngatan 1", "city": "Stockholm", "postal_code": "11147", "country_code": "SE"}
    totals = {"order_total": 15.5, "tax_total": 2.5, "shipping_total": 3, "discount_total": 0.5}
    buy(world, 1, **totals, shipping_address=place, fulfillment_status="shipped")
    record = only(world)
    assert (record.key, record.reference, record.site) == ("shop:o1", "o1", "shop")
    assert (record.customer_key, record.email) == (member_hash(JANE), JANE)
    assert (record.currency, record.state, record.placed_at) == ("EUR", "paid", START)
    assert (record.total, record.tax, record.shipping, record.discount) == (
        Decimal("15.5"), Decimal("2.5"), Decimal(3), Decimal("0.5"),
    )  # fmt: skip
    [line] = record.lines
    assert (line.key, line.product_key, line.sku, line.title) == ("1", "p1", "PUMP-1", "Pump")
    assert (line.quantity, line.net, line.gross) == (
        Decimal(2),
        Decimal("10.50"),
        Decimal("13.00"),
    )
    assert (record.ship_to.line1, record.ship_to.country) == ("Hamngatan 1", "SE")
    assert record.extra["fulfillment_status"] == "shipped"
    assert ("customer", member_hash(JANE)) in record.needs()


def test_a_cancelled_order_says_so(world: World) -> None:
    buy(world, 1, cancelled_at_foreign="2026-05-01T12:00:00+00:00")
    assert only(world).state == "cancelled"


def test_an_order_whose_buyer_was_deleted_is_rejected_with_advice(world: World) -> None:
    buy(world, 1)
    world.vendor.mutate("delete_buyer", email=JANE)
    with pytest.raises(RecordRejected, match="names no e-mail address"):
        only(world)


def test_only_what_is_told_of_an_order_counts_as_a_change(world: World) -> None:
    buy(world, 1)
    before = read(orders_of(world))[0][0].rows[0].raw
    buy(world, 2)  # Mailchimp adds up what the buyer has spent
    after = {row.key: row.raw for row in read(orders_of(world))[0][0].rows}
    assert after["shop:o1"] == before
    world.vendor.mutate("change_order", order_id="o1", changes={"financial_status": "refunded"})
    assert read(orders_of(world))[0][0].rows[0].raw != before


def test_a_snapshot_is_no_sweep_and_begins_anew(world: World) -> None:
    buy(world, 1, 2)
    pages, _ = read(orders_of(world))
    assert not any(page.sweep for page in pages)
    world.vendor.mutate("delete_order", order_id="o1")
    _, met = read(orders_of(world), pages[-1].position)
    assert set(met) == keys(2)


def test_an_empty_store_is_one_clean_run(world: World) -> None:
    pages, met = read(orders_of(world))
    assert not met
    assert [page.done for page in pages] == [True]


@pytest.mark.parametrize("count", [1, 3, 4, 5, 8, 13])
def test_pages_meet_every_order_whatever_their_size(world: World, count: int) -> None:
    buy(world, *range(count))
    pages, met = read(orders_of(world, size=4))
    assert set(met) == keys(*range(count))
    assert sum(page.done for page in pages) == 1


def test_a_run_goes_on_where_it_was_cut(world: World) -> None:
    buy(world, *range(11))
    whole, _ = read(orders_of(world, size=4))
    for cut, page in enumerate(whole):
        met = {row.key for one in whole[: cut + 1] for row in one.rows}
        if not page.done:
            met |= set(read(orders_of(world, size=4), json.loads(json.dumps(page.position)))[1])
        assert met == keys(*range(11))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gone=st.lists(st.lists(st.integers(0, 23), max_size=8, unique=True), max_size=3))
def test_orders_deleted_while_we_read_hide_no_other(world: World, gone: list[list[int]]) -> None:
    world.vendor.reset()
    world.vendor.mutate("add_shop")
    buy(world, *range(24))
    deleted = set[int]()

    def between(page: int) -> None:
        for number in gone[page - 1] if page <= len(gone) else ():
            if number not in deleted:
                deleted.add(number)
                world.vendor.mutate("delete_order", order_id=f"o{number}")

    _, met = read(orders_of(world, size=6), between=between)
    assert set(met) >= keys(*(set(range(24)) - deleted))


def test_a_list_that_never_stands_still_comes_to_an_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    buy(world, *range(20))
    stream, turn = orders_of(world, size=4), iter(range(1000))
    original = stream._read

    def shuffled(offset: int) -> Any:
        orders, total = original(offset)
        return [{**order, "id": f"{next(turn)}"} for order in orders], total

    monkeypatch.setattr(stream, "_read", shuffled)
    pages, _ = read(stream)
    assert pages[-1].done
    assert world.vendor.journal.total("GET", "*/orders") <= 20 + 10 * module.MOST_REWINDS


def test_a_page_that_stays_empty_without_a_word_is_no_end(world: World) -> None:
    buy(world, *range(5))
    world.vendor.faults.add("GET */orders*", "empty_page", times=None)
    with pytest.raises(RetryLater, match="counts 5 orders and gave us none"):
        read(orders_of(world))


def test_single_orders_are_read_by_their_keys(world: World) -> None:
    buy(world, 1, 2)
    whole = {row.key: row.raw for row in read(orders_of(world))[0][0].rows}
    page = orders_of(world).fetch(["shop:o2", "shop:o9", "formershop:o1"])
    assert {row.key: row.raw for row in page.rows} == {"shop:o2": whole["shop:o2"]}
    assert list(page.missing) == ["shop:o9", "formershop:o1"]


def test_the_same_number_in_another_store_is_another_order(world: World) -> None:
    world.vendor.mutate("add_shop", store_id="other")
    buy(world, 1)
    line = {"product_id": "p1", "quantity": 1, "price": 1}
    world.vendor.mutate("place_order", order_id="o1", email=JANE, lines=[line], store_id="other")
    assert read(orders_of(world, "other"))[1] == ["other:o1"]
    assert read(orders_of(world))[1] == ["shop:o1"]


def test_an_order_number_of_any_spelling_is_read_again(world: World) -> None:
    line = {"product_id": "p1", "quantity": 1, "price": 1}
    world.vendor.mutate("place_order", order_id="A:1", email=JANE, lines=[line])
    page = orders_of(world).fetch(read(orders_of(world))[1])
    assert [row.raw["id"] for row in page.rows] == ["A:1"]


def test_many_products_are_looked_up_in_the_catalogue_at_once(world: World) -> None:
    for number in range(30):
        world.vendor.mutate("add_shop_product", product_id=f"p{number}", sku=f"SKU-{number}")
        line = {"product_id": f"p{number}", "quantity": 1, "price": 1}
        world.vendor.mutate("place_order", order_id=f"o{number}", email=JANE, lines=[line])
    start = world.vendor.journal.last
    rows = read(orders_of(world))[0][0].rows
    assert {row.raw["lines"][0]["sku"] for row in rows} == {f"SKU-{number}" for number in range(30)}
    assert len(world.vendor.journal.calls(since=start)) == 2, "the orders and the catalogue"


def test_a_product_that_left_the_catalogue_has_no_sku_and_hides_no_order(world: World) -> None:
    buy(world, 1)
    del world.vendor.account.stores["shop"].products["p1"]
    [line] = only(world).lines
    assert (line.product_key, line.sku, line.title) == ("p1", "", "")


def test_nothing_is_read_from_a_store_nobody_chose(world: World) -> None:
    with pytest.raises(ConfigProblem, match="whose orders come back"):
        orders_of(world, "")
