"""Reading orders with their lines, and the sales parts they name."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.records import SalesOrder
from connectors.sdk.errors import RecordRejected
from connectors.sdk.system import Page
from tests.connectors.systems.ifs_cloud.environment import Environment, Maker, keys_of


def orders_in(ifs: Environment) -> dict[str, dict[str, Any]]:
    orders: Any = ifs.sandbox.state("CustomerOrder")
    return {one["OrderNo"]: one for one in orders}


def lines_in(ifs: Environment, order: str = "") -> list[dict[str, Any]]:
    lines: Any = ifs.sandbox.state("CustomerOrderLine", order)
    return list(lines)


def canonical(ifs: Environment, pages: list[Page], **settings: Any) -> dict[str, SalesOrder]:
    stream = ifs.system(**settings).stream("orders")
    return {row.key: stream.canonical(row.raw) for page in pages for row in page.rows}


def decimal(value: object) -> Decimal:
    return Decimal(str(value))


def test_every_order_is_read_once_with_all_its_lines(environments: Maker) -> None:
    ifs = environments(orders=250)
    ifs.ping()
    pages = ifs.read("orders", page_size=40)
    assert keys_of(pages) == sorted(orders_in(ifs))
    assert pages[-1].sweep
    read = [
        (row.key, line["LineNo"], line["RelNo"]) for p in pages for row in p.rows for line in row.raw["lines"]
    ]
    assert sorted(read) == sorted((one["OrderNo"], one["LineNo"], one["RelNo"]) for one in lines_in(ifs))


def test_amounts_are_exactly_what_the_lines_come_to(environments: Maker) -> None:
    ifs = environments(orders=250)
    ifs.ping()
    net: dict[str, Decimal] = {}
    gross: dict[str, Decimal] = {}
    for line in lines_in(ifs):
        order, share = line["OrderNo"], 1 - decimal(line["Discount"] or 0) / 100
        amount = decimal(line["BuyQtyDue"]) * share
        net[order] = net.get(order, Decimal(0)) + amount * decimal(line["SaleUnitPrice"])
        gross[order] = gross.get(order, Decimal(0)) + amount * decimal(line["UnitPriceInclTax"])
    orders = canonical(ifs, ifs.read("orders"))
    assert {key: sum(line.net for line in order.lines) for key, order in orders.items()} == net
    assert {key: sum(line.gross for line in order.lines) for key, order in orders.items()} == gross
    assert {order.currency for order in orders.values()} >= {"EUR", "SEK"}


def test_an_order_with_more_lines_than_a_page_holds_is_whole(environments: Maker) -> None:
    ifs = environments(orders=40)
    lines = [{"CatalogNo": f"P-{n}", "BuyQtyDue": 1, "SaleUnitPrice": 1} for n in range(1, 36)]
    number = ifs.sandbox.mutate("add_order", customer_no="10001", lines=lines)["OrderNo"]  # type: ignore[index]
    ifs.ping()
    for size in (1, 2, 7, 1000):
        orders = canonical(ifs, ifs.read("orders", page_size=size))
        assert len(orders) == 41
        assert [line.key for line in orders[number].lines] == [f"{n}-1-0" for n in range(1, 36)]


def test_without_a_flat_set_lines_are_read_order_by_order(ifs: Environment) -> None:
    ifs.ping()
    bulk = [row for page in ifs.read("orders") for row in page.rows]
    ifs.findings["order_lines"] = "navigation"
    assert [row for page in ifs.read("orders") for row in page.rows] == bulk


def test_only_orders_of_the_sites_asked_for_are_read(environments: Maker) -> None:
    ifs = environments(orders=120)
    by_site: dict[str, list[str]] = {}
    for key, one in sorted(orders_in(ifs).items()):
        by_site.setdefault(one["Contract"], []).append(key)
    some, other = sorted(by_site)[:2]
    assert keys_of(ifs.read("orders", site=some)) == by_site[some]
    assert keys_of(ifs.read("orders", site=f"{some}, {other}")) == sorted(by_site[some] + by_site[other])


def test_a_company_means_its_sites_once_ping_has_found_them(environments: Maker) -> None:
    ifs = environments(orders=120)
    ifs.ping(company="10")
    assert ifs.findings["sites"] == ["S10", "S11"]
    read = keys_of(ifs.read("orders", company="10"))
    assert read == sorted(key for key, one in orders_in(ifs).items() if one["Contract"] in {"S10", "S11"})
    assert len(read) < 120


def test_only_orders_since_a_day_are_read(environments: Maker) -> None:
    ifs = environments(orders=120)
    ifs.ping()
    day = date(2026, 1, 1)
    expected = {
        key for key, one in orders_in(ifs).items() if _entered(ifs, key) >= datetime(2026, 1, 1, tzinfo=UTC)
    }
    assert 0 < len(expected) < 120
    read = set(keys_of(ifs.read("orders", orders_since=day)))
    assert read >= expected
    assert len(read - expected) <= 1  # midnight at the server is a little earlier than in UTC


def test_times_are_those_of_the_server_s_zone(ifs: Environment) -> None:
    ifs.ping()
    orders = canonical(ifs, ifs.read("orders"))
    assert {key: order.placed_at for key, order in orders.items()} == {
        key: _entered(ifs, key) for key in orders
    }


def test_products_are_known_by_number_at_one_site_and_by_site_and_number_otherwise(ifs: Environment) -> None:
    ifs.ping()
    (row, *_) = ifs.system().stream("orders").fetch(sorted(orders_in(ifs))).rows
    site, number = row.raw["order"]["Contract"], row.raw["lines"][0]["CatalogNo"]
    for setting, expected in (("", f"{site}|{number}"), (f"{site},X", f"{site}|{number}"), (site, number)):
        order = ifs.system(site=setting).stream("orders").canonical(row.raw)
        assert order.lines[0].product_key == expected
        assert ("product", expected) in order.needs()
        (part,) = ifs.system(site=setting).stream("sales_parts").fetch([expected]).rows
        product = ifs.system(site=setting).stream("sales_parts").canonical(part.raw)
        assert part.key == product.key == expected
        assert product.sku == number


def test_a_changed_line_changes_the_version_of_its_order(ifs: Environment) -> None:
    ifs.ping()
    line = lines_in(ifs)[0]
    key = {name: line[name] for name in ("OrderNo", "LineNo", "RelNo", "LineItemNo")}
    stream = ifs.system().stream("orders")
    before = stream.fetch([line["OrderNo"]]).rows[0]
    ifs.sandbox.mutate("change", entity="CustomerOrderLine", key=key, changes={"BuyQtyDue": 77})
    after = stream.fetch([line["OrderNo"]]).rows[0]
    assert before.version != after.version
    assert stream.canonical(after.raw).lines[0].quantity == 77


def test_orders_are_fetched_by_number_and_missing_ones_are_named(ifs: Environment) -> None:
    ifs.ping()
    wanted = sorted(orders_in(ifs), reverse=True)[:5]
    page = ifs.system().stream("orders").fetch([*wanted, "none"])
    assert [row.key for row in page.rows] == wanted
    assert page.missing == ["none"]
    swept = {row.key: row for one in ifs.read("orders") for row in one.rows}
    assert [swept[key] for key in wanted] == list(page.rows)


def test_cancelled_lines_are_flagged(environments: Maker) -> None:
    ifs = environments(orders=250)
    ifs.ping()
    cancelled = {(one["OrderNo"], one["LineNo"]) for one in lines_in(ifs) if one["Objstate"] == "Cancelled"}
    assert cancelled
    orders = canonical(ifs, ifs.read("orders"))
    flagged = {
        (key, line.key.split("-")[0])
        for key, order in orders.items()
        for line in order.lines
        if line.cancelled
    }
    assert flagged == cancelled


@pytest.mark.parametrize(
    ("how", "check"),
    [
        ("unknown_customer", lambda order: order.customer_key == "NOBODY"),
        ("unknown_currency", lambda order: order.currency == "ZZZ"),
        ("negative_total", lambda order: sum(line.net for line in order.lines) < 0),
    ],
)
def test_odd_orders_are_read_as_they_are(ifs: Environment, how: str, check: Any) -> None:
    key = next(one["OrderNo"] for one in lines_in(ifs) if one["Objstate"] != "Cancelled")
    ifs.sandbox.mutate("spoil_order", order_no=key, how=how)
    stream = ifs.system().stream("orders")
    assert check(stream.canonical(stream.fetch([key]).rows[0].raw))


def test_an_order_without_currency_is_rejected_by_name_and_the_others_are_read(ifs: Environment) -> None:
    key = sorted(orders_in(ifs))[3]
    ifs.sandbox.mutate("spoil_order", order_no=key, how="no_currency")
    pages = ifs.read("orders")
    assert len(keys_of(pages)) == 30
    stream = ifs.system().stream("orders")
    rejected = {}
    for row in pages[0].rows:
        try:
            stream.canonical(row.raw)
        except RecordRejected as fault:
            rejected[row.key] = fault.text
    assert rejected == {key: f"Order {key} has no currency (CurrencyCode). Correct it in IFS Cloud."}


def test_the_customer_is_found_under_either_of_its_names(environments: Maker) -> None:
    ifs = environments(order_customer_attribute="CustomerId")
    orders = canonical(ifs, ifs.read("orders"))
    assert {key: order.customer_key for key, order in orders.items()} == {
        key: one["CustomerId"] for key, one in orders_in(ifs).items()
    }


def test_sales_parts_are_fetched_and_missing_ones_are_named(ifs: Environment) -> None:
    parts: Any = ifs.sandbox.state("SalesPart")
    keys = [f"{one['Contract']}|{one['CatalogNo']}" for one in parts]
    stream = ifs.system(price_currency="EUR").stream("sales_parts")
    wanted = [*keys, "S10|none", "nowhere|x", "no site"]
    page = stream.fetch(wanted)
    assert {row.key for row in page.rows} == set(keys)
    assert page.missing == ["S10|none", "nowhere|x", "no site"]
    product = stream.canonical(page.rows[0].raw)
    part = next(one for one in parts if f"{one['Contract']}|{one['CatalogNo']}" == product.key)
    assert (product.title, product.price) == (part["CatalogDesc"], decimal(part["ListPrice"]))
    assert product.currency == "EUR"


def test_sales_parts_are_never_swept(ifs: Environment) -> None:
    before = ifs.sandbox.journal.last
    (page,) = ifs.read("sales_parts")
    assert page.done
    assert not page.sweep
    assert not page.rows
    assert ifs.sandbox.journal.last == before


def _entered(ifs: Environment, order: str) -> datetime:
    table = ifs.sandbox.world.table("CustomerOrder")
    row = table.get({"OrderNo": order})
    assert row is not None
    entered = table.value(row, "DateEntered")
    assert isinstance(entered, datetime)
    return entered
