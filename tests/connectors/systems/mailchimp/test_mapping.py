"""From canonical records to what Mailchimp should hold: the default rules of the sinks, without any call."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.records import Address
from connectors.sdk.errors import RecordRejected, RecordSkipped
from connectors.sdk.mapping import Override
from connectors.sdk.system import Sink
from connectors.systems.mailchimp.settings import MailchimpCredentials, MailchimpSettings
from connectors.systems.mailchimp.system import Mailchimp
from tests.connectors.systems.accounts import account
from tests.connectors.systems.mailchimp import records
from tests.connectors.systems.mailchimp.records import customer, desired_of, order, order_line, product


def sink(name: str, *, fields: list[dict[str, Any]] | None = None, **options: Any) -> Sink[Any]:
    return Mailchimp(
        account(
            MailchimpSettings(),
            MailchimpCredentials(api_key=SecretStr("0123456789abcdef0123456789abcdef-us6")),
            options=records.options(**options),
            findings=records.findings(fields=fields),
        )
    ).sink(name)


def test_a_customer_becomes_a_member() -> None:
    desired = desired_of(sink("audience_members", tags=("ERP", "ERP", " VIP ")), customer())
    assert desired.always == {
        "email_address": "person1@nordwind.example",
        "merge_fields": {
            "FNAME": "Jane",
            "LNAME": "Doe 1",
            "PHONE": "+1 555 0100",
            "ADDRESS": {
                "addr1": "1 Main St",
                "city": "Springfield",
                "state": "IL",
                "zip": "62701",
                "country": "US",
            },
        },
    }
    assert desired.if_new == {"language": "en", "tags": ["ERP", "VIP"]}


def test_only_fields_the_audience_has_are_filled() -> None:
    fields = [{"tag": "FNAME", "name": "", "type": "text", "required": False}]
    desired = desired_of(sink("audience_members", fields=fields), customer())
    assert desired.always["merge_fields"] == {"FNAME": "Jane"}


def test_a_field_of_another_type_is_left_alone() -> None:
    fields = [
        {"tag": "FNAME", "type": "number"},
        {"tag": "PHONE", "type": "dropdown"},
        {"tag": "ADDRESS", "type": "zip"},
    ]
    assert "merge_fields" not in desired_of(sink("audience_members", fields=fields), customer()).always


def test_an_address_goes_into_a_text_field_as_one_line() -> None:
    fields = [{"tag": "ADDRESS", "type": "text"}]
    desired = desired_of(sink("audience_members", fields=fields), customer())
    assert desired.always["merge_fields"]["ADDRESS"] == "1 Main St, 62701 Springfield, IL, US"


def test_fields_of_our_own_choice_are_filled() -> None:
    fields = [{"tag": "FIRMA", "type": "text"}]
    desired = desired_of(
        sink("audience_members", fields=fields, company_tag="FIRMA"), customer(company="Muster AG")
    )
    assert desired.always["merge_fields"] == {"FIRMA": "Muster AG"}


def test_nothing_is_assumed_about_an_audience_nobody_looked_at() -> None:
    found = sink("audience_members")
    found.system.account.findings = {}
    assert [rule.field for rule in found.rules()] == ["email_address", "language", "known_as"]


def test_the_mapping_shows_which_fields_are_filled() -> None:
    """The trace tells mappings apart, so an audience that gains a field is brought up to date."""
    before = [
        rule.source for rule in sink("audience_members", fields=[{"tag": "ADDRESS", "type": "text"}]).rules()
    ]
    after = [rule.source for rule in sink("audience_members").rules()]
    assert before != after


def test_empty_values_leave_what_is_there() -> None:
    desired = desired_of(
        sink("audience_members"), customer(first_name=" ", phone="", address=Address(city="Springfield"))
    )
    assert desired.always["merge_fields"] == {"LNAME": "Doe 1"}


@pytest.mark.parametrize("name", ["audience_members", "store_customers"])
def test_a_customer_without_an_address_is_skipped(name: str) -> None:
    with pytest.raises(RecordSkipped, match="no e-mail address"):
        desired_of(sink(name), customer(email=""))


@pytest.mark.parametrize("name", ["audience_members", "store_customers"])
def test_a_broken_address_is_rejected(name: str) -> None:
    with pytest.raises(RecordRejected, match="is no e-mail address"):
        desired_of(sink(name), customer(email="jane(at)example.com"))


@pytest.mark.parametrize("name", ["audience_members", "store_customers"])
def test_a_rule_of_the_tenant_for_the_address_is_checked_too(name: str) -> None:
    found = sink(name)
    broken = desired_of(found, customer(), Override(field="email_address", source="name"))
    with pytest.raises(RecordRejected):
        found.target_key(customer(), broken)
    without = desired_of(found, customer(), Override(field="email_address", mode="skip"))
    with pytest.raises(RecordSkipped):
        found.target_key(customer(), without)


@pytest.mark.parametrize("field", ["status", "status_if_new"])
@pytest.mark.parametrize("mode", ["always", "if_new", "if_empty"])
def test_no_rule_may_fill_the_status(field: str, mode: str) -> None:
    found = sink("audience_members")
    override = Override.model_validate({"field": field, "value": "subscribed", "mode": mode})
    with pytest.raises(RecordRejected, match="subscription"):
        found.target_key(customer(), desired_of(found, customer(), override))


def test_a_company_without_a_person_is_named_in_the_store() -> None:
    desired = desired_of(sink("store_customers"), customer(first_name="", last_name="", company=""))
    assert desired.always["company"] == "Company 1"
    assert "first_name" not in desired.always


def test_a_product_has_one_variant_with_its_own_id() -> None:
    desired = desired_of(sink("store_products"), product())
    assert desired.always == {
        "title": "Thing 1",
        "variants": [{"id": "P1", "title": "Thing 1", "sku": "SKU-1", "price": 12.34}],
    }


@pytest.mark.parametrize("price", [{"price": None}, {"currency": "USD"}, {"currency": ""}])
def test_a_price_in_another_currency_is_left_out(price: dict[str, Any]) -> None:
    assert "price" not in desired_of(sink("store_products"), product(**price)).always["variants"][0]


def test_an_order_with_its_lines_and_amounts() -> None:
    desired = desired_of(
        sink("store_orders"), order(ship_to=Address(line1="Weg 1", city="Kiel", country="DE"))
    )
    assert desired.always == {
        "currency_code": "EUR",
        "customer": {"id": "C1"},
        "lines": [{"id": "1", "product_id": "P1", "product_variant_id": "P1", "quantity": 2, "price": 10}],
        "order_total": 23.8,
        "tax_total": 3.8,
        "financial_status": "pending",
        "processed_at_foreign": "2026-03-01T09:30:00+00:00",
        "updated_at_foreign": "2026-03-02T10:00:00+00:00",
        "shipping_address": {"address1": "Weg 1", "city": "Kiel", "country_code": "DE"},
    }


def test_cancelled_and_empty_lines_are_left_out() -> None:
    lines = (
        order_line(1),
        order_line(2, cancelled=True),
        order_line(3, quantity=Decimal(0), net=Decimal(0), gross=Decimal(0)),
    )
    desired = desired_of(sink("store_orders"), order(lines=lines))
    assert [line["id"] for line in desired.always["lines"]] == ["1"]
    assert desired.always["order_total"] == 23.8


@pytest.mark.parametrize(
    ("state", "status", "cancelled"),
    [("Released", "pending", False), ("Invoiced", "paid", False), ("Cancelled", "cancelled", True)],
)
def test_the_state_decides_the_payment_status(state: str, status: str, *, cancelled: bool) -> None:
    desired = desired_of(sink("store_orders"), order(state=state))
    assert desired.always["financial_status"] == status
    assert ("cancelled_at_foreign" in desired.always) is cancelled


def test_an_unknown_state_is_pending_and_remembered() -> None:
    desired = desired_of(sink("store_orders"), order(state="Elsewhere"))
    assert desired.always["financial_status"] == "pending"
    assert desired.always["_unknown_state"] == "Elsewhere"
    assert "_unknown_state" not in desired_of(sink("store_orders"), order()).always


def test_states_chosen_for_it_mean_shipped() -> None:
    found = sink("store_orders", shipped_states=("Invoiced",))
    assert desired_of(found, order(state="Invoiced")).always["fulfillment_status"] == "shipped"
    assert "fulfillment_status" not in desired_of(found, order()).always


def test_an_order_in_another_currency_is_skipped_with_a_way_out() -> None:
    with pytest.raises(RecordSkipped, match="another integration with a store in that currency"):
        desired_of(sink("store_orders"), order(currency="USD"))


@pytest.mark.parametrize("currency", ["", "XXX", "eur", "Euro"])
def test_an_unknown_currency_is_rejected(currency: str) -> None:
    with pytest.raises(RecordRejected, match="ISO 4217"):
        desired_of(sink("store_orders"), order(currency=currency))


def test_a_negative_total_is_rejected() -> None:
    with pytest.raises(RecordRejected, match="negative"):
        desired_of(sink("store_orders"), order(lines=(order_line(gross=Decimal("-0.01")),)))


def test_an_order_without_lines_is_skipped() -> None:
    with pytest.raises(RecordSkipped, match="no lines"):
        desired_of(sink("store_orders"), order(lines=()))


def test_an_order_cancelled_with_all_its_lines_is_still_told() -> None:
    desired = desired_of(sink("store_orders"), order(lines=(order_line(cancelled=True),)))
    assert desired.always["financial_status"] == "cancelled"
    assert not {"lines", "order_total", "tax_total"} & desired.always.keys()


def test_two_lines_with_one_key_are_rejected() -> None:
    with pytest.raises(RecordRejected, match="same key"):
        desired_of(sink("store_orders"), order(lines=(order_line(1), order_line(1))))


def test_an_amount_no_json_number_carries_is_rejected() -> None:
    with pytest.raises(RecordRejected, match="more digits"):
        desired_of(sink("store_orders"), order(lines=(order_line(gross=Decimal("123456789012345.67")),)))
