"""Records that go nowhere: kept here, with their history, for the tenant's eyes.

For what one system can tell and the other has no place for, such as how people respond to mailings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from connectors.records import Record
from connectors.sdk.mapping import Desired, FieldRule, plain
from connectors.sdk.system import Action, Change, Sink, System, Written

_NOT_SHOWN = {"key", "extra"}


class Kept(Sink[Record]):
    """A sink that calls nobody. What was kept last is the record's confirmed side."""

    name = "kept"
    accepts = Record
    title = "records kept here"
    batch_size = 1000
    parallel = 1

    def __init__(self, system: System, record: type[Record]) -> None:
        super().__init__(system)
        self.record = record

    def rules(self) -> Sequence[FieldRule]:
        """Every field of the record, as it is."""
        names = [field.name for field in fields(self.record) if field.name not in _NOT_SHOWN]
        return [FieldRule(name, name, _value_of(name)) for name in names]

    def target_key(self, record: Record, desired: Desired) -> str:
        """Its own key."""
        return record.key

    def write(self, changes: Sequence[Change]) -> Iterator[Written]:
        """See `Sink.write`."""
        for change in changes:
            known = Action.CREATED if change.confirmed is None else Action.UPDATED
            yield Written(change.id, Action.REMOVED if change.remove else known, _whose(change))

    def look_up(self, changes: Sequence[Change], sent_at: datetime) -> Iterator[Written]:
        """Nothing was ever sent, so keeping it once more is all there is to do."""
        return iter(())


def sink_class(system: type[System], name: str) -> type[Sink[Any]]:
    """A sink of a system by its name, or the one that keeps; raises `KeyError`."""
    return Kept if name == Kept.name else system.sinks[name]


def sink_of(system: System, name: str, record: type[Record]) -> Sink[Any]:
    """A sink bound to an account, for records of this kind; raises `KeyError`."""
    return Kept(system, record) if name == Kept.name else system.sink(name)


def _whose(change: Change) -> str:
    """The records of the other system it belongs to (a person's customers), else its own key."""
    found = dict.fromkeys(id_ for ids in change.needs.values() for id_ in ids)
    return ",".join(found)[:400] or change.key


def _value_of(name: str) -> Any:
    """The field as JSON; fractions to a hundredth, so that what nobody would notice is no change."""

    def value(record: Record) -> Any:
        found = plain({name: getattr(record, name)})[name]
        if isinstance(found, float):
            return round(found, 2)
        return None if found in ("", [], {}) else found

    return value
