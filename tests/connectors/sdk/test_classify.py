"""What an unhappy answer means, and when to come back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.calls import Answer
from connectors.sdk.classify import Rule, VendorWords, fault_of, retry_after
from connectors.sdk.errors import (
    ConfigProblem,
    Conflict,
    OutcomeUnknown,
    ReconnectNeeded,
    RecordRejected,
    RetryLater,
    SystemFault,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def answer(status: int, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, b"{}", "")


def meant(
    status: int, *, writes: bool, rules: tuple[Rule, ...] = (), words: VendorWords | None = None
) -> SystemFault:
    return fault_of(
        answer(status), system="Acme", writes=writes, rules=rules, words_of=lambda _: words or VendorWords()
    )


@pytest.mark.parametrize(
    ("status", "read", "write"),
    [
        (301, ConfigProblem, ConfigProblem),
        (400, RecordRejected, RecordRejected),
        (401, ReconnectNeeded, ReconnectNeeded),
        (403, ReconnectNeeded, ReconnectNeeded),
        (404, RecordRejected, RecordRejected),
        (408, RetryLater, OutcomeUnknown),
        (409, Conflict, Conflict),
        (412, Conflict, Conflict),
        (422, RecordRejected, RecordRejected),
        (428, Conflict, Conflict),
        (429, RetryLater, RetryLater),
        (500, RetryLater, OutcomeUnknown),
        (502, RetryLater, OutcomeUnknown),
        (503, RetryLater, OutcomeUnknown),
        (504, RetryLater, OutcomeUnknown),
        (100, ConfigProblem, ConfigProblem),
    ],
)
def test_each_status_says_what_happens_next(status: int, read: type, write: type) -> None:
    assert type(meant(status, writes=False)) is read
    assert type(meant(status, writes=True)) is write


@given(status=st.integers(100, 599).filter(lambda status: not 200 <= status < 300), writes=st.booleans())
def test_every_unhappy_answer_means_something_a_person_can_read(status: int, *, writes: bool) -> None:
    fault = meant(status, writes=writes)
    assert "Acme" in fault.text
    assert "{" not in fault.text
    assert not (writes and status >= 500 and isinstance(fault, RetryLater)), (
        "a write is never sent blindly again"
    )


def test_a_gateway_that_gave_up_is_no_word_of_the_server() -> None:
    assert meant(504, writes=True).code == OutcomeUnknown.UNANSWERED
    assert meant(500, writes=True).code == OutcomeUnknown.ANSWERED


def test_a_systems_own_row_comes_first_and_may_ask_for_words() -> None:
    rules = (
        Rule((400,), Conflict, "By code.", code="E1"),
        Rule((400,), ReconnectNeeded, "{system} says: {words}", contains="locked"),
        Rule((400,), RetryLater, "Reads only.", writes=False, after=7),
    )
    assert isinstance(meant(400, writes=True, rules=rules, words=VendorWords("E1", "x")), Conflict)
    locked = meant(400, writes=True, rules=rules, words=VendorWords("", "user locked"))
    assert locked.text == "Acme says: user locked."
    waits = meant(400, writes=False, rules=rules)
    assert isinstance(waits, RetryLater)
    assert waits.after == 7
    assert isinstance(meant(400, writes=True, rules=rules), RecordRejected)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120), ("0", 0), (" 7 ", 7), ("1.5", 1.5), ("-5", 0),
        ("", None), ("soon", None), ("Mon, 99 Foo", None),
    ],
)  # fmt: skip
def test_retry_after_in_seconds(value: str, seconds: float | None) -> None:
    assert retry_after(answer(429, retry_after=value)) == seconds


@pytest.mark.parametrize("value", ["nan", "inf", "1e999", "9" * 30])
def test_retry_after_that_is_no_time_is_not_believed(value: str) -> None:
    assert retry_after(answer(429, retry_after=value)) is None


def test_retry_after_as_a_date() -> None:
    with time_machine.travel(NOW, tick=False):
        later = format_datetime(NOW + timedelta(minutes=2), usegmt=True)
        assert retry_after(answer(429, retry_after=later)) == 120
        assert (
            retry_after(answer(429, retry_after=format_datetime(NOW - timedelta(days=1), usegmt=True))) == 0
        )
