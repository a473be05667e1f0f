"""The link table in bulk: what stands there for a page of keys, and the statement that brings a page in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from connectors.engine import sql
from connectors.models import RecordLink
from tenants.ids import uuid7
from tenants.scope import current_tenant_id

TABLE = RecordLink._meta.db_table  # noqa: SLF001  Django's documented way to a table's name


@dataclass(frozen=True, slots=True)
class Standing:
    """What a link holds already, as far as a page must know."""

    id: UUID
    sink: str
    source_key: str
    state: str
    source_digest: bytes | None
    trace_digest: bytes | None
    desired_digest: bytes | None
    target_key: str
    run_id: UUID | None
    external_id: str
    remove: bool


@dataclass(slots=True)
class Verdict:
    """What a page says about one record at one sink: the desired side of its link."""

    sink: str
    source_key: str
    state: str
    outcome: str
    source_digest: bytes
    source_version: str
    source_at: datetime
    mapping_version: int
    trace_digest: bytes
    target_key: str = ""
    handle: str = ""
    desired_digest: bytes | None = None
    remove: bool = False
    reason: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a verdict in the table."""

    id: UUID
    sink: str
    source_key: str
    state: str
    outcome: str
    is_new: bool


_STANDING = f"""
    SELECT id, sink, source_key, state, source_digest, trace_digest, desired_digest, target_key,
        run_id, external_id, remove
    FROM {TABLE} WHERE job_id = %s AND source_key = ANY(%s::text[]) AND sink = ANY(%s::text[])
"""  # noqa: S608  the only value in it is a table's name


def standing(job_id: UUID, sinks: Sequence[str], keys: Sequence[str]) -> dict[tuple[str, str], Standing]:
    """The links of these keys, by (sink, source key)."""
    if not keys:
        return {}
    found = (Standing(*row) for row in sql.rows(_STANDING, [job_id, sql.array(keys), sql.array(sinks)]))
    return {(one.sink, one.source_key): one for one in found}


# Most of what a run reads has not changed, and needs no more than these two columns to be told. (A join with
# the page would do it in the table, but its plan is a gamble on statistics that young tables do not have.)
_CALM = f"""
    SELECT source_key, source_digest FROM {TABLE}
    WHERE job_id = %s AND source_key = ANY(%s::text[]) AND sink = ANY(%s::text[])
      AND trace_digest = ANY(%s::bytea[]) AND state IN ('clean', 'skipped', 'rejected', 'conflict')
      AND NOT remove AND run_id IS DISTINCT FROM %s
"""  # noqa: S608  the only value in it is a table's name


def calm(job_id: UUID, run_id: UUID, traces: Mapping[str, bytes], digests: Mapping[str, bytes]) -> set[str]:
    """The keys about which nothing is to be done.

    Their links of all sinks are finished with just this content (`digests` by key) under just these rules
    (`traces` by sink), and this run has not touched them yet.
    """
    columns = map(sql.array, (digests, traces, traces.values()))
    rows = sql.rows(_CALM, [job_id, *columns, run_id])
    same = [key for key, digest in rows if digest == digests[key]]
    return set(same) if len(traces) == 1 else {key for key, n in Counter(same).items() if n == len(traces)}


_COLUMNS = (
    ("id", "uuid"),
    ("sink", "text"),
    ("source_key", "text"),
    ("target_key", "text"),
    ("handle", "text"),
    ("state", "text"),
    ("outcome", "text"),
    ("source_digest", "bytea"),
    ("source_version", "text"),
    ("source_at", "timestamptz"),
    ("mapping_version", "int"),
    ("trace_digest", "bytea"),
    ("desired_digest", "bytea"),
    ("remove", "bool"),
    ("reason", "text"),
    ("text", "text"),
)
_NAMES = ", ".join(name for name, _ in _COLUMNS)
# A record on its way keeps its state: the delivery compares what it sent with what is desired by then. A
# record whose confirmed side already is what is desired now is clean. An older observation (a late webhook,
# an overlapping poll) changes nothing.
_SAME = """link.confirmed_digest IS NOT NULL AND link.confirmed_digest = excluded.desired_digest
                      AND NOT link.remove AND NOT excluded.remove"""
_BRING = f"""
    INSERT INTO {TABLE} AS link ({_NAMES}, tenant_id, job_id, run_id, generation, changed_at,
        external_id, external_version, fence, attempts)
    SELECT {_NAMES}, %s, %s, %s, %s, now(), '', '', 0, 0
    FROM unnest({", ".join(f"%s::{kind}[]" for _, kind in _COLUMNS)}) AS page ({_NAMES})
    ON CONFLICT (job_id, sink, source_key) DO UPDATE SET
        state = CASE WHEN link.state IN ('sending', 'unknown') THEN link.state
                     WHEN excluded.state IN ('dirty', 'held') AND {_SAME} THEN 'clean'
                     ELSE excluded.state END,
        outcome = CASE WHEN link.state IN ('sending', 'unknown') THEN ''
                       WHEN excluded.state IN ('dirty', 'held') AND {_SAME} THEN 'unchanged'
                       ELSE excluded.outcome END,
        target_key = excluded.target_key, handle = excluded.handle, source_digest = excluded.source_digest,
        source_version = excluded.source_version, source_at = excluded.source_at,
        mapping_version = excluded.mapping_version, trace_digest = excluded.trace_digest,
        desired_digest = excluded.desired_digest, remove = excluded.remove,
        reason = excluded.reason, text = excluded.text,
        run_id = excluded.run_id, generation = excluded.generation,
        not_before = NULL, attempts = 0, changed_at = excluded.changed_at
    WHERE link.source_at <= excluded.source_at
    RETURNING link.id, link.sink, link.source_key, link.state, link.outcome, (xmax = 0)
"""  # noqa: S608  built from the constants above


def bring(job_id: UUID, run_id: UUID, generation: int, verdicts: Sequence[Verdict]) -> list[Brought]:
    """Bring a page's verdicts into the table.

    What is older than what stands there is left out of the answer.
    """
    if not verdicts:
        return []
    columns = [sql.array([uuid7() for _ in verdicts])]
    columns += [sql.array([getattr(verdict, name) for verdict in verdicts]) for name, _ in _COLUMNS[1:]]
    found = sql.rows(_BRING, [current_tenant_id(), job_id, run_id, generation, *columns])
    return [Brought(*row) for row in found]


def touch(ids: Iterable[UUID], run_id: UUID, generation: int) -> None:
    """Count these unfinished links with this run: it sees them pending, or settled, at its end."""
    ids = list(ids)
    if ids:
        RecordLink.objects.filter(pk__in=ids).update(run_id=run_id, generation=generation, outcome="")


_SEEN = f"""
    UPDATE {TABLE} SET generation = %s
    WHERE job_id = %s AND sink = ANY(%s::text[]) AND source_key = ANY(%s::text[])
"""  # noqa: S608  the only value in it is a table's name


def seen(job_id: UUID, sinks: Sequence[str], keys: Sequence[str], generation: int) -> None:
    """Mark the links of records met by a sweep, so that what it did not meet can be told."""
    if keys:
        sql.rows(_SEEN, [generation, job_id, sql.array(sinks), sql.array(keys)])
