"""Single values: what is stored nowhere is taken out, what is no number is named."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.errors import RecordRejected
from connectors.systems.ifs_cloud.values import key_fault, number, text, tidy, truthy, valid_on


@given(st.text(st.characters(codec=None)))
def test_clean_text_can_be_stored_anywhere(value: str) -> None:
    cleaned = text(value)
    assert "\x00" not in cleaned
    cleaned.encode()
    assert cleaned == cleaned.strip()
    assert text(cleaned) == cleaned


def test_nul_bytes_go_and_line_breaks_become_spaces() -> None:
    assert text("  Ac\x00me\r\n Ltd\x07 ") == "Acme  Ltd"
    assert text("Grüße, 株式会社") == "Grüße, 株式会社"


def test_a_text_of_40_kb_rejects_its_record_by_name() -> None:
    assert tidy({"Name": "x" * 39_999, "N": 1}, "customer 1")["N"] == 1
    with pytest.raises(
        RecordRejected, match=r"Name of customer 1 has 40,000 characters.*Shorten it"
    ) as caught:
        tidy({"Name": "x" * 40_000}, "customer 1")
    assert caught.value.code == "too_long"


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        (None, "it has no key"),
        ("", "it has no key"),
        ("  ", "it has no key"),
        (7, "it has no key"),
        ("A\x001", "its key holds control characters"),
        ("A\ud8001", "its key holds control characters"),
        ("x" * 256, "its key has 256 characters"),
        ("A'1 /ö", ""),
    ],
)
def test_what_cannot_be_a_key_is_told(key: object, fault: str) -> None:
    assert key_fault(key) == fault


@given(st.decimals(-(10**15), 10**15, places=12))
def test_numbers_stay_exact_in_every_spelling(value: Decimal) -> None:
    assert number(value, "x") == value
    assert number(f"{value:f}", "x") == value


@pytest.mark.parametrize("value", ["12,5", "", None, True, [], "NaN", float("inf"), Decimal("1e31"), "1e-40"])
def test_what_is_no_number_is_rejected_by_name(value: object) -> None:
    with pytest.raises(RecordRejected, match="SaleUnitPrice of line 1 is ") as caught:
        number(value, "SaleUnitPrice of line 1")
    assert caught.value.code == "bad_number"


def test_flags_come_in_many_spellings() -> None:
    assert all(map(truthy, (True, "TRUE", "Yes", "y", "1")))
    assert not any(map(truthy, (False, None, "FALSE", "No", "", 1, "0")))


def test_validity_includes_both_ends() -> None:
    row = {"ValidFrom": "2026-01-01", "ValidTo": "2026-01-31"}
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1))
    assert [valid_on(row, day) for day in days] == [False, True, True, False]
    assert valid_on({"ValidFrom": None, "ValidTo": None}, date(2026, 1, 1))
    assert valid_on({"ValidTo": "2026-01-31T00:00:00Z"}, date(2026, 1, 31))


def test_zero_is_zero_however_it_is_written() -> None:
    assert str(number("0E-999999999", "x")) == "0"
