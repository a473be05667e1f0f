"""What pages ask of the trail: a record's story, a run's calls, entries found again, page by page."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.actors import Actor, ActorKind
from audit.models import RecordEvent
from audit.paging import BadCursor, page_of
from audit.rows import EventKind
from audit.services import (
    Subject,
    append,
    calls_by_vendor_request,
    calls_of_connection,
    calls_of_run,
    events_of_run,
    record_calls,
    record_events,
    search_entries,
    story,
)
from tenants.ids import uuid7
from tenants.models import Tenant
from tests.audit.conftest import CONNECTION, call, event


def test_a_story_tells_events_and_their_calls_newest_last(inside_acme: Tenant) -> None:
    link, begin = uuid7(), datetime.now(UTC) - timedelta(hours=1)
    calls = record_calls([call("/a"), call("/b", status=400)])
    record_events(
        [
            event(
                "C-1",
                EventKind.REFUSED,
                link_id=link,
                at=begin + timedelta(minutes=2),
                call_id=calls.id_of(1),
            ),
            event("C-1", EventKind.OBSERVED, link_id=link, at=begin),
            event(
                "C-1", EventKind.SENT, link_id=link, at=begin + timedelta(minutes=1), call_id=calls.id_of(0)
            ),
            event("C-2", EventKind.SENT, link_id=uuid7(), at=begin),
        ]
    )
    told = [(line.event.kind, line.call.path if line.call else None) for line in story([link])]
    assert told == [("observed", None), ("sent", "/a"), ("refused", "/b")]
    assert [line.event.kind for line in story([link], limit=1)] == ["refused"]
    assert [line.event.kind for line in story([link], before=begin + timedelta(minutes=1))] == ["observed"]
    assert story([]) == []


def test_a_story_takes_two_queries_however_long_it_is(inside_acme: Tenant) -> None:
    link = uuid7()
    calls = record_calls(call() for _ in range(20))
    record_events(event(link_id=link, call_id=calls.id_of(number)) for number in range(20))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(story([link])) == 20
    assert len(queries) == 2


def test_pages_follow_each_other_without_gap_while_rows_arrive(inside_acme: Tenant) -> None:
    run = uuid7()
    record_calls(call(f"/{number}", run_id=run) for number in range(5))
    first = calls_of_run(run, size=2)
    record_calls([call("/new", run_id=run)])
    second = calls_of_run(run, size=2, after=first.next)
    third = calls_of_run(run, size=2, after=second.next)
    assert [made.path for page in (first, second, third) for made in page.items] == [
        "/4",
        "/3",
        "/2",
        "/1",
        "/0",
    ]
    assert third.next == ""


def test_no_page_counts(inside_acme: Tenant) -> None:
    with CaptureQueriesContext(connection) as queries:
        calls_of_run(uuid7())
        search_entries()
        events_of_run(uuid7())
    assert not [query for query in queries if "COUNT" in query["sql"].upper()]


def test_a_page_has_a_sensible_size(inside_acme: Tenant) -> None:
    run = uuid7()
    record_events(event(run_id=run) for _ in range(510))
    assert len(events_of_run(run, size=100_000).items) == 500
    assert len(events_of_run(run, size=-5).items) == 1


@pytest.mark.parametrize("cursor", ["x", "1' OR 1=1", "\0"])
def test_a_cursor_from_elsewhere_is_refused(cursor: str, inside_acme: Tenant) -> None:
    with pytest.raises(BadCursor):
        page_of(RecordEvent.objects.all(), after=cursor)
    with pytest.raises(BadCursor):
        search_entries(after=cursor)


def test_events_of_a_run_can_be_narrowed_to_kinds(inside_acme: Tenant) -> None:
    run = uuid7()
    record_events(
        [event("a", EventKind.REJECTED, run_id=run), event("b", run_id=run), event("c", EventKind.REJECTED)]
    )
    assert [told.source_key for told in events_of_run(run, kinds=[EventKind.REJECTED]).items] == ["a"]


def test_calls_are_found_by_connection_and_by_the_vendors_id(inside_acme: Tenant) -> None:
    record_calls([call("/ok"), call("/bad", status=500, vendor_request_id="r-9"), call("/lost", status=0)])
    assert [made.path for made in calls_of_connection(CONNECTION).items] == ["/lost", "/bad", "/ok"]
    assert [made.path for made in calls_of_connection(CONNECTION, failed=True).items] == ["/lost", "/bad"]
    assert [made.path for made in calls_by_vendor_request("r-9")] == ["/bad"]
    assert calls_by_vendor_request("") == []


def test_entries_are_found_by_everything_they_say(inside_acme: Tenant) -> None:
    job, run, ann = uuid7(), uuid7(), Actor(ActorKind.PERSON, "1", "ann")
    append("paused", subject=inside_acme, actor=ann, job_id=job)
    append("resumed", subject=Subject("connectors.syncjob", str(job)), job_id=job, run_id=run)
    append("other")

    def kinds(**wanted: object) -> list[str]:
        return [entry.kind for entry in search_entries(**wanted).items]  # type: ignore[arg-type]

    assert kinds() == ["other", "resumed", "paused"]
    assert kinds(kinds=["paused", "other"]) == ["other", "paused"]
    assert kinds(subject=inside_acme) == ["paused"]
    assert kinds(subject=Subject("connectors.syncjob", str(job))) == ["resumed"]
    assert kinds(actor_id="1") == ["paused"]
    assert kinds(job_id=job) == ["resumed", "paused"]
    assert kinds(run_id=run) == ["resumed"]
    assert kinds(since=datetime.now(UTC) + timedelta(hours=1)) == []
    assert kinds(until=datetime.now(UTC) + timedelta(hours=1), size=1) == ["other"]
    first = search_entries(size=2)
    assert [entry.kind for entry in search_entries(size=2, after=first.next).items] == ["paused"]
