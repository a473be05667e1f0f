"""Reading ahead and side by side."""

import threading
from collections.abc import Iterator
from contextvars import ContextVar

import pytest

from connectors.sdk.paging import concurrently, prefetched

WHO: ContextVar[str] = ContextVar("WHO", default="nobody")


def test_items_come_complete_and_in_order() -> None:
    assert list(prefetched(range(100))) == list(range(100))
    assert list(prefetched([])) == []


def test_exactly_one_item_is_fetched_ahead() -> None:
    asked: list[int] = []
    second_asked = threading.Event()

    def source() -> Iterator[int]:
        for number in range(5):
            asked.append(number)
            if number == 1:
                second_asked.set()
            yield number

    reader = prefetched(source())
    assert next(reader) == 0
    assert second_asked.wait(5)
    assert asked == [0, 1]
    assert list(reader) == [1, 2, 3, 4]


def test_a_fault_comes_after_the_items_before_it() -> None:
    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("broken")

    reader = prefetched(source())
    assert [next(reader), next(reader)] == [1, 2]
    with pytest.raises(ValueError, match="broken"):
        next(reader)


def test_closing_closes_the_source_and_leaves_no_thread() -> None:
    closed = threading.Event()

    def source() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed.set()

    before = threading.active_count()
    reader = iter(prefetched(prefetched(source())))
    next(reader)
    reader.close()  # type: ignore[attr-defined]
    assert closed.is_set()
    assert threading.active_count() == before


def test_the_reader_s_context_holds_in_its_threads() -> None:
    token = WHO.set("somebody")
    try:
        assert list(prefetched(WHO.get() for _ in range(3))) == ["somebody"] * 3
        assert concurrently([1, 2, 3], lambda _: WHO.get(), 2) == ["somebody"] * 3
    finally:
        WHO.reset(token)


def test_work_done_side_by_side_keeps_its_order_and_its_bounds() -> None:
    lock, now, most = threading.Lock(), 0, 0
    together = threading.Barrier(3)

    def work(number: int) -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        if number < 3:
            together.wait(5)
        with lock:
            now -= 1
        return number * number

    assert concurrently(range(20), work, 3) == [number * number for number in range(20)]
    assert most == 3


def test_the_first_fault_ends_work_side_by_side() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        if number == 0:
            raise ValueError("broken")
        done.append(number)

    with pytest.raises(ValueError, match="broken"):
        concurrently(range(1000), work, 2)
    assert len(done) < 1000
