"""Who left: read over real HTTP, however the list moves while it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.sdk.errors import RecordRejected
from connectors.sdk.system import Page, Position, Stream
from connectors.systems.mailchimp.ids import member_hash
from tests.connectors.systems.mailchimp.conftest import World

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def address(number: int) -> str:
    return f"person{number}@nordwind.example"


def leave(world: World, *numbers: int, at: datetime | None = None, how: str = "unsubscribe") -> None:
    if at:
        world.vendor.clock.set(at)
    for number in numbers:
        world.vendor.mutate("sign_up", email=address(number))
        world.vendor.mutate(how, email=address(number))


def read(
    stream: Stream[Any],
    start: Position | None = None,
    run_start: datetime = START + timedelta(days=1),
    between: Callable[[int], None] = lambda _: None,
) -> tuple[list[Page], set[str]]:
    """All pages of a run (each position through JSON, as the engine keeps it) and the keys met."""
    pages = []
    for page in stream.pages(start, run_start):
        json.dumps(page.position)
        pages.append(page)
        between(len(pages))
    return pages, {row.key for page in pages for row in page.rows}


def keys(*numbers: int) -> set[str]:
    return {member_hash(address(number)) for number in numbers}


@pytest.fixture(autouse=True)
def frozen(world: World) -> None:
    world.vendor.clock.set(START)
    world.vendor.clock.freeze()


def small(world: World, size: int = 3) -> Stream[Any]:
    stream = world.stream("consent")
    stream.page_size = size  # type: ignore[misc]
    return stream


def test_who_unsubscribed_or_bounced_is_read_and_nobody_else(world: World) -> None:
    leave(world, 1)
    leave(world, 2, how="clean")
    leave(world, 3, how="archive")
    world.vendor.mutate("sign_up", email=address(4))
    pages, met = read(world.stream("consent"))
    assert met == keys(1, 2)
    assert pages[-1].done
    records = {row.key: world.stream("consent").canonical(row.raw) for page in pages for row in page.rows}
    assert records[member_hash(address(1))].status == "unsubscribed"
    assert records[member_hash(address(1))].reason == "Normally unsubscribed"
    assert records[member_hash(address(1))].email == address(1)
    assert records[member_hash(address(1))].changed_at == START
    assert records[member_hash(address(2))].status == "cleaned"


def test_the_next_run_reads_only_what_is_new(world: World) -> None:
    leave(world, 1)
    leave(world, 2, at=START + timedelta(hours=1))
    pages, _ = read(world.stream("consent"))
    leave(world, 3, at=START + timedelta(hours=2))
    leave(world, 4, how="clean", at=START + timedelta(hours=2))
    _, met = read(world.stream("consent"), pages[-1].position)
    assert met >= keys(3, 4)
    assert not met & keys(1)


def test_a_run_overlaps_the_one_before(world: World) -> None:
    leave(world, 1)
    pages, _ = read(world.stream("consent"))
    leave(world, 2, at=START - timedelta(minutes=5))  # committed late, with an older time
    _, met = read(world.stream("consent"), pages[-1].position)
    assert keys(2) <= met


def test_the_next_run_never_starts_after_this_one_did(world: World) -> None:
    leave(world, 1, at=START + timedelta(hours=3))  # their clock is ahead of ours
    pages, _ = read(world.stream("consent"), run_start=START)
    leave(world, 2, at=START + timedelta(minutes=1))
    _, met = read(world.stream("consent"), pages[-1].position)
    assert keys(1, 2) <= met


def test_a_run_without_news_keeps_its_place(world: World) -> None:
    leave(world, 1)
    pages, _ = read(world.stream("consent"))
    place = pages[-1].position
    for _ in range(3):
        pages, _ = read(world.stream("consent"), pages[-1].position)
    assert pages[-1].position == place


def test_a_run_that_meets_only_older_news_does_not_go_back(world: World) -> None:
    leave(world, 1, at=START + timedelta(minutes=55))
    leave(world, 2, at=START + timedelta(hours=1))
    pages, _ = read(world.stream("consent"))
    world.vendor.mutate("sign_up", email=address(2))
    again, _ = read(world.stream("consent"), pages[-1].position)
    assert again[-1].position == pages[-1].position


def test_an_empty_audience_is_one_clean_run(world: World) -> None:
    pages, met = read(world.stream("consent"))
    assert not met
    assert [page.done for page in pages] == [False, True]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 7, 13])
def test_pages_meet_everybody_whatever_their_size(world: World, count: int) -> None:
    for number in range(count):
        leave(world, number, at=START + timedelta(seconds=5 * number))
    pages, met = read(small(world))
    assert met == keys(*range(count))
    assert sum(page.done for page in pages) == 1


def test_everybody_who_left_within_one_second_is_met(world: World) -> None:
    leave(world, *range(20))
    _, met = read(small(world))
    assert met == keys(*range(20))


def test_a_run_goes_on_where_it_was_cut(world: World) -> None:
    for number in range(10):
        leave(world, number, at=START + timedelta(seconds=5 * number))
    leave(world, 50, 51, 52, 53, how="clean")
    whole, _ = read(small(world))
    for cut in range(len(whole)):
        met = {row.key for page in whole[: cut + 1] for row in page.rows}
        if not whole[cut].done:
            met |= read(small(world), json.loads(json.dumps(whole[cut].position)))[1]
        assert met == keys(*range(10), 50, 51, 52, 53)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moving=st.lists(st.integers(0, 11), max_size=6), gap=st.sampled_from([0, 1, 5]))
def test_people_who_change_while_we_read_hide_nobody(world: World, moving: list[int], gap: int) -> None:
    """Whoever changes moves to the end of the list, and everybody behind moves up."""
    world.vendor.reset()
    for number in range(12):
        leave(world, number, at=START + timedelta(seconds=gap * number if gap else 5 * (number // 2)))
    pending = list(moving)

    def between(page: int) -> None:
        if pending:
            world.vendor.clock.set(START + timedelta(minutes=page))
            world.vendor.mutate(
                "edit_member", email=address(pending.pop()), merge_fields={"FNAME": f"{page}"}
            )

    _, met = read(small(world, 4), between=between)
    assert met == keys(*range(12))


def test_times_are_asked_for_in_utc(world: World) -> None:
    leave(world, 1)
    pages, _ = read(world.stream("consent"))
    read(world.stream("consent"), pages[-1].position)
    queries = [call.query for call in world.vendor.journal.calls(method="GET") if "since" in call.query]
    assert queries
    assert all("%2B00%3A00" in query for query in queries)


def test_single_members_are_read_as_they_are_now(world: World) -> None:
    leave(world, 1)
    world.vendor.mutate("sign_up", email=address(2))
    page = world.stream("consent").fetch([*keys(1), *keys(2), "0" * 32])
    assert {row.raw["status"] for row in page.rows} == {"unsubscribed", "subscribed"}
    assert list(page.missing) == ["0" * 32]


def test_a_row_that_names_nobody_is_rejected(world: World) -> None:
    with pytest.raises(RecordRejected):
        world.stream("consent").canonical({"email_address": "x@nordwind.example"})


def test_an_unset_time_is_no_fault(world: World) -> None:
    record = world.stream("consent").canonical({"id": "a", "status": "cleaned", "last_changed": ""})
    assert record.changed_at is None
