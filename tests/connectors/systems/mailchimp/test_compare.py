"""Whether what stands there is what we want."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.systems.mailchimp.compare import holds, same

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_everything_holds_itself(value: object) -> None:
    assert holds(value, value)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4), st.dictionaries(st.text(max_size=5), JSON))
def test_more_than_wanted_does_no_harm(wanted: dict[str, object], more: dict[str, object]) -> None:
    assert holds({**more, **wanted}, wanted)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_an_amount_is_the_same_as_number_and_text(amount: Decimal) -> None:
    assert same(f"{amount:f}", float(amount))
    assert same(float(amount), f"{amount:f}")


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        (12.3, 12.30),
        ("5", 5),
        (5, "5"),
        (" Jane ", "Jane"),
        (None, ""),
        ("", None),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02T04:04:05+01:00", "2026-01-02T03:04:05+00:00"),
    ],
)
def test_two_spellings_are_the_same(there: object, wanted: object) -> None:
    assert same(there, wanted)


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ("007", "7"),
        ("1E2", "100"),
        ("jane", "Jane"),
        (True, 1),
        (1, True),
        ("true", True),
        ("", 0),
        (12.31, 12.3),
        ("2026-01-02T03:04:06+00:00", "2026-01-02T03:04:05+00:00"),
        (None, "x"),
    ],
)
def test_two_values_differ(there: object, wanted: object) -> None:
    assert not same(there, wanted)


def test_lists_are_compared_item_by_item() -> None:
    assert holds([{"id": 1, "x": 2}], [{"id": "1"}])
    assert not holds([{"id": 1}, {"id": 2}], [{"id": 1}])
    assert not holds("", {"addr1": "Weg 1"})
