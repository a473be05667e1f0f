"""Addresses and names out of fields into which people put anything."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from connectors.sdk.errors import RecordRejected
from connectors.systems.syspro.people import addresses, chosen_email, is_address, person_name
from tests.connectors.systems.syspro.records import settings


@pytest.mark.parametrize(
    ("field", "chosen"),
    [
        ("", ""),
        ("  ; ;, ", ""),
        ("jo@x.example", "jo@x.example"),
        ("first@x.example;second@x.example", "first@x.example"),
        ("see telephone; Second@X.example", "Second@X.example"),
        ("Jo Smith <jo@x.example>, other@x.example", "jo@x.example"),
        ("mailto:jo@x.example", "jo@x.example"),
        ("jürgen@müller.example", "jürgen@müller.example"),
    ],
)
def test_the_first_valid_address_is_taken(field: str, chosen: str) -> None:
    assert chosen_email(field, settings(), "customer 7") == chosen


def test_a_field_without_any_valid_address_is_refused_with_what_it_holds() -> None:
    with pytest.raises(RecordRejected) as refusal:
        chosen_email("see telephone; foo@; @bar", settings(), "customer 7")
    assert refusal.value.code == "email"
    assert "Email of customer 7 holds nothing that can be an e-mail address" in refusal.value.text
    assert "see telephone, foo@, @bar. Correct it in SYSPRO." in refusal.value.text


def test_of_many_only_some_are_shown() -> None:
    with pytest.raises(RecordRejected, match="one, two, three, four, five and 2 more"):
        chosen_email("one;two;three;four;five;six;seven", settings(), "customer 7")


def test_where_one_address_is_wanted_several_are_refused() -> None:
    rule = settings(email_rule="only_one")
    assert chosen_email("nonsense; jo@x.example; jo@x.example", rule, "customer 7") == "jo@x.example"
    with pytest.raises(RecordRejected, match="holds 2 e-mail addresses") as refusal:
        chosen_email("jo@x.example; al@x.example", rule, "customer 7")
    assert refusal.value.code == "several_emails"


def test_another_company_separates_by_other_signs() -> None:
    assert addresses("a@x.example/b@x.example|c@x.example", "/|") == [
        "a@x.example",
        "b@x.example",
        "c@x.example",
    ]


@tried(deadline=None)
@given(st.text(alphabet="ab@.;, <>-", max_size=60))
def test_whatever_stands_there_an_address_or_a_refusal_comes_out(field: str) -> None:
    try:
        chosen = chosen_email(field, settings(), "customer 7")
    except RecordRejected:
        assert addresses(field, ";,")
    else:
        assert not chosen or is_address(chosen)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Thandi Nkosi", ("Thandi", "Nkosi")),
        ("Nkosi, Thandi", ("Thandi", "Nkosi")),
        ("Maria da Silva Santos", ("Maria da Silva", "Santos")),
        ("Thandi", ("", "")),
        ("Accounts Dept", ("", "")),
        ("Smith & Sons", ("", "")),
        ("Harbour Foods (Pty) Ltd", ("", "")),
        ("Depot 7", ("", "")),
        ("Nkosi,", ("", "")),
        ("one two three four five", ("", "")),
        ("", ("", "")),
    ],
)
def test_only_what_is_clearly_a_person_has_a_first_name(name: str, expected: tuple[str, str]) -> None:
    assert person_name(name) == expected


def test_separators_that_are_part_of_addresses_are_refused() -> None:
    values: dict[str, Any] = {"email_separators": ".;"}
    with pytest.raises(ValueError, match="cannot separate them"):
        settings(**values)
