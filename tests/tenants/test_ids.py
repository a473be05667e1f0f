"""UUIDv7: valid, unique, in order."""

import multiprocessing
import threading
import time
from uuid import RFC_4122, UUID

import pytest

from tenants import ids
from tenants.ids import uuid7


def test_it_is_a_version_7_uuid_of_this_moment() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= made.int >> 80 <= before + 10_000


def test_later_ids_are_larger() -> None:
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_share_one_order() -> None:
    made: list[list[UUID]] = [[] for _ in range(4)]

    def make(into: list[UUID]) -> None:
        into.extend(uuid7() for _ in range(2_000))

    threads = [threading.Thread(target=make, args=[into]) for into in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(into == sorted(into) for into in made)
    assert len({one for into in made for one in into}) == 8_000


def test_a_clock_that_goes_back_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    first = uuid7()
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000_000)
    assert uuid7() > first


def test_a_full_millisecond_borrows_from_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    first = uuid7()
    monkeypatch.setattr(ids._clock, "count", (1 << 42) - 1)
    second = uuid7()
    assert second.int >> 80 == (first.int >> 80) + 1
    assert (second.version, second.variant) == (7, RFC_4122)


def _count_of_child(results: "multiprocessing.queues.Queue[int]") -> None:
    results.put(ids._clock.millisecond)


def test_a_forked_child_starts_a_count_of_its_own() -> None:
    uuid7()
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=_count_of_child, args=[results])
    child.start()
    assert results.get(timeout=10) == 0
    child.join()
