"""From a Mailchimp order to what QAD should hold: pure, exact, and refusing what makes no sense."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.errors import RecordRejected, RecordSkipped
from connectors.sdk.mapping import Desired
from connectors.systems.qad.sinks.wanted import (
    WantedLine,
    WantedOrder,
    currency_of,
    day_of,
    lines_of,
    reference_of,
    total_of,
)
from tests.connectors.systems.qad.mail_orders import line, options, order


def test_the_reference_is_the_order_s_id() -> None:
    assert reference_of(order(number="web-1001"), "", 22) == "web-1001"
    assert reference_of(order(number="web-1001"), "MC-", 22) == "MC-web-1001"


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60), st.integers(12, 80))
def test_references_fit_and_stay_apart(one: str, other: str, longest: int) -> None:
    first, second = (reference_of(order(number=key), "", longest) for key in (one, other))
    assert len(first) <= longest
    assert "," not in first
    assert (first == second) is (one == other)


def test_lines_carry_item_quantity_and_net_price() -> None:
    found = lines_of(order(line("A", "3", "10.00"), line("B", "1", "2.5")), options())
    assert found == [
        {"item": "A", "quantity": "3", "price": "3.33333"},
        {"item": "B", "quantity": "1", "price": "2.50000"},
    ]


def test_a_line_without_sku_goes_by_its_product() -> None:
    (found,) = lines_of(order(line("", product_key="P-9", key="1")), options())
    assert found["item"] == "P-9"


def test_shipping_is_a_line_where_an_item_stands_for_it() -> None:
    with_shipping = order(line("A"), shipping=Decimal("4.90"))
    assert [one["item"] for one in lines_of(with_shipping, options(shipping_item="FREIGHT"))] == [
        "A",
        "FREIGHT",
    ]
    assert [one["item"] for one in lines_of(with_shipping, options())] == ["A"]


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (order(line("", product_key="", key="1")), "no_item"),
        (order(line("A", "-1")), "quantity"),
        (order(line("A", "1", "-5")), "negative"),
    ],
)
def test_a_line_that_makes_no_sense_rejects_the_order(record: object, code: str) -> None:
    with pytest.raises(RecordRejected) as caught:
        lines_of(record, options())  # type: ignore[arg-type]
    assert caught.value.code == code


def test_a_discount_on_the_whole_order_comes_off_its_lines() -> None:
    lines = (line("A", "2", "80.00"), line("B", "1", "20.00"))
    of_the_order = order(*lines, total=Decimal("96.00"), shipping=Decimal("6.00"), discount=Decimal("10.00"))
    assert [one["price"] for one in lines_of(of_the_order, options())] == ["36.00000", "18.00000"]
    of_the_lines = order(*lines, total=Decimal("106.00"), shipping=Decimal("6.00"), discount=Decimal("10.00"))
    assert [one["price"] for one in lines_of(of_the_lines, options())] == ["40.00000", "20.00000"]


def test_an_order_without_lines_is_not_meant() -> None:
    with pytest.raises(RecordSkipped):
        lines_of(order(line("A", cancelled=True)), options())


def test_only_currencies_are_currencies() -> None:
    assert currency_of(order(currency="USD")) == "USD"
    with pytest.raises(RecordRejected, match="'POINTS' is not a currency"):
        currency_of(order(currency="POINTS"))


def test_the_total_is_what_was_paid_else_what_the_lines_come_to() -> None:
    assert total_of(order(total=Decimal("31.50"))) == "31.50"
    assert total_of(order(line("A", net="25.00"), total=None, shipping=Decimal("4.90"))) == "29.90"


def test_the_day_is_the_one_it_was_placed() -> None:
    assert day_of(order()) == "2026-11-19"


def test_what_is_stored_is_read_back() -> None:
    stored = Desired(
        {"reference": "R", "currency": "USD", "lines": [{"item": "A", "quantity": "2", "price": "1.50000"}]}
    )
    found = WantedOrder.of(stored)
    assert found.lines == (WantedLine("A", Decimal(2), Decimal("1.5")),)
    assert (found.reference, found.fields, found.is_cancelled) == ("R", {}, False)
