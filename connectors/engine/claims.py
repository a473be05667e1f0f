"""Which links are delivered next, and what their delivery came to, in the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from connectors.engine import sql
from connectors.models import RecordLink

LONG_WAIT = timedelta(minutes=5)
TABLE = RecordLink._meta.db_table  # noqa: SLF001
DIRTY = "state = 'dirty' AND (not_before IS NULL OR not_before <= now())"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A link taken for delivery, as it was when it was taken."""

    id: UUID
    source_key: str
    target_key: str
    desired_digest: bytes | None
    confirmed_digest: bytes | None
    external_id: str
    external_version: str
    remove: bool
    attempts: int
    run_id: UUID | None
    sent_at: datetime


_RETURNING = """RETURNING link.id, link.source_key, link.target_key, {desired}, link.confirmed_digest,
    link.external_id, link.external_version, link.remove, link.attempts, link.run_id, link.sent_at"""
_CLAIM = f"""
    UPDATE {TABLE} AS link
    SET state = 'sending', sent_digest = desired_digest, sent_at = now(), fence = %(fence)s,
        attempts = attempts + 1
    WHERE id = ANY(ARRAY(
        SELECT id FROM {TABLE} WHERE job_id = %(job)s AND sink = %(sink)s AND {DIRTY}
        ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
    {_RETURNING.format(desired="link.desired_digest")}
"""  # noqa: S608  built from the constants above
_ABANDONED = f"""
    UPDATE {TABLE} SET state = 'unknown', not_before = sent_at + make_interval(secs => %(settle)s)
    WHERE job_id = %(job)s AND sink = %(sink)s AND state = 'sending' AND fence < %(fence)s
"""  # noqa: S608
_STRAY = f"""
    UPDATE {TABLE} AS link SET state = 'unknown', fence = %(fence)s
    WHERE id = ANY(ARRAY(
        SELECT id FROM {TABLE} WHERE job_id = %(job)s AND sink = %(sink)s
          AND state = 'unknown' AND fence < %(fence)s
          AND (not_before IS NULL OR not_before <= now())
        ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
    {_RETURNING.format(desired="coalesce(link.sent_digest, link.desired_digest)")}
"""  # noqa: S608
_COUNT_READY = f"""
    SELECT count(*) FROM (
        SELECT 1 FROM {TABLE} WHERE job_id = %s AND sink = %s AND {DIRTY} LIMIT %s) AS ready
"""  # noqa: S608


def claim(job_id: UUID, sink: str, fence: int, limit: int) -> list[Claimed]:
    """Take up to `limit` dirty links."""
    return _fetch(_CLAIM, {"job": job_id, "sink": sink, "fence": fence, "limit": limit})


def abandoned(job_id: UUID, sink: str, fence: int, settle: float) -> None:
    """What an earlier holder began to deliver: outcome unknown, left alone for `settle` seconds."""
    sql.rows(_ABANDONED, {"job": job_id, "sink": sink, "fence": fence, "settle": settle})


def strays(job_id: UUID, sink: str, fence: int, limit: int) -> list[Claimed]:
    """Links whose outcome is unknown and has had time to settle: taken, to be looked up."""
    return _fetch(_STRAY, {"job": job_id, "sink": sink, "fence": fence, "limit": limit})


def has_live(job_id: UUID, sink: str) -> bool:
    """Whether anything of a sink is still to be delivered, but for what has to wait for long.

    Each half is answered by its own partial index.
    """
    links = RecordLink.objects.filter(job_id=job_id, sink=sink)
    dirty = links.filter(state="dirty").exclude(not_before__gt=timezone.now() + LONG_WAIT)
    return dirty.exists() or links.filter(state__in=["sending", "unknown"]).exists()


def count_ready(job_id: UUID, sink: str, at_most: int) -> int:
    """How many links could be claimed, counted no further than `at_most`."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_READY, [job_id, sink, at_most])
        return int(cursor.fetchone()[0])


@dataclass(slots=True)
class Settlement:
    """What to write on a link after its delivery. `confirmed`: what was sent is what stands there now."""

    id: UUID
    state: str
    outcome: str = ""
    confirmed: bool = False
    gone: bool = False
    external_id: str = ""
    external_version: str = ""
    reason: str = ""
    text: str = ""
    retry_seconds: float | None = None


_COLUMNS = (
    ("id", "uuid"),
    ("state", "text"),
    ("outcome", "text"),
    ("confirmed", "bool"),
    ("gone", "bool"),
    ("external_id", "text"),
    ("external_version", "text"),
    ("reason", "text"),
    ("text", "text"),
    ("retry_seconds", "float8"),
)
# While it was being sent its record turned out not to be meant to go there: what is to become of it is
# decided anew.
_IS_MOOT = """done.state NOT IN ('unknown', 'removed') AND link.desired_digest IS NULL
    AND link.sent_digest IS NOT NULL AND NOT link.remove"""
# A link whose desired side moved on while it was being sent is confirmed with what was sent and dirty again
# with the rest.
_SETTLE = f"""
    UPDATE {TABLE} AS link SET
        state = CASE WHEN {_IS_MOOT} THEN 'wanted'
                     WHEN done.state IN ('clean', 'rejected', 'conflict', 'skipped')
                          AND link.desired_digest IS DISTINCT FROM link.sent_digest THEN 'dirty'
                     ELSE done.state END,
        source_digest = CASE WHEN {_IS_MOOT} THEN NULL ELSE link.source_digest END,
        outcome = done.outcome,
        confirmed_digest = CASE WHEN done.gone THEN NULL WHEN done.confirmed THEN link.sent_digest
                                ELSE link.confirmed_digest END,
        confirmed_at = CASE WHEN done.confirmed THEN now() ELSE link.confirmed_at END,
        external_id = CASE WHEN done.gone THEN '' WHEN done.external_id <> '' THEN done.external_id
                           ELSE link.external_id END,
        external_version = CASE WHEN done.external_version <> '' THEN done.external_version
                                ELSE link.external_version END,
        remove = link.remove AND NOT done.gone,
        reason = done.reason, text = done.text,
        not_before = now() + make_interval(secs => done.retry_seconds),
        attempts = CASE WHEN done.state IN ('clean', 'removed') THEN 0 ELSE link.attempts END,
        changed_at = now()
    FROM unnest({", ".join(f"%s::{kind}[]" for _, kind in _COLUMNS)})
      AS done ({", ".join(name for name, _ in _COLUMNS)})
    WHERE link.id = done.id AND link.fence = %s AND link.state IN ('sending', 'unknown')
    RETURNING link.id, link.state, link.run_id
"""  # noqa: S608


def settle(settlements: Sequence[Settlement], fence: int) -> dict[UUID, tuple[str, UUID | None]]:
    """Write settlements of links we still hold; returns their state and run."""
    if not settlements:
        return {}
    columns = [sql.array([getattr(one, name) for one in settlements]) for name, _ in _COLUMNS]
    return {row[0]: (row[1], row[2]) for row in sql.rows(_SETTLE, [*columns, fence])}


def _fetch(statement: str, params: dict[str, Any]) -> list[Claimed]:
    return sorted((Claimed(*row) for row in sql.rows(statement, params)), key=lambda one: one.id)
