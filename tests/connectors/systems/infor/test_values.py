"""Single values: padding, numbers, dates, filters that cannot be broken out of."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.errors import RecordRejected
from connectors.systems.infor.csi.values import all_of, any_of, before, compared, literal, padded, stamp
from connectors.systems.infor.values import day, key_fault, number, same, text, tidy
from sandboxes.infor.csi.conditions import condition
from sandboxes.infor.csi.idos import IDOS


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("10001     ", "10001"),
        ("      1", "1"),
        ("a\tb\r\nc", "a b c"),
        ("x\x00y", "xy"),
        (None, ""),
        (12, "12"),
        (True, "1"),
    ],
)
def test_padding_and_what_no_system_stores_is_taken_off(value: object, clean: str) -> None:
    assert text(value) == clean


@pytest.mark.parametrize("value", ["0", "", "00000000", "20261301", "20260230", "yesterday", None])
def test_what_is_no_day_is_none(value: object) -> None:
    assert day(value) is None


@pytest.mark.parametrize("value", ["20260131", "20260131 10:20:30.123", "2026-01-31T10:20:30"])
def test_a_day_is_read_in_each_spelling(value: str) -> None:
    assert day(value) == date(2026, 1, 31)


@pytest.mark.parametrize("value", ["", "   ", "n/a", None, "NaN", "Infinity", "1e999"])
def test_what_is_no_amount_is_nothing(value: object) -> None:
    assert number(value) == 0


def test_amounts_are_exact() -> None:
    assert number("  12345678901234567.89 ") == Decimal("12345678901234567.89")


@pytest.mark.parametrize(
    ("there", "here", "equal"),
    [
        ("100", "100.00", True),
        ("007", "7", False),
        ("ABC  ", "ABC", True),
        ("", "0", False),
        (None, "", True),
    ],
)
def test_a_field_is_the_same_but_for_padding_and_decimals(there: object, here: object, equal: bool) -> None:  # noqa: FBT001
    assert same(there, here) is equal


def test_a_text_beyond_reason_is_refused_by_name() -> None:
    with pytest.raises(RecordRejected, match=r"CUNM of customer 1 has 40,000 characters"):
        tidy({"CUNM": "x" * 40_000}, "customer 1")


def test_keys_nobody_can_store_are_named() -> None:
    assert key_fault("10001") == ""
    assert key_fault(" ") == "it has no key"
    assert "control" in key_fault("a\x00b")
    assert "characters" in key_fault("x" * 300)


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]), max_size=20), st.text(max_size=5))
def test_no_value_breaks_out_of_a_filter(value: str, tail: str) -> None:
    """The sandbox reads filters as a database does: what it finds equal is the value itself, nothing more."""
    ido = IDOS["SLCustomers"]
    test = condition(ido, all_of("CustSeq = 0", compared("Name", "=", value)))
    assert test({"Name": value, "CustSeq": "0"})
    assert not test({"Name": value + "x" + tail, "CustSeq": "0"})
    assert not test({"Name": value, "CustSeq": "1"})


def test_a_value_with_control_characters_never_becomes_a_filter() -> None:
    with pytest.raises(RecordRejected):
        literal("a\nb")


@pytest.mark.parametrize("name", ["Name OR 1=1 --", "", "Name'", "a b"])
def test_only_names_become_names(name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        compared(name, "=", "x")
    with pytest.raises(ValueError, match="no name"):
        any_of(name, ["x"])


def test_numbers_are_padded_on_their_left() -> None:
    assert padded("1", 7) == "      1"
    assert padded("LONGNUMBER", 7) == "LONGNUMBER"


@pytest.mark.parametrize(
    "told", ["20260131 10:20:30.120", "2026-01-31T10:20:30.120", "2026-01-31 10:20:30.120"]
)
def test_times_of_the_server_compare_in_each_spelling(told: str) -> None:
    assert stamp(told) == "2026-01-31 10:20:30.120"
    assert before(stamp(told), 30) == "2026-01-31 09:50:30.120"


@pytest.mark.parametrize("told", [None, "", "soon", 5])
def test_what_is_no_time_moves_no_mark(told: object) -> None:
    assert stamp(told) == ""
