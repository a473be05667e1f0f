"""From what is kept of a customer to the record that goes on."""

from typing import Any

import pytest

from connectors.records import Standing
from connectors.sdk.errors import RecordRejected
from connectors.systems.syspro.streams.customers import in_order, wanted_columns
from tests.connectors.systems.syspro.records import row, settings, stream


def test_a_customer_is_told_in_our_words() -> None:
    record = stream().canonical(
        row(
            Contact="Nkosi, Thandi",
            Telephone="+27 31 555 0101",
            Currency="R",
            LanguageCode="en",
            CustomerClass="WS",
            Branch="20",
            BuyingGroup1="COASTAL",
            MasterAccount="0000001",
            DateCustAdded="2020-05-01T00:00:00Z",
            CompanyTaxNumber="4123456789",
            SoldToAddr3="Durban",
            CreditStatus="0",
            UserField1="x",
            UserField2="",
            SalesAllowed="Y",
        )
    )
    assert (record.key, record.name, record.email) == (
        "0000012",
        "Harbour Foods (Pty) Ltd",
        "buy@harbour.example",
    )
    assert (record.first_name, record.last_name) == ("Thandi", "Nkosi")
    assert record.company == "Harbour Foods (Pty) Ltd"
    assert (record.category, record.branch, record.group, record.parent_key) == (
        "WS",
        "20",
        "COASTAL",
        "0000001",
    )
    assert (record.tax_id, record.currency, record.created_on) == ("4123456789", "R", "2020-05-01")
    assert record.address.city == "Durban"
    assert record.standing is Standing.ACTIVE
    assert record.extra == {"CreditStatus": "0", "UserField1": "x", "SalesAllowed": "Y"}


def test_customers_may_be_people() -> None:
    record = stream(names_from="name").canonical(row(Name="Thandi Nkosi", Contact="Accounts"))
    assert (record.first_name, record.last_name, record.company) == ("Thandi", "Nkosi", "")
    record = stream(names_from="name").canonical(row())
    assert (record.first_name, record.company) == ("", "Harbour Foods (Pty) Ltd")


def test_names_can_be_left_empty() -> None:
    record = stream(names_from="nowhere").canonical(row(Contact="Thandi Nkosi"))
    assert (record.first_name, record.last_name) == ("", "")


def test_a_customer_is_not_its_own_parent() -> None:
    assert stream().canonical(row(MasterAccount="0000012")).parent_key == ""


def test_nobody_is_lost_for_lack_of_an_address() -> None:
    record = stream().canonical(row(Email=None))
    assert record.email == ""
    assert record.handle == "0000012"


def test_an_unusable_address_is_refused_with_its_reason() -> None:
    with pytest.raises(RecordRejected, match="Email of customer 0000012 holds nothing"):
        stream().canonical(row(Email="see telephone"))


def test_the_tax_number_comes_from_the_column_the_company_uses() -> None:
    numbers = {"CompanyTaxNumber": "C", "TaxExemptNumber": "T", "GstExemptNum": "G"}
    for column, expected in numbers.items():
        assert stream(tax_column=column).canonical(row(**numbers)).tax_id == expected
    assert stream(tax_column="nothing").canonical(row(**numbers)).tax_id == ""


def test_custom_fields_can_be_mapped() -> None:
    raw = {**row(), "custom": {"Newsletter": "Y", "Segment": 3}}
    assert stream().canonical(raw).extra == {"Newsletter": "Y", "Segment": "3"}


def test_what_makes_the_standing_is_said() -> None:
    record = stream().canonical(row(CustomerOnHold="Y"))
    assert record.standing is Standing.ON_HOLD
    assert record.standing_reason == "The customer is on hold (CustomerOnHold is Y)."
    assert stream().canonical(row(notes={"dormant": True})).standing is Standing.DORMANT


def test_only_columns_with_a_use_are_asked_for() -> None:
    columns = wanted_columns(settings(extra_columns=("Nationality", "Name"), tax_column="nothing"))
    assert columns[0] == "Customer"
    assert len(columns) == len(set(columns))
    assert "Nationality" in columns
    assert not {"CreditLimit", "TimeStamp", "SoldToAddr3Loc", "ShipToAddr1", "nothing"} & set(columns)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([], True),
        (["A"], True),
        (["0001", "0002", "A", "B", "a"], True),
        (["a", "B", "c"], True),
        (["0002", "0001"], False),
        (["0001", "0001"], False),
    ],
)
def test_an_order_one_can_rely_on_is_recognised(keys: list[str], expected: Any) -> None:
    assert in_order(keys) is expected
