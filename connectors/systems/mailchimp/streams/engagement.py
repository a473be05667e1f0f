"""How members respond to campaigns: opens and clicks, as Mailchimp averages them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from connectors.records import Engagement
from connectors.sdk.errors import RecordRejected
from connectors.sdk.system import Page, Position, Row, Stream, System
from connectors.systems.mailchimp.client import LARGEST_PAGE, api_of, read_object
from connectors.systems.mailchimp.options import audience_options
from connectors.systems.mailchimp.streams.members import MEMBERS, fetch_members, row_of

FIELDS = ("id", "email_address", "stats")
RATES = ("avg_open_rate", "avg_click_rate")


class EngagementStream(Stream[Engagement]):
    """A snapshot: an open changes no date one could ask by.

    It is no sweep. The list is cut into pages by offset, so somebody may be missed while others leave it, and
    the last rate of somebody who left the audience is no reason to erase it elsewhere. Pages overlap, so that
    few leaving between two pages hides nobody.
    """

    name = "engagement"
    record = Engagement
    page_size = LARGEST_PAGE

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.audience = audience_options(system.account).audience_id
        self.api = api_of(system.account)

    def pages(self, start: Position | None, run_start: datetime) -> Iterator[Page]:
        """See `Stream.pages`."""
        offset = int((start or {}).get("offset", 0))
        while True:
            members, total = self._read(offset)
            is_last = len(members) < self.page_size
            offset += len(members) - min(50, len(members) // 10)
            rows = [_row(member) for member in members]
            yield Page(rows, {} if is_last else {"offset": offset}, done=is_last, total=total)
            if is_last:
                return

    def fetch(self, keys: Sequence[str]) -> Page:
        """See `Stream.fetch`."""
        found = fetch_members(self.api, self.audience, keys, FIELDS)
        return Page([_row(row.raw) for row in found.rows], {}, done=True, missing=found.missing)

    def canonical(self, raw: dict[str, Any]) -> Engagement:
        """See `Stream.canonical`."""
        if not raw.get("id"):
            raise RecordRejected("Mailchimp did not name the contact.", code="incomplete")
        opened, clicked = (_fraction(raw.get("stats"), name) for name in RATES)
        return Engagement(
            key=str(raw["id"]),
            email=str(raw.get("email_address") or ""),
            open_rate=opened,
            click_rate=clicked,
        )

    def _read(self, offset: int) -> tuple[list[dict[str, Any]], int | None]:
        query = (
            ("fields", "total_items,members.id,members.email_address,members.stats"),
            ("sort_field", "timestamp_signup"),
            ("sort_dir", "ASC"),
            ("count", str(self.page_size)),
            ("offset", str(offset)),
        )
        found = read_object(self.api, MEMBERS, query=query, audience=self.audience)
        return found.get("members") or [], found.get("total_items")


def _row(member: dict[str, Any]) -> Row:
    stats = member.get("stats") or {}
    return row_of({**member, "stats": {name: stats.get(name) for name in RATES}}, FIELDS)


def _fraction(stats: object, name: str) -> float:
    rate = stats.get(name) if isinstance(stats, dict) else None
    return min(1.0, max(0.0, round(float(rate), 4))) if isinstance(rate, int | float) else 0.0
