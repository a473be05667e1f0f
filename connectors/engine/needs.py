"""Dependencies: an order waits for its customer and its products, and asks for them if nobody has yet.

A need is a kind and a source key; the flow declares which other flow and sink provides it. While a need is
open the link is `held`; when the provider turns out skipped or rejected the link follows, with the reason;
when the provider is confirmed the link becomes dirty again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from audit import services as trail
from audit.rows import EventKind, EventRow
from connectors.engine import sql, ways_back
from connectors.engine.failures import open_failures
from connectors.engine.nudge import nudge
from connectors.engine.owners import SOURCE_MISSING
from connectors.models import Lane, LinkNeed, RecordLink, SyncJob, SyncRun
from connectors.recipes import Provider
from connectors.records.base import Need
from tenants.ids import uuid7
from tenants.scope import current_tenant_id

State = RecordLink.State
NOT_THERE = ways_back.NOBODYS
NOT_ACCEPTED = "need_rejected"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Judgement:
    """Where a link with needs stands: its state, why, and what it still waits for."""

    state: str = State.DIRTY
    reason: str = ""
    text: str = ""
    open: list[Need] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Known:
    state: str
    reason: str
    is_confirmed: bool
    text: str
    ids: tuple[str, ...]


class _Followed(NamedTuple):
    """A link that went the way of what it waited for."""

    job_id: UUID
    link_id: UUID
    sink: str
    source_key: str
    run_id: UUID | None
    text: str


class Providers:
    """The jobs of an integration that can provide what a flow's records need."""

    def __init__(self, job: SyncJob) -> None:
        self._needs: Mapping[str, Provider] = job.flow.needs
        flows = {provider.flow for provider in self._needs.values()}
        self._jobs = (
            {
                other.flow_code: other
                for other in SyncJob.objects.filter(integration=job.integration_id, flow_code__in=flows)
            }
            if flows
            else {}
        )

    def judge(self, needs: Sequence[Sequence[Need]]) -> list[Judgement]:
        """A judgement for each record's needs."""
        known = self._known({need for some in needs for need in some})
        return [self._judged(some, known) for some in needs]

    def ids(self, needs: Iterable[Need]) -> dict[Need, tuple[str, ...]]:
        """The ids by which confirmed needs are known to the sink; what is not confirmed is left out."""
        return {need: known.ids for need, known in self._known(set(needs)).items() if known.is_confirmed}

    def ask(self, needs: Iterable[Need]) -> None:
        """Ask the providing jobs for records nobody has read yet, or that did not exist then."""
        for kind, keys in _by_kind(needs).items():
            provider, job = self._provider(kind)
            if provider is None or job is None or provider.by == "target":
                continue
            missing = {"state": State.REJECTED, "reason": SOURCE_MISSING}
            links = RecordLink.objects.filter(job=job, sink=provider.sink)
            links.filter(source_key__in=keys, **missing).update(
                state=State.WANTED, outcome="", reason="", text="", changed_at=timezone.now()
            )
            RecordLink.objects.bulk_create(
                [
                    RecordLink(
                        job=job,
                        sink=provider.sink,
                        source_key=key,
                        state=State.WANTED,
                        source_at=EPOCH,
                        changed_at=timezone.now(),
                    )
                    for key in keys
                ],
                ignore_conflicts=True,
            )
            nudge(job, Lane.Kind.OBSERVE)

    def moved(self, former: str, key: str) -> set[UUID]:
        """The destination knows `former` as `key` from now on. Returns the jobs that waited for that."""
        jobs: set[UUID] = set()
        for kind in self._needs:
            provider, job = self._provider(kind)
            if provider and job and provider.by == "target":
                ways_back.follow(job.pk, provider.sink, former, key)
                jobs |= wake(job.pk, provider.sink, [key])
        return jobs

    def rows(self, link_id: UUID, needs: Iterable[Need]) -> list[LinkNeed]:
        """What to remember of a link's open needs."""
        found = []
        for kind, key in needs:
            provider, job = self._provider(kind)
            if provider and job:
                found.append(
                    LinkNeed(
                        id=uuid7(),
                        link_id=link_id,
                        provider_job=job,
                        provider_sink=provider.sink,
                        kind=kind,
                        key=key,
                    )
                )
        return found

    def _provider(self, kind: str) -> tuple[Provider | None, SyncJob | None]:
        provider = self._needs.get(kind)
        return provider, self._jobs.get(provider.flow) if provider else None

    def _known(self, needs: set[Need]) -> dict[Need, _Known]:
        found: dict[Need, _Known] = {}
        for kind, keys in _by_kind(needs).items():
            provider, job = self._provider(kind)
            if provider is None or job is None:
                continue
            by_target = provider.by == "target"
            moved = ways_back.stands_as(job.pk, provider.sink, keys) if by_target else {}
            rows = RecordLink.objects.filter(
                job=job,
                sink=provider.sink,
                **{"target_key__in" if by_target else "source_key__in": [*keys, *moved]},
            ).values_list(
                "source_key", "target_key", "external_id", "state", "reason", "text", "confirmed_digest"
            )
            for source_key, target_key, external_id, state, reason, text, confirmed in rows:
                ids = (source_key,) if by_target else (external_id or target_key,)
                for key in {target_key, *moved.get(target_key, ())} if by_target else {source_key}:
                    before = found.get((kind, key))
                    found[kind, key] = _Known(
                        state=state,
                        reason=reason,
                        is_confirmed=by_target or (confirmed is not None and state != State.REMOVED),
                        text=text,
                        ids=(*before.ids, *ids) if before else ids,
                    )
        return found

    def _judged(self, needs: Sequence[Need], known: Mapping[Need, _Known]) -> Judgement:
        judged = Judgement()
        for need in needs:
            kind, key = need
            provider, job = self._provider(kind)
            if provider is None:
                continue
            there = known.get(need)
            if there and there.is_confirmed:
                continue
            if provider.by == "target":
                origin = job.reads.system_name if job else "the source"
                return _unknown(need, origin, is_required=provider.required)
            judged.open.append(need)
            if there and there.state == State.REJECTED and there.reason != SOURCE_MISSING:
                judged.state, judged.reason = State.REJECTED, NOT_ACCEPTED
                judged.text = f"Its {kind} {key} was not accepted: {there.text}"
            elif there and there.state == State.SKIPPED and judged.state != State.REJECTED:
                judged.state, judged.reason = State.SKIPPED, NOT_THERE
                judged.text = f"Its {kind} {key} does not go there: {there.text}"
            elif judged.state in {State.DIRTY, State.HELD}:
                judged.state, judged.reason = State.HELD, "need"
                # What comes by itself need not be told where something else never will.
                if not (job and job.is_on):
                    off = job.flow.title if job else kind
                    judged.text = f"Waits for its {kind} {key}. The job bringing it is switched off: {off}."
                else:
                    judged.text = judged.text or f"Waits for its {kind} {key}."
        return judged


def _unknown(need: Need, origin: str, *, is_required: bool) -> Judgement:
    """What is looked for by its id at the destination, and is none of those that were brought there."""
    kind, _ = need
    if not is_required:
        return Judgement(State.SKIPPED, NOT_THERE, f"This {kind} does not come from {origin}.")
    text = (
        f"Its {kind} is none of those brought from {origin}. Create the {kind} there with the same e-mail "
        "address, or correct the address; when it has been brought over, this goes on by itself."
    )
    return Judgement(State.REJECTED, NOT_ACCEPTED, text, [need])


def remember(rows: Sequence[LinkNeed], link_ids: Iterable[UUID]) -> None:
    """Replace what these links wait for."""
    ids = list(link_ids)
    if ids:
        LinkNeed.objects.filter(link_id__in=ids).delete()
    if rows:
        LinkNeed.objects.bulk_create(rows, ignore_conflicts=True)


_WAKE = f"""
    WITH met AS (
        DELETE FROM {LinkNeed._meta.db_table}
        WHERE provider_job_id = %(job)s AND provider_sink = %(sink)s AND key = ANY(%(keys)s::text[])
        RETURNING link_id
    )
    UPDATE {RecordLink._meta.db_table} AS link
    SET state = 'dirty', outcome = '', reason = '', text = '', changed_at = now()
    WHERE id IN (SELECT link_id FROM met)
      AND (state = 'held'
           OR (state IN ('rejected', 'skipped') AND reason IN ('need_rejected', 'need_skipped')))
      AND NOT EXISTS (
        SELECT 1 FROM {LinkNeed._meta.db_table} AS other WHERE other.link_id = link.id
        AND NOT (other.provider_job_id = %(job)s AND other.provider_sink = %(sink)s
                 AND other.key = ANY(%(keys)s::text[])))
    RETURNING job_id
"""  # noqa: S608, SLF001  built from table names


def wake(provider: UUID, sink: str, keys: Sequence[str]) -> set[UUID]:
    """These records are confirmed: links that waited for nothing else become dirty. Returns their jobs.

    `keys` are their source keys and, for whoever knows them by that, their target keys.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAKE, {"job": provider, "sink": sink, "keys": sql.array(keys)})
        return {row[0] for row in cursor.fetchall()}


_FOLLOW = f"""
    UPDATE {RecordLink._meta.db_table} AS link
    SET state = %(state)s, outcome = %(state)s, reason = %(reason)s, changed_at = now(),
        text = 'Its ' || need.kind || ' ' || need.key || %(went)s || provider.text
    FROM {LinkNeed._meta.db_table} AS need
    JOIN {RecordLink._meta.db_table} AS provider
      ON provider.job_id = need.provider_job_id AND provider.sink = need.provider_sink
     AND provider.source_key = need.key
    WHERE need.link_id = link.id AND link.state = 'held'
      AND need.provider_job_id = %(job)s AND need.provider_sink = %(sink)s
      AND need.key = ANY(%(keys)s::text[])
    RETURNING link.job_id, link.id, link.sink, link.source_key, link.run_id, link.text
"""  # noqa: S608, SLF001


def follow(provider: UUID, sink: str, keys: Sequence[str], state: str) -> set[UUID]:
    """These records were rejected or skipped: links held for them go the same way. Returns their jobs."""
    is_rejected = state == State.REJECTED
    reason = NOT_ACCEPTED if is_rejected else NOT_THERE
    went = " was not accepted: " if is_rejected else " does not go there: "
    told = {"state": state, "reason": reason, "went": went}
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, {"job": provider, "sink": sink, "keys": sql.array(keys), **told})
        # A link that waited for two of these records is told of once.
        followed = {row[1]: _Followed(*row) for row in cursor.fetchall()}.values()
    jobs = {one.job_id for one in followed}
    for job_id in jobs:
        _tell([one for one in followed if one.job_id == job_id], state, reason)
    return jobs


def _tell(followed: Sequence[_Followed], state: str, reason: str) -> None:
    """Followers of one job, in the trail and, where they were rejected, among the failures."""
    job_id, now = followed[0].job_id, timezone.now()
    run = SyncRun.objects.filter(job=job_id).first()
    if run and state == State.REJECTED:
        open_failures(run, [(one.link_id, state, reason, one.text, "") for one in followed])
    events = trail.record_events(
        [
            EventRow(
                at=now,
                kind=EventKind.REJECTED if state == State.REJECTED else EventKind.SKIPPED,
                job_id=job_id,
                sink=one.sink,
                source_key=one.source_key,
                link_id=one.link_id,
                run_id=one.run_id,
                outcome=state,
                reason=reason,
                text=one.text,
            )
            for one in followed
        ]
    )
    trail.append("records_followed", job_id=job_id, data={"state": str(state)}, seals=[events])


_ARRIVING = f"""
    SELECT EXISTS (
        SELECT 1 FROM {RecordLink._meta.db_table} AS link
        JOIN {LinkNeed._meta.db_table} AS need ON need.link_id = link.id
        JOIN {RecordLink._meta.db_table} AS provider
          ON provider.job_id = need.provider_job_id AND provider.sink = need.provider_sink
         AND provider.source_key = need.key
        JOIN {SyncJob._meta.db_table} AS job ON job.id = need.provider_job_id
        WHERE link.job_id = %(job)s AND link.run_id = %(run)s AND link.state = 'held'
          AND job.is_on AND job.paused_reason = ''
          AND provider.state IN ('wanted', 'dirty', 'sending', 'unknown', 'held'))
"""  # noqa: S608, SLF001


def are_arriving(job_id: UUID, run_id: UUID) -> bool:
    """Whether something this run's records wait for is on its way right now."""
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVING, {"job": job_id, "run": run_id})
        return bool(cursor.fetchone()[0])


def call_for(jobs: Iterable[UUID]) -> None:
    """Nudge the delivery of these jobs: what they waited for has been decided."""
    if wanted := set(jobs):
        for job in SyncJob.objects.filter(pk__in=wanted):
            nudge(job, Lane.Kind.DELIVER)


_MET = f"""
    SELECT DISTINCT need.provider_job_id, need.provider_sink, need.key
    FROM {LinkNeed._meta.db_table} AS need
    JOIN {RecordLink._meta.db_table} AS provider
      ON provider.job_id = need.provider_job_id AND provider.sink = need.provider_sink
     AND need.key IN (provider.source_key, provider.target_key)
    JOIN {RecordLink._meta.db_table} AS waiting ON waiting.id = need.link_id
    WHERE need.tenant_id = %(tenant)s AND (%(job)s::uuid IS NULL OR waiting.job_id = %(job)s)
      AND provider.confirmed_digest IS NOT NULL AND provider.state <> 'removed'
    LIMIT 5000
"""  # noqa: S608, SLF001


def wake_missed(job_id: UUID | None = None) -> set[UUID]:
    """Links (of one job, or of all) whose provider was confirmed in the moment they began to wait.

    Returns the jobs of those that are awake now.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MET, {"tenant": current_tenant_id(), "job": job_id})
        met = cursor.fetchall()
    jobs: set[UUID] = set()
    for provider, sink in {(row[0], row[1]) for row in met}:
        jobs |= wake(provider, sink, [row[2] for row in met if (row[0], row[1]) == (provider, sink)])
    return jobs


def _by_kind(needs: Iterable[Need]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for kind, key in dict.fromkeys(needs):
        kinds.setdefault(kind, []).append(key)
    return kinds
