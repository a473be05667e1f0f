"""The store itself: made once, checked always, quiet while it is filled."""

from __future__ import annotations

import pytest

from connectors.sdk.errors import ConfigProblem, RetryLater
from connectors.systems.mailchimp.sinks.store import Store
from sandboxes.mailchimp import CLUB, CUSTOMERS
from tests.connectors.systems.mailchimp import records
from tests.connectors.systems.mailchimp.conftest import World


def store(world: World, audience: str = CUSTOMERS, **options: object) -> Store:
    return Store(world.client(options=records.options(audience, **options)).account)


def test_a_missing_store_is_made_for_the_audience(world: World) -> None:
    store(world, store_name="ERP", store_domain="shop.nordwind.example").ensure()
    made = world.vendor.state("stores", "erp")
    assert isinstance(made, dict)
    assert (made["list_id"], made["currency_code"], made["name"]) == (CUSTOMERS, "EUR", "ERP")
    assert made["domain"] == "shop.nordwind.example"


def test_a_store_is_made_once(world: World) -> None:
    store(world).ensure()
    store(world).ensure()
    assert world.vendor.journal.total("POST") == 1


def test_a_store_of_another_audience_stops_the_job_with_advice(world: World) -> None:
    store(world).ensure()
    with pytest.raises(ConfigProblem, match="stores cannot move"):
        store(world, CLUB).ensure()


def test_a_store_in_another_currency_stops_the_job_with_advice(world: World) -> None:
    store(world).ensure()
    with pytest.raises(ConfigProblem, match="counts in EUR, not in USD"):
        store(world, store_currency="USD").ensure()


def test_a_domain_that_is_taken_is_told(world: World) -> None:
    store(world, store_id="one", store_domain="shop.nordwind.example").ensure()
    with pytest.raises(ConfigProblem, match="did not make the store two"):
        store(world, store_id="two", store_domain="shop.nordwind.example").ensure()


def test_a_making_that_was_not_answered_is_looked_at_before_it_is_repeated(world: World) -> None:
    world.vendor.faults.add("POST *", "timeout_after")
    store(world).ensure()
    assert world.vendor.journal.total("POST") == 1


def test_a_making_that_was_not_done_is_tried_again_later(world: World) -> None:
    world.vendor.faults.add("POST *", "timeout_before", seconds=0)
    with pytest.raises(RetryLater):
        store(world).ensure()
    store(world).ensure()
    assert world.vendor.state("stores", "erp")


def test_automations_rest_while_the_store_is_filled(world: World) -> None:
    ours = store(world)
    ours.ensure()
    assert ours.begin_backfill()
    assert (ours.read() or {})["is_syncing"] is True
    ours.end_backfill()
    ours.end_backfill()
    assert (ours.read() or {})["is_syncing"] is False


def test_automations_go_on_where_the_set_up_says_so(world: World) -> None:
    ours = store(world, suspend_automations=False)
    ours.ensure()
    assert not ours.begin_backfill()
    assert (ours.read() or {})["is_syncing"] is False


def test_a_switch_that_was_not_answered_is_worth_another_try(world: World) -> None:
    ours = store(world)
    ours.ensure()
    world.vendor.faults.add("PATCH *", "timeout_after")
    with pytest.raises(RetryLater):
        ours.begin_backfill()
