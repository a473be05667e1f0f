"""Address lines mean what the company says they mean."""

from typing import Any

import pytest

from connectors.records import Address
from connectors.systems.syspro.addresses import address_columns, address_of
from connectors.systems.syspro.countries import CODES, country_code
from tests.connectors.systems.syspro.records import settings

ROW = {
    "SoldToAddr1": "12 Quay Street",
    "SoldToAddr2": "Harbour View",
    "SoldToAddr3": "Durban",
    "SoldToAddr3Loc": "Point",
    "SoldToAddr4": "KZN",
    "SoldToAddr5": "South Africa",
    "SoldPostalCode": "4001",
    "ShipToAddr1": "Dock 4",
    "ShipPostalCode": "4002",
}


def test_the_usual_habit_needs_no_settings() -> None:
    assert address_of(ROW, settings()) == Address(
        line1="12 Quay Street",
        line2="Harbour View",
        city="Durban",
        region="KZN",
        postal_code="4001",
        country="ZA",
    )


def test_another_habit_is_a_setting() -> None:
    lines = {"1": "nothing", "2": "street", "3": "street", "3Loc": "city", "4": "postal_code", "5": "region"}
    found = address_of({**ROW, "SoldPostalCode": ""}, settings(address_lines=lines, country="za"))
    assert found == Address(
        line1="Harbour View, Durban", city="Point", region="South Africa", postal_code="KZN", country="ZA"
    )


def test_a_line_that_means_nothing_is_not_even_read() -> None:
    columns = address_columns(settings(address_lines={"1": "street", "3": "city"}))
    assert columns == ("SoldToAddr1", "SoldToAddr3", "SoldPostalCode")


def test_the_delivery_address_can_be_chosen() -> None:
    assert address_of(ROW, settings(address_from="ShipTo")) == Address(line1="Dock 4", postal_code="4002")


def test_a_second_line_without_a_first_moves_up() -> None:
    assert address_of({"SoldToAddr2": "Harbour View"}, settings()).line1 == "Harbour View"


def test_no_lines_make_no_address_whatever_the_country() -> None:
    assert address_of({}, settings(country="ZA")) == Address()


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("South Africa", "ZA"),
        ("  united   kingdom", "GB"),
        ("uk", "GB"),
        ("U.S.A.", "US"),
        ("de", "DE"),
        ("Suid-Afrika", "ZA"),
        ("?", "?"),
        ("XX", "XX"),
        ("", ""),
    ],
)
def test_countries_are_known_by_their_names(written: str, code: str) -> None:
    names = settings(country_names={"Suid-Afrika": "za"}).country_names
    assert country_code(written, names) == code


def test_every_country_has_a_code_of_two_letters() -> None:
    assert all(len(code) == 2 and code.isupper() for code in CODES.values())
    assert len(set(CODES.values())) > 200


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"address_lines": {"6": "city"}}, "there is no line 6"),
        ({"address_lines": {"1": "planet"}}, "line 1: choose one of street"),
        ({"country_names": {"Suid-Afrika": "ZAF"}}, "Suid-Afrika: write the country's two letters"),
        ({"country": "ZAF"}, "country"),
    ],
)
def test_habits_that_make_no_sense_are_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        settings(**values)
