"""Arrays spelled by hand arrive as what they were."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.engine import sql

pytestmark = pytest.mark.django_db

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


def back(kind: str, values: list[object]) -> list[object]:
    return list(sql.rows(f"SELECT %s::{kind}[]", [sql.array(values)])[0][0])


@given(st.lists(TEXTS | st.none(), max_size=8))
def test_texts_and_nothings_arrive_as_they_were(values: list[object]) -> None:
    assert back("text", values) == values


@given(st.lists(st.binary(max_size=20) | st.none(), max_size=8))
def test_bytes_arrive_as_they_were(values: list[object]) -> None:
    assert back("bytea", values) == values


def test_other_kinds_arrive_as_they_were() -> None:
    for kind, value in [
        ("uuid", UUID(int=7)),
        ("timestamptz", datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)),
        ("bool", True),
        ("int", -7),
        ("float8", 2.5),
    ]:
        assert back(kind, [value, None]) == [value, None]
        assert back(kind, [value, value]) == [value, value]


def test_a_text_with_a_nul_is_refused_rather_than_split() -> None:
    for values in (["a\0b"], ["a", "b\0"], ["a\0b", "c"]):
        with pytest.raises(ValueError, match="NUL"):
            sql.array(values)
