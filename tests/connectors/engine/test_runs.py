"""Whole runs, in one process: what arrives, what is left alone, and whether it adds up."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from connectors.models import Failure, RecordLink, SyncRun
from sandboxes.kit.journal import Writes
from tests.connectors.engine.patience import (
    assert_every_customer_stands_once,
    assert_every_order_stands_once,
    customers_by_email_state,
    members,
    orders_to_arrive,
    store,
    town,
)
from tests.worlds import World


@pytest.fixture
def scene(transactional_db: None) -> Iterator[World]:
    """See `town`."""
    with town() as standing:
        yield standing


def test_the_first_run_brings_every_customer_who_can_be_reached(scene: World) -> None:
    run = scene.run("customers")

    assert_every_customer_stands_once(scene)
    emails = customers_by_email_state(scene)
    assert run.verdict == SyncRun.Verdict.PARTIAL  # the invalid addresses need a person
    assert run.read == 60
    assert run.created == len(emails["valid"]) + len(emails["duplicate"])
    assert (run.rejected, run.skipped, run.pending) == (len(emails["invalid"]), len(emails["missing"]), 0)
    assert run.adds_up
    assert {one.cause for one in Failure.objects.filter(resolved_at=None)} == {"email"}


def test_a_new_customer_is_no_subscriber(scene: World) -> None:
    scene.run("customers")
    assert {member.status for member in members(scene).values()} == {"transactional"}
    assert not any(customer.opt_in for customer in store(scene).customers.values())


def test_a_second_run_writes_nothing_and_reports_everything_unchanged(scene: World) -> None:
    for flow in ("customers", "orders", "products"):
        scene.run(flow)
    before = scene.writes()
    for flow in ("customers", "orders", "products"):
        run = scene.run(flow)
        assert (run.verdict, run.unchanged) == (SyncRun.Verdict.OK, run.read), flow
        assert run.read > 0
    assert scene.writes() == before


def test_records_that_were_touched_but_are_equal_cost_no_write(scene: World) -> None:
    scene.run("customers")
    before = scene.writes()
    scene.ifs.mutate("touch", entity="CustomerInfo")
    run = scene.run("customers")
    assert scene.writes() == before
    assert run.unchanged == run.read == 60


def test_a_payload_that_only_says_less_costs_no_call(scene: World) -> None:
    scene.run("customers")
    link = _person(scene)
    # A company has no first and last name to send, which is no reason to erase those that stand there.
    scene.ifs.mutate("change_customer", customer_id=link.source_key, changes={"Name": "Neuname GmbH"})
    run = scene.run("customers")
    assert run.unchanged + run.updated == run.read == 60
    assert not scene.mailchimp.journal.needless("members")


def test_one_changed_customer_is_one_write_to_each_sink_it_concerns(scene: World) -> None:
    scene.run("customers")
    link = _person(scene)
    before, seen = scene.writes(), _updates(scene)
    scene.ifs.mutate("change_customer", customer_id=link.source_key, changes={"Name": "Zora Neuname"})

    run = scene.run("customers")

    assert (run.updated, run.unchanged, run.read) == (1, 59, 60)
    assert scene.writes() == before + 2  # one row of a call to the audience, one store customer
    changed = [key for key, held in _updates(scene).items() if held != seen.get(key)]
    assert sorted(key.partition(":")[0] for key in changed) == ["customers", "members"]
    assert members(scene)[link.handle].merge["LNAME"] == "Neuname"
    assert scene.mailchimp.journal.needless() == {}


def test_a_change_that_only_one_sink_shows_is_written_only_there(scene: World) -> None:
    scene.run("customers")
    link = _company(scene)
    before = scene.writes()
    scene.ifs.mutate("change_customer", customer_id=link.source_key, changes={"Name": "Umbenannt GmbH"})
    run = scene.run("customers")
    assert (run.updated, run.unchanged) == (1, 59)
    assert scene.writes() == before + 1  # the audience has no field for a company
    assert store(scene).customers[link.external_id].details["company"] == "Umbenannt GmbH"


def test_a_late_record_is_found(scene: World) -> None:
    scene.run("customers")
    late = {"CustomerId": "10000A", "CreationDate": "2001-01-01"}
    scene.ifs.mutate("add_customer", values=late, email="late@neu.example")
    run = scene.run("customers")
    assert (run.created, run.unchanged) == (1, 60)
    assert_every_customer_stands_once(scene)


def test_orders_bring_the_products_and_customers_they_need(scene: World) -> None:
    run = scene.run("orders")  # nobody has asked for customers or products yet

    assert_every_order_stands_once(scene)
    assert run.verdict == SyncRun.Verdict.OK
    assert run.created == len(orders_to_arrive(scene))
    assert run.adds_up
    held = store(scene)
    lines = [line for order in held.orders.values() for line in order.lines.values()]
    assert {line["product_id"] for line in lines} == set(held.products)
    assert {order.customer_id for order in held.orders.values()} <= set(held.customers)
    buyers = {one["customer"] for one in _orders(scene) if one["CurrencyCode"] == "EUR"}
    assert scene.states("customers", "store_customers") == {"clean": len(buyers)}  # nobody else was read


def test_the_store_counts_what_the_erp_counts(scene: World) -> None:
    scene.run("orders")
    charged = {row["OrderNo"] for row in _table(scene, "CustomerOrderCharge")}
    cut = {row["OrderNo"] for row in _table(scene, "CustomerOrderLine") if row["Objstate"] == "Cancelled"}
    compared = 0
    for one in _orders(scene):
        order = store(scene).orders.get(str(one["OrderNo"]))
        if order is None or one["OrderNo"] in charged | cut:  # freight and dropped lines do not count there
            continue
        gross = Decimal(str(one["gross"]))
        cents = Decimal("0.005") * len(order.lines)
        assert abs(Decimal(str(order.details["order_total"])) - gross) <= cents, one
        compared += 1
    assert compared > 5


def test_an_order_that_moves_on_is_one_write(scene: World) -> None:
    scene.run("orders")
    orders = store(scene).orders
    order_no = min(key for key, one in orders.items() if one.details["financial_status"] == "pending")
    before = scene.writes()
    scene.ifs.mutate("change_order_state", order_no=order_no, state="Invoiced")
    run = scene.run("orders")
    assert (run.updated, run.created) == (1, 0)
    assert scene.writes() == before + 1
    assert orders[order_no].details["financial_status"] == "paid"


def test_every_run_adds_up(scene: World) -> None:
    for flow in ("orders", "customers", "products", "orders", "customers"):
        scene.run(flow)
    runs = SyncRun.objects.all()
    assert {run.trigger for run in runs} == {"manual", "need"}
    assert all(run.adds_up and run.state == SyncRun.State.ENDED for run in runs)
    assert not RecordLink.objects.exclude(state__in=["clean", "skipped", "rejected"]).exists()


def _person(scene: World) -> RecordLink:
    """A customer whose name is a person's, in step in the audience."""
    person = {"Name": "Ada Stein", "AssociationNo": None, "CorporateForm": None, "B2bCustomer": False}
    in_store = RecordLink.objects.filter(sink="store_customers", state="clean").values("source_key")
    in_both = RecordLink.objects.filter(sink="audience_members", state="clean", source_key__in=in_store)
    link = in_both.earliest("source_key")
    scene.ifs.mutate("change_customer", customer_id=link.source_key, changes=person)
    scene.run("customers")
    link.refresh_from_db()
    return link


def _company(scene: World) -> RecordLink:
    named = [email for email, member in members(scene).items() if not member.merge.get("LNAME")]
    return RecordLink.objects.filter(sink="store_customers", handle__in=named, state="clean").earliest("id")


def _updates(scene: World) -> dict[str, Writes]:
    return {
        key: Writes(held.created, held.updated, held.unchanged, held.deleted)
        for key, held in scene.mailchimp.journal.writes().items()
    }


def _orders(scene: World) -> list[dict[str, object]]:
    return _table(scene, "orders")


def _table(scene: World, name: str) -> list[dict[str, object]]:
    rows = scene.ifs.state(name)
    assert isinstance(rows, list)
    return rows
