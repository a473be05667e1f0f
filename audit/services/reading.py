"""Reads the trail, for pages and support. Everything here is bounded, and nothing counts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from audit.models import ApiCall, AuditEntry, RecordEvent
from audit.paging import DEFAULT_SIZE, Page, page_of
from audit.rows import EventKind
from audit.services.entries import Subject, subject_of

STORY_LINES = 500


@dataclass(frozen=True, slots=True)
class StoryLine:
    """Something that happened to a record, and the call that carried it, if one did."""

    event: RecordEvent
    call: ApiCall | None

    @property
    def at(self) -> datetime:
        return self.event.at


def story(
    link_ids: Collection[UUID], *, before: datetime | None = None, limit: int = STORY_LINES
) -> list[StoryLine]:
    """What happened to a record, newest last: at most the last `limit` events, or those before a time."""
    events = RecordEvent.objects.filter(link_id__in=link_ids)
    if before is not None:
        events = events.filter(at__lt=before)
    newest = list(events.order_by("-at", "-id")[:limit])
    calls = _calls({event.call_id for event in newest if event.call_id is not None})
    return [StoryLine(event, calls.get(event.call_id)) for event in reversed(newest)]


def events_of_run(
    run_id: UUID, *, kinds: Sequence[EventKind] = (), after: str = "", size: int = DEFAULT_SIZE
) -> Page[RecordEvent]:
    """What a run did to its records, newest first."""
    events = RecordEvent.objects.filter(run_id=run_id)
    if kinds:
        events = events.filter(kind__in=kinds)
    return page_of(events, after=after, size=size)


def calls_of_run(run_id: UUID, *, after: str = "", size: int = DEFAULT_SIZE) -> Page[ApiCall]:
    """The calls a run made, newest first."""
    return page_of(ApiCall.objects.filter(run_id=run_id), after=after, size=size)


def calls_of_connection(
    connection_id: UUID, *, failed: bool = False, after: str = "", size: int = DEFAULT_SIZE
) -> Page[ApiCall]:
    """The calls made over a connection, newest first; with `failed`, those that went wrong."""
    calls = ApiCall.objects.filter(connection_id=connection_id)
    if failed:
        calls = calls.filter(Q(status=0) | Q(status__gte=400))
    return page_of(calls, after=after, size=size)


def calls_by_vendor_request(vendor_request_id: str, *, size: int = DEFAULT_SIZE) -> list[ApiCall]:
    """The calls that a vendor's support knows under this id."""
    if not vendor_request_id:
        return []
    return page_of(ApiCall.objects.filter(vendor_request_id=vendor_request_id), size=size).items


def search_entries(
    *,
    kinds: Collection[str] = (),
    subject: Model | Subject | None = None,
    actor_id: str = "",
    job_id: UUID | None = None,
    run_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: str = "",
    size: int = DEFAULT_SIZE,
) -> Page[AuditEntry]:
    """Entries of the tenant in scope that match everything given, newest first."""
    entries = AuditEntry.objects.all()
    if subject is not None:
        about = subject_of(subject)
        entries = entries.filter(subject_type=about.type, subject_id=about.id)
    wanted = {
        "kind__in": kinds or None,
        "actor_id": actor_id or None,
        "job_id": job_id,
        "run_id": run_id,
        "at__gte": since,
        "at__lt": until,
    }
    entries = entries.filter(**{lookup: value for lookup, value in wanted.items() if value is not None})
    return page_of(entries, after=after, size=size, by="seq")


def _calls(ids: set[UUID]) -> dict[UUID | None, ApiCall]:
    found: QuerySet[ApiCall] = ApiCall.objects.filter(id__in=ids)
    return {call.id: call for call in found} if ids else {}
