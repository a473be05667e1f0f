"""Reading only what changed, where an attribute tells."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.sdk.system import Page
from sandboxes.kit import Clock
from tests.connectors.systems.ifs_cloud.environment import Environment, Maker, keys_of

CHANGE = "Cf_Changed_At"


@pytest.fixture
def ifs(environments: Maker) -> Environment:
    """An environment whose customers and orders say when they were changed."""
    ifs = environments(customers=200, change_attribute=CHANGE, order_change_attribute="Cf_Modified_Date")
    ifs.ping()
    return ifs


def now(ifs: Environment) -> datetime:
    clock: Clock = ifs.sandbox.clock
    return clock.now().astimezone(UTC)


def swept(ifs: Environment, stream: str = "customers", **settings: Any) -> Page:
    """The last page of a first run."""
    return ifs.read(stream, None, now(ifs), **settings)[-1]


def test_ping_finds_the_attributes(ifs: Environment) -> None:
    assert ifs.findings["customer_change"] == {"attribute": CHANGE, "type": "Edm.DateTimeOffset"}
    assert ifs.findings["order_change"]["attribute"] == "Cf_Modified_Date"


def test_the_first_run_sweeps_and_the_next_reads_what_changed(ifs: Environment) -> None:
    last = swept(ifs)
    assert last.sweep
    ifs.sandbox.clock.advance(24 * 3600)
    ifs.sandbox.mutate("change_customer", customer_id="10007", changes={"Name": "Renamed Ltd"})
    pages = ifs.read("customers", last.position, now(ifs))
    assert keys_of(pages) == ["10007"]
    assert not any(page.sweep for page in pages)
    assert pages[0].total == 1


def test_a_position_never_lies_beyond_the_start_of_its_run(ifs: Environment) -> None:
    last = swept(ifs)
    started = now(ifs) + timedelta(hours=10)
    ifs.sandbox.clock.advance(24 * 3600)
    ifs.sandbox.mutate("touch", entity="CustomerInfo")
    (*_, end) = ifs.read("customers", last.position, started)
    assert datetime.fromisoformat(end.position["since"]) <= started - timedelta(minutes=5)


def test_a_quiet_run_does_not_move_the_position_back_or_on(ifs: Environment) -> None:
    last = swept(ifs)
    ifs.sandbox.clock.advance(24 * 3600)
    (*_, end) = ifs.read("customers", last.position, now(ifs))
    assert end.position == last.position


def test_many_changes_of_the_same_second_are_read_once_each(ifs: Environment) -> None:
    last = swept(ifs)
    ifs.sandbox.clock.advance(24 * 3600)
    ifs.sandbox.clock.freeze()
    ifs.sandbox.mutate("touch", entity="CustomerInfo")
    keys = keys_of(ifs.read("customers", last.position, now(ifs), page_size=30))
    assert len(keys) == len(set(keys)) == 200


def test_reading_changes_resumes_after_any_page(ifs: Environment) -> None:
    last = swept(ifs)
    ifs.sandbox.clock.advance(24 * 3600)
    ifs.sandbox.mutate("touch", entity="CustomerInfo")
    started = now(ifs)
    pages = ifs.read("customers", last.position, started, page_size=40)
    for at, page in enumerate(pages[:-1], start=1):
        assert keys_of(ifs.read("customers", page.position, started, page_size=40)) == keys_of(pages[at:])


def test_a_late_commit_within_the_overlap_is_found(ifs: Environment) -> None:
    last = swept(ifs)
    ifs.sandbox.clock.advance(24 * 3600)
    ifs.sandbox.mutate("change_customer", customer_id="10007", changes={"Name": "Renamed Ltd"})
    (*_, second) = ifs.read("customers", last.position, now(ifs))
    late = (now(ifs) - timedelta(hours=2)).isoformat(timespec="seconds")
    ifs.sandbox.mutate("add_customer", values={"CustomerId": "LATE", CHANGE: late})
    assert "LATE" in keys_of(ifs.read("customers", second.position, now(ifs)))


def test_everything_is_read_again_after_some_days(ifs: Environment) -> None:
    last = swept(ifs)
    for days, sweeps in ((6, False), (7, True)):
        later = now(ifs) + timedelta(days=days)
        assert ifs.read("customers", last.position, later)[-1].sweep is sweeps
    assert not ifs.read("customers", last.position, now(ifs) + timedelta(days=99), full_read_days=0)[-1].sweep


def test_orders_are_read_by_their_own_attribute_with_all_their_lines(ifs: Environment) -> None:
    last = swept(ifs, "orders")
    orders: Any = ifs.sandbox.state("orders")
    ifs.sandbox.clock.advance(24 * 3600)
    ifs.sandbox.mutate("change_order_state", order_no=orders[0]["OrderNo"], state="Cancelled")
    pages = ifs.read("orders", last.position, now(ifs))
    assert keys_of(pages) == [orders[0]["OrderNo"]]
    assert len(pages[0].rows[0].raw["lines"]) == orders[0]["lines"] - _charges(ifs, orders[0]["OrderNo"])


def test_an_attribute_that_ping_refuted_is_not_used(environments: Maker) -> None:
    ifs = environments()
    check = ifs.ping(customer_change_attribute="Cf_Nothing")["Changed customers"]
    assert "cannot be filtered by Cf_Nothing" in check.text
    last = ifs.read("customers", customer_change_attribute="Cf_Nothing")[-1]
    assert ifs.read("customers", last.position, customer_change_attribute="Cf_Nothing")[-1].sweep


def test_a_change_attribute_taken_away_leads_back_to_full_reads(ifs: Environment) -> None:
    last = swept(ifs)
    first = ifs.read("customers", last.position, now(ifs))[0]
    ifs.findings["customer_change"] = None
    for position in (last.position, first.position):
        assert len(keys_of(ifs.read("customers", position, now(ifs)))) == 200


def _charges(ifs: Environment, order: str) -> int:
    charges: Any = ifs.sandbox.state("CustomerOrderCharge", order)
    return len(charges)
