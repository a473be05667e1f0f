"""What an audience takes about a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import Address
from connectors.sdk.errors import RecordRejected, RecordSkipped
from connectors.systems.mailchimp import contact

FULL = Address(line1="1 Main St", city="Springfield", region="IL", postal_code="62701", country="US")


WIDE = st.text(alphabet="aü漢😀", min_size=60, max_size=300)


@given(st.text(max_size=400) | WIDE)
def test_a_text_never_exceeds_255_bytes_and_is_never_cut_inside_a_character(text: str) -> None:
    kept = contact.fitting(text)
    assert len(kept.encode()) <= 255
    assert text.encode("utf-8", "replace").decode().startswith(kept)


@given(st.text(alphabet="aü漢😀", min_size=256, max_size=400))
def test_a_long_text_keeps_as_much_as_fits(text: str) -> None:
    assert len(contact.fitting(text).encode()) > 255 - 4


def test_an_empty_text_leaves_the_field_alone() -> None:
    assert contact.merge_text("   ") is None


def test_a_complete_address_uses_the_words_of_merge_fields() -> None:
    assert contact.merge_address(FULL) == {
        "addr1": "1 Main St",
        "city": "Springfield",
        "state": "IL",
        "zip": "62701",
        "country": "US",
    }


@pytest.mark.parametrize("part", ["line1", "city", "region", "postal_code"])
def test_an_incomplete_address_is_left_out(part: str) -> None:
    parts = {"line1": "1 Main St", "city": "Springfield", "region": "IL", "postal_code": "62701"}
    assert contact.merge_address(Address(**{**parts, "country": "US", part: " "})) is None


def test_a_country_without_states_sends_an_empty_one() -> None:
    found = contact.merge_address(Address(line1="Weg 1", city="Kiel", postal_code="24103", country="DE"))
    assert found is not None
    assert found["state"] == ""


def test_an_address_without_a_country_needs_its_state() -> None:
    assert contact.merge_address(Address(line1="Weg 1", city="Kiel", postal_code="24103")) is None


def test_a_store_address_uses_the_words_of_the_store() -> None:
    assert contact.store_address(FULL) == {
        "address1": "1 Main St",
        "city": "Springfield",
        "province": "IL",
        "postal_code": "62701",
        "country_code": "US",
    }
    assert contact.store_address(Address()) is None


def test_a_country_that_is_no_code_is_sent_by_its_name() -> None:
    found = contact.store_address(Address(city="Oslo", country="Norway"))
    assert found == {"city": "Oslo", "country": "Norway"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("en", "en"),
        ("DE", "de"),
        ("de-AT", "de"),
        ("es_ES", "es_ES"),
        ("es-MX", "es"),
        ("pt-PT", "pt_PT"),
        ("fr-CA", "fr_CA"),
        ("nb-NO", "no"),
        ("", None),
        ("tlh", None),
    ],
)
def test_a_language_is_named_as_mailchimp_names_it(code: str, expected: str | None) -> None:
    assert contact.language(code) == expected


def test_no_address_is_skipped_and_a_broken_one_rejected() -> None:
    with pytest.raises(RecordSkipped, match="no e-mail address"):
        contact.email_address("  ")
    for broken in ("nobody", "a@b", "a b@example.com", "a@@example.com", "a@example..com"):
        with pytest.raises(RecordRejected):
            contact.email_address(broken)


def test_the_domain_is_lower_case_and_the_rest_kept() -> None:
    assert contact.email_address(" Jane.Doe+erp@EXAMPLE.com ") == "Jane.Doe+erp@example.com"
