"""Writing twice is writing once, whatever interrupts it, and one bad record harms no other."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from connectors.sdk.errors import SystemFault
from connectors.sdk.mapping import FieldMap
from connectors.sdk.system import Action
from tests.connectors.conformance.case import Bench, Misdeed, SinkCase
from tests.connectors.conformance.reading import pinged
from tests.connectors.conformance.test_faults import check_texts
from tests.connectors.conformance.writing import (
    DONE,
    changes_of,
    confirmed,
    once,
    settle,
    write,
)

UNREADABLE: tuple[tuple[str, dict[str, object]], ...] = (
    ("cut", {}), ("cut", {"honest": True}), ("garbage", {"work": True}), ("html", {"work": True}),
    ("status", {"status": 502, "work": True}), ("status", {"status": 504, "work": True}),
)  # fmt: skip
LOST_CALLS = 6
"""The first so many calls of a write lose their answer, one after the other."""


def created_twice(bench: Bench) -> dict[str, int]:
    """Records the sandbox made more than once."""
    return {key: held.created for key, held in bench.sandbox.journal.writes().items() if held.created > 1}


def test_a_write_shows_at_the_vendor(bench: Bench, sunk: SinkCase) -> None:
    sunk.fill(bench)
    changes, before = changes_of(bench, sunk), sunk.held(bench)
    assert len(changes) >= 2, "Give the case two records or more."
    words = once(bench, sunk, changes)
    assert {word.action for word in words.values()} <= DONE, f"{words}"
    assert sunk.held(bench) != before, "Nothing changed at the vendor: is `held` looking at the right place?"


def test_writing_twice_is_writing_once(bench: Bench, sunk: SinkCase) -> None:
    sunk.fill(bench)
    changes = changes_of(bench, sunk)
    first = once(bench, sunk, changes)
    held = sunk.held(bench)
    second = once(bench, sunk, changes)  # as after a crash before the first was noted
    assert sunk.held(bench) == held, (
        "The same change, sent again by a worker that did not know, changed something: look for the record "
        "by our reference before making it."
    )
    assert not created_twice(bench)
    assert {key: word.external_id for key, word in first.items()} == {
        key: word.external_id for key, word in second.items()
    }


def test_a_confirmed_change_written_again_is_no_second_record(bench: Bench, sunk: SinkCase) -> None:
    sunk.fill(bench)
    changes = changes_of(bench, sunk)
    known = confirmed(changes, once(bench, sunk, changes))
    held = sunk.held(bench)
    words = once(bench, sunk, known)
    assert {word.action for word in words.values()} <= {Action.UNCHANGED, Action.UPDATED}, f"{words}"
    assert sunk.held(bench) == held
    assert not created_twice(bench)


def test_an_answer_that_was_lost_is_looked_up_and_nothing_doubles(bench: Bench, sunk: SinkCase) -> None:
    expected = _undisturbed(bench, sunk)
    for nth in range(LOST_CALLS):
        if not _loses(bench, sunk, Misdeed(sunk.writes, "timeout_after"), nth, expected):
            assert nth, f"`writes` of {sunk.name} matches no call: correct it in the case."
            return


@pytest.mark.parametrize(("kind", "args"), UNREADABLE)
def test_an_answer_that_cannot_be_read_is_looked_up_and_nothing_doubles(
    bench: Bench, sunk: SinkCase, kind: str, args: dict[str, object]
) -> None:
    expected = _undisturbed(bench, sunk)
    for nth in range(2):
        _loses(bench, sunk, Misdeed(sunk.writes, kind, args), nth, expected)


def _undisturbed(bench: Bench, sunk: SinkCase) -> object:
    """What stands at the vendor after a write that nothing went wrong with."""
    sunk.fill(bench)
    once(bench, sunk, changes_of(bench, sunk))
    return sunk.held(bench)


def _loses(bench: Bench, sunk: SinkCase, misdeed: Misdeed, nth: int, expected: object) -> bool:
    """Whether there was an nth call to lose the answer of; the work was done all the same."""
    with pinged(bench.case) as other:
        sunk.fill(other)
        changes = changes_of(other, sunk)
        planned = misdeed.plan(other.sandbox, after=nth)
        settled = settle(other, sunk, changes)
        if planned.hits:
            assert sunk.held(other) == expected, (
                f"The answer to write {nth + 1} was lost ({misdeed.kind}) after the work was done, and the "
                "end is not that of an undisturbed write: `look_up` must find it by our reference."
            )
            assert not created_twice(other), f"Made twice: {created_twice(other)}."
            assert {word.action for word in settled.words.values()} <= DONE, f"{settled.words}"
        return bool(planned.hits)


def test_a_lost_answer_is_told_as_unknown_and_found_again(bench: Bench, sunk: SinkCase) -> None:
    calls = _calls_of_a_write(bench, sunk)
    sunk.fill(bench)
    changes = changes_of(bench, sunk)
    Misdeed(sunk.writes, "timeout_after").plan(bench.sandbox, after=calls - 1)  # all is done by then
    sink, sent_at = bench.sink(sunk), bench.now()
    sink.prepare()
    words = write(sink, changes).words
    unknown = [
        change for change in changes if words.get(change.id) and words[change.id].action is Action.UNKNOWN
    ]
    assert unknown, (
        "The answer never came and the sink did not say so: a write that may have been done is UNKNOWN "
        "(let OutcomeUnknown through, or `told(change, Action.UNKNOWN, fault)`), never tried again blindly."
    )
    asked = [replace(change, version=words[change.id].version or change.version) for change in unknown]
    found = {word.id: word.action for word in bench.sink(sunk).look_up(asked, sent_at)}
    assert found.keys() == {change.id for change in unknown}, "`look_up` did not find what was done."
    assert set(found.values()) <= DONE


def _calls_of_a_write(bench: Bench, sunk: SinkCase) -> int:
    """How many calls that change something an undisturbed write takes."""
    with pinged(bench.case) as other:
        sunk.fill(other)
        changes = changes_of(other, sunk)
        counted = Misdeed(sunk.writes, "status").plan(other.sandbox, after=10_000)
        once(other, sunk, changes)
        assert counted.seen, f"`writes` of {sunk.name} matches no call: correct it in the case."
        return int(counted.seen)


def test_a_write_that_never_arrived_is_not_found_and_sent_again(bench: Bench, sunk: SinkCase) -> None:
    sunk.fill(bench)
    changes = changes_of(bench, sunk)
    expected_before = sunk.held(bench)
    planned = Misdeed(sunk.writes, "timeout_before", {"seconds": 0.05}).plan(bench.sandbox, times=None)
    sink, sent_at = bench.sink(sunk), bench.now()
    sink.prepare()
    done = write(sink, changes)
    assert planned.hits
    assert not DONE & set(done.actions()), "It says that it was done, and nothing arrived."
    assert sunk.held(bench) == expected_before
    bench.sandbox.faults.clear()
    assert not list(bench.sink(sunk).look_up(changes, sent_at)), "`look_up` found what was never done."
    settled = settle(bench, sunk, changes)
    assert {word.action for word in settled.words.values()} <= DONE
    assert not created_twice(bench)


def test_a_vendor_in_trouble_is_a_fault_or_a_word_and_never_a_crash(bench: Bench, sunk: SinkCase) -> None:
    sunk.fill(bench)
    changes = changes_of(bench, sunk)
    for kind, args in (
        ("status", {"status": 429, "retry_after": 4321}), ("status", {"status": 500}),
        ("status", {"status": 503}), ("html", {}), ("garbage", {}), ("timeout_before", {"seconds": 0.05}),
    ):  # fmt: skip
        bench.sandbox.faults.add(sunk.writes, kind, times=None, **args)
        sink = bench.sink(sunk)
        try:
            sink.prepare()
            done = write(sink, changes)
        except SystemFault as fault:
            check_texts(bench, [fault])
        else:
            assert not DONE & set(done.actions()), f"With {kind} {args} on every write: {done.words}"
            check_texts(bench, [done.fault] if done.fault else [])
        bench.sandbox.faults.clear()


def test_one_refused_record_does_not_touch_the_others(bench: Bench, refusing: SinkCase) -> None:
    assert refusing.refusal
    refusing.fill(bench)
    changes = changes_of(bench, refusing)
    refusing.refusal(bench)
    sink = bench.sink(refusing)
    sink.prepare()
    done = write(sink, changes)
    assert done.fault is None, f"One record ended the batch: {done.fault}"
    first, *others = (done.words[change.id] for change in changes)
    assert first.action in {Action.REJECTED, Action.SKIPPED, Action.CONFLICT}, f"{first}"
    assert len(first.text) >= 15, f"{first.text!r}: say what the vendor said and what to correct."
    assert {word.action for word in others} <= DONE, f"{others}"


def test_a_sink_says_how_a_vendor_refuses(bench: Bench, sunk: SinkCase) -> None:
    assert sunk.refusal, f"Say in the case how the vendor refuses one record of {sunk.name} (`refusal`)."


def test_removing_twice_is_removing_once(bench: Bench, sunk: SinkCase) -> None:
    sunk.fill(bench)
    changes = changes_of(bench, sunk)
    gone = [replace(one, remove=True) for one in confirmed(changes, once(bench, sunk, changes))]
    before = sunk.held(bench)
    first = once(bench, sunk, gone)
    after = sunk.held(bench)
    second = once(bench, sunk, gone)
    allowed = {Action.REMOVED, Action.SKIPPED} if sunk.removes else {Action.SKIPPED}
    assert {word.action for word in (*first.values(), *second.values())} <= allowed, f"{first} {second}"
    assert sunk.held(bench) == after
    assert (after != before) == sunk.removes, "What removing does is not what the case says (`removes`)."


def test_a_removal_that_went_unanswered_is_found(bench: Bench, sunk: SinkCase) -> None:
    if not sunk.removes:
        return
    sunk.fill(bench)
    changes = changes_of(bench, sunk)
    gone = [replace(one, remove=True) for one in confirmed(changes, once(bench, sunk, changes))]
    Misdeed(sunk.writes, "timeout_after").plan(bench.sandbox)
    settled = settle(bench, sunk, gone)
    assert {word.action for word in settled.words.values()} <= {Action.REMOVED, Action.SKIPPED}


def test_somebody_faster_is_not_overwritten(bench: Bench, stealing: SinkCase) -> None:
    assert stealing.steals
    stealing.fill(bench)
    changes = changes_of(bench, stealing)
    stealing.steals.plan(bench.sandbox)
    words = once(bench, stealing, changes)
    assert {word.action for word in words.values()} <= DONE, (
        "Stale once: read again, apply again, write with the new version."
    )


def test_somebody_faster_every_time_is_a_conflict(bench: Bench, stealing: SinkCase) -> None:
    assert stealing.steals
    stealing.fill(bench)
    changes, before = changes_of(bench, stealing), stealing.held(bench)
    stealing.steals.plan(bench.sandbox, times=None)
    words = once(bench, stealing, changes)
    assert {word.action for word in words.values()} == {Action.CONFLICT}, (
        "Stale every time: after three attempts it is a CONFLICT for a person."
    )
    assert stealing.held(bench) == before


def test_the_target_key_is_pure(bench: Bench, sunk: SinkCase) -> None:
    sunk.fill(bench)
    calls = bench.asked()
    for record in sunk.records(bench):
        sink = bench.sink(sunk)
        desired = FieldMap(sink.rules()).apply(record)
        before = copy.deepcopy(desired)
        keys = {sink.target_key(record, desired), bench.sink(sunk).target_key(record, desired)}
        assert len(keys) == 1, f"{keys}: the key depends on something else than what is wanted."
        assert keys != {""}
        assert desired == before
    assert bench.asked() == calls, "Rules and keys are computed, never asked for."


def test_rules_make_the_same_of_the_same(bench: Bench, sunk: SinkCase) -> None:
    for record in sunk.records(bench):
        made = [FieldMap(bench.sink(sunk).rules()).apply(record).to_json() for _ in range(2)]
        assert made[0] == made[1]
        assert made[0], "No rule fills anything."


def test_making_ready_and_loading_may_be_repeated(bench: Bench, sunk: SinkCase) -> None:
    sunk.fill(bench)
    sink = bench.sink(sunk)
    for _ in range(2):
        sink.prepare()
        sink.begin_load()
    for _ in range(2):
        sink.end_load()
    assert not created_twice(bench)


def test_what_was_never_written_is_not_found(bench: Bench, sunk: SinkCase) -> None:
    sunk.fill(bench)
    assert not list(bench.sink(sunk).look_up(changes_of(bench, sunk), bench.now()))


def test_writing_nothing_asks_nothing(bench: Bench, sunk: SinkCase) -> None:
    calls = bench.asked()
    assert not list(bench.sink(sunk).write([]))
    assert bench.asked(calls, bench.case.log_ins) == 0 or bench.asked() == calls
