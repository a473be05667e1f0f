"""How long the workers spend writing the trail: a clock round the four calls that do.

A worker whose environment names a folder (`MLC_BENCH_TRAIL`) keeps its sums in a file there, one per process.
Counted are the calls themselves with their statements; committing and collecting what is recorded are not.
"""

from __future__ import annotations

import functools
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = "MLC_BENCH_TRAIL"
LAST = "append"
"""Ends every transaction that writes to the trail: the sums are kept then."""
TIMED = ("store_payloads", "record_events", "record_calls", LAST)

_spent: dict[str, float] = {}


def time_it_here() -> None:
    """Put the clock round the trail of this process, if it is told where to keep the sums."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return
    from audit import services  # noqa: PLC0415  its models are there only now

    for name in TIMED:
        setattr(services, name, _timed(name, getattr(services, name), Path(folder)))


def spent(folder: Path) -> dict[str, float]:
    """Seconds by call, over all processes, so far."""
    sums = dict.fromkeys(TIMED, 0.0)
    for file in folder.glob("*.json"):
        for name, seconds in json.loads(file.read_text(encoding="utf-8")).items():
            sums[name] += seconds
    return sums


def _timed(name: str, call: Callable[..., Any], folder: Path) -> Callable[..., Any]:
    @functools.wraps(call)
    def timed(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        try:
            return call(*args, **kwargs)
        finally:
            _spent[name] = _spent.get(name, 0.0) + time.perf_counter() - start
            if name == LAST:
                _write(folder)

    return timed


def _write(folder: Path) -> None:
    """By renaming: whoever adds the sums up never reads half of one."""
    file = folder / f"{os.getpid()}.json"
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(_spent), encoding="utf-8")
    fresh.replace(file)
