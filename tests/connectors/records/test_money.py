"""Amounts: exact, rounded only as their currency says, never sent with digits a JSON number would lose."""

import json
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records.money import CURRENCIES, Money, minor_units

AMOUNTS = st.decimals(min_value=Decimal(-999999999), max_value=Decimal(999999999), places=6, allow_nan=False)
CODES = st.sampled_from(sorted(CURRENCIES))


@pytest.mark.parametrize(("code", "places"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0), ("MRU", 2)])
def test_a_currency_has_as_many_decimals_as_iso_says(code: str, places: int) -> None:
    assert minor_units(code) == places


@pytest.mark.parametrize("code", ["", "eur", "EURO", "XXX", "DEM", "ZZZ", "EU R"])
def test_what_is_no_active_currency_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="not a currency"):
        minor_units(code)


@pytest.mark.parametrize(
    ("amount", "code", "rounded"),
    [
        ("0.005", "EUR", "0.01"),
        ("-0.005", "EUR", "-0.01"),
        ("0.0049999", "EUR", "0.00"),
        ("2.5", "JPY", "3"),
        ("1.0005", "KWD", "1.001"),
    ],
)
def test_halves_go_away_from_zero(amount: str, code: str, rounded: str) -> None:
    assert Money(Decimal(amount), code).rounded() == Money(Decimal(rounded), code)


@given(amount=AMOUNTS, code=CODES)
def test_rounding_moves_at_most_half_a_unit_and_rounding_again_moves_nothing(
    amount: Decimal, code: str
) -> None:
    once = Money(amount, code).rounded()
    assert abs(once.amount - amount) * 2 <= Decimal(1).scaleb(-minor_units(code))
    assert once.rounded() == once
    assert once.amount == amount.quantize(Decimal(1).scaleb(-minor_units(code)), rounding=ROUND_HALF_UP)


@given(amount=AMOUNTS, code=CODES)
def test_what_is_sent_reads_back_as_the_same_amount(amount: Decimal, code: str) -> None:
    money = Money(amount, code)
    back = json.loads(json.dumps(money.wire()), parse_float=Decimal, parse_int=Decimal)
    assert back == money.rounded().amount


def test_an_amount_with_more_digits_than_a_number_carries_is_refused() -> None:
    assert Money(Decimal("9999999999999.99"), "EUR").wire() == 9999999999999.99
    with pytest.raises(ValueError, match="more digits"):
        Money(Decimal("99999999999999.99"), "EUR").wire()


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        Money(Decimal(amount), "EUR").wire()
