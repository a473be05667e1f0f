"""What a recipe is made of: the catalogue entry of an integration, declared, never coded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from connectors.sdk.settings import Settings


class Side(StrEnum):
    """Which of an integration's two connections."""

    SOURCE = "source"
    DESTINATION = "destination"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a flow's records go: a sink of the system they are written to, or `kept`, which only keeps them.

    `after`: another sink of the same flow that must be done first.
    """

    sink: str
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who answers a need: the link of a record in this flow and sink.

    `by` "source" finds it by its source key and yields its id at the destination; "target" finds it by its id
    there and yields the source keys. What is not found so is no concern of the record's (it is skipped),
    unless it is `required`: then it is a failure, and goes on by itself once the other is there.
    """

    flow: str
    sink: str
    by: Literal["source", "target"] = "source"
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """A default schedule in people's terms: `every` minutes, or a cron line in the tenant's zone."""

    every_minutes: int = 0
    cron: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One kind of record on its way from one side to the other; becomes a SyncJob."""

    code: str
    title: str
    summary: str
    reads: Side = Side.SOURCE
    stream: str
    targets: tuple[Target, ...]
    needs: Mapping[str, Provider] = field(default_factory=dict)
    cadence: Cadence = Cadence(every_minutes=60)
    on_by_default: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """An integration one can choose.

    Two systems, flows in the order they are first run, options a person decides.

    `questions` are (question, answer) pairs for the public page.
    """

    code: str
    name: str
    summary: str
    source: str
    destination: str
    options_model: type[Settings]
    flows: tuple[Flow, ...]
    needed: tuple[str, ...] = ()
    questions: tuple[tuple[str, str], ...] = ()

    def flow(self, code: str) -> Flow:
        """A flow by its code; raises `KeyError`."""
        return {flow.code: flow for flow in self.flows}[code]

    def system_of(self, side: Side) -> str:
        """The code of the system on that side."""
        return self.source if side is Side.SOURCE else self.destination

    @staticmethod
    def writes_to(flow: Flow) -> Side:
        """The side a flow writes to."""
        return Side.DESTINATION if flow.reads is Side.SOURCE else Side.SOURCE
