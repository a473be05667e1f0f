"""The rules of standing, and records made of rows: pure."""

import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import Customer, Standing
from connectors.sdk.errors import RecordRejected
from connectors.systems.infor.m3.tables import customer_names
from connectors.systems.infor.party import kept, one_address, party_of, person_name
from connectors.systems.infor.settings import InforSettings
from connectors.systems.infor.standing import Facts, facts_of, standing_of

TODAY = date(2026, 7, 1)
SETTINGS = InforSettings(company="100", overdue_amount=100, overdue_days=30, dormant_days=180)


def standing(**facts: Any) -> Standing:
    return standing_of(Facts(**facts), SETTINGS, TODAY)[0]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, Standing.ACTIVE),
        ({"status": "20"}, Standing.ACTIVE),
        ({"status": "90"}, Standing.INACTIVE),
        ({"stop": "0"}, Standing.ACTIVE),
        ({"stop": "1"}, Standing.ON_HOLD),
        ({"status": "90", "stop": "1"}, Standing.INACTIVE),
        ({"overdue": "100.00"}, Standing.ACTIVE),
        ({"overdue": "100.01"}, Standing.DELINQUENT),
        ({"overdue": "500", "overdue_days": "30", "days_known": True}, Standing.ACTIVE),
        ({"overdue": "500", "overdue_days": "31", "days_known": True}, Standing.DELINQUENT),
        ({"overdue": "500", "stop": "2"}, Standing.ON_HOLD),
        ({"asked": True, "last_order": date(2026, 1, 2)}, Standing.ACTIVE),
        ({"asked": True, "last_order": date(2026, 1, 1)}, Standing.DORMANT),
        ({"asked": False, "last_order": date(2020, 1, 1)}, Standing.ACTIVE),
        ({"asked": True, "created": "20260101"}, Standing.DORMANT),
        ({"asked": True, "created": "20260601"}, Standing.ACTIVE),
        ({"asked": True}, Standing.ACTIVE),
        ({"overdue": "500", "asked": True, "last_order": date(2020, 1, 1)}, Standing.DELINQUENT),
    ],
)
def test_the_first_rule_that_fits_decides(facts: dict[str, Any], expected: Standing) -> None:
    assert standing(**facts) is expected


@given(st.integers(101, 10**9), st.integers(31, 900))
def test_the_reason_does_not_change_with_every_day(amount: int, days: int) -> None:
    facts = Facts(overdue=str(amount), overdue_days=str(days), days_known=True)
    assert (
        standing_of(facts, SETTINGS, TODAY)[1]
        == "It owes more than 100 past its due date for more than 30 days."
    )


def test_nobody_is_dormant_where_the_rule_is_off() -> None:
    rules = SETTINGS.model_copy(update={"dormant_days": 0})
    found, _ = standing_of(Facts(asked=True, last_order=date(1999, 1, 1)), rules, TODAY)
    assert found is Standing.ACTIVE


def test_figures_that_change_daily_are_judged_and_not_kept() -> None:
    names = customer_names(SETTINGS)
    values = {"CUNO": "1", "TDIN": "500.00", "ODUE": "45", "STAT": "20", "CFC3": "", "CRL2": "5.00"}
    assert facts_of(values, names).overdue_days == "45"
    assert kept(values, names, ()) == {"CUNO": "1", "STAT": "20"}
    assert kept(values, names, ("CRL2",)) == {"CUNO": "1", "STAT": "20", "CRL2": "5.00"}


def record(settings: InforSettings = SETTINGS, **values: str) -> Customer:
    raw = {"party": {"CUNO": "10001", **values}, "standing": "dormant", "reason": "Because."}
    return party_of(Customer, raw, customer_names(settings), settings)


def test_a_customer_carries_what_its_row_says() -> None:
    found = record(
        CUNM="Acme GmbH", MAIL="a@acme.example", CUA1="Weg 1", CUA2="Hof", TOWN="Ulm", PONO="89073",
        CSCD="DE", LNCD="GB", CUCD="eur", CUTP="0", CUCL="RTL", SDST="N1", VRNO="DE123", PYNO="10000",
        CESA="f" * 32, STAT="20", BLCD="0", RGDT="20200131", PHNO="+49 731",
    )  # fmt: skip
    assert (found.name, found.company, found.email, found.phone) == (
        "Acme GmbH",
        "Acme GmbH",
        "a@acme.example",
        "+49 731",
    )
    assert (found.tax_id, found.parent_key, found.marketing_id) == ("DE123", "10000", "f" * 32)
    assert (found.category, found.group, found.branch) == ("0", "RTL", "N1")
    assert (found.language, found.currency, found.created_on) == ("en", "EUR", "2020-01-31")
    assert (found.address.line1, found.address.line2, found.address.country) == ("Weg 1", "Hof", "DE")
    assert (found.standing, found.standing_reason) == (Standing.DORMANT, "Because.")
    assert found.extra == {"STAT": "20", "BLCD": "0"}


def test_an_account_that_pays_for_itself_has_no_parent() -> None:
    assert record(PYNO="10001").parent_key == ""


def test_codes_of_countries_and_languages_are_translated() -> None:
    settings = SETTINGS.model_copy(update={"country_codes": {"GER": "DE"}, "language_codes": {"GE": "de"}})
    found = record(settings, CSCD="GER", LNCD="GE")
    assert (found.address.country, found.language) == ("DE", "de")
    assert record(CSCD="Germany").address.country == "Germany"


def test_a_row_without_a_number_is_refused() -> None:
    with pytest.raises(RecordRejected, match="no number"):
        record(CUNO="")


@pytest.mark.parametrize(
    ("written", "first"),
    [
        ("a@x.example;b@x.example", "a@x.example"),
        ("none, b@x.example", "b@x.example"),
        ("a at x.example", "a at x.example"),
        ("", ""),
        ("@;a@x.example", "a@x.example"),
    ],
)
def test_of_several_addresses_in_a_field_the_first_is_taken(written: str, first: str) -> None:
    assert one_address(written) == first


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Ada Lovelace", ("Ada", "Lovelace")),
        ("Lovelace, Ada", ("Ada", "Lovelace")),
        ("Purchasing", ("", "")),
        ("Dept. 4", ("", "")),
        ("a, b, c", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_contact_person_is_split_only_where_it_is_one(written: str, name: tuple[str, str]) -> None:
    assert person_name(written) == name


@given(st.dictionaries(st.sampled_from(sorted(customer_names(SETTINGS).values())), st.text(max_size=60)))
def test_whatever_a_row_holds_it_becomes_a_record_or_is_refused(values: dict[str, Any]) -> None:
    try:
        found = record(**values)
    except RecordRejected:
        return
    assert found.key.strip()
    assert not any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in found.name)
