"""Single values: what people and databases put into fields, and what we make of it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from connectors.sdk.errors import RecordRejected
from connectors.systems.syspro.values import (
    LONGEST_TEXT,
    day,
    instant,
    key_fault,
    key_of,
    kind_of,
    number,
    plain,
    text,
    tidy,
)


@tried(deadline=None)
@given(st.text())
def test_text_is_always_storable_and_without_edges(raw: str) -> None:
    cleaned = text(raw)
    assert cleaned == cleaned.strip()
    assert "\x00" not in cleaned
    cleaned.encode()


def test_line_breaks_become_blanks_and_controls_go() -> None:
    assert text("Bell\x07 &\r\nSons\t") == "Bell & Sons"


@pytest.mark.parametrize(
    ("value", "expected"), [(None, ""), (True, "Y"), (7, "7"), (Decimal("1.50"), "1.50")]
)
def test_what_is_no_text_is_spelled(value: object, expected: str) -> None:
    assert text(value) == expected


def test_a_text_beyond_reason_is_refused_by_its_name() -> None:
    with pytest.raises(RecordRejected, match="UserField1 of customer 7 has 40,000 characters"):
        tidy({"UserField1": "x" * LONGEST_TEXT}, "customer 7")


def test_leading_zeros_belong_to_a_number_and_padding_does_not() -> None:
    assert key_of("0000012   ") == "0000012"
    assert key_of(12) == ""


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("", "no number"),
        ("   ", "no number"),
        ("A\x00B", "control characters"),
        ("9" * 101, "101 characters"),
    ],
)
def test_a_key_that_can_be_none_is_named(key: str, fault: str) -> None:
    assert fault in key_fault(key)


@tried(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4))
def test_numbers_keep_every_digit(value: Decimal) -> None:
    assert number(f" {value:f} ") == value
    assert plain(value) == f"{value:f}"


@pytest.mark.parametrize("value", ["", "n/a", None, True, "NaN", "1e99", 1.5, [1]])
def test_what_is_no_exact_number_is_none(value: object) -> None:
    assert number(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        ("2026-03-01T00:00:00Z", date(2026, 3, 1)),
        ("1900-01-01", None),
        ("", None),
        (None, None),
        ("31.12.2025", None),
    ],
)
def test_a_day_is_a_day_and_an_empty_one_is_none(value: object, expected: date | None) -> None:
    assert day(value) == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("2026-03-01", "date"),
        ("2026-03-01T08:30:00+02:00", "moment"),
        ("AAAAAAAAB9E=", "text"),
        (Decimal(12), "number"),
        (12, "number"),
        (True, None),
        (None, None),
        ("", None),
    ],
)
def test_a_value_tells_how_it_can_be_compared(value: object, kind: str | None) -> None:
    assert kind_of(value) == kind


def test_an_instant_without_a_zone_is_taken_at_its_face() -> None:
    assert instant("2026-03-01T08:30:00") == datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    assert instant("2026-03-01T08:30:00+02:00") == datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
