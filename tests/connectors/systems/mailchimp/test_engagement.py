"""How people respond, read over real HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.sdk.errors import RecordRejected
from connectors.systems.mailchimp.ids import member_hash
from tests.connectors.systems.mailchimp.conftest import World

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def address(number: int) -> str:
    return f"person{number}@nordwind.example"


def test_rates_are_fractions_of_one(world: World) -> None:
    world.vendor.mutate("sign_up", email=address(1))
    world.vendor.mutate("sign_up", email=address(2))
    campaign = world.vendor.mutate("send_campaign")
    world.vendor.mutate("engage", email=address(1), campaign_id=campaign, done="open")
    stream = world.stream("engagement")
    pages = list(stream.pages(None, NOW))
    records = {row.key: stream.canonical(row.raw) for page in pages for row in page.rows}
    assert records.keys() == {member_hash(address(1)), member_hash(address(2))}
    assert all(0 <= one.open_rate <= 1 and 0 <= one.click_rate <= 1 for one in records.values())
    assert records[member_hash(address(1))].email == address(1)
    assert pages[-1].done


def test_pages_overlap_so_that_few_who_leave_hide_nobody(world: World) -> None:
    for number in range(60):
        world.vendor.mutate("sign_up", email=address(number))
    stream = world.stream("engagement")
    stream.page_size = 20  # type: ignore[misc]
    met: set[str] = set()
    for count, page in enumerate(stream.pages(None, NOW)):
        met |= {row.key for row in page.rows}
        world.vendor.mutate("archive", email=address(count))  # each moves everybody up
    assert met == {member_hash(address(number)) for number in range(60)}


def test_a_run_goes_on_where_it_was_cut_and_never_sweeps(world: World) -> None:
    for number in range(25):
        world.vendor.mutate("sign_up", email=address(number))
    stream = world.stream("engagement")
    stream.page_size = 10  # type: ignore[misc]
    first = next(iter(stream.pages(None, NOW)))
    rest = list(stream.pages(first.position, NOW))
    met = {row.key for page in (first, *rest) for row in page.rows}
    assert len(met) == 25
    assert rest[-1].position == {}
    assert first.total == 25
    assert not any(page.sweep for page in (first, *rest))


def test_only_what_it_is_about_counts_as_a_change(world: World) -> None:
    world.vendor.mutate("sign_up", email=address(1))
    stream = world.stream("engagement")
    before = next(iter(stream.pages(None, NOW))).rows[0].raw
    world.vendor.clock.advance(60)
    world.vendor.mutate("edit_member", email=address(1), merge_fields={"FNAME": "Janet"})
    assert next(iter(stream.pages(None, NOW))).rows[0].raw == before
    assert stream.fetch([member_hash(address(1))]).rows[0].raw == before


@pytest.mark.parametrize(
    ("stats", "rates"),
    [
        ({"avg_open_rate": 0.12345, "avg_click_rate": 1}, (0.1235, 1.0)),
        ({"avg_open_rate": None}, (0.0, 0.0)),
        ({"avg_open_rate": 7, "avg_click_rate": -1}, (1.0, 0.0)),
        (None, (0.0, 0.0)),
        ("", (0.0, 0.0)),
    ],
)
def test_odd_figures_do_no_harm(world: World, stats: Any, rates: tuple[float, float]) -> None:
    record = world.stream("engagement").canonical({"id": "a", "stats": stats})
    assert (record.open_rate, record.click_rate) == rates


def test_a_row_that_names_nobody_is_rejected(world: World) -> None:
    with pytest.raises(RecordRejected):
        world.stream("engagement").canonical({"stats": {}})
