"""What an order comes to: whichever way a shop counts, it adds up to what the customer paid. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.errors import RecordRejected
from connectors.systems.mailchimp.streams.order_values import order_of, raw_of

CENTS = st.integers(0, 10_000_00).map(lambda cents: Decimal(cents) / 100)


def raw(*lines: tuple[Any, ...], currency: str = "EUR", **fields: Any) -> dict[str, Any]:
    """An order of lines (price, quantity, discount)."""
    told = [
        {"id": str(index), "product_id": "p", "price": price, "quantity": quantity, "discount": discount}
        for index, (price, quantity, discount) in enumerate(lines)
    ]
    order = {
        "id": "1", "currency_code": currency, "customer": {"id": "c", "email_address": "a@b.example"},
        "lines": told, **fields,
    }  # fmt: skip
    return raw_of(order, "shop", lambda _product, _variant: "")


def test_prices_without_tax_are_net() -> None:
    order = order_of(raw((10, 2, 0), (5, 1, 1), order_total=28.56, tax_total=4.56))
    assert [(line.net, line.gross) for line in order.lines] == [
        (Decimal(20), Decimal("23.80")), (Decimal(4), Decimal("4.76")),
    ]  # fmt: skip
    assert order.extra["adds_up"] is True


def test_prices_with_tax_are_gross() -> None:
    order = order_of(raw((11.9, 1, 0), (23.8, 1, 0), order_total=35.7, tax_total=5.7))
    assert [(line.net, line.gross) for line in order.lines] == [
        (Decimal(10), Decimal("11.90")), (Decimal(20), Decimal("23.80")),
    ]  # fmt: skip


@pytest.mark.parametrize("total", [22.0, 20.0])
def test_the_orders_discount_is_beyond_the_lines_or_their_sum(total: float) -> None:
    """22: the discount of 2 is that of the line; 20: it is taken off the whole as well."""
    order = order_of(raw((12, 2, 2), order_total=total, discount_total=2))
    assert order.extra["adds_up"] is True
    assert (order.discount, order.lines[0].net) == (Decimal(2), Decimal(22))


def test_shipping_is_part_of_what_is_paid_and_of_no_line() -> None:
    order = order_of(raw((10, 1, 0), order_total=14.9, shipping_total=4.9))
    assert order.extra["adds_up"] is True
    assert (order.lines[0].gross, order.shipping) == (Decimal(10), Decimal("4.9"))


def test_what_adds_up_neither_way_says_so_and_keeps_its_total() -> None:
    order = order_of(raw((10, 1, 0), order_total=99))
    assert order.extra["adds_up"] is False
    assert order.total == 99


@given(prices=st.lists(CENTS, min_size=1, max_size=8), tax=CENTS)
def test_the_tax_of_the_lines_is_the_tax_of_the_order_to_the_cent(
    prices: list[Decimal], tax: Decimal
) -> None:
    order = order_of(raw(*((price, 1, 0) for price in prices), order_total=sum(prices) + tax, tax_total=tax))
    assert order.total == sum(prices) + tax
    if sum(prices):
        assert sum(line.gross for line in order.lines) == order.total
        assert sum(line.gross - line.net for line in order.lines) == tax


@given(cents=st.integers(1, 10**14))
def test_no_digit_of_an_amount_is_lost(cents: int) -> None:
    amount = Decimal(cents) / 100
    assert order_of(raw((amount, 1, 0), order_total=amount)).total == amount


def test_currencies_without_cents_are_counted_whole() -> None:
    order = order_of(raw((333, 3, 0), (1, 1, 0), currency="JPY", order_total=1100, tax_total=100))
    assert [line.gross - line.net for line in order.lines] == [100, 0]


def test_what_the_source_does_not_name_is_none() -> None:
    order = order_of(raw((1, 1, 0), order_total=1))
    assert (order.tax, order.shipping, order.discount, order.placed_at) == (None, None, None, None)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"currency_code": "XXX"}, "currency"),
        ({"order_total": None}, "no_total"),
        ({"order_total": "much"}, "amount"),
        ({"order_total": "NaN"}, "amount"),
        ({"order_total": 10**16}, "amount"),
        ({"customer": {"id": "c"}}, "no_email"),
        ({"lines": [{"id": "1", "product_id": "p", "price": 1}]}, "line"),
    ],
)
def test_what_makes_no_sense_is_rejected_with_the_reason(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(RecordRejected) as caught:
        order_of({**raw((1, 1, 0), order_total=1), **wrong})
    assert caught.value.code == code


def test_text_amounts_are_understood() -> None:
    assert order_of(raw(("3350000.0000", "1", "0"), order_total="3350000.0000")).total == 3350000
