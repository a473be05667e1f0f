"""E-mail addresses and names out of fields that hold whatever people typed."""

import pytest

from connectors.systems.qad.people import chosen_email, emails_in, person_in


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("a@x.com", ["a@x.com"]),
        ("a@x.com; b@x.com,c@x.com | d@x.com", ["a@x.com", "b@x.com", "c@x.com", "d@x.com"]),
        ("a@x.com b@x.com", ["a@x.com", "b@x.com"]),
        ("Anna Berg <a@x.com>; A@X.com", ["a@x.com"]),
        ("mailto:a@x.com", ["a@x.com"]),
        ("anna berg@x.com", ["anna berg@x.com"]),
        ("no-at-sign.example", ["no-at-sign.example"]),
        ("n/a", []),
        ("-", []),
        ("", []),
    ],
)
def test_addresses_are_found(field: str, expected: list[str]) -> None:
    assert emails_in(field) == expected


def test_somebody_else_s_address_is_never_cut_out_of_a_mistyped_one() -> None:
    assert chosen_email("anna berg@x.com", "first") == "anna berg@x.com"


def test_of_several_the_rule_decides() -> None:
    assert chosen_email("a@x.com; b@x.com", "first") == "a@x.com"
    assert chosen_email("a@x.com; b@x.com", "only_one") == ""
    assert chosen_email("a@x.com", "only_one") == "a@x.com"


@pytest.mark.parametrize(
    ("attention", "expected"),
    [
        ("Anna Berg", ("Anna", "Berg")),
        ("Mrs. Anna Maria Berg", ("Anna Maria", "Berg")),
        ("Berg, Anna", ("Anna", "Berg")),
        ("Purchasing", ("", "")),
        ("Dock 7", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_contact_person_has_two_names(attention: str, expected: tuple[str, str]) -> None:
    assert person_in(attention) == expected
