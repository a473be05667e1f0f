"""Whatever a vendor answers, only faults come out, each says what to do, and nothing is lost on the way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

import pytest

from connectors.sdk.errors import ReconnectNeeded, RetryLater, SystemFault
from tests.connectors.conformance.case import Bench, Misdeed, StreamCase
from tests.connectors.conformance.reading import HOUR, fault_of, keys_of, read_on, refused_in, run, stored

TROUBLE: Sequence[tuple[str, dict[str, object]]] = (
    ("status", {"status": 429, "retry_after": 7}),
    ("status", {"status": 500}),
    ("status", {"status": 502}),
    ("status", {"status": 503}),
    ("html", {}),
    ("html", {"status": 500}),
    ("garbage", {}),
    ("cut", {}),
    ("cut", {"honest": True}),
    ("timeout_before", {"seconds": 0.05}),
    ("redirect", {}),
    ("huge", {"megabytes": 40}),
)
PASSING = [trouble for trouble in TROUBLE if trouble[0] in {"status", "garbage", "cut", "timeout_before"}]
"""What a next attempt may well not meet again."""
WAIT = 4321
MOST_CALLS = 40
_LEAK = re.compile(r"Traceback|<\w+ object at|\{\w*\}|\bNone\b")

pytestmark = pytest.mark.usefixtures("impatient")


def check_texts(bench: Bench, faults: Sequence[SystemFault]) -> None:
    """A fault is read by a person who has to do something, and by support; neither is to see a secret."""
    for fault in faults:
        assert len(fault.text) >= 15, (
            f"{type(fault).__name__} says {fault.text!r}: say what happened and what to do."
        )
        assert fault.text.rstrip().endswith((".", "!", "?")), f"{fault.text!r} is no sentence."
        assert not _LEAK.search(fault.text), f"{fault.text!r} shows the inside of a program."
        for secret in bench.secrets():
            assert secret not in fault.text + fault.detail + repr(fault), "A fault shows a secret."


def test_trouble_that_passes_loses_no_record(bench: Bench, read: StreamCase) -> None:
    expected = set(keys_of(run(bench, read)))
    for (kind, args), nth in product(PASSING, range(3)):
        planned = Misdeed(read.reads, kind, args).plan(bench.sandbox, after=nth)
        found = read_on(bench, read)
        bench.sandbox.faults.clear()
        assert planned.hits or nth, f"`reads` of {read.name} matches no call: correct it in the case."
        assert found.keys == expected, (
            f"After {kind} {args} on call {nth + 1} {sorted(expected - found.keys)[:5]} were lost: a page "
            "that could not be read whole must raise, not end."
        )
        check_texts(bench, found.faults)


def test_trouble_that_stays_raises_and_never_ends_a_run(bench: Bench, read: StreamCase) -> None:
    for kind, args in TROUBLE:
        Misdeed(read.reads, kind, args).plan(bench.sandbox, times=None)
        fault = fault_of(f"{kind} {args} on every call of {read.name}", lambda: run(bench, read))
        bench.sandbox.faults.clear()
        check_texts(bench, [fault])
        assert not isinstance(fault, ReconnectNeeded), (
            f"{kind} {args} says nothing about our credentials: nobody is to be asked for new ones."
        )


def test_the_time_a_vendor_asks_for_is_passed_on(bench: Bench, read: StreamCase) -> None:
    _waits_as_asked(bench, read, 429)


def test_the_time_a_vendor_asks_for_while_it_is_down_is_passed_on(bench: Bench, read: StreamCase) -> None:
    _waits_as_asked(bench, read, 503)


def _waits_as_asked(bench: Bench, read: StreamCase, status: int) -> None:
    args = {"status": status, "retry_after": WAIT}
    Misdeed(read.reads, "status", args).plan(bench.sandbox, times=None)
    with pytest.raises(RetryLater) as caught:
        run(bench, read)
    assert caught.value.after == WAIT, (
        f"The vendor asked for {WAIT} seconds and `RetryLater.after` is {caught.value.after}: a rule with an "
        "`after` of its own gives way to Retry-After; do not catch the fault to raise another one."
    )


def test_fetching_through_trouble_raises_or_is_complete(bench: Bench, fetched: StreamCase) -> None:
    held = sorted(fetched.held(bench))[:3]
    for kind, args in TROUBLE:
        Misdeed(fetched.reads, kind, args).plan(bench.sandbox, times=None)
        fault = fault_of(f"{kind} {args} on every call of `fetch`", lambda: bench.stream(fetched).fetch(held))
        bench.sandbox.faults.clear()
        check_texts(bench, [fault])


def test_one_call_in_trouble_makes_no_record_missing(bench: Bench, fetched: StreamCase) -> None:
    held = sorted(fetched.held(bench))[:3]
    for kind, args in PASSING:
        for nth in range(3):
            Misdeed(fetched.reads, kind, args).plan(bench.sandbox, after=nth)
            try:
                page = bench.stream(fetched).fetch(held)
            except SystemFault as fault:
                check_texts(bench, [fault])
            else:
                assert sorted(row.key for row in page.rows) == held, f"{kind} {args} on call {nth + 1}"
                assert not page.missing
            bench.sandbox.faults.clear()


def test_silence_once_does_not_end_a_run(bench: Bench, silent: StreamCase) -> None:
    assert silent.silence
    expected = set(keys_of(run(bench, silent)))
    for nth in range(MOST_CALLS):
        planned = silent.silence.plan(bench.sandbox, after=nth)
        found = read_on(bench, silent)
        bench.sandbox.faults.clear()
        if not planned.hits:
            return
        assert found.keys == expected or not any(page.sweep for page in found.pages if page.done), (
            f"An empty answer to call {nth + 1} ended a sweep: what it did not bring would count as gone."
        )


def test_silence_is_never_taken_for_everything_being_gone(bench: Bench, silent: StreamCase) -> None:
    assert silent.silence
    first = run(bench, silent)
    bench.sandbox.clock.advance(HOUR)
    silent.silence.plan(bench.sandbox, times=None)
    for start in (None, stored(first[-1].position)):
        try:
            pages = run(bench, silent, start)
        except SystemFault as fault:
            check_texts(bench, [fault])
            continue
        assert not any(page.sweep for page in pages if page.done) or keys_of(pages), (
            "The vendor answered with nothing although there was much, and the run ended as a complete "
            "sweep: compare with the count, raise RetryLater, or do not call it a sweep."
        )


def test_a_record_that_is_refused_once_is_not_refused_for_good(bench: Bench, read: StreamCase) -> None:
    assert refused_in(run(bench, read)) == refused_in(run(bench, read, small=True))
