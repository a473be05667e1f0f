"""Opening failures, and closing them when a later run gets through."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from connectors.engine import sql
from connectors.models import Failure, SyncRun
from tenants.ids import uuid7

FailedLink = tuple[UUID, str, str, str, str]
"""(link, state, cause, text for the tenant, detail for staff)."""

_OPEN = f"""
    INSERT INTO {Failure._meta.db_table} AS failure
      (id, tenant_id, job_id, run_id, link_id, state, cause, text, detail, times, opened_at, last_at,
       resolution, resolution_note)
    SELECT id, %s, %s, %s, link_id, state, cause, text, detail, 1, now(), now(), '', ''
    FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[])
      AS f (id, link_id, state, cause, text, detail)
    ON CONFLICT (link_id) WHERE resolved_at IS NULL DO UPDATE SET
      state = excluded.state, cause = excluded.cause, text = excluded.text, detail = excluded.detail,
      run_id = excluded.run_id, times = failure.times + 1, last_at = excluded.last_at
"""  # noqa: S608, SLF001  built from a table name


_RESOLVE = f"""
    UPDATE {Failure._meta.db_table} SET resolved_at = now(), resolution = %s, resolution_note = %s
    WHERE link_id = ANY(%s::uuid[]) AND resolved_at IS NULL RETURNING id
"""  # noqa: S608, SLF001  built from a table name


def open_failures(run: SyncRun, failed: Sequence[FailedLink]) -> None:
    """One open failure per link; a link that fails again only counts up."""
    if not failed:
        return
    columns = list(
        zip(
            *(
                (uuid7(), link, state, cause[:60], text, detail[:4000])
                for link, state, cause, text, detail in failed
            ),
            strict=True,
        )
    )
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [run.tenant_id, run.job_id, run.pk, *map(list, columns)])


def resolve_failures(link_ids: Sequence[UUID], resolution: str, note: str = "") -> int:
    """Close what is open for these links; returns how many were."""
    if not link_ids or not Failure.objects.filter(resolved_at=None).exists():
        return 0
    return len(sql.rows(_RESOLVE, [resolution, note, sql.array(link_ids)]))
