"""Single values, in whatever spelling a release sends them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.errors import RecordRejected
from connectors.systems.qad.values import (
    day,
    flag,
    key_fault,
    moment,
    number,
    spelled_day,
    spelling_of,
    text,
    tidy,
)

SPELLINGS = ["y-m-d", "y/m/d", "d.m.y", "m/d/y", "d/m/y"]


@pytest.mark.parametrize(
    ("value", "mark", "expected"),
    [
        ("1234.50", "auto", "1234.50"),
        ("1,234.50", "auto", "1234.50"),
        ("1.234,50", "auto", "1234.50"),
        ("1 234,50", "auto", "1234.50"),
        ("1,234,567", "auto", "1234567"),
        ("12,5", "auto", "12.5"),
        ("12.50-", "auto", "-12.50"),
        ("1,234", "point", "1234"),
        ("1,234", "comma", "1.234"),
        ("1.234", "comma", "1234"),
        (Decimal("39.31"), "comma", "39.31"),
        (0, "auto", "0"),
    ],
)
def test_numbers_are_read_in_either_spelling(value: object, mark: str, expected: str) -> None:
    assert number(value, "x", mark) == Decimal(expected)


def test_a_number_that_can_be_read_in_two_ways_is_refused() -> None:
    with pytest.raises(RecordRejected, match="two ways") as caught:
        number("1,234", "the price of item A")
    assert caught.value.code == "ambiguous_number"


@pytest.mark.parametrize("value", ["", None, "abc", "NaN", "1e999", True, "12abc"])
def test_what_is_no_number_is_named(value: object) -> None:
    with pytest.raises(RecordRejected, match="the price of item A is"):
        number(value, "the price of item A")


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False))
def test_every_amount_survives_both_spellings(amount: Decimal) -> None:
    spelled = f"{amount:,.2f}"
    assert number(spelled, "x", "point") == amount
    assert number(spelled.translate(str.maketrans(",.", ".,")), "x", "comma") == amount


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2100, 1, 1)), st.sampled_from(SPELLINGS))
def test_a_day_survives_every_spelling(when: date, spelling: str) -> None:
    assert day(spelled_day(when, spelling), spelling) == when


def test_the_spelling_of_dates_is_found_where_one_of_them_tells() -> None:
    assert spelling_of(["11/03/2026", "11/20/2026"]) == "m/d/y"
    assert spelling_of(["03/11/2026", "20/11/2026"]) == "d/m/y"
    assert spelling_of(["20.11.2026"]) == "d.m.y"
    assert spelling_of(["2026-11-20", ""]) == "y-m-d"
    assert spelling_of(["01/02/2026", "03/04/2026"]) == ""
    assert spelling_of([]) == ""


def test_what_is_no_date_in_that_spelling_is_none() -> None:
    assert day("20/11/2026", "m/d/y") is None
    assert day("soon", "m/d/y") is None
    assert day(None) is None


def test_a_day_begins_in_the_zone_of_the_server() -> None:
    assert moment("2026-11-20", ZoneInfo("America/New_York")) == datetime(2026, 11, 20, 5, tzinfo=UTC)
    assert moment("2026-11-20T00:00:00Z", ZoneInfo("America/New_York")) == datetime(2026, 11, 20, tzinfo=UTC)
    assert moment("", ZoneInfo("UTC")) is None


@pytest.mark.parametrize(
    ("value", "expected"), [(True, True), ("yes", True), ("no", False), ("", None), ("?", None)]
)
def test_flags_come_as_json_or_as_words(value: object, expected: bool | None) -> None:  # noqa: FBT001
    assert flag(value) is expected


def test_text_loses_what_no_system_can_store() -> None:
    assert text(" a\x00b\tc\ud800 ") == "ab c"


def test_a_text_beyond_reason_is_refused() -> None:
    with pytest.raises(RecordRejected, match="more than any system takes"):
        tidy({"ad_mstr.ad_name": "x" * 50_000}, "customer 1")


@pytest.mark.parametrize("key", ["", "  ", None, "x" * 300, "a\x07b"])
def test_some_keys_are_none(key: object) -> None:
    assert key_fault(key)
