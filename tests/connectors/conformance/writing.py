"""Writing as the engine does: changes made by the rules, words counted, what went unanswered looked up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from connectors.records import Record
from connectors.records.canonical import canonical_json
from connectors.sdk.errors import OutcomeUnknown, RetryLater, SystemFault
from connectors.sdk.mapping import Desired, FieldMap
from connectors.sdk.system import Action, Change, Sink, Written, told
from tests.connectors.conformance.case import Bench, SinkCase

DONE = frozenset({Action.CREATED, Action.UPDATED, Action.UNCHANGED})
ENDED = frozenset({*DONE, Action.REMOVED, Action.SKIPPED, Action.REJECTED, Action.CONFLICT})
ROUNDS = 12


def change_of(bench: Bench, spec: SinkCase, record: Record) -> Change:
    """A change as the engine makes it, its desired state from the store."""
    sink = bench.sink(spec)
    desired = Desired.from_json(json.loads(canonical_json(FieldMap(sink.rules()).apply(record).to_json())))
    return Change(
        id=f"link-{record.key}",
        key=record.key,
        target_key=sink.target_key(record, desired),
        desired=desired,
        needs=spec.needs(bench, record),
    )


def changes_of(bench: Bench, spec: SinkCase) -> list[Change]:
    """A change for each of the case's records."""
    return [change_of(bench, spec, record) for record in spec.records(bench)]


@dataclass
class Told:
    """The words on a batch, each change's once, and the fault that ended it."""

    words: dict[str, Written] = field(default_factory=dict)
    fault: SystemFault | None = None

    def actions(self) -> list[Action]:
        return [word.action for word in self.words.values()]


def write(sink: Sink[Any], changes: Sequence[Change]) -> Told:
    """One call of the sink. What it did not speak of gets the fault's meaning, as the engine has it."""
    out, wanted = Told(), {change.id for change in changes}
    try:
        for word in sink.write(changes):
            assert word.id in wanted, f"The sink spoke of {word.id!r}, which nobody asked for."
            assert word.id not in out.words, (
                f"The sink spoke twice of {word.id}: {out.words[word.id]}, {word}."
            )
            out.words[word.id] = word
    except OutcomeUnknown as fault:
        out.fault = fault
        for change in changes:
            out.words.setdefault(change.id, told(change, Action.UNKNOWN, fault))
    except SystemFault as fault:
        out.fault = fault
    if out.fault is None:
        assert out.words.keys() == wanted, (
            f"The sink ended without a word on {sorted(wanted - out.words.keys())}: yield one `Written` for "
            "every change, whatever became of it."
        )
    for word in out.words.values():
        assert word.action in DONE | {Action.REMOVED} or word.text.strip(), f"{word.action} without a reason."
        assert word.action not in DONE or word.external_id, f"{word.action} without an external id."
    return out


def once(bench: Bench, spec: SinkCase, changes: Sequence[Change]) -> dict[str, Written]:
    """Write through a new sink, which makes ready first; nothing may go wrong."""
    sink = bench.sink(spec)
    sink.prepare()
    done = write(sink, changes)
    if done.fault:
        raise done.fault
    return done.words


def confirmed(changes: Sequence[Change], words: dict[str, Written]) -> list[Change]:
    """The same changes once the vendor has confirmed them."""
    return [
        replace(
            change,
            external_id=words[change.id].external_id,
            version=words[change.id].version,
            confirmed=change.desired,
        )
        for change in changes
    ]


@dataclass
class Settled:
    """What a batch came to in the end, and what was seen on the way."""

    words: dict[str, Written] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    found: set[str] = field(default_factory=set)


def settle(bench: Bench, spec: SinkCase, changes: Sequence[Change]) -> Settled:
    """Write until every change has an end, as the engine does: what is unknown is looked up before it is sent
    again, by a system made anew.
    """
    out, waiting, strays = Settled(), {change.id: change for change in changes}, dict[str, datetime]()
    for _ in range(ROUNDS):
        sink = bench.sink(spec)
        if strays:
            _look_up(bench, sink, waiting, strays, out)
        if not waiting:
            return out
        sent_at = bench.now()
        try:
            sink.prepare()
        except RetryLater:
            continue
        batch = list(waiting.values())
        for word in write(sink, batch).words.values():
            if word.action is Action.UNKNOWN:
                strays[word.id] = sent_at
                out.unknown.add(word.id)
                waiting[word.id] = replace(waiting[word.id], version=word.version or waiting[word.id].version)
            elif word.action in ENDED:
                out.words[word.id] = word
                del waiting[word.id]
    raise AssertionError(
        f"{spec.name} came to no end in {ROUNDS} attempts: {sorted(waiting)} are still open."
    )


def _look_up(
    bench: Bench, sink: Sink[Any], waiting: dict[str, Change], strays: dict[str, datetime], out: Settled
) -> None:
    asked = [waiting[one] for one in strays]
    for word in sink.look_up(asked, min(strays.values()) - timedelta(seconds=1)):
        assert word.id in strays, f"`look_up` spoke of {word.id!r}, which nobody asked for."
        if word.action is Action.UNKNOWN:
            continue
        out.words[word.id] = word
        out.found.add(word.id)
        del waiting[word.id]
        del strays[word.id]
    strays.clear()
