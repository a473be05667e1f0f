"""One page of source records, brought in: read -> canonical -> desired, in one transaction.

What has not changed since it was last brought in, under the same rules, costs a digest and a look-up. What
has changed is mapped; what cannot be mapped is rejected with its reason. A crash repeats the page and never
skips one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audit import services as trail
from audit.rows import EventKind, EventRow
from connectors.engine import lanes, links, needs, owners
from connectors.engine.failures import open_failures, resolve_failures
from connectors.engine.links import Standing, Verdict
from connectors.engine.route import Leg, Route
from connectors.models import RecordLink, SyncRun
from connectors.records import Record
from connectors.records.base import Need
from connectors.records.canonical import canonical_json
from connectors.sdk.errors import RecordRejected, RecordSkipped
from connectors.sdk.system import Page, Row

State = RecordLink.State
_EVENTS: dict[str, EventKind] = {
    State.SKIPPED: EventKind.SKIPPED,
    State.REJECTED: EventKind.REJECTED,
    State.HELD: EventKind.HELD,
}
FINISHED = {State.CLEAN, State.SKIPPED, State.REJECTED, State.CONFLICT, State.REMOVED}
KEY_LIMIT = 400


@dataclass(slots=True)
class _Draft:
    """A verdict in the making, with the payload and needs that go with it."""

    verdict: Verdict
    payload: bytes | None = None
    needs: tuple[Need, ...] = ()
    open: list[Need] = field(default_factory=list)
    before: Standing | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """A row as it was read: its canonical form, that one's digest, and when."""

    row: Row
    source: bytes
    digest: bytes
    at: datetime


@dataclass(slots=True)
class Sorted:
    """A page sorted by what has to be done.

    `unchanged` keys, `unfinished` links, drafts of the rest; `met` are the keys that are no draft.
    """

    unchanged: list[str] = field(default_factory=list)
    unfinished: list[Standing] = field(default_factory=list)
    met: list[str] = field(default_factory=list)
    drafts: list[_Draft] = field(default_factory=list)
    sources: list[bytes] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    repeats: int = 0


class PageWriter:
    """Brings the pages of one run in.

    `again`: look at every record anew, whatever was known of it (a replay).
    """

    def __init__(self, route: Route, run: SyncRun, held: lanes.Held, *, again: bool = False) -> None:
        self.route, self.run, self.held, self.again = route, run, held, again
        self.providers = needs.Providers(route.job)
        self.traces: dict[str, bytes] = {}
        self._sweeps = route.job.removal == "remove"

    def bring_in(self, page: Page, read_at: datetime) -> int:
        """Commit a page; returns how many links it left to be delivered. Raises `LeaseLost`."""
        sorted_ = self._sort(page, read_at)
        with transaction.atomic():
            lanes.hold(self.held)
            return self._commit(page, sorted_)

    # -- outside the transaction: digests, look-ups, mapping -------------------------------------------------

    def _sort(self, page: Page, read_at: datetime) -> Sorted:
        if not self.traces:
            with transaction.atomic():
                stored = trail.store_payloads([leg.document for leg in self.route.legs])
            self.traces = dict(zip((leg.name for leg in self.route.legs), stored, strict=True))
        rows = {row.key: row for row in page.rows if 0 < len(row.key) <= KEY_LIMIT}
        sources = {key: canonical_json(row.raw) for key, row in rows.items()}
        digests = {key: trail.digest_of(source) for key, source in sources.items()}
        calm = set() if self.again else links.calm(self.route.job.pk, self.run.pk, self.traces, digests)
        there = links.standing(
            self.route.job.pk, list(self.traces), [*(key for key in rows if key not in calm), *page.missing]
        )
        out = Sorted(
            refused=[
                *page.refused,
                *(
                    (row.key[:60], "Its key is empty or too long.")
                    for row in page.rows
                    if row.key not in rows
                ),
            ]
        )
        out.repeats = len(page.rows) - len(rows) - (len(out.refused) - len(page.refused))
        for key, row in rows.items():
            if key in calm:
                out.met.append(key)
                out.unchanged.append(key)
            else:
                self._sort_row(_Read(row, sources[key], digests[key], read_at), there, out)
        for key in page.missing:
            self._missing(key, read_at, there, out)
        self._settle_owners(out.drafts)
        self._settle_needs(out.drafts)
        return out

    def _sort_row(self, read: _Read, there: dict[tuple[str, str], Standing], out: Sorted) -> None:
        row, digest = read.row, read.digest
        standings = [there.get((leg.name, row.key)) for leg in self.route.legs]
        is_repeat = any(standing and standing.run_id == self.run.pk for standing in standings)
        out.repeats += is_repeat
        if not self.again and all(
            standing
            and not standing.remove
            and standing.state != State.REMOVED
            and standing.source_digest == digest
            and standing.trace_digest == self.traces[standing.sink]
            for standing in standings
        ):
            known = [standing for standing in standings if standing]
            unfinished = [standing for standing in known if standing.state not in FINISHED]
            out.met.append(row.key)
            if unfinished:
                out.unfinished += unfinished
            elif not is_repeat:
                out.unchanged.append(row.key)
            return
        record = self._canonical(row)
        out.sources.append(read.source)
        for leg in self.route.legs:
            verdict = Verdict(
                sink=leg.name,
                source_key=row.key,
                state=State.DIRTY,
                outcome="",
                source_digest=digest,
                source_version=row.version[:400],
                source_at=row.changed_at or read.at,
                mapping_version=self.run.mapping_version,
                trace_digest=self.traces[leg.name],
            )
            draft = self._mapped(leg, record, verdict)
            draft.before = there.get((leg.name, row.key))
            out.drafts.append(draft)

    def _canonical(self, row: Row) -> Record | RecordRejected | RecordSkipped:
        try:
            record: Record = self.route.stream.canonical(row.raw)
        except (RecordRejected, RecordSkipped) as fault:
            return fault
        return record

    def _mapped(self, leg: Leg, record: Record | RecordRejected | RecordSkipped, verdict: Verdict) -> _Draft:
        try:
            if isinstance(record, Exception):
                raise record
            verdict.handle = record.handle[:400]
            desired = leg.fields.apply(record)
            verdict.target_key = leg.sink.target_key(record, desired)[:400]
        except (RecordRejected, RecordSkipped) as fault:
            kind = State.REJECTED if isinstance(fault, RecordRejected) else State.SKIPPED
            verdict.state = verdict.outcome = kind
            verdict.reason, verdict.text = fault.code[:60], fault.text
            return _Draft(verdict)
        wanted = record.needs()
        payload = canonical_json({**desired.to_json(), "needs": wanted} if wanted else desired.to_json())
        verdict.desired_digest = trail.digest_of(payload)
        return _Draft(verdict, payload, wanted)

    def _missing(
        self, key: str, read_at: datetime, there: dict[tuple[str, str], Standing], out: Sorted
    ) -> None:
        kind = self.route.stream.record.kind
        for leg in self.route.legs:
            if standing := there.get((leg.name, key)):
                verdict = Verdict(
                    sink=leg.name,
                    source_key=key,
                    state=State.REJECTED,
                    outcome=State.REJECTED,
                    source_digest=standing.source_digest or b"",
                    source_version="",
                    source_at=read_at,
                    mapping_version=self.run.mapping_version,
                    trace_digest=self.traces[leg.name],
                    target_key=standing.target_key,
                    desired_digest=standing.desired_digest,
                    reason=owners.SOURCE_MISSING,
                    text=f"{self.route.job.reads.system_name} has no {kind} {key}. "
                    "Create it there, or correct what refers to it.",
                )
                out.drafts.append(_Draft(verdict, before=standing))

    def _settle_owners(self, drafts: list[_Draft]) -> None:
        for leg in self.route.legs:
            if not leg.sink.one_owner:
                continue
            mine = [
                draft
                for draft in drafts
                if draft.verdict.sink == leg.name and draft.verdict.state == State.DIRTY
            ]
            owned = owners.owners(self.route.job.pk, leg.name, [draft.verdict.target_key for draft in mine])
            for draft in mine:
                owner = owned.setdefault(draft.verdict.target_key, draft.verdict.source_key)
                if owner != draft.verdict.source_key:
                    draft.verdict.state = draft.verdict.outcome = State.SKIPPED
                    draft.verdict.reason, draft.verdict.text = owners.SHARED, owners.shared_text(owner)

    def _settle_needs(self, drafts: list[_Draft]) -> None:
        waiting = [draft for draft in drafts if draft.needs and draft.verdict.state == State.DIRTY]
        for draft, judged in zip(
            waiting, self.providers.judge([draft.needs for draft in waiting]), strict=True
        ):
            draft.open = judged.open
            draft.verdict.state, draft.verdict.reason, draft.verdict.text = (
                judged.state,
                judged.reason,
                judged.text,
            )
            if judged.state in {State.SKIPPED, State.REJECTED}:
                draft.verdict.outcome = judged.state

    # -- inside the transaction ------------------------------------------------------------------------------

    def _commit(self, page: Page, sorted_: Sorted) -> int:
        run = self.run
        drafts = {(draft.verdict.sink, draft.verdict.source_key): draft for draft in sorted_.drafts}
        trail.store_payloads(
            [*sorted_.sources, *(draft.payload for draft in sorted_.drafts if draft.payload)]
        )
        brought = links.bring(run.job_id, run.pk, run.generation, [draft.verdict for draft in sorted_.drafts])
        links.touch([standing.id for standing in sorted_.unfinished], run.pk, run.generation)
        if self._sweeps and page.sweep:
            links.seen(run.job_id, [leg.name for leg in self.route.legs], sorted_.met, run.generation)
        came = {link.source_key for link in brought} | {
            standing.source_key for standing in sorted_.unfinished
        }
        older = sorted({key for _, key in drafts} - came)
        self._keep_needs(brought, drafts)
        now = timezone.now()
        events = trail.record_events(
            [
                *(self._event(link, drafts[link.sink, link.source_key], now) for link in brought),
                *(self._refusal(name, why, now) for name, why in sorted_.refused),
            ]
        )
        self._keep_failures(brought, drafts)
        self._followers(brought)
        passed_on = self._pass_on(brought, drafts)
        calls = self.route.calls.drain(job_id=run.job_id, run_id=run.pk)
        recorded = trail.record_calls(calls)
        SyncRun.objects.filter(pk=run.pk).update(
            position=page.position,
            read=F("read") + len(page.rows) + len(page.missing) + len(page.refused) - sorted_.repeats,
            unchanged=F("unchanged") + len(sorted_.unchanged) + len(older),
            refused=F("refused") + len(sorted_.refused),
            api_calls=F("api_calls") + len(calls),
            expected=page.total if page.total is not None else F("expected"),
            moved_at=timezone.now(),
            waiting_until=None,
            waiting_text="",
        )
        trail.append(
            "page_observed",
            job_id=run.job_id,
            run_id=run.pk,
            data={
                "unchanged": sorted_.unchanged,
                "older": older,
                "pending": [[standing.sink, standing.source_key] for standing in sorted_.unfinished],
                "refused": sorted_.refused,
                **_verdicts(brought),
            },
            seals=[events, recorded],
        )
        return sum(link.state == State.DIRTY for link in brought) + len(sorted_.unfinished) + passed_on

    def _pass_on(self, brought: Sequence[links.Brought], drafts: dict[tuple[str, str], _Draft]) -> int:
        count = 0
        for leg in self.route.legs:
            if leg.sink.one_owner:
                mine = [link for link in brought if link.sink == leg.name]
                about = [(link, drafts[link.sink, link.source_key]) for link in mine]
                left = owners.left_on_page((link, draft.verdict, draft.before) for link, draft in about)
                count += owners.pass_on(self.run.job_id, leg.name, left)
        return count

    def _keep_needs(self, brought: Sequence[links.Brought], drafts: dict[tuple[str, str], _Draft]) -> None:
        with_needs = [
            (link, drafts[link.sink, link.source_key])
            for link in brought
            if drafts[link.sink, link.source_key].needs
        ]
        if not with_needs:
            return
        rows = [
            row
            for link, draft in with_needs
            if draft.open
            for row in self.providers.rows(link.id, draft.open)
        ]
        needs.remember(rows, [link.id for link, _ in with_needs if not link.is_new])
        self.providers.ask(
            {need for link, draft in with_needs if link.state == State.HELD for need in draft.open}
        )

    def _event(self, link: links.Brought, draft: _Draft, now: datetime) -> EventRow:
        verdict = draft.verdict
        return EventRow(
            at=now,
            kind=_EVENTS.get(link.state, EventKind.OBSERVED),
            job_id=self.run.job_id,
            sink=link.sink,
            source_key=link.source_key,
            link_id=link.id,
            run_id=self.run.pk,
            outcome=link.outcome,
            reason=verdict.reason,
            text=verdict.text,
            source_digest=verdict.source_digest or None,
            payload_digest=verdict.desired_digest,
            trace_digest=verdict.trace_digest,
            mapping_version=verdict.mapping_version,
            replay_id=self.run.replay_id,
        )

    def _refusal(self, name: str, why: str, now: datetime) -> EventRow:
        """A row that could not even be keyed: there is no link to say so, so the trail does."""
        return EventRow(
            at=now,
            kind=EventKind.REJECTED,
            job_id=self.run.job_id,
            sink=self.route.legs[0].name,
            source_key=name,
            run_id=self.run.pk,
            outcome=State.REJECTED,
            reason="no_key",
            text=why,
            replay_id=self.run.replay_id,
        )

    def _keep_failures(self, brought: Sequence[links.Brought], drafts: dict[tuple[str, str], _Draft]) -> None:
        rejected = [link for link in brought if link.state == State.REJECTED]
        open_failures(
            self.run,
            [
                (
                    link.id,
                    State.REJECTED,
                    (v := drafts[link.sink, link.source_key].verdict).reason,
                    v.text,
                    "",
                )
                for link in rejected
            ],
        )
        resolve_failures(
            [link.id for link in brought if link.state in {State.CLEAN, State.SKIPPED} and not link.is_new],
            "superseded",
        )

    def _followers(self, brought: Sequence[links.Brought]) -> None:
        jobs: set[UUID] = set()
        for state in (State.REJECTED, State.SKIPPED):
            for leg in self.route.legs:
                keys = [link.source_key for link in brought if link.state == state and link.sink == leg.name]
                if keys:
                    jobs |= needs.follow(self.run.job_id, leg.name, keys, state)
        needs.call_for(jobs)


def _verdicts(brought: Sequence[links.Brought]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for link in brought:
        found.setdefault(link.state, []).append([link.sink, link.source_key])
    return {"links": found}
