"""What became of single mails sent through Mailchimp Transactional: sent, bounced, opened, clicked.

Transactional tells each event once, to a webhook, and never again: there is nothing to read here. Events
come in as they were received.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.records import MessageEvent
from connectors.sdk.errors import RecordRejected, RecordSkipped
from connectors.sdk.system import Page, Position, Stream
from connectors.systems.mailchimp.ids import member_hash

EVENTS = frozenset(
    """send deferral hard_bounce soft_bounce delivered open click spam unsub reject""".split()  # noqa: SIM905
)
_LONGEST_DETAIL = 500


class MessageEventStream(Stream[MessageEvent]):
    """Events as a webhook brought them, one of its `mandrill_events` to a row."""

    name = "message_events"
    record = MessageEvent

    def pages(self, start: Position | None, run_start: datetime) -> Iterator[Page]:
        """Nothing: events cannot be asked for."""
        yield Page((), dict(start or {}), done=True)

    def fetch(self, keys: Sequence[str]) -> Page:
        """Nothing, for the same reason; that they cannot be read again does not mean that they are gone."""
        return Page((), {}, done=True)

    def canonical(self, raw: dict[str, Any]) -> MessageEvent:
        """See `Stream.canonical`."""
        event, message = str(raw.get("event") or ""), raw.get("msg")
        if event not in EVENTS:
            kind = event or str(raw.get("type") or "unknown")
            raise RecordSkipped(f"It is no event of a message, but of the kind {kind[:60]}.", code="kind")
        if not raw.get("_id"):
            raise RecordRejected("The event does not say which message it is about.", code="incomplete")
        message = message if isinstance(message, Mapping) else {}
        address = str(message.get("email") or "").strip()
        if not address:
            raise RecordSkipped(
                "Mailchimp names no recipient, as for messages older than 30 days.", code="no_email"
            )
        return MessageEvent(
            key=event_key(raw),
            member_key=member_hash(address),
            event=event,
            email=address,
            subject=str(message.get("subject") or ""),
            message_id=str(raw["_id"]),
            detail=_detail(event, raw, message)[:_LONGEST_DETAIL],
            happened_at=_moment(raw.get("ts")),
        )


def event_key(raw: Mapping[str, Any]) -> str:
    """What tells an event from all others: its `_id` is that of the message."""
    return f"{raw.get('_id', '')}:{raw.get('event', '')}:{raw.get('ts', '')}"


def _detail(event: str, raw: Mapping[str, Any], message: Mapping[str, Any]) -> str:
    """What there is to know beyond the event's name."""
    if event == "click":
        return str(raw.get("url") or "")
    parts = (message.get("bounce_description"), message.get("diag"), message.get("reject"))
    told = [str(part.get("reason") if isinstance(part, Mapping) else part) for part in parts if part]
    return ": ".join(part for part in told if part)


def _moment(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
