"""Suppliers into an audience of their own, by the same rules as customers."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.records import Party, Standing, Supplier
from connectors.sdk.errors import ConfigProblem
from connectors.sdk.system import Sink
from connectors.systems.mailchimp.system import Mailchimp
from sandboxes.mailchimp import CLUB, CUSTOMERS
from tests.connectors.systems.mailchimp import records
from tests.connectors.systems.mailchimp.conftest import World, written
from tests.connectors.systems.mailchimp.records import change_of, customer, supplier

TAX = {"tag": "TAX", "name": "Tax ID", "type": "text", "required": False}


def sink_of(world: World, name: str = "supplier_members", **options: Any) -> Sink[Any]:
    chosen = records.options(CUSTOMERS, **{"supplier_audience_id": CLUB, **options})
    found = records.findings(CUSTOMERS)["audiences"]
    found += records.findings(CLUB, [*records.STANDARD_FIELDS, TAX])["audiences"]
    return world.client(options=chosen, findings={"audiences": found}).sink(name)


def test_a_supplier_goes_into_the_suppliers_audience_and_no_other(world: World) -> None:
    world.vendor.mutate("add_merge_field", tag="TAX", list_id=CLUB)
    sink = sink_of(
        world, supplier_new_member_status="subscribed", supplier_tags=("Supplier",), tax_id_tag="TAX"
    )
    assert written(sink, change_of(sink, supplier(tax_id="DE123")))["S1"].action == "created"
    assert world.addresses(CLUB) == {"supplier1@nordwind.example"}
    assert not world.addresses(CUSTOMERS)
    member = world.member("supplier1@nordwind.example", CLUB)
    assert (member["status"], member["tags"]) == ("subscribed", ["Supplier"])
    assert member["merge_fields"]["TAX"] == "DE123"


def test_somebody_who_buys_and_sells_is_in_both(world: World) -> None:
    both = "both@nordwind.example"
    customers, suppliers = sink_of(world, "audience_members"), sink_of(world)
    written(customers, change_of(customers, customer(email=both)))
    written(suppliers, change_of(suppliers, supplier(email=both)))
    assert world.addresses(CLUB) == world.addresses(CUSTOMERS) == {both}


def test_the_rules_of_customers_are_not_those_of_suppliers(world: World) -> None:
    sink = sink_of(
        world, standing_actions={"on_hold": "leave_out"}, supplier_standing_actions={"inactive": "archive"}
    )
    written(sink, change_of(sink, supplier(1, standing=Standing.ON_HOLD)))
    gone = written(sink, change_of(sink, supplier(2, standing=Standing.INACTIVE)))
    assert world.addresses(CLUB) == {"supplier1@nordwind.example"}
    assert gone["S2"].code == "not_created"


def test_without_an_audience_for_them_the_job_stops_with_advice(world: World) -> None:
    with pytest.raises(ConfigProblem, match="audience for suppliers"):
        sink_of(world, supplier_audience_id="")


def test_the_audience_takes_whoever_one_trades_with() -> None:
    assert Mailchimp.sinks["audience_members"].accepts is Party
    assert Mailchimp.sinks["supplier_members"].accepts is Supplier


def test_every_field_asked_for_is_filled_where_the_audience_has_it(world: World) -> None:
    names = ("number", "tax_id", "standing", "category", "group", "branch", "language", "currency")
    tags = {f"{name}_tag" if name != "number" else "customer_number_tag": name.upper() for name in names}
    fields = [{"tag": tag, "name": tag, "type": "text", "required": False} for tag in tags.values()]
    for tag in tags.values():
        world.vendor.mutate("add_merge_field", tag=tag)
    chosen = records.options(CUSTOMERS, **tags)
    sink = world.client(options=chosen, findings=records.findings(CUSTOMERS, fields)).sink("audience_members")
    record = customer(
        tax_id="DE123", standing=Standing.ACTIVE, category="A", group="G", branch="N", currency="EUR"
    )
    written(sink, change_of(sink, record))
    filled = world.member("person1@nordwind.example")["merge_fields"]
    assert {tag: filled[tag] for tag in tags.values()} == {
        "NUMBER": "C1", "TAX_ID": "DE123", "STANDING": "active", "CATEGORY": "A", "GROUP": "G", "BRANCH": "N",
        "LANGUAGE": "en", "CURRENCY": "EUR",
    }  # fmt: skip
