"""Delivering: dirty links become what the vendor confirms, batch by batch.

First the strays of whoever worked here before are looked up in the destination; only what was not done is
sent again. Then batches are claimed, sent in parallel threads (which only talk to the vendor) and committed
here as their answers come in.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from django.db import transaction

from audit import services as trail
from connectors.engine import claims, lanes, needs, ways_back
from connectors.engine.claims import Claimed
from connectors.engine.results import BatchWriter, settle_seconds
from connectors.engine.route import Leg, Route
from connectors.sdk.errors import (
    ConfigProblem,
    OutcomeUnknown,
    ReconnectNeeded,
    RecordRejected,
    RetryLater,
    SystemFault,
)
from connectors.sdk.mapping import Desired, says_no_more
from connectors.sdk.system import Action, Change, Sink, Written, told

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Sent:
    """What a batch came to: the vendor's words, what was never tried, and the fault that ended it, if any."""

    words: list[Written] = field(default_factory=list)
    untried: list[str] = field(default_factory=list)
    fault: SystemFault | None = None


@dataclass(slots=True)
class Batch:
    """Links on their way to one sink."""

    leg: Leg
    claimed: list[Claimed]
    changes: list[Change]
    lookup: bool = False


class Delivery:
    """The delivery of one job by one holder of its lane."""

    def __init__(self, route: Route, held: lanes.Held, *, is_observing: bool, is_load: bool) -> None:
        self.route, self.held = route, held
        self.is_observing, self.is_load = is_observing, is_load
        self.writer = BatchWriter(route, held)
        self.providers = needs.Providers(route.job)
        self.moved = False
        self.without_strays: set[str] = set()
        self.finished: set[str] = set()

    def run(self, deadline: float) -> bool:
        """Deliver until `deadline` (monotonic seconds); True when there is more to do.

        Raises the `SystemFault` that stopped it.
        """
        return any(self._leg(leg, deadline) for leg in self.route.legs)

    def _leg(self, leg: Leg, deadline: float) -> bool:
        width = max(1, leg.sink.parallel)
        prepared = False
        more, fault = True, None
        flying: dict[Future[Sent], Batch] = {}
        with ThreadPoolExecutor(max_workers=width, thread_name_prefix=leg.name) as pool:
            while flying or (more and fault is None):
                while more and fault is None and len(flying) < width:
                    looking = any(batch.lookup for batch in flying.values())
                    batch = self._next(leg, looking=looking) if time.monotonic() < deadline else None
                    if batch is None:
                        more = looking
                        break
                    if not batch.changes:
                        continue
                    if not prepared:
                        fault = self._prepared(leg, batch)
                        prepared = True
                        if fault:
                            break
                    flying[pool.submit(look_up if batch.lookup else send, batch)] = batch
                done, _ = wait(flying, return_when=FIRST_COMPLETED)
                for future in done:
                    batch, sent = flying.pop(future), future.result()
                    self._commit(batch, sent)
                    fault = fault or sent.fault
        if fault:
            raise fault
        return time.monotonic() >= deadline and claims.count_ready(self.route.job.pk, leg.name, 1) > 0

    def _prepared(self, leg: Leg, batch: Batch) -> SystemFault | None:
        try:
            leg.sink.prepare()
            if self.is_load:
                leg.sink.begin_load()
        except SystemFault as fault:
            unsent = (
                fault
                if isinstance(fault, RetryLater | ReconnectNeeded | ConfigProblem)
                else ConfigProblem(fault.text, detail=fault.detail)
            )
            self._commit(batch, Sent(untried=[change.id for change in batch.changes], fault=unsent))
            return unsent
        return None

    def _next(self, leg: Leg, *, looking: bool) -> Batch | None:
        """The next batch: strays to look up, then links to send.

        Nothing is sent while something is looked up: what we add would shift the vendor's pages under the
        reader.
        """
        job_id, fence, size = self.route.job.pk, self.held.fence, leg.sink.batch_size
        with transaction.atomic():
            lanes.hold(self.held)
            found = []
            if leg.name not in self.without_strays:
                settle = 0.0 if leg.sink.repeatable else leg.sink.settle_seconds
                claims.abandoned(job_id, leg.name, fence, settle)
                found = claims.strays(job_id, leg.name, fence, size)
            lookup = bool(found)
            if not lookup:
                self.without_strays.add(leg.name)
                if looking:
                    return None
            if not found:
                # While pages still come in, a bulk call waits until it is full: one call for five hundred,
                # not five for a hundred.
                if self.is_observing and claims.count_ready(job_id, leg.name, size) < size:
                    return None
                found = [] if self._must_wait(leg) else claims.claim(job_id, leg.name, fence, size)
            if not found:
                return None
            return self._loaded(leg, found, lookup=lookup)

    def _must_wait(self, leg: Leg) -> bool:
        """Whether the sink that must have each record first has any left.

        It is asked about all records, not each: two of them may be one over there (customers who share an
        address).
        """
        after = leg.target.after
        if not after or after in self.finished:
            return False
        if claims.has_live(self.route.job.pk, after):
            return True
        if not self.is_observing:
            self.finished.add(after)
        return False

    def _loaded(self, leg: Leg, found: list[Claimed], *, lookup: bool) -> Batch:
        digests = {digest for one in found for digest in (one.desired_digest, one.confirmed_digest) if digest}
        stored = {digest: orjson.loads(body) for digest, body in trail.load_payloads(digests).items()}
        wanted = {one.id: _needs_of(stored.get(one.desired_digest or b"")) for one in found}
        ids = self.providers.ids({need for some in wanted.values() for need in some})
        back = ways_back.jobs_back(self.route.job, leg.name)
        echoes = ways_back.echoes(back, [one.id for one in found]) if back else set()
        changes, ready = [], []
        for one in found:
            missing = [need for need in wanted[one.id] if need not in ids]
            body = stored.get(one.desired_digest or b"")
            if (missing and not lookup) or (body is None and not one.remove):
                self.writer.put_back(one, missing, has_payload=body is not None)
                continue
            before = stored.get(one.confirmed_digest or b"")
            ready.append(one)
            changes.append(
                Change(
                    id=str(one.id),
                    key=one.source_key,
                    target_key=one.target_key,
                    desired=_desired(body),
                    external_id=one.external_id,
                    version=one.external_version,
                    confirmed=_desired(before) if before else None,
                    needs={need: ids[need] for need in wanted[one.id] if need in ids},
                    remove=one.remove,
                    may_echo=one.id in echoes,
                )
            )
        return Batch(leg, ready, changes, lookup)

    def _commit(self, batch: Batch, sent: Sent) -> None:
        self.moved = (
            self.writer.commit(batch.leg, batch.claimed, sent.words, sent.untried, lookup=batch.lookup)
            or self.moved
        )


def send(batch: Batch) -> Sent:
    """Write a batch (in a thread: talks to the vendor only)."""
    sent = Sent()
    todo = []
    for change in batch.changes:
        if _is_there_already(change, batch.leg.sink):
            sent.words.append(Written(change.id, Action.UNCHANGED, external_id=change.external_id))
        else:
            todo.append(change)
    _write(batch.leg, todo, sent)
    return sent


def _write(leg: Leg, changes: Sequence[Change], sent: Sent) -> None:
    """Write changes, halving a batch the vendor refuses as a whole until the one it means stands alone."""
    if not changes or sent.fault:
        sent.untried += [change.id for change in changes]
        return
    open_ = {change.id: change for change in changes}
    try:
        for word in leg.sink.write(changes):
            sent.words.append(word)
            open_.pop(word.id, None)
    except RecordRejected as fault:
        rest = list(open_.values())
        if len(rest) == 1:
            sent.words.append(told(rest[0], Action.REJECTED, fault))
            return
        middle = len(rest) // 2
        _write(leg, rest[:middle], sent)
        _write(leg, rest[middle:], sent)
    except OutcomeUnknown as fault:
        sent.words += [told(change, Action.UNKNOWN, fault) for change in open_.values()]
        sent.fault = RetryLater(fault.text, after=settle_seconds(leg.sink, fault.code), detail=fault.detail)
    except (RetryLater, ReconnectNeeded, ConfigProblem) as fault:
        sent.untried += list(open_)
        sent.fault = fault
    except SystemFault as fault:
        sent.words += [told(change, Action.CONFLICT, fault) for change in open_.values()]
    except Exception as error:
        log.exception("sink_failed", sink=leg.name)
        sent.words += [
            Written(change.id, Action.UNKNOWN, code="internal", text=_OURS, detail=repr(error))
            for change in open_.values()
        ]
        sent.fault = RetryLater(_OURS, detail=repr(error), code="internal")
    else:
        sent.words += [
            Written(change.id, Action.UNKNOWN, code="no_word", text=_OURS) for change in open_.values()
        ]


_OURS = (
    "We made a mistake while writing this record; support has been told. "
    "It is looked up before anything is sent again."
)


def look_up(batch: Batch) -> Sent:
    """Look a batch of unanswered writes up; what was not done goes back to be sent."""
    sent = Sent()
    open_ = {change.id for change in batch.changes}
    earliest = min(one.sent_at for one in batch.claimed)
    try:
        for word in batch.leg.sink.look_up(batch.changes, earliest):
            sent.words.append(word)
            open_.discard(word.id)
        sent.words += [Written(id_, Action.LATER, code="not_done", after=0.0) for id_ in open_]
    except SystemFault as fault:
        sent.words += [
            Written(id_, Action.UNKNOWN, code=fault.code, text=fault.text, detail=fault.detail)
            for id_ in open_
        ]
        sent.fault = (
            fault
            if isinstance(fault, RetryLater | ReconnectNeeded | ConfigProblem)
            else RetryLater(fault.text, detail=fault.detail)
        )
    return sent


def _is_there_already(change: Change, sink: Sink[Any]) -> bool:
    """Whether nothing new would be said: only fields that are written once (`if_new`) differ from what was
    confirmed, or, where a sink leaves alone what is not said, fewer fields are named than were.
    """
    if change.confirmed is None or change.remove or change.desired.needs_current:
        return False
    wanted, there = change.desired.for_existing(), change.confirmed.for_existing()
    if not sink.partial:
        return wanted == there
    return says_no_more(wanted, there) and all(wanted.get(name) == there.get(name) for name in sink.telling)


def _needs_of(stored: dict[str, Any] | None) -> list[tuple[str, str]]:
    return [(kind, key) for kind, key in (stored or {}).get("needs", [])]


def _desired(stored: dict[str, Any] | None) -> Desired:
    return Desired.from_json({name: part for name, part in (stored or {}).items() if name != "needs"})
