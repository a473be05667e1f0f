"""Reading only what changed, where stamps can be relied on; everything where not."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.sdk.errors import RetryLater
from connectors.systems.qad.streams.base import Reading
from connectors.systems.qad.walk import Spot
from tests.connectors.systems.qad.tenant import BROWSES, RUN_START, Maker, Tenant, keys_of


@pytest.fixture
def qad(tenants: Maker) -> Tenant:
    """A tenant whose clock stands at the start of the run."""
    qad = tenants(items=60, built_at=RUN_START - timedelta(days=40))
    qad.sandbox.clock.set(RUN_START)
    qad.ping()
    return qad


def test_ping_relies_on_a_stamp_only_where_it_covers_what_is_read(qad: Tenant) -> None:
    assert qad.findings["items_change"] == ["pt_mstr.pt_mod_date"]
    assert qad.findings["customers_change"] == []  # names and addresses have stamps of their own
    assert qad.findings["orders_change"] == []


def test_after_a_full_read_only_changed_items_are_asked_for(qad: Tenant) -> None:
    position = qad.read("items")[-1].position
    changed = qad.read("items")[0].rows[3].key
    qad.sandbox.mutate("set_price", code=changed, price="1.23")
    pages = qad.read("items", position, RUN_START + timedelta(hours=1))
    assert keys_of(pages) == [changed]
    assert not pages[-1].sweep
    assert "pt_mstr.pt_mod_date,ge,2026-11-19,literal" in qad.asked()[-1]


def test_nothing_changed_is_believed_only_where_the_browse_shows_rows(qad: Tenant) -> None:
    position = qad.read("items")[-1].position
    later = RUN_START + timedelta(hours=1)
    pages = qad.read("items", position, later)
    assert keys_of(pages) == []
    assert pages[-1].done
    qad.sandbox.faults.add(BROWSES, "empty_page", times=None)
    with pytest.raises(RetryLater, match="took nothing for gone"):
        qad.read("items", position, later)


def test_a_change_hidden_by_an_empty_answer_comes_next_time(qad: Tenant) -> None:
    position = qad.read("items")[-1].position
    qad.sandbox.clock.advance(3 * 86400)
    code = qad.sandbox.mutate("add_item")["itemCode"]  # type: ignore[index]
    qad.sandbox.clock.advance(3 * 86400)
    later = RUN_START + timedelta(days=6)
    qad.ping()  # a session that is not over yet, so that the fault meets the reading
    qad.sandbox.faults.add({"path": BROWSES, "query": "filter="}, "empty_page", times=2)
    first = qad.read("items", position, later)
    assert keys_of(first) == []
    assert code in keys_of(qad.read("items", first[-1].position, later))


def test_once_a_week_everything_is_read(qad: Tenant) -> None:
    position = qad.read("items")[-1].position
    pages = qad.read("items", position, RUN_START + timedelta(days=8))
    assert len(keys_of(pages)) == 60
    assert pages[-1].sweep
    assert pages[-1].position["swept"].startswith("2026-11-28")


def test_stamps_a_person_names_are_relied_on_one_after_the_other(qad: Tenant) -> None:
    qad.settings["customer_change_columns"] = ("cm_mstr.cm_mod_date",)
    qad.ping()
    position = qad.read("customers")[-1].position
    qad.sandbox.mutate("hold_customer", code="10004")
    assert keys_of(qad.read("customers", position, RUN_START + timedelta(hours=1))) == ["10004"]


def test_a_column_that_is_no_stamp_is_told_and_everything_is_read(qad: Tenant) -> None:
    qad.settings["item_change_columns"] = ("pt_mstr.pt_desc1",)
    checks = qad.ping()
    assert "cannot be filtered by pt_mstr.pt_desc1" in checks["Items"].text
    position = qad.read("items")[-1].position
    assert len(keys_of(qad.read("items", position, RUN_START + timedelta(hours=1)))) == 60


@pytest.mark.parametrize("dates", ["us", "eu"])
def test_filters_spell_days_as_the_rows_do(tenants: Maker, dates: str) -> None:
    qad = tenants(date_format=dates, built_at=RUN_START - timedelta(days=40))
    qad.sandbox.clock.set(RUN_START)
    qad.ping()
    position = qad.read("items")[-1].position
    qad.sandbox.mutate("add_item", code="NEW-1")
    assert keys_of(qad.read("items", position, RUN_START + timedelta(hours=1))) == ["NEW-1"]


def test_a_run_of_changes_resumes_in_the_middle(qad: Tenant) -> None:
    qad.settings["item_change_columns"] = ("pt_mstr.pt_mod_date",)
    position: dict[str, Any] = {"since": "2020-01-01", "swept": RUN_START.isoformat()}
    pages = qad.read("items", position)
    assert len(pages) > 2
    rest = qad.read("items", pages[0].position)
    assert set(keys_of(pages[:1]) + keys_of(rest)) == set(keys_of(pages))
    assert len(set(keys_of(pages))) == 60


def test_a_reading_survives_storage() -> None:
    reading = Reading(RUN_START, Spot("A", 2, 50), ("x.y", "z.w"), 1, RUN_START.date(), None, 7)
    assert Reading.from_json(reading.to_json()) == reading
