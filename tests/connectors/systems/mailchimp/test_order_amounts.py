"""The money of an order: exact whatever the currency."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from connectors.records import OrderLine, minor_units
from connectors.systems.mailchimp.sinks import order_amounts

CURRENCY = st.sampled_from(["EUR", "JPY", "KWD"])
AMOUNT = st.decimals(min_value=-10_000, max_value=1_000_000, places=4)
QUANTITY = st.integers(1, 5000).map(Decimal) | st.decimals(min_value=-100, max_value=1000, places=3)


@st.composite
def lines(draw: st.DrawFn) -> tuple[OrderLine, ...]:
    return tuple(
        OrderLine(
            key=str(number),
            product_key=f"P{number}",
            title="thing",
            quantity=draw(QUANTITY),
            net=draw(AMOUNT),
            gross=draw(AMOUNT),
        )
        for number in range(draw(st.integers(1, 8)))
    )


def exact(number: float) -> Decimal:
    return Decimal(str(number))


@given(lines(), CURRENCY)
def test_lines_less_discounts_and_tax_are_the_total_to_the_last_cent(
    some: tuple[OrderLine, ...], currency: str
) -> None:
    wire = [order_amounts.line_of(line, currency) for line in some]
    net = sum(exact(line["price"]) * line["quantity"] - exact(line.get("discount", 0)) for line in wire)
    assert net + order_amounts.tax(some, currency) == order_amounts.total(some, currency)


@given(lines(), CURRENCY)
def test_nothing_has_more_decimals_than_its_currency(some: tuple[OrderLine, ...], currency: str) -> None:
    cent = Decimal(1).scaleb(-minor_units(currency))
    for line in some:
        wire = order_amounts.line_of(line, currency)
        for amount in (exact(wire["price"]), exact(wire.get("discount", 0))):
            assert amount == amount.quantize(cent)


@given(lines(), CURRENCY)
def test_a_discount_only_ever_makes_up_for_rounding(some: tuple[OrderLine, ...], currency: str) -> None:
    cent = Decimal(1).scaleb(-minor_units(currency))
    for line in some:
        wire = order_amounts.line_of(line, currency)
        assert 0 <= exact(wire.get("discount", 0)) < cent * wire["quantity"]


@given(lines(), CURRENCY)
def test_a_quantity_is_a_positive_whole_number(some: tuple[OrderLine, ...], currency: str) -> None:
    for line in some:
        pieces = order_amounts.line_of(line, currency)["quantity"]
        assert isinstance(pieces, int)
        assert pieces >= 1


def line(quantity: str, net: str, gross: str = "0") -> OrderLine:
    return OrderLine(
        key="1",
        product_key="P",
        title="t",
        quantity=Decimal(quantity),
        net=Decimal(net),
        gross=Decimal(gross),
    )


def test_whole_pieces_keep_their_unit_price() -> None:
    wire = order_amounts.line_of(line("4", "50.00"), "EUR")
    assert (wire["quantity"], wire["price"]) == (4, 12.5)
    assert "discount" not in wire


def test_a_unit_price_that_is_no_amount_is_made_up_for_by_a_discount() -> None:
    wire = order_amounts.line_of(line("3", "10.00"), "EUR")
    assert (wire["quantity"], wire["price"], wire["discount"]) == (3, 3.34, 0.02)


def test_what_is_sold_by_weight_is_one_piece_at_the_price_of_the_line() -> None:
    wire = order_amounts.line_of(line("2.5", "31.25"), "EUR")
    assert (wire["quantity"], wire["price"]) == (1, 31.25)


def test_each_line_is_rounded_before_it_is_added_up() -> None:
    some = tuple(line("1", "0", "0.335") for _ in range(3))
    assert order_amounts.total(some, "EUR") == Decimal("1.02")
