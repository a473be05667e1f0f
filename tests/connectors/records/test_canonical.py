"""One spelling for equal values, and different ones for different values."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records.canonical import canonical_json, fingerprint

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def shuffled(value: Any) -> Any:
    """The same with the keys of each object the other way round."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(one) for one in value] if isinstance(value, list) else value


@given(JSON)
def test_the_order_of_keys_does_not_matter(value: Any) -> None:
    assert canonical_json(value) == canonical_json(shuffled(value))
    assert fingerprint(value) == fingerprint(shuffled(value))


@given(JSON)
def test_it_reads_back_as_what_it_was(value: Any) -> None:
    assert json.loads(canonical_json(value)) == value


@given(JSON, JSON)
def test_fingerprints_are_equal_exactly_where_the_spelling_is(one: Any, other: Any) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (canonical_json(one) == canonical_json(other))
    assert len(fingerprint(one)) == 16


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_a_decimal_is_spelled_alike_however_it_was_written(value: Decimal) -> None:
    assert canonical_json(value) == canonical_json(Decimal(f"{value:f}00"))
    assert Decimal(json.loads(canonical_json(value))) == value


@pytest.mark.parametrize(
    ("one", "other"),
    [(Decimal("1.50"), Decimal("1.5")), (Decimal(100), Decimal("1E+2")), (Decimal("0.00"), Decimal("-0"))],
)
def test_equal_decimals_are_equal(one: Decimal, other: Decimal) -> None:
    assert canonical_json({"a": one}) == canonical_json({"a": other})


def test_a_moment_is_spelled_in_utc() -> None:
    berlin = timezone(timedelta(hours=2))
    there = datetime(2026, 6, 3, 14, 0, tzinfo=berlin)
    assert canonical_json(there) == canonical_json(there.astimezone(UTC))
    assert canonical_json(date(2026, 6, 3)) == b'"2026-06-03"'


def test_a_time_without_zone_and_a_thing_without_spelling_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        canonical_json({"at": datetime(2026, 6, 3)})  # noqa: DTZ001
    with pytest.raises(TypeError):
        canonical_json({"what": object()})


def test_half_a_surrogate_pair_does_not_break_it() -> None:
    assert json.loads(canonical_json({"name": "a\ud83d"}))["name"].startswith("a")
    assert canonical_json("a\x00b") == b'"a\\u0000b"'
