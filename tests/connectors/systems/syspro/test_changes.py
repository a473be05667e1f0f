"""Reading only what changed, where the site has a column for it and ping has proved it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.systems.syspro.streams.reading import Change, Reading, after_all, begun, condition
from tests.connectors.systems.syspro.environment import RUN_START, Environment, Maker, keys_of
from tests.connectors.systems.syspro.records import settings

HOUR = timedelta(hours=1)
BY_NUMBER: dict[str, Any] = {"customers_table": "MlCustomers", "change_column": "ChangeNumber"}
BY_MOMENT: dict[str, Any] = {"customers_table": "MlCustomers", "change_column": "ChangedAt"}
COLUMNS = pytest.mark.parametrize("options", [BY_NUMBER, BY_MOMENT], ids=["number", "moment"])


@pytest.fixture
def viewed(sites: Maker) -> Environment:
    """A site with a view of its own that tells when a customer was changed."""
    return sites(customers=90, change_view="MlCustomers")


def change(site: Environment, key: str) -> None:
    site.sandbox.mutate("change_customer", customer=key, changes={"Name": f"Renamed {key}"})


@COLUMNS
def test_a_proved_column_reads_only_what_changed(viewed: Environment, options: dict[str, Any]) -> None:
    check = viewed.ping(**options)["Changed customers"]
    assert check.outcome == "ok"
    assert f"by {options['change_column']}, and all of them every 24 hours" in check.text
    full = viewed.read(**options)
    assert keys_of(full) == viewed.ids()
    # The first run after a full read looks at what was the newest then; so does each after the one before it.
    viewed.sandbox.clock.advance(7 * 3600)
    left = viewed.read(full[-1].position, RUN_START + HOUR, **options)[-1].position
    assert left["swept"] == RUN_START.isoformat()
    keys = viewed.ids()[5:8]
    for key in keys:
        change(viewed, key)
    pages = viewed.read(left, RUN_START + 2 * HOUR, **options)
    assert set(keys) <= set(keys_of(pages))
    assert len(keys_of(pages)) < 10
    assert not any(page.sweep for page in pages)
    viewed.sandbox.clock.advance(7 * 3600)
    once_more = viewed.read(pages[-1].position, RUN_START + 3 * HOUR, **options)[-1].position
    change(viewed, viewed.ids()[20])
    last = viewed.read(once_more, RUN_START + 4 * HOUR, **options)
    assert viewed.ids()[20] in keys_of(last)


@COLUMNS
def test_what_changes_behind_the_reader_is_found_by_the_next_run(
    viewed: Environment, options: dict[str, Any]
) -> None:
    viewed.ping(**options)
    pages = viewed.stream(page_size=30, **options).pages(None, RUN_START)
    first = next(pages)
    behind = first.rows[0].key
    change(viewed, behind)
    rest = list(pages)
    change(viewed, viewed.ids()[-1])
    found = viewed.read(rest[-1].position, RUN_START + HOUR, **options)
    assert behind in keys_of(found)


@COLUMNS
def test_everything_is_read_again_when_it_is_due(viewed: Environment, options: dict[str, Any]) -> None:
    viewed.ping(**options)
    left = viewed.read(**options)[-1].position
    soon = viewed.read(left, RUN_START + 23 * HOUR, **options)
    assert not soon[-1].sweep
    due = viewed.read(soon[-1].position, RUN_START + 24 * HOUR, **options)
    assert due[-1].sweep
    assert keys_of(due) == viewed.ids()


def test_another_column_begins_with_everything(viewed: Environment) -> None:
    viewed.ping(**BY_NUMBER)
    left = viewed.read(**BY_NUMBER)[-1].position
    viewed.ping(**BY_MOMENT)
    assert viewed.read(left, RUN_START + HOUR, **BY_MOMENT)[-1].sweep


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("LastModifiedDate", "LastModifiedDate"),
        ("TimeStamp", "TimeStamp"),
        ("Name", "it holds neither dates nor whole numbers"),
    ],
)
def test_a_column_that_cannot_be_asked_by_is_told_and_everything_is_read(
    site: Environment, column: str, said: str
) -> None:
    check = site.ping(change_column=column)["Changed customers"]
    assert check.outcome == "warning"
    assert said in check.text
    assert "Every run reads all customers" in check.text
    left = site.read(change_column=column)[-1].position
    again = site.read(left, RUN_START + HOUR, change_column=column)
    assert again[-1].sweep
    assert keys_of(again) == site.ids()


@COLUMNS
def test_a_filter_that_is_ignored_is_no_proof(viewed: Environment, options: dict[str, Any]) -> None:
    viewed.sandbox.clock.advance(3600)
    change(viewed, viewed.ids()[-1])
    viewed.sandbox.faults.add("*/MlCustomers", "ignore_filter", times=None)
    check = viewed.ping(**options)["Changed customers"]
    assert check.outcome == "warning"
    assert "the condition is ignored" in check.text
    assert viewed.findings["change"] is None


def test_without_a_ping_a_change_column_is_not_believed(viewed: Environment) -> None:
    left = viewed.read(**BY_NUMBER)[-1].position
    assert viewed.read(left, RUN_START + HOUR, **BY_NUMBER)[-1].sweep


@pytest.mark.parametrize(
    ("through", "date_kind"), [("odata", "moment"), ("odata", "date"), ("enet", "moment")]
)
def test_runs_can_look_for_new_customers_only(sites: Maker, through: str, date_kind: str) -> None:
    site = sites(date_kind=date_kind)
    options: dict[str, Any] = {"read_through": through, "between_full_reads": "added"}
    check = site.ping(**options)["Changed customers"]
    assert "customers added since the last one, by DateCustAdded" in check.text
    now = datetime.fromtimestamp(site.sandbox.clock.timestamp(), UTC)
    left = site.read(at=now, **options)[-1].position
    key = site.sandbox.mutate("add_customer")
    assert isinstance(key, dict)
    found = site.read(left, now + HOUR, **options)
    assert key["Customer"] in keys_of(found)
    assert len(keys_of(found)) < 10
    assert not found[-1].sweep
    assert site.read(found[-1].position, now + 25 * HOUR, **options)[-1].sweep


# -- the pure part ------------------------------------------------------------------------------------


def test_changes_by_number_are_read_from_before_the_last_reading() -> None:
    by = Change("N", "number")
    first, is_new = begun({}, by, settings(), RUN_START)
    assert (first.is_sweep, is_new) == (True, True)
    left = after_all(Reading(first.began, "N", "number", mark="100"), {})
    assert left == {"swept": RUN_START.isoformat(), "count": 0, "by": "N", "mark": "100", "before": "100"}
    second, _ = begun(left, by, settings(), RUN_START + HOUR)
    left = after_all(Reading(second.began, "N", "number", second.since, mark="150"), left)
    assert (left["mark"], left["before"]) == ("150", "100")
    third, _ = begun(left, by, settings(), RUN_START + 2 * HOUR)
    assert condition(third, timedelta(hours=3))[0].value == "100"


@pytest.mark.parametrize(
    ("kind", "column", "expected"),
    [
        ("moment", "ChangedAt", "2026-11-20T09:00:00Z"),
        ("date", "ChangedAt", "2026-11-18"),
        ("moment", "DateCustAdded", "2026-11-18T12:00:00Z"),
    ],
)
def test_changes_by_time_overlap(kind: Any, column: str, expected: str) -> None:
    reading = Reading("", column, kind, since="2026-11-20T12:00:00Z")
    (term,) = condition(reading, timedelta(hours=3))
    assert (term.column, term.operator, term.value, term.kind) == (column, "ge", expected, kind)


def test_a_reading_without_a_mark_is_followed_by_everything() -> None:
    left = after_all(Reading(RUN_START.isoformat(), "N", "number"), {})
    assert begun(left, Change("N", "number"), settings(), RUN_START + HOUR)[0].is_sweep


def test_a_reading_under_way_survives_storage() -> None:
    reading = Reading(RUN_START.isoformat(), "N", "number", "5", "9", "0000012", 7, ordered=False)
    assert Reading.from_json(reading.to_json()) == reading
