"""Making a record of a row: pure, exact, and never a crash, whatever stands in the row."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.records import Record
from connectors.records.canonical import canonical_json
from connectors.sdk.errors import RecordRejected, RecordSkipped
from connectors.sdk.system import Stream
from tests.connectors.conformance.case import Bench, StreamCase
from tests.connectors.conformance.reading import sample_rows, stored_raw

Path = tuple[str | int, ...]
REMOVED = object()
ODD: tuple[Any, ...] = (
    REMOVED, None, "", " ", "x", "\x00", "\ud800", "9" * 50, "2026-13-45", True, False, 0, -1, 10**30, 0.1,
    [], ["x"], [None], [[]], {}, {"x": None}, Decimal("1E+99"),
)  # fmt: skip


def outcome(stream: Stream[Any], raw: dict[str, Any]) -> Any:
    """The record, or why there is none, in comparable form."""
    try:
        return stream.canonical(raw)
    except (RecordRejected, RecordSkipped) as fault:
        return type(fault), fault.code, fault.text


def test_a_row_always_makes_the_same_record(bench: Bench, streamed: StreamCase) -> None:
    rows, stream = sample_rows(bench, streamed), bench.stream(streamed)
    assert rows, "There is not one row to look at."
    calls = bench.asked()
    for raw in rows:
        before = copy.deepcopy(raw)
        assert outcome(stream, raw) == outcome(bench.stream(streamed), raw)
        assert raw == before, "`canonical` changed the row it was given: work on a copy."
    assert bench.asked() == calls, "`canonical` called the vendor: whatever it needs belongs into `raw`."
    assert any(isinstance(outcome(stream, raw), Record) for raw in rows), "Not one row makes a record."


def test_a_row_is_json_and_makes_the_same_record_after_being_stored(
    bench: Bench, streamed: StreamCase
) -> None:
    stream = bench.stream(streamed)
    for raw in sample_rows(bench, streamed):
        kept = stored_raw(raw)
        assert canonical_json(kept) == canonical_json(raw)
        as_read, as_kept = outcome(stream, raw), outcome(stream, kept)
        assert type(as_read) is type(as_kept), (
            "The engine makes records of rows as they are kept, where Decimals are text; times must be so "
            "from the start: `canonical` has to take both."
        )


def test_a_record_has_the_key_of_its_row(bench: Bench, fetched: StreamCase) -> None:
    stream = bench.stream(fetched)
    held = sorted(fetched.held(bench))
    for row in stream.fetch(held[:20]).rows:
        made = outcome(stream, row.raw)
        assert not isinstance(made, Record) or made.key == row.key, "`Record.key` and `Row.key` must be one."


def test_a_record_can_be_mapped(bench: Bench, streamed: StreamCase) -> None:
    stream = bench.stream(streamed)
    for raw in sample_rows(bench, streamed):
        made = outcome(stream, raw)
        if isinstance(made, Record):
            assert isinstance(made, stream.record)
            _is_well_made(made)


def test_a_row_with_anything_in_it_is_a_record_or_a_reason(bench: Bench, streamed: StreamCase) -> None:
    rows, stream = [stored_raw(raw) for raw in sample_rows(bench, streamed)[:12]], bench.stream(streamed)

    @settings(
        max_examples=150, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def spoil(data: st.DataObject) -> None:
        raw = copy.deepcopy(data.draw(st.sampled_from(rows)))
        for _ in range(data.draw(st.integers(1, 3))):
            paths = sorted(_vendors(raw, streamed), key=repr)
            if paths:
                _put(raw, data.draw(st.sampled_from(paths)), data.draw(st.sampled_from(ODD)))
        _judge(stream, raw)

    spoil()


def test_a_row_with_one_thing_wrong_is_a_record_or_a_reason(bench: Bench, streamed: StreamCase) -> None:
    stream = bench.stream(streamed)
    row = max(
        map(stored_raw, sample_rows(bench, streamed)[:40]),
        key=lambda raw: (isinstance(outcome(stream, raw), Record), len(canonical_json(raw))),
    )
    for path in _vendors(row, streamed):
        for value in ODD:
            raw = copy.deepcopy(row)
            _put(raw, path, value)
            _judge(stream, raw)


def _judge(stream: Stream[Any], raw: dict[str, Any]) -> None:
    try:
        made = outcome(stream, raw)
    except Exception as error:  # noqa: BLE001  whatever it is, it stops the page
        pytest.fail(
            f"`canonical` of {stream.name} crashed with {error!r} on {_shown(raw)}. Vendors leave fields out "
            "and change their types: raise RecordRejected with a text that says what to correct."
        )
    if isinstance(made, Record):
        _is_well_made(made)
    else:
        assert made[2].strip(), "A record was refused without a reason."
        assert made[1], "A record was refused without a code."


def _is_well_made(made: Record) -> None:
    """What the engine and the rules rely on: texts are texts, and everything can be stored."""
    _has_texts(made)
    assert isinstance(made.handle, str)
    assert all(isinstance(part, str) for need in made.needs() for part in need), f"{made.needs()!r}"
    canonical_json(dict(made.extra))


def _has_texts(made: Any) -> None:
    for field in fields(made):
        value = getattr(made, field.name)
        if field.type in {"str", str}:
            assert isinstance(value, str), f"`{field.name}` is declared as text and is {value!r}."
        for part in value if isinstance(value, tuple) else [value]:
            if is_dataclass(part):
                _has_texts(part)


def _paths(value: Any, above: Path = ()) -> Iterator[Path]:
    """Where every value of a row stands; of long lists only the first."""
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = list(enumerate(value))[:1]
    for name, part in inner:
        yield (*above, name)
        yield from _paths(part, (*above, name))


def _vendors(raw: dict[str, Any], spec: StreamCase) -> list[Path]:
    """The paths whose values are the vendor's; not the frame our own stream puts around them."""
    framed = {(name,) for name in spec.frame} | {(name, 0) for name in spec.frame}
    return [path for path in _paths(raw) if path not in framed]


def _put(tree: Any, path: Path, value: Any) -> None:
    for step in path[:-1]:
        tree = tree[step]
    if value is REMOVED:
        del tree[path[-1]]
    else:
        tree[path[-1]] = copy.deepcopy(value)


def _shown(raw: dict[str, Any]) -> str:
    return json.dumps(raw, default=str)[:600]
