"""Reading as the engine does: page by page, from stored positions, each time with a system made anew."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.records.canonical import canonical_json
from connectors.sdk.errors import SystemFault
from connectors.sdk.system import Page, Position, Row
from tests.connectors.conformance.case import Bench, Case, StreamCase

LARGEST_POSITION = 4000
"""Bytes. A position is written with every page."""
ROUNDS = 60
HOUR = 3600.0
_FOUND: dict[str, dict[str, Any]] = {}
"""What the first ping of each case found; its sandbox starts the same every time."""


@contextmanager
def pinged(case: Case) -> Iterator[Bench]:
    """The case's sandbox with what a ping found."""
    with case.session() as bench:
        if case.name not in _FOUND:
            bench.ping()
            _FOUND[case.name] = copy.deepcopy(bench.findings)
        bench.findings |= copy.deepcopy(_FOUND[case.name])
        yield bench


def run(
    bench: Bench,
    spec: StreamCase,
    start: Position | None = None,
    *,
    at: datetime | None = None,
    small: bool = False,
) -> list[Page]:
    """All pages of a run, none before its time."""
    return list(bench.stream(spec, small=small).pages(start, at or bench.now()))


def keys_of(pages: Sequence[Page]) -> list[str]:
    """The keys of all rows, in order."""
    return [row.key for page in pages for row in page.rows]


def rows_of(pages: Sequence[Page]) -> dict[str, Row]:
    """All rows by key; of one that came twice, the later."""
    return {row.key: row for page in pages for row in page.rows}


def refused_in(pages: Sequence[Page]) -> int:
    """How many rows were told to be unusable."""
    return sum(len(page.refused) for page in pages)


def stored(position: Position) -> Position:
    """A position as it comes back from the database."""
    found: Any = json.loads(json.dumps(position, allow_nan=False))
    assert isinstance(found, dict)
    return found


def stored_raw(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A raw record as it comes back from where payloads are kept."""
    found: Any = json.loads(canonical_json(raw))
    assert isinstance(found, dict)
    return found


def sample_rows(bench: Bench, spec: StreamCase) -> list[dict[str, Any]]:
    """Raw records of a stream, however they are come by."""
    if spec.samples:
        return [dict(raw) for raw in spec.samples]
    if bench.case.system.streams[spec.name].on_demand:
        return [row.raw for row in bench.stream(spec).fetch(sorted(spec.held(bench))).rows]
    return [row.raw for row in rows_of(run(bench, spec)).values()]


@dataclass
class Reading:
    """What came of reading on through trouble."""

    keys: set[str] = field(default_factory=set)
    faults: list[SystemFault] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)


def read_on(bench: Bench, spec: StreamCase) -> Reading:
    """Read to the end as the engine does: after a fault somebody else goes on from the last page's position.

    Whatever else than a `SystemFault` comes out goes through to the test.
    """
    out, position, at = Reading(), None, bench.now()
    for _ in range(ROUNDS):
        try:
            for page in bench.stream(spec, small=True).pages(position, at):
                out.pages.append(page)
                out.keys |= {row.key for row in page.rows}
                position = stored(page.position)
        except SystemFault as fault:
            out.faults.append(fault)
        else:
            return out
    raise AssertionError(f"{spec.name} came to no end in {ROUNDS} attempts: {out.faults[-1].text}")


def fault_of(what: str, act: Callable[[], object]) -> SystemFault:
    """The fault something must end with."""
    try:
        got = act()
    except SystemFault as fault:
        return fault
    raise AssertionError(f"{what}: no fault came out, but {got!r:.300}.")
