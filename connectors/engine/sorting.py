"""A page of source records, sorted by what has to be done about each: read -> canonical -> desired.

Outside any transaction: digests, look-ups, mapping. What has not changed since it was last brought in, under
the same rules, costs a digest and a look-up. What has changed is mapped; what cannot be mapped is rejected
with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import structlog
from django.db import transaction

from audit import services as trail
from connectors.engine import links, needs, owners
from connectors.engine.links import Standing, Verdict
from connectors.engine.route import Leg, Route
from connectors.models import RecordLink, SyncRun
from connectors.records import Record
from connectors.records.base import Need
from connectors.records.canonical import canonical_json
from connectors.sdk.errors import RecordRejected, RecordSkipped
from connectors.sdk.system import Page, Row, Stream

log = structlog.get_logger(__name__)

State = RecordLink.State
FINISHED = {State.CLEAN, State.SKIPPED, State.REJECTED, State.CONFLICT, State.REMOVED}
KEY_LIMIT = 400


@dataclass(slots=True)
class Draft:
    """A verdict in the making, with the payload and needs that go with it."""

    verdict: Verdict
    payload: bytes | None = None
    needs: tuple[Need, ...] = ()
    open: list[Need] = field(default_factory=list)
    before: Standing | None = None


_OURS = (
    "We do not understand this record, which is a mistake of ours; support has been told. Replay it when it "
    "has been mended."
)


def record_of(stream: Stream[Any], source: bytes) -> Record:
    """The record of a row in its stored form: read now or replayed later, it is the same.

    Raises what `Stream.canonical` raises.
    """
    record: Record = stream.canonical(orjson.loads(source))
    return record


@dataclass(frozen=True, slots=True)
class Read:
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
    drafts: list[Draft] = field(default_factory=list)
    sources: list[bytes] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    repeats: int = 0


class PageSorter:
    """Sorts the pages of one run.

    `again`: look at every record anew, whatever was known of it (a replay).
    """

    def __init__(self, route: Route, run: SyncRun, providers: needs.Providers, *, again: bool) -> None:
        self.route, self.run, self.providers, self.again = route, run, providers, again
        self.traces: dict[str, bytes] = {}

    def sort(self, page: Page, read_at: datetime) -> Sorted:
        """Look a page up, map what has changed, and say what is to be done about each record."""
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
                self._sort_row(Read(row, sources[key], digests[key], read_at), there, out)
        for key in page.missing:
            self._missing(key, read_at, there, out)
        self._settle_owners(out.drafts)
        self._settle_needs(out.drafts)
        return out

    def _sort_row(self, read: Read, there: dict[tuple[str, str], Standing], out: Sorted) -> None:
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
        record = self._canonical(read)
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

    def _canonical(self, read: Read) -> Record | RecordRejected | RecordSkipped:
        try:
            return record_of(self.route.stream, read.source)
        except (RecordRejected, RecordSkipped) as fault:
            return fault
        except Exception as error:  # one row that nobody foresaw must not keep the page from coming in
            log.exception("row_not_understood", stream=self.route.stream.name, key=read.row.key)
            return RecordRejected(_OURS, detail=repr(error), code="internal")

    def _mapped(self, leg: Leg, record: Record | RecordRejected | RecordSkipped, verdict: Verdict) -> Draft:
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
            return Draft(verdict)
        wanted = tuple(need for need in record.needs() if need[0] in self.route.flow.needs)
        payload = canonical_json({**desired.to_json(), "needs": wanted} if wanted else desired.to_json())
        verdict.desired_digest = trail.digest_of(payload)
        return Draft(verdict, payload, wanted)

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
                out.drafts.append(Draft(verdict, before=standing))

    def _settle_owners(self, drafts: list[Draft]) -> None:
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

    def _settle_needs(self, drafts: list[Draft]) -> None:
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
