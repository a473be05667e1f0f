"""A job made ready to work: its stream, and for each target its sink with compiled field rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.engine.accounts import CallLog, system_of
from connectors.models import MappingVersion, SyncJob
from connectors.recipes import Flow, Target
from connectors.records.canonical import canonical_json
from connectors.sdk.errors import ConfigProblem
from connectors.sdk.kept import sink_of
from connectors.sdk.mapping import FieldMap, Override
from connectors.sdk.system import Sink, Stream


@dataclass(slots=True)
class Leg:
    """One target of a route.

    `document` is what the mapping is made of; its digest is the mapping's identity.
    """

    target: Target
    sink: Sink[Any]
    fields: FieldMap
    document: bytes

    @property
    def name(self) -> str:
        """The sink's name."""
        return self.target.sink


@dataclass(slots=True)
class Route:
    """Everything a slice needs; `calls` collects the vendor calls of both sides."""

    job: SyncJob
    flow: Flow
    stream: Stream[Any]
    legs: list[Leg]
    calls: CallLog

    def leg(self, sink: str) -> Leg:
        """The leg to a sink."""
        return next(leg for leg in self.legs if leg.name == sink)


def route_of(job: SyncJob, *, mapping_version: int | None = None) -> Route:
    """Build a job's route with today's field rules, or with those of an earlier `mapping_version`.

    Raises `ConfigProblem` where settings, options or rules no longer fit.
    """
    calls = CallLog()
    flow = job.flow
    try:
        options = job.integration.typed_options()
    except ValueError as error:
        raise ConfigProblem(
            f"The options of {job.integration.name} are incomplete. Open its set-up and complete them.",
            detail=str(error),
        ) from error
    stream = system_of(job.reads, calls, options=options).stream(flow.stream)
    destination = system_of(job.writes, calls, options=options)
    overrides = _overrides(job, mapping_version)
    legs = []
    for target in flow.targets:
        sink = sink_of(destination, target.sink, stream.record)
        yours = [Override.model_validate(rule) for rule in overrides.get(target.sink, [])]
        fields = FieldMap(sink.rules(), yours)
        document = canonical_json(
            {
                "rules": fields.trace,
                "yours": [rule.model_dump() for rule in yours],
                "options": options.model_dump(mode="json"),
                "sink": target.sink,
            }
        )
        legs.append(Leg(target, sink, fields, document))
    return Route(job, flow, stream, legs, calls)


def _overrides(job: SyncJob, version: int | None) -> dict[str, list[dict[str, Any]]]:
    if version is None or version == job.mapping_version:
        return dict(job.overrides)
    kept = MappingVersion.objects.filter(job=job, version=version).first()
    return dict(kept.overrides) if kept else dict(job.overrides)
