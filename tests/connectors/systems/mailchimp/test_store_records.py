"""Customers and products of the store, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.sdk.errors import ReconnectNeeded, RetryLater
from connectors.sdk.mapping import Override
from connectors.sdk.system import Action, Written
from connectors.systems.mailchimp.ids import customer_id
from tests.connectors.systems.mailchimp.conftest import World, written
from tests.connectors.systems.mailchimp.records import change_of, customer, product

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ID = customer_id("C1", "person1@nordwind.example")
BOTH = [("store_customers", customer, "customers"), ("store_products", product, "products")]


def test_a_customer_with_everything(world: World) -> None:
    sink = world.sink("store_customers")
    words = written(sink, change_of(sink, customer(company="Muster AG")))
    assert (words["C1"].action, words["C1"].external_id) == (Action.CREATED, ID)
    held = world.held("customers")[ID]
    assert held["email_address"] == "person1@nordwind.example"
    assert held["company"] == "Muster AG"
    assert held["address"]["country_code"] == "US"


def test_a_customer_not_in_the_audience_becomes_a_contact_without_consent(world: World) -> None:
    sink = world.sink("store_customers", new_member_status="subscribed")
    written(sink, change_of(sink, customer()))
    assert world.member("person1@nordwind.example")["status"] == "transactional"


def test_a_new_address_is_a_new_store_customer(world: World) -> None:
    sink = world.sink("store_customers")
    written(sink, change_of(sink, customer()))
    words = written(sink, change_of(sink, customer(email="jane@nordwind.example"), external_id=ID))
    assert words["C1"].action is Action.CREATED
    assert words["C1"].external_id == customer_id("C1", "jane@nordwind.example")
    assert set(world.held("customers")) == {ID, words["C1"].external_id}


@pytest.mark.parametrize("key", ["AB/12 3#x", "ÄÖ%2F..", "x" * 120, ".."])
@pytest.mark.parametrize(("name", "record", "collection"), BOTH)
def test_any_key_makes_a_record_one_can_find_again(
    world: World, name: str, record: Any, collection: str, key: str
) -> None:
    sink = world.sink(name)
    change = change_of(sink, record(key=key))
    words = written(sink, change)
    assert list(world.held(collection)) == [words[key].external_id]
    assert [word.action for word in sink.look_up([change], NOW)] == [Action.CREATED]


@pytest.mark.parametrize(("name", "record", "collection"), BOTH)
def test_writing_twice_is_writing_once(world: World, name: str, record: Any, collection: str) -> None:
    sink = world.sink(name)
    change = change_of(sink, record())
    written(sink, change)
    before = world.held(collection)
    written(sink, change)
    assert world.held(collection) == before


@pytest.mark.parametrize(("name", "record", "collection"), BOTH)
def test_a_write_that_was_done_but_not_answered_is_found(
    world: World, name: str, record: Any, collection: str
) -> None:
    sink = world.sink(name)
    changes = [change_of(sink, record(1)), change_of(sink, record(2))]
    sink.prepare()
    world.vendor.faults.add(f"PUT *{collection}*", "timeout_after")
    words = {word.id: word.action for word in sink.write(changes)}
    assert words == {changes[0].id: Action.UNKNOWN, changes[1].id: Action.CREATED}
    assert [word.id for word in sink.look_up(changes[:1], NOW)] == [changes[0].id]
    assert world.vendor.journal.total("PUT") == 2


@pytest.mark.parametrize(("name", "record", "collection"), BOTH)
def test_a_write_that_was_not_done_is_not_found(
    world: World, name: str, record: Any, collection: str
) -> None:
    sink = world.sink(name)
    change = change_of(sink, record())
    world.vendor.faults.add(f"PUT *{collection}*", "timeout_before", seconds=0)
    assert [word.action for word in written(sink, change).values()] == [Action.UNKNOWN]
    assert list(sink.look_up([change], NOW)) == []


@pytest.mark.parametrize(("name", "record", "collection"), BOTH)
def test_an_older_version_is_not_taken_for_the_new_one(
    world: World, name: str, record: Any, collection: str
) -> None:
    sink = world.sink(name)
    old = change_of(sink, record())
    written(sink, old)
    field = "company" if collection == "customers" else "title"
    renamed = change_of(sink, record(**{field: "Something else"}), external_id=old.target_key)
    assert list(sink.look_up([renamed], NOW)) == []


@pytest.mark.parametrize(("name", "record", "collection"), BOTH)
def test_a_record_is_removed_and_may_be_removed_again(
    world: World, name: str, record: Any, collection: str
) -> None:
    sink = world.sink(name)
    change = change_of(sink, record())
    written(sink, change)
    gone = change_of(sink, record(), external_id=change.target_key, remove=True)
    for _ in range(2):
        assert [word.action for word in written(sink, gone).values()] == [Action.REMOVED]
    assert not world.held(collection)
    assert [word.action for word in sink.look_up([gone], NOW)] == [Action.REMOVED]


def test_a_product_and_its_price(world: World) -> None:
    sink = world.sink("store_products")
    written(sink, change_of(sink, product()))
    held = world.held("products")["P1"]
    assert held["variants"]["P1"]["price"] == 12.34


def test_a_colleagues_second_variant_does_no_harm(world: World) -> None:
    sink = world.sink("store_products")
    change = change_of(sink, product())
    written(sink, change)
    url = "/ecommerce/stores/{store}/products/{id}/variants/{variant}"
    path = {"store": "erp", "id": "P1", "variant": "red"}
    sink.api.call("PUT", url, path=path, json={"id": "red", "title": "Red"})  # type: ignore[attr-defined]
    assert [word.id for word in sink.look_up([change], NOW)] == [change.id]


@pytest.mark.parametrize("status", [405, 404])
@pytest.mark.parametrize("there", [False, True])
def test_products_are_written_where_their_upsert_does_not_exist(
    world: World, status: int, *, there: bool
) -> None:
    sink = world.sink("store_products")
    changes = [change_of(sink, product(number)) for number in (1, 2, 3)]
    if there:
        written(sink, *changes)
    world.vendor.faults.add("PUT */products/P?", "status", status=status, times=None)
    again = [
        change_of(sink, product(number, title="New"), external_id=f"P{number}" if there else "")
        for number in (1, 2, 3)
    ]
    start = world.vendor.journal.last
    words = written(sink, *again)
    expected = Action.UPDATED if there else Action.CREATED
    assert {word.action for word in words.values()} == {expected}
    assert {held["title"] for held in world.held("products").values()} == {"New"}
    assert len(world.vendor.journal.calls(since=start, method="PUT", path="*/products/P?")) == 1


def test_a_record_somebody_else_made_is_changed_where_the_upsert_does_not_exist(world: World) -> None:
    sink = world.sink("store_products")
    written(sink, change_of(sink, product()))
    world.vendor.faults.add("PUT */products/P?", "status", status=405, times=None)
    written(sink, change_of(sink, product(title="New")))
    assert world.held("products")["P1"]["title"] == "New"


def test_a_rule_that_asks_for_what_is_there_gets_it(world: World) -> None:
    sink = world.sink("store_customers")
    written(sink, change_of(sink, customer(company="")))
    rules = (
        Override(field="company", value="Ours", mode="if_empty"),
        Override(field="first_name", value="Ours", mode="if_empty"),
    )
    written(sink, change_of(sink, customer(), *rules, external_id=ID))
    details = world.held("customers")[ID]
    assert (details["company"], details["first_name"]) == ("Ours", "Jane")


def test_an_address_that_signed_up_too_often_stops_only_itself(world: World) -> None:
    world.vendor.mutate("flood", email="person1@nordwind.example")
    sink = world.sink("store_customers")
    words = written(sink, change_of(sink, customer(1)), change_of(sink, customer(2)))
    assert words["C2"].action is Action.CREATED
    assert words["C1"].action in {Action.LATER, Action.CREATED}


def test_a_withdrawn_key_stops_everything_at_once(world: World) -> None:
    sink = world.sink("store_customers")
    sink.prepare()
    world.vendor.mutate("revoke_key")
    start = world.vendor.journal.last
    with pytest.raises(ReconnectNeeded):
        list(sink.write([change_of(sink, customer(number)) for number in (1, 2, 3)]))
    assert len(world.vendor.journal.calls(since=start)) == 1


def test_a_busy_mailchimp_keeps_what_was_done(world: World) -> None:
    sink = world.sink("store_customers")
    sink.prepare()
    world.vendor.faults.add("PUT *", "status", status=429, empty=True, after=1, times=None)
    done: list[Written] = []
    words = sink.write([change_of(sink, customer(number)) for number in (1, 2, 3)])
    with pytest.raises(RetryLater):
        _drain(words, done)
    assert [word.id for word in done] == ["link-C1"]


def _drain(words: Iterator[Written], done: list[Written]) -> None:
    """Keep what came before the fault."""
    for word in words:
        done.append(word)  # noqa: PERF402
