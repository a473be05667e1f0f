"""What comes back from a destination: whose record it is at the source, and that it does not go there again.

A flow that reads a destination finds the source's records by their ids there (`Provider.by` "target"). Those
may change without us: Mailchimp knows a contact by their address, and people change theirs. A link's
`target_key` is what its record is to be over there, `external_id` what it is: so the latter follows, and the
record is found by either.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import F, Q

from connectors.engine import sql
from connectors.models import RecordLink, SyncJob

NOBODYS = "need_skipped"
"""Why a record was skipped that is none of those brought from the source."""
# Worded as the partial index is, or it would not serve.
_STANDS_ELSEWHERE = ~Q(external_id="") & ~Q(external_id=F("target_key"))
_TABLE = RecordLink._meta.db_table  # noqa: SLF001


def follow(job_id: UUID, sink: str, former: str, key: str) -> int:
    """What stood under the id `former` stands under `key`; returns how many links that concerns.

    A link that is just being sent says what its answer says: should that be the former id, the vendor will
    not know it next time, and the sink finds the record by its target key.
    """
    links = RecordLink.objects.filter(job=job_id, sink=sink, external_id=former)
    return links.filter(Q(target_key=former) | _STANDS_ELSEWHERE).update(external_id=key)


def stands_as(job_id: UUID, sink: str, keys: Collection[str]) -> dict[str, set[str]]:
    """Target keys of records that stand under one of these keys, though it is not theirs; with those keys."""
    links = RecordLink.objects.filter(_STANDS_ELSEWHERE, job=job_id, sink=sink, external_id__in=list(keys))
    found: dict[str, set[str]] = {}
    for target_key, external_id in links.values_list("target_key", "external_id"):
        found.setdefault(target_key, set()).add(external_id)
    return found


def jobs_back(provider: SyncJob, sink: str) -> list[UUID]:
    """The jobs of the same integration that find this one's records by their ids at the destination."""
    wanted = (provider.flow_code, sink, "target")
    flows = [
        flow.code
        for flow in provider.integration.recipe.flows
        if any((one.flow, one.sink, one.by) == wanted for one in flow.needs.values())
    ]
    if not flows:
        return []
    jobs = SyncJob.objects.filter(integration=provider.integration_id, flow_code__in=flows, is_on=True)
    return list(jobs.values_list("pk", flat=True))


_WELCOME = f"""
    UPDATE {_TABLE} SET state = 'dirty', outcome = '', reason = '', text = '', changed_at = now()
    WHERE job_id = ANY(%s::uuid[]) AND source_key = ANY(%s::text[])
      AND state = 'skipped' AND reason = '{NOBODYS}'
    RETURNING job_id
"""  # noqa: S608  built from constants


def welcome(jobs: Sequence[UUID], keys: Sequence[str]) -> set[UUID]:
    """Records that were nobody's belong to somebody, now that these keys stand at the destination.

    They do not wait, for most are nobody's for ever; so they are found by their keys. Returns their jobs.
    """
    return {row[0] for row in sql.rows(_WELCOME, [sql.array(jobs), sql.array(keys)])}


_ECHOES = f"""
    SELECT link.id FROM {_TABLE} AS link
    JOIN {_TABLE} AS back ON back.source_key = link.external_id AND back.job_id = ANY(%s::uuid[])
    WHERE link.id = ANY(%s::uuid[]) AND back.confirmed_at > link.confirmed_at
"""  # noqa: S608  built from constants


def echoes(jobs: Sequence[UUID], links: Sequence[UUID]) -> set[UUID]:
    """Those links whose record was written at the source after it was last written at the destination, with
    what had come from there: what is news at the source may be none over there.
    """
    return {row[0] for row in sql.rows(_ECHOES, [sql.array(jobs), sql.array(links)])}
