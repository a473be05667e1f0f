"""Times as Mailchimp reads and writes them: always UTC, `""` where unset."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_text(moment: datetime) -> str:
    """ISO 8601 in UTC with `+00:00`: Mailchimp reads the digits and ignores any other offset."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def read_time(text: object) -> datetime | None:
    """A time of Mailchimp's; None for "" and for what is no time."""
    if not isinstance(text, str) or not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
