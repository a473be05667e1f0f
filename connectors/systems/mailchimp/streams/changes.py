"""Members by the time of their last change: what the streams that follow an audience share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from connectors.records import Record
from connectors.sdk.system import Page, Position, Row, Stream, System
from connectors.systems.mailchimp.client import LARGEST_PAGE, api_of, read_object
from connectors.systems.mailchimp.options import audience_options
from connectors.systems.mailchimp.streams.members import (
    MEMBERS,
    TAGGED,
    fetch_members,
    row_of,
    tagged_by_us,
)
from connectors.systems.mailchimp.times import read_time, utc_text

R = TypeVar("R", bound=Record)
OVERLAP = timedelta(minutes=10)
SECOND = timedelta(seconds=1)


class MemberChanges(Stream[R]):
    """Incremental, one of the `statuses` after the other; `fields` is what is asked for of a member.

    The position holds, per status, since when the next run reads; within a run also where it is (`at`).
    Mailchimp's pages are cut by offset from a list whose order changes while it is read: whoever changes
    meanwhile moves to its end, and everybody behind moves up. So each page starts anew at the time the last
    one ended with, and the offset serves only where more people than a page holds changed within one second.
    """

    statuses: ClassVar[tuple[str, ...]]
    fields: ClassVar[tuple[str, ...]]
    page_size = LARGEST_PAGE

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.audience = audience_options(system.account).audience_id
        self.api = api_of(system.account)

    def pages(self, start: Position | None, run_start: datetime) -> Iterator[Page]:
        """See `Stream.pages`."""
        marks = {status: (start or {}).get(status, "") for status in self.statuses}
        at = (start or {}).get("at") or _beginning(self.statuses[0], marks)
        while True:
            members, total = self._read(at["status"], at["since"], at["offset"])
            at = _moved_on(at, members, self.page_size)
            if at["rest"]:
                yield Page(self._rows(members), {**marks, "at": at}, total=total)
                continue
            marks[at["status"]] = _next_mark(marks[at["status"]], at["latest"], run_start)
            following = self.statuses[self.statuses.index(at["status"]) + 1 :]
            if not following:
                yield Page(self._rows(members), dict(marks), done=True, total=total)
                return
            at = _beginning(following[0], marks)
            yield Page(self._rows(members), {**marks, "at": at}, total=total)

    def fetch(self, keys: Sequence[str]) -> Page:
        """These members as they are now, whatever their status."""
        found = fetch_members(self.api, self.audience, keys, (*self.fields, "tags"))
        return Page([self.row(row.raw) for row in found.rows], {}, done=True, missing=found.missing)

    def row(self, member: Mapping[str, Any]) -> Row:
        """A member as a row: what the stream is about, and whether it was us who unsubscribed it."""
        row = row_of(member, self.fields)
        if tagged_by_us(member):
            row.raw[TAGGED] = True
        return row

    def _rows(self, members: Sequence[Mapping[str, Any]]) -> list[Row]:
        return [self.row(member) for member in members]

    def _read(self, status: str, since: str, offset: int) -> tuple[list[dict[str, Any]], int | None]:
        query = [
            ("fields", ",".join(("total_items", *(f"members.{name}" for name in (*self.fields, "tags"))))),
            ("status", status),
            ("sort_field", "last_changed"),
            ("sort_dir", "ASC"),
            ("count", str(self.page_size)),
            ("offset", str(offset)),
        ]
        if since:
            query.append(("since_last_changed", since))
        found = read_object(self.api, MEMBERS, query=query, audience=self.audience)
        return found.get("members") or [], None if since else found.get("total_items")


def _beginning(status: str, marks: Mapping[str, str]) -> Position:
    return {"status": status, "since": marks[status], "offset": 0, "latest": "", "rest": True}


def _moved_on(at: Position, members: Sequence[Mapping[str, Any]], size: int) -> Position:
    """Where the next page starts; `rest` tells whether there is one."""
    changes = [moment for member in members if (moment := read_time(member.get("last_changed")))]
    latest = max([*changes, *filter(None, [read_time(at["latest"])])], default=None)
    on = {**at, "latest": utc_text(latest) if latest else "", "rest": len(members) >= size}
    before = max(changes) - SECOND if changes else None
    since = read_time(at["since"])
    if before and (since is None or before > since):
        return {**on, "since": utc_text(before), "offset": 0}
    # All within a second: on by offset, stepping back a little for those who left meanwhile.
    return {**on, "offset": at["offset"] + len(members) - min(50, len(members) // 10)}


def _next_mark(mark: str, latest: str, run_start: datetime) -> str:
    """Since when the next run reads: by Mailchimp's clock, with overlap, never past this run's start."""
    moment = read_time(latest)
    if moment is None:
        return mark
    following = min(moment, run_start) - OVERLAP
    before = read_time(mark)
    return utc_text(max(following, before) if before else following)
