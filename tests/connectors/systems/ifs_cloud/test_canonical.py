"""From rows to records, without a server: names, addresses, amounts."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records.canonical import canonical_json
from connectors.sdk.errors import RecordRejected
from connectors.systems.ifs_cloud.emails import VALID, chosen_email, emails_in, is_email
from connectors.systems.ifs_cloud.names import person_name
from connectors.systems.ifs_cloud.settings import IfsCloudCredentials, IfsCloudSettings
from connectors.systems.ifs_cloud.streams.customers import Customers
from connectors.systems.ifs_cloud.streams.orders import Orders
from connectors.systems.ifs_cloud.system import IfsCloud
from tests.connectors.systems.accounts import account


def settings(**values: Any) -> IfsCloudSettings:
    return IfsCloudSettings(**{"base_url": "https://acme.ifs.cloud", "realm": "acme1", **values})


def system(**values: Any) -> IfsCloud:
    return IfsCloud(account(settings(**values), IfsCloudCredentials(client_id="a", client_secret="b" * 8)))


CUSTOMER = {
    "CustomerId": "1001",
    "Name": " Nordvik\x00 Marine AB ",
    "CustomerCategory": "Customer",
    "Country": "SE",
    "DefaultLanguage": "sv",
    "CreationDate": "2020-02-29",
    "AssociationNo": "5560001001",
    "Cf_Tier": "gold\n1",
    "CfEnum_New": "CfEnum_X",
    "Nothing": None,
}
LINE = {
    "OrderNo": "P1",
    "LineNo": "1",
    "RelNo": "1",
    "LineItemNo": 0,
    "Objstate": "Released",
    "CatalogNo": "C-1",
    "CatalogDesc": "Pump",
    "BuyQtyDue": 3,
    "SaleUnitPrice": Decimal("19.99"),
    "UnitPriceInclTax": Decimal("24.9875"),
    "Discount": Decimal("12.5"),
}
ORDER = {
    "OrderNo": "P1",
    "CustomerNo": "1001",
    "CurrencyCode": "eur",
    "Objstate": "CfEnum_Odd",
    "Contract": "S1",
    "CustomerPoNo": "PO 7",
    "DateEntered": "2026-07-01T00:30:00Z",
}


def order(header: dict[str, Any] | None = None, *lines: dict[str, Any], **values: Any) -> Any:
    raw = {"order": ORDER | (header or {}), "lines": [LINE | line for line in lines]}
    return Orders(system(**values)).canonical(raw)


def test_a_customer_keeps_what_is_its_own_under_its_own_name() -> None:
    record = Customers(system()).canonical({"customer": CUSTOMER, "emails": []})
    assert (record.key, record.name, record.company) == ("1001", "Nordvik Marine AB", "Nordvik Marine AB")
    assert (record.language, record.category, record.created_on) == ("sv", "Customer", "2020-02-29")
    assert record.address.country == "SE"
    assert record.extra == {"AssociationNo": "5560001001", "Cf_Tier": "gold 1", "CfEnum_New": "CfEnum_X"}


@pytest.mark.parametrize(
    ("customer", "person"),
    [
        ({"Name": "Astrid Lindqvist"}, ("Astrid", "Lindqvist")),
        ({"Name": "Anna Maria van Dijk"}, ("Anna Maria van", "Dijk")),
        ({"Name": "Lindqvist, Astrid Elin"}, ("Astrid Elin", "Lindqvist")),
        ({"Name": "Müller"}, ("", "")),
        ({"Name": "Müller GmbH"}, ("", "")),
        ({"Name": "Nordvik Marine A/S"}, ("", "")),
        ({"Name": "Quill Pharma Ltda."}, ("", "")),
        ({"Name": "Runa Pharma Plzeň a.s."}, ("", "")),
        ({"Name": "Zenit Steel Çanakkale A.Ş."}, ("", "")),
        ({"Name": "Zenit Marine الكويت ذ.م.م."}, ("", "")),
        ({"Name": "Halden Papier 札幌 合同会社"}, ("", "")),
        ({"Name": "Smith & Sons"}, ("", "")),
        ({"Name": "Studio 54"}, ("", "")),
        ({"Name": "The Very Long Trading House"}, ("", "")),
        ({"Name": "Astrid Lindqvist", "B2bCustomer": True}, ("", "")),
        ({"Name": "Astrid Lindqvist", "AssociationNo": "5560001001"}, ("", "")),
        ({"Name": "Astrid Lindqvist", "CorporateForm": "AB"}, ("", "")),
        ({"Name": ""}, ("", "")),
        ({}, ("", "")),
    ],
)
def test_only_clear_people_get_a_first_and_a_last_name(customer: dict[str, object], person: object) -> None:
    assert person_name(customer) == person


@pytest.mark.parametrize("method", ["EMail", "E_MAIL", "EMAIL", "e-mail", "Email"])
def test_e_mail_is_recognised_in_every_spelling(method: str) -> None:
    assert is_email(method)


def test_a_method_named_in_the_settings_is_the_only_one() -> None:
    assert is_email("Newsletter", "newsletter")
    assert not is_email("EMail", "newsletter")
    assert not is_email("Phone")
    assert not is_email(None)


def test_a_supplier_of_the_same_number_lends_nobody_its_address() -> None:
    rows = [{"MethodId": "EMail", "PartyType": "Supplier"}, {"MethodId": "EMail", "PartyType": "Customer"}]
    assert emails_in(rows) == rows[1:]


def mail(value: str, *, default: object = False, valid: bool = True, **more: Any) -> dict[str, Any]:
    return {"Value": value, "MethodDefault": default, VALID: valid, **more}


@pytest.mark.parametrize(
    ("emails", "rule", "chosen"),
    [
        ([], "default_first", ""),
        ([mail("a@x"), mail("b@x", default=True)], "default_first", "b@x"),
        ([mail("a@x"), mail("b@x", default="TRUE")], "default_first", "b@x"),
        ([mail("a@x", valid=False, default=True), mail("b@x")], "default_first", "b@x"),
        ([mail("a@x", valid=False, default=True), mail("b@x")], "default_only", ""),
        ([mail("b@x", CommId=10), mail("a@x", CommId=9)], "default_first", "a@x"),
        ([mail("a@x", AddressId="01", default=True), mail("b@x", default=True)], "default_first", "b@x"),
        ([mail("  "), mail(" c@x ")], "default_first", "c@x"),
        ([mail("not an address", default=True)], "default_first", "not an address"),
    ],
)
def test_the_address_is_chosen_by_the_rule(emails: list[dict[str, Any]], rule: str, chosen: str) -> None:
    assert chosen_email(emails, [], settings(email_rule=rule)) == chosen
    assert chosen_email(emails[::-1], [], settings(email_rule=rule)) == chosen


def test_only_a_primary_contact_stands_in() -> None:
    contacts = [{"Email": "a@x", "CustomerPrimary": False}, {"Email": "b@x", "CustomerPrimary": True}]
    assert chosen_email([], contacts, settings(use_contacts=True)) == "b@x"
    assert chosen_email([], contacts, settings()) == ""
    assert chosen_email([mail("c@x")], contacts, settings(use_contacts=True)) == "c@x"


def test_amounts_are_exact() -> None:
    (line,) = order({}, {}).lines
    assert line.net == Decimal("19.99") * 3 * Decimal("0.875")
    assert line.gross == Decimal("24.9875") * 3 * Decimal("0.875")
    assert (line.key, line.product_key, line.title, line.quantity) == ("1-1-0", "S1|C-1", "Pump", 3)


def test_an_order_reads_as_it_stands() -> None:
    record = order({}, {}, server_time_zone="Europe/Stockholm")
    assert (record.customer_key, record.currency, record.state) == ("1001", "EUR", "CfEnum_Odd")
    assert record.placed_at.isoformat() == "2026-06-30T22:30:00+00:00"
    assert (record.reference, record.site) == ("PO 7", "S1")


@given(
    st.decimals(-(10**6), 10**6, places=4),
    st.decimals(-(10**6), 10**6, places=6),
    st.decimals(0, 100, places=2),
)
def test_amounts_survive_being_stored(quantity: Decimal, price: Decimal, discount: Decimal) -> None:
    line = LINE | {"BuyQtyDue": quantity, "SaleUnitPrice": price, "Discount": discount}
    raw = {"order": ORDER, "lines": [line]}
    stored = json.loads(canonical_json(raw))
    orders = Orders(system())
    assert orders.canonical(stored) == orders.canonical(raw)
    assert orders.canonical(stored).lines[0].net * 100 == quantity * price * (100 - discount)


def test_a_price_per_piece_is_multiplied_up_to_the_box_sold() -> None:
    assert order({}, {"PriceConvFactor": 12, "Discount": 0}).lines[0].net == Decimal("19.99") * 36


@pytest.mark.parametrize("missing", [None, ""])
def test_without_a_price_with_tax_gross_is_net(missing: object) -> None:
    (line,) = order({}, {"UnitPriceInclTax": missing}).lines
    assert line.gross == line.net


def test_a_cancelled_line_may_lack_what_others_need() -> None:
    line = {"Objstate": "Cancelled", "BuyQtyDue": None, "SaleUnitPrice": None, "UnitPriceInclTax": None}
    record = order({}, {}, {**line, "CatalogNo": None})
    assert [line.cancelled for line in record.lines] == [False, True]
    assert record.needs() == (("customer", "1001"), ("product", "S1|C-1"))


@pytest.mark.parametrize(
    ("header", "line", "text"),
    [
        ({"CustomerNo": None}, {}, "Order P1 names no customer"),
        ({"CurrencyCode": " "}, {}, "Order P1 has no currency"),
        ({}, {"BuyQtyDue": None}, "BuyQtyDue of line 1-1-0 of order P1 is empty"),
        (
            {},
            {"SaleUnitPrice": "abc"},
            "SaleUnitPrice of line 1-1-0 of order P1 is 'abc', which",
        ),
        ({}, {"Discount": float("nan")}, "Discount of line 1-1-0 of order P1 is 'nan'"),
        ({}, {"CatalogNo": ""}, "CatalogNo of line 1-1-0 of order P1 is empty"),
        ({"NoteText": "x" * 50_000}, {}, "NoteText of order P1 has 50,000 characters"),
    ],
)
def test_what_makes_no_sense_names_order_and_field(header: Any, line: Any, text: str) -> None:
    with pytest.raises(RecordRejected, match=text):
        order(header, line)
