"""What a batch's answers mean for its links, committed in one transaction.

Confirmed side, outcomes, failures, trail.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audit import services as trail
from audit.rows import EventKind, EventRow, Recorded
from connectors.engine import claims, lanes, needs, owners, ways_back
from connectors.engine.claims import Claimed, Settlement
from connectors.engine.failures import open_failures, resolve_failures
from connectors.engine.route import Leg, Route
from connectors.models import RecordLink, SyncRun
from connectors.records.base import Need
from connectors.records.canonical import canonical_json
from connectors.sdk.errors import OutcomeUnknown
from connectors.sdk.system import Action, Sink, Written

State = RecordLink.State
STATES = {
    Action.CREATED: State.CLEAN,
    Action.UPDATED: State.CLEAN,
    Action.UNCHANGED: State.CLEAN,
    Action.REMOVED: State.REMOVED,
    Action.REJECTED: State.REJECTED,
    Action.SKIPPED: State.SKIPPED,
    Action.CONFLICT: State.CONFLICT,
    Action.UNKNOWN: State.UNKNOWN,
    Action.LATER: State.DIRTY,
}
EVENTS = {
    State.CLEAN: EventKind.CONFIRMED,
    State.REMOVED: EventKind.REMOVED,
    State.REJECTED: EventKind.REFUSED,
    State.SKIPPED: EventKind.SKIPPED,
    State.CONFLICT: EventKind.CONFLICT,
    State.UNKNOWN: EventKind.UNKNOWN,
    State.DIRTY: EventKind.LOOKED_UP,
}
ANSWERED_SECONDS = 2.0
AGEING_ATTEMPTS = 5
"""A write still unknown after this many looks becomes a failure for a person."""


class BatchWriter:
    """Commits what came of batches of one job, under one lease."""

    def __init__(self, route: Route, held: lanes.Held) -> None:
        self.route, self.held = route, held
        self.job = route.job

    def put_back(self, one: Claimed, missing: Sequence[Need], *, has_payload: bool) -> None:
        """A claimed link that cannot go after all: what it needs went away, or its payload was erased."""
        if not has_payload:
            settlement = Settlement(
                one.id,
                State.SKIPPED,
                outcome=State.SKIPPED,
                reason="erased",
                text="Its content was erased on request.",
            )
        else:
            kind, key = missing[0]
            settlement = Settlement(one.id, State.HELD, reason="need", text=f"Waits for its {kind} {key}.")
            needs.remember(needs.Providers(self.job).rows(one.id, missing), [one.id])
        claims.settle([settlement], self.held.fence)

    def commit(
        self,
        leg: Leg,
        claimed: Sequence[Claimed],
        words: Iterable[Written],
        untried: Sequence[str],
        *,
        lookup: bool,
    ) -> bool:
        """Commit a batch; True when anything was confirmed. Raises `LeaseLost`, having written nothing."""
        links = {str(one.id): one for one in claimed}
        told = {word.id: word for word in words if word.id in links}
        settlements = [_settlement(leg, links[word.id], word) for word in told.values()]
        settlements += [Settlement(links[id_].id, State.DIRTY) for id_ in untried if id_ not in told]
        with transaction.atomic():
            lanes.hold(self.held)
            states = claims.settle(settlements, self.held.fence)
            done = {id_: one for id_, one in links.items() if one.id in states}
            events = self._trail(leg, done, told, lookup=lookup)
            confirmed = [
                key
                for id_, one in done.items()
                if id_ in told and STATES[told[id_].action] == State.CLEAN
                for key in (one.source_key, one.target_key)
            ]
            self._dependents(leg, confirmed, done, told)
            if leg.sink.one_owner:
                self._pass_on(leg, done, told)
            self._append(leg, done, told, untried, events, lookup=lookup)
        return bool(confirmed)

    def _trail(
        self, leg: Leg, done: dict[str, Claimed], told: dict[str, Written], *, lookup: bool
    ) -> Recorded:
        answers = {
            id_: canonical_json(word.answer)
            for id_, word in told.items()
            if word.answer is not None and id_ in done
        }
        digests = dict(zip(answers, trail.store_payloads(list(answers.values())), strict=True))
        now = timezone.now()
        events = trail.record_events(
            [
                EventRow(
                    at=now,
                    kind=EventKind.LOOKED_UP
                    if lookup and STATES[word.action] == State.CLEAN
                    else EVENTS[STATES[word.action]],
                    job_id=self.job.pk,
                    sink=leg.name,
                    source_key=done[id_].source_key,
                    link_id=done[id_].id,
                    run_id=done[id_].run_id,
                    outcome=str(word.action),
                    reason=word.code[:60],
                    text=word.text,
                    payload_digest=done[id_].desired_digest,
                    answer_digest=digests.get(id_),
                )
                for id_, word in told.items()
                if id_ in done
            ]
        )
        failed = [
            (done[id_].id, str(STATES[word.action]), word.code or "unknown", word.text, word.detail)
            for id_, word in told.items()
            if id_ in done and _is_failure(word, done[id_])
        ]
        if failed:
            run = SyncRun.objects.filter(job=self.job).first()
            if run:
                open_failures(run, failed)
        resolve_failures(
            [
                one.id
                for id_, one in done.items()
                if id_ in told and STATES[told[id_].action] in {State.CLEAN, State.REMOVED}
            ],
            "delivered",
        )
        return events

    def _dependents(
        self, leg: Leg, confirmed: list[str], done: dict[str, Claimed], told: dict[str, Written]
    ) -> None:
        jobs = needs.wake(self.job.pk, leg.name, confirmed) if confirmed else set()
        arrived = [one.target_key for id_, one in done.items() if _has_arrived(told.get(id_), one)]
        if arrived and (back := ways_back.jobs_back(self.job, leg.name)):
            jobs |= ways_back.welcome(back, arrived)
        for state in (State.REJECTED, State.SKIPPED):
            keys = [
                one.source_key
                for id_, one in done.items()
                if id_ in told and STATES[told[id_].action] == state
            ]
            if keys:
                jobs |= needs.follow(self.job.pk, leg.name, keys, state)
        needs.call_for(jobs)

    def _pass_on(self, leg: Leg, done: dict[str, Claimed], told: dict[str, Written]) -> None:
        left = owners.left_by_batch((one, told[id_].action) for id_, one in done.items() if id_ in told)
        if owners.pass_on(self.job.pk, leg.name, left):
            needs.call_for({self.job.pk})

    def _append(
        self,
        leg: Leg,
        done: dict[str, Claimed],
        told: dict[str, Written],
        untried: Sequence[str],
        events: Recorded,
        *,
        lookup: bool,
    ) -> None:
        runs = [one.run_id for one in done.values() if one.run_id]
        run_id: UUID | None = max(runs, default=None)
        calls = self.route.calls.drain(job_id=self.job.pk, run_id=run_id)
        recorded = trail.record_calls(calls)
        if run_id:
            SyncRun.objects.filter(pk=run_id).update(
                api_calls=F("api_calls") + len(calls),
                moved_at=timezone.now(),
                waiting_until=None,
                waiting_text="",
            )
        outcomes: dict[str, int] = {}
        for word in told.values():
            outcomes[str(word.action)] = outcomes.get(str(word.action), 0) + 1
        trail.append(
            "batch_looked_up" if lookup else "batch_delivered",
            job_id=self.job.pk,
            run_id=run_id,
            data={"sink": leg.name, "outcomes": outcomes, "untried": len(untried)},
            seals=[events, recorded],
        )


def _settlement(leg: Leg, one: Claimed, word: Written) -> Settlement:
    state = STATES[word.action]
    settled = Settlement(
        one.id,
        state,
        external_id=word.external_id,
        external_version=word.version,
        reason=word.code[:60],
        text=word.text,
    )
    match word.action:
        case Action.CREATED | Action.UPDATED | Action.UNCHANGED:
            settled.confirmed, settled.outcome, settled.reason, settled.text = True, str(word.action), "", ""
        case Action.REMOVED:
            settled.gone, settled.outcome = True, str(word.action)
        case Action.UNKNOWN:
            doublings = min(max(0, one.attempts - 1), 8)
            settled.retry_seconds = settle_seconds(leg.sink, word.code) * 2**doublings
        case Action.LATER:
            settled.retry_seconds = (
                word.after if word.after is not None else 30.0 * 2 ** min(one.attempts, 10)
            )
        case _:
            settled.outcome = str(word.action)
    return settled


def _has_arrived(word: Written | None, one: Claimed) -> bool:
    """Whether a record stands at the destination that was not known to do so before."""
    return word is not None and STATES[word.action] == State.CLEAN and one.external_id != one.target_key


def settle_seconds(sink: Sink[Any], code: str) -> float:
    """How long to wait before looking a write up: not long where the vendor has answered that it failed."""
    if code == OutcomeUnknown.UNANSWERED:
        return sink.settle_seconds
    return min(ANSWERED_SECONDS, sink.settle_seconds)


def _is_failure(word: Written, one: Claimed) -> bool:
    match word.action:
        case Action.REJECTED | Action.CONFLICT:
            return True
        case Action.UNKNOWN:
            return one.attempts >= AGEING_ATTEMPTS or word.code in {"internal", "no_word"}
        case _:
            return False
