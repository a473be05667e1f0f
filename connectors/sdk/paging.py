"""Reading ahead and side by side: what keeps a reader busy while a vendor takes its time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from enum import Enum
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class _End(Enum):
    END = "end"


def prefetched(source: Iterable[T]) -> Iterator[T]:
    """The items of `source`, each fetched in a thread of its own while the one before it is being worked on.

    At most one item is ahead. What `source` raises is raised here after the items before it. Closing this
    iterator waits for the item under way, then closes `source`: no thread outlives its reader.
    """
    items = iter(source)
    pool = ThreadPoolExecutor(1, thread_name_prefix="prefetch")
    try:
        coming = pool.submit(copy_context().run, _next, items)
        while (item := coming.result()) is not _End.END:
            coming = pool.submit(copy_context().run, _next, items)
            yield item
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if isinstance(items, Generator):
            items.close()


def concurrently(items: Sequence[T], work: Callable[[T], R], threads: int) -> list[R]:
    """`work` done on each item by up to `threads` at a time; results in the order of the items.

    The first fault is raised; what had not begun by then is not begun.
    """
    if len(items) < 2 or threads < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(threads, len(items)), thread_name_prefix="concurrently") as pool:
        begun = [pool.submit(copy_context().run, work, item) for item in items]
        try:
            return [one.result() for one in begun]
        finally:
            for one in begun:
                one.cancel()


def _next(items: Iterator[T]) -> T | _End:
    return next(items, _End.END)
