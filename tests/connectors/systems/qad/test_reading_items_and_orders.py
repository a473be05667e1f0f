"""Items and sales orders as they come out of a tenant."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.records import Product, SalesOrder
from connectors.sdk.errors import RecordRejected
from connectors.systems.qad.places import QadCredentials
from connectors.systems.qad.settings import QadSettings
from connectors.systems.qad.streams.orders import Orders
from connectors.systems.qad.system import Qad
from tests.connectors.systems.accounts import account
from tests.connectors.systems.qad.tenant import RUN_START, Maker, Tenant, keys_of


def read(qad: Tenant, stream: str, **settings: Any) -> dict[str, Any]:
    bound = qad.system(**settings).stream(stream)
    return {row.key: bound.canonical(row.raw) for page in bound.pages(None, RUN_START) for row in page.rows}


def items_there(qad: Tenant) -> dict[str, Any]:
    return {one["itemCode"]: one for one in qad.state("items") if one["domainCode"] == "10USA"}


def orders_there(qad: Tenant) -> dict[str, Any]:
    return {one["salesOrderNumber"]: one for one in qad.state("sales_orders") if one["domainCode"] == "10USA"}


def test_the_whole_catalogue_is_read_with_exact_prices(qad: Tenant) -> None:
    qad.ping()
    found: dict[str, Product] = read(qad, "items")
    there = items_there(qad)
    assert found.keys() == there.keys()
    for key, one in there.items():
        assert found[key].price == Decimal(one["price"])
        assert found[key].currency == "USD"
        assert found[key].active is (one["itemStatusCode"] != "OBSOLETE")
        assert found[key].title.startswith(one["description1"].strip())


def test_without_a_currency_there_is_no_price(qad: Tenant) -> None:
    qad.settings["item_currency"] = ""
    checks = qad.ping()
    assert "Enter the domain's base currency" in checks["Items"].advice
    assert all(one.price is None and one.currency == "" for one in read(qad, "items").values())


@pytest.mark.parametrize(("numbers", "decimals"), [("us", "point"), ("eu", "comma"), ("us", "auto")])
def test_amounts_are_the_same_in_every_spelling(tenants: Maker, numbers: str, decimals: str) -> None:
    qad = tenants(numbers=numbers)
    qad.ping()
    found = read(qad, "items", decimals=decimals)
    assert {key: one.price for key, one in found.items()} == {
        key: Decimal(one["price"]) for key, one in items_there(qad).items()
    }


@pytest.mark.parametrize("dates", ["iso", "us", "eu"])
@pytest.mark.parametrize("lines_browse", ["urn:browse:mfg:so011", ""])
def test_orders_come_with_their_lines_to_the_cent(tenants: Maker, dates: str, lines_browse: str) -> None:
    qad = tenants(date_format=dates, orders=60)
    qad.settings["lines_browse"] = lines_browse
    qad.ping()
    found: dict[str, SalesOrder] = read(qad, "orders")
    there = orders_there(qad)
    assert found.keys() == there.keys()
    for key, one in there.items():
        order = found[key]
        assert sum((line.net for line in order.lines), Decimal(0)) == Decimal(one["total"])
        assert [line.product_key for line in order.lines] == [line["itemCode"] for line in one["lines"]]
        assert (order.customer_key, order.currency) == (one["soldToCustomerCode"], one["currencyCode"])
        assert order.reference == one["purchaseOrder"]
        assert order.placed_at is not None
        assert order.placed_at.date().isoformat() == one["orderDate"][:10]


def test_lines_come_in_bulk_where_a_browse_shows_them(tenants: Maker) -> None:
    qad = tenants(orders=100)
    qad.ping()
    since = qad.sandbox.journal.last
    qad.read("orders")
    calls = qad.sandbox.journal.calls(since=since)
    assert len(calls) < 40
    assert not [call for call in calls if "salesOrderLinesGrid" in call.path]


def test_orders_need_their_customer_and_their_products(qad: Tenant) -> None:
    qad.ping()
    order = next(iter(read(qad, "orders").values()))
    assert order.needs()[0] == ("customer", order.customer_key)
    assert {key for kind, key in order.needs()[1:]} == {line.product_key for line in order.lines}


def test_orders_before_the_day_of_the_settings_are_left_out(qad: Tenant) -> None:
    qad.ping()
    everything = read(qad, "orders")
    days = sorted(order.placed_at.date() for order in everything.values())
    middle: date = days[len(days) // 2]
    found = read(qad, "orders", orders_since=middle)
    assert found.keys() == {key for key, one in everything.items() if one.placed_at.date() >= middle}
    assert 0 < len(found) < len(everything)


def test_an_order_read_with_conditions_is_no_sweep(qad: Tenant) -> None:
    qad.ping()
    assert not qad.read("orders", orders_since=date(2000, 1, 1))[-1].sweep


def test_orders_are_fetched_by_number(qad: Tenant) -> None:
    qad.ping()
    page = qad.system().stream("orders").fetch(["SO100003", "SO999999"])
    assert keys_of([page]) == ["SO100003"]
    assert page.rows[0].raw["lines"]
    assert list(page.missing) == ["SO999999"]


def _orders(**settings: Any) -> Orders:
    known = {"base_url": "https://qad.example/clouderp", "domain": "D", "entity": "E"}
    stream = Qad(
        account(QadSettings(**{**known, **settings}), QadCredentials(username="u", password="password"))
    ).stream("orders")
    assert isinstance(stream, Orders)
    return stream


ORDER = {"so_mstr.so_nbr": "S1", "so_mstr.so_cust": "C1", "so_mstr.so_curr": "usd", "so_mstr.so_stat": ""}
LINE = {
    "sod_det.sod_line": 1,
    "sod_det.sod_part": "P1",
    "sod_det.sod_qty_ord": "2",
    "sod_det.sod_price": "1.25",
}


@pytest.mark.parametrize(
    ("header", "line", "state"),
    [
        ({}, {}, "open"),
        ({"so_mstr.so_stat": "HD"}, {}, "HD"),
        ({"so_mstr.so_inv_nbr": "I1"}, {}, "invoiced"),
        ({"so_mstr.so_invoiced": "yes"}, {}, "invoiced"),
        ({}, {"sod_det.sod_qty_ship": "2"}, "shipped"),
        ({}, {"sod_det.sod_qty_ship": "1"}, "open"),
    ],
)
def test_the_state_is_qad_s_own_else_how_far_it_has_come(
    header: dict[str, Any], line: dict[str, Any], state: str
) -> None:
    order = _orders().canonical({"order": {**ORDER, **header}, "lines": [{**LINE, **line}]})
    assert order.state == state
    assert order.lines[0].net == Decimal("2.50")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"order": {**ORDER, "so_mstr.so_cust": ""}}, "no_customer"),
        ({"order": {**ORDER, "so_mstr.so_curr": ""}}, "no_currency"),
        ({"order": ORDER, "lines": [{**LINE, "sod_det.sod_part": ""}]}, "no_product"),
        ({"order": ORDER, "lines": [{**LINE, "sod_det.sod_price": "free"}]}, "bad_number"),
    ],
)
def test_an_order_that_makes_no_sense_is_rejected_with_the_reason(raw: dict[str, Any], code: str) -> None:
    with pytest.raises(RecordRejected) as caught:
        _orders().canonical(raw)
    assert caught.value.code == code


def test_a_browse_with_order_and_line_in_one_row_needs_no_other() -> None:
    stream = _orders(order_columns={"invoiced": "-"})
    stream.findings = {"order_lines": "rows"}
    group = [{**ORDER, **LINE}, {**ORDER, **LINE, "sod_det.sod_line": 2}]
    (row,) = stream.rows([group])
    assert row.raw["order"] == ORDER
    assert [line["sod_det.sod_line"] for line in row.raw["lines"]] == [1, 2]
    assert len(stream.canonical(row.raw).lines) == 2
