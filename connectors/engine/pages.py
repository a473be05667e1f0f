"""One page of source records, sorted and brought in, in one transaction.

A crash repeats the page and never skips one.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from connectors.engine.route import Route
from connectors.engine.sorting import Draft, PageSorter, Sorted
from connectors.models import RecordLink, Replay, SyncRun
from connectors.sdk.system import Page

State = RecordLink.State
_EVENTS: dict[str, EventKind] = {
    State.SKIPPED: EventKind.SKIPPED,
    State.REJECTED: EventKind.REJECTED,
    State.HELD: EventKind.HELD,
}


class PageWriter:
    """Brings the pages of one run in.

    `again`: look at every record anew, whatever was known of it (a replay).
    """

    def __init__(self, route: Route, run: SyncRun, held: lanes.Held, *, again: bool = False) -> None:
        self.route, self.run, self.held = route, run, held
        self.providers = needs.Providers(route.job)
        self.sorter = PageSorter(route, run, self.providers, again=again)
        self._sweeps = route.job.removal == "remove"

    def bring_in(self, page: Page, read_at: datetime) -> int:
        """Commit a page; returns how many links it left to be delivered. Raises `LeaseLost`."""
        sorted_ = self.sorter.sort(page, read_at)
        with transaction.atomic():
            lanes.hold(self.held)
            return self._commit(page, sorted_)

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
        if run.replay_id and older:
            Replay.objects.filter(pk=run.replay_id).update(superseded=F("superseded") + len(older))
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

    def _pass_on(self, brought: Sequence[links.Brought], drafts: dict[tuple[str, str], Draft]) -> int:
        count = 0
        for leg in self.route.legs:
            if leg.sink.one_owner:
                mine = [link for link in brought if link.sink == leg.name]
                about = [(link, drafts[link.sink, link.source_key]) for link in mine]
                left = owners.left_on_page((link, draft.verdict, draft.before) for link, draft in about)
                count += owners.pass_on(self.run.job_id, leg.name, left)
        return count

    def _keep_needs(self, brought: Sequence[links.Brought], drafts: dict[tuple[str, str], Draft]) -> None:
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

    def _event(self, link: links.Brought, draft: Draft, now: datetime) -> EventRow:
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

    def _keep_failures(self, brought: Sequence[links.Brought], drafts: dict[tuple[str, str], Draft]) -> None:
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
