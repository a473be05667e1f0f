"""Ids: the ones Mailchimp computes, and ours."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from connectors.systems.mailchimp.ids import LONGEST_ID, customer_id, member_hash, safe_id

PLAIN = re.compile(r"[A-Za-z0-9._-]{1,50}")


def test_a_member_is_the_md5_of_the_lower_case_address() -> None:
    assert member_hash("jane@example.com") == "9e26471d35a78862c17e467d87cddedf"
    assert member_hash("  Jane@EXAMPLE.com ") == member_hash("jane@example.com")


def test_case_is_folded_beyond_ascii() -> None:
    assert member_hash("ÄNNE@example.com") == member_hash("änne@example.com")


def test_a_plain_key_stays_itself() -> None:
    assert safe_id("C-10001") == "C-10001"


def test_keys_that_would_look_alike_stay_apart() -> None:
    assert len({safe_id("AB/12 3#x"), safe_id("AB-12-3-x"), safe_id("AB 12/3 x"), safe_id("AB\\12 3#x")}) == 4


def test_dots_alone_never_become_a_path_segment() -> None:
    assert safe_id("..") not in {"..", ".", ""}
    assert safe_id(".") not in {"..", ".", ""}


@given(st.text(min_size=1, max_size=120))
def test_every_key_becomes_a_short_plain_id(key: str) -> None:
    assert PLAIN.fullmatch(safe_id(key))
    assert safe_id(key) == safe_id(key)


@given(st.text(max_size=80), st.text(max_size=80))
def test_different_keys_have_different_ids(one: str, other: str) -> None:
    assert (safe_id(one) == safe_id(other)) == (one == other)


@given(st.text(min_size=1, max_size=100), st.emails())
def test_a_customer_id_is_never_too_long(key: str, address: str) -> None:
    assert len(customer_id(key, address)) <= LONGEST_ID


def test_a_new_address_makes_a_new_customer() -> None:
    assert customer_id("C1", "old@example.com") != customer_id("C1", "new@example.com")
    assert customer_id("C1", "Old@example.com") == customer_id("C1", "old@example.com")
