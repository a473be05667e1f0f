"""The promise that matters most: nobody who is in the audience has their subscription changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.sdk.mapping import Override
from connectors.systems.mailchimp.ids import member_hash
from connectors.systems.mailchimp.sinks.member_calls import row_of
from tests.connectors.systems.mailchimp.conftest import World, written
from tests.connectors.systems.mailchimp.records import change_of, customer

ADDRESS = "person1@nordwind.example"


def _subscribed(world: World) -> None:
    world.vendor.mutate("sign_up", email=ADDRESS)


def _then(action: str) -> Callable[[World], None]:
    def make(world: World) -> None:
        _subscribed(world)
        world.vendor.mutate(action, email=ADDRESS)

    return make


def _created_as(status: str) -> Callable[[World], None]:
    def make(world: World) -> None:
        sink = world.sink("audience_members", new_member_status=status)
        written(sink, change_of(sink, customer()))

    return make


STANDINGS: dict[str, Callable[[World], None]] = {
    "subscribed": _subscribed,
    "unsubscribed by themselves": _then("unsubscribe"),
    "unsubscribed by a colleague": _then("admin_unsubscribe"),
    "bounced": _then("clean"),
    "archived": _then("archive"),
    "pending": _created_as("pending"),
    "transactional": _created_as("transactional"),
}
RULES = [
    (),
    (Override(field="merge_fields.FNAME", source="first_name", mode="if_empty"),),
    (Override(field="tags", value="ERP", mode="append"),),
]


@pytest.mark.parametrize("standing", STANDINGS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    newcomer=st.sampled_from(["transactional", "pending", "subscribed"]),
    confirmed=st.booleans(),
    rules=st.sampled_from(RULES),
    first_name=st.text(max_size=20),
    into_store=st.booleans(),
)
def test_nobody_in_the_audience_changes_their_status(
    world: World,
    standing: str,
    *,
    newcomer: str,
    confirmed: bool,
    rules: tuple[Override, ...],
    first_name: str,
    into_store: bool,
) -> None:
    world.vendor.reset()
    STANDINGS[standing](world)
    before = world.member(ADDRESS)["status"]
    sink = world.sink("audience_members", new_member_status=newcomer)
    more: dict[str, Any] = {"external_id": member_hash(ADDRESS)} if confirmed else {}
    written(sink, change_of(sink, customer(first_name=first_name), *rules, **more))
    if into_store:
        store = world.sink("store_customers", new_member_status=newcomer)
        written(store, change_of(store, customer(first_name=first_name)))
    assert world.member(ADDRESS)["status"] == before


@pytest.mark.parametrize("standing", STANDINGS)
def test_a_new_address_takes_its_subscription_along(world: World, standing: str) -> None:
    STANDINGS[standing](world)
    before = world.member(ADDRESS)["status"]
    sink = world.sink("audience_members", new_member_status="subscribed")
    moved = change_of(sink, customer(email="new@nordwind.example"), external_id=member_hash(ADDRESS))
    words = written(sink, moved)
    assert words["C1"].action == "updated"
    assert world.member("new@nordwind.example")["status"] == before


@pytest.mark.parametrize("update", [False, True])
def test_only_the_call_that_cannot_update_carries_a_status(world: World, *, update: bool) -> None:
    world.vendor.mutate("sign_up", email=ADDRESS)
    sink = world.sink("audience_members", new_member_status="subscribed")
    written(sink, *(change_of(sink, customer(number)) for number in (1, 2, 3)))
    calls = [body for body in world.sent() if body.get("update_existing") is update]
    assert calls
    assert all(("status" in row) is not update for body in calls for row in body["members"])


def test_a_row_never_carries_a_status_of_its_own() -> None:
    wanted = {"email_address": ADDRESS, "status": "subscribed", "status_if_new": "subscribed"}
    assert row_of(wanted) == {"email_address": ADDRESS}


def test_buying_signs_nobody_up_even_where_a_rule_says_so(world: World) -> None:
    sink = world.sink("store_customers")
    rule = Override(field="opt_in_status", value="true")
    written(sink, change_of(sink, customer(), rule))
    assert [body["opt_in_status"] for body in world.sent() if "opt_in_status" in body] == [False]
    assert world.member(ADDRESS)["status"] == "transactional"


def test_a_subscription_mailchimp_makes_of_an_update_is_taken_back(world: World) -> None:
    """No source says what an update of an unknown address does; if it subscribes, that does not stay."""
    sink = world.sink("audience_members")
    change = change_of(sink, customer(), external_id=member_hash(ADDRESS))
    handle = world.vendor.handle

    def generous(request: Any) -> Any:
        if request.method == "POST" and b'"update_existing":true' in request.body:
            request.body = request.body.replace(
                b'{"email_address"', b'{"status":"subscribed","email_address"'
            )
        return handle(request)

    world.vendor.handle = generous  # type: ignore[method-assign]
    words = written(sink, change)
    assert words["C1"].action == "created"
    assert world.member(ADDRESS)["status"] == "transactional"
