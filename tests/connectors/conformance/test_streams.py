"""Every record comes, once, whatever interrupts the reading, and what changes later comes later."""

from __future__ import annotations

import json

from tests.connectors.conformance.case import Bench, Happening, StreamCase
from tests.connectors.conformance.reading import (
    HOUR,
    LARGEST_POSITION,
    keys_of,
    refused_in,
    rows_of,
    run,
    stored,
)

FEW = 5
AWKWARD = ("", " ", "'", "a/b?c=d&e#f", "x" * 300, "\u00e4\u20ac", "a\x00b", "*", "%", "..")


def test_every_record_comes_exactly_once(bench: Bench, read: StreamCase) -> None:
    held, pages = sorted(read.held(bench)), run(bench, read)
    keys = keys_of(pages)
    assert len(held) >= FEW, (
        f"The sandbox holds {len(held)} {read.name}: give it more, or nothing of this is proved."
    )
    assert sorted(set(keys)) == sorted(keys), f"{read.name} gave a record twice within one run of full pages."
    assert set(keys) <= set(held), "It read records the sandbox does not hold: is `held` right?"
    assert len(set(held) - set(keys)) == refused_in(pages), (
        f"{sorted(set(held) - set(keys))[:5]} never came and were not named in `Page.refused`. Page by key, "
        "not by offset, and name every row you leave out."
    )


def test_tiny_pages_bring_the_same_records_as_large_ones(bench: Bench, read: StreamCase) -> None:
    large, small = run(bench, read), run(bench, read, small=True)
    assert len(small) > len(large), (
        "Pages did not get smaller: set `small_settings` or `small_page` in the case, and heed them."
    )
    assert set(keys_of(small)) == set(keys_of(large)), "What is read depends on the size of pages."
    if not read.overlaps:
        assert len(keys_of(small)) == len(set(keys_of(small))), (
            "A record came on two pages. Go on behind the last key; or say `overlaps` in the case if that is "
            "how you make sure nobody is missed."
        )


def test_a_position_is_small_json(bench: Bench, read: StreamCase) -> None:
    for page in run(bench, read, small=True):
        text = json.dumps(page.position, allow_nan=False)
        assert json.loads(text) == page.position, (
            "A position must survive being stored: texts, numbers, lists, objects; no tuples, no dates."
        )
        assert len(text) <= LARGEST_POSITION, "Keep a position small: the last key, not all keys."


def test_reading_goes_on_after_any_page_with_exactly_what_was_left(bench: Bench, read: StreamCase) -> None:
    at = bench.now()
    whole = run(bench, read, at=at, small=True)
    for number in range(1, len(whole)):
        interrupted = bench.stream(read, small=True).pages(None, at)
        committed = [next(interrupted) for _ in range(number)]
        getattr(interrupted, "close", lambda: None)()  # killed: whatever it had read ahead is lost
        rest = run(bench, read, stored(committed[-1].position), at=at, small=True)
        assert keys_of(rest) == keys_of(whole[number:]), (
            f"After page {number} of {len(whole)} another worker did not get exactly the rest. `position` "
            "must say all there is to know; nothing may be kept in the object."
        )


def test_the_last_page_is_done_and_no_other(bench: Bench, read: StreamCase) -> None:
    for small in (False, True):
        pages = run(bench, read, small=small)
        assert [page.done for page in pages] == [False] * (len(pages) - 1) + [True], (
            "Exactly the last page is `done`: without it the run never ends, with two it ends too early."
        )


def test_another_run_without_changes_costs_no_more_than_the_first(bench: Bench, read: StreamCase) -> None:
    begun = bench.sandbox.journal.last
    first = run(bench, read)
    between = bench.sandbox.journal.last
    bench.sandbox.clock.advance(HOUR)
    second = run(bench, read, stored(first[-1].position))
    cost, first_cost = bench.worked(between), bench.worked(begun) - bench.worked(between)
    assert cost <= first_cost, f"The second run took {cost} calls, the first {first_cost}."
    assert set(keys_of(second)) <= set(keys_of(first)), "Records came that nobody made."
    assert second[-1].done


def test_what_changes_after_a_run_comes_with_the_next(
    bench: Bench, change: tuple[StreamCase, Happening]
) -> None:
    spec, happening = change
    first = run(bench, spec)
    key = happening(bench)
    bench.sandbox.clock.advance(HOUR)
    second = run(bench, spec, stored(first[-1].position))
    assert key in keys_of(second), (
        f"{key} changed after the first run and the second did not bring it. Begin again some way before the "
        "end of the last run (`run_start` less a margin): reading twice costs nothing, missing costs all."
    )
    assert rows_of(second)[key].raw != getattr(rows_of(first).get(key), "raw", None), (
        "It came, but its `raw` is the same as before: what changed is not in it."
    )


def test_something_may_change_and_the_case_says_what(bench: Bench, read: StreamCase) -> None:
    assert read.changes, f"Name in the case what may happen to {read.name} between two runs (`changes`)."


def test_a_record_reads_the_same_twice(bench: Bench, read: StreamCase) -> None:
    first, second = rows_of(run(bench, read)), rows_of(run(bench, read))
    for key, row in first.items():
        assert row.raw == second[key].raw, (
            f"{key} was read twice and differs although nothing changed: leave out times of reading, sort "
            "what comes in no order. Every difference is taken for a change."
        )
        assert row.version == second[key].version


def test_the_total_told_is_not_less_than_what_comes(bench: Bench, read: StreamCase) -> None:
    pages = run(bench, read)
    told = [page.total for page in pages if page.total is not None]
    if told and not read.overlaps:
        assert max(told) >= len(keys_of(pages)), "`total` is shown as the size of the run."


def test_records_fetched_by_key_are_those_of_the_pages(bench: Bench, fetched: StreamCase) -> None:
    held = sorted(fetched.held(bench))
    wanted = [*held[:FEW], held[-1]]
    page = bench.stream(fetched).fetch(wanted)
    assert sorted(row.key for row in page.rows) == sorted(set(wanted)), (
        "`fetch` gives each key asked for, once."
    )
    assert not page.missing
    assert not page.sweep, "`fetch` is no sweep: it must never make anything count as gone."
    if not bench.case.system.streams[fetched.name].on_demand:
        read = rows_of(run(bench, fetched))
        for row in page.rows:
            assert row.raw == read[row.key].raw, (
                f"{row.key} looks different when fetched than when read: the next run would take that for a "
                "change. Build `raw` in one place for both."
            )


def test_keys_that_do_not_exist_are_named(bench: Bench, fetched: StreamCase) -> None:
    held = sorted(fetched.held(bench))
    unknown = [f"{held[0][:-2]}~{end}" for end in ("no", "such")]
    page = bench.stream(fetched).fetch([unknown[0], held[0], unknown[1]])
    assert [row.key for row in page.rows] == [held[0]], "`fetch` keeps to the keys asked."
    assert sorted(page.missing) == sorted(unknown), "`fetch` names the keys that do not exist in `missing`."


def test_fetching_nothing_gives_nothing(bench: Bench, fetched: StreamCase) -> None:
    page = bench.stream(fetched).fetch([])
    assert not page.rows
    assert not page.missing


def test_a_key_nobody_could_have_does_no_harm(bench: Bench, fetched: StreamCase) -> None:
    held = sorted(fetched.held(bench))
    for awkward in AWKWARD:
        page = bench.stream(fetched).fetch([awkward, held[0]])
        assert [row.key for row in page.rows] == [held[0]], (
            f"Asked for {awkward!r} beside {held[0]!r}: quote keys in paths and filters, never widen them, "
            "and do not ask for what can be no key."
        )


def test_a_key_asked_for_twice_comes_once(bench: Bench, fetched: StreamCase) -> None:
    held = sorted(fetched.held(bench))
    rows = bench.stream(fetched).fetch([held[0], held[1], held[0]]).rows
    assert sorted(row.key for row in rows) == held[:2], "`fetch` gives each key once: `dict.fromkeys(keys)`."
