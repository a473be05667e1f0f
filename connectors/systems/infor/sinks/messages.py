"""What became of messages, noted on the customer in Infor: an entry for each event, for audit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import blake2b

from connectors.records import MessageEvent
from connectors.sdk.mapping import Desired, FieldRule
from connectors.sdk.system import Action, Change, Sink, System, Written, one_by_one
from connectors.systems.infor.products import messages_of
from connectors.systems.infor.settings import settings_of
from connectors.systems.infor.sinks.customers import SETTLE_SECONDS, customers_of
from connectors.systems.infor.values import text
from connectors.systems.infor.writer import Message

REFERENCE_LENGTH = 30
_CANNOT_TELL = (
    "Infor did not answer, and cannot be asked whether the line was added. Look at the text of the customer; "
    "replay this only if it is missing."
)


class MessageLog(Sink[MessageEvent]):
    """An entry is added once and never changed."""

    name = "message_log"
    accepts = MessageEvent
    title = "message log entries"
    settle_seconds = SETTLE_SECONDS
    repeatable = False

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.settings = settings_of(system.account)
        self.book = messages_of(system.account)

    def rules(self) -> Sequence[FieldRule]:
        """What can be noted; which of it is, the options say."""
        return (
            FieldRule("event", "event", lambda event: event.event),
            FieldRule("message_id", "message_id", lambda event: event.message_id or None),
            FieldRule("subject", "subject", lambda event: event.subject or None),
            FieldRule("detail", "detail", lambda event: event.detail or None),
            FieldRule("email", "email", lambda event: event.email or None),
            FieldRule("date", "happened_at", lambda event: self._told(event, "%Y%m%d")),
            FieldRule("time", "happened_at", lambda event: self._told(event, "%Y%m%d %H:%M:%S.000")),
        )

    def target_key(self, record: MessageEvent, desired: Desired) -> str:
        """Our reference of the event."""
        return blake2b(record.key.encode("utf-8", "replace"), digest_size=REFERENCE_LENGTH // 2).hexdigest()

    def prepare(self) -> None:
        """Refuse to begin where the settings name no place for entries."""
        self.book.check()

    def write(self, changes: Sequence[Change]) -> Iterator[Written]:
        """See `Sink.write`."""
        return one_by_one(changes, self._write)

    def look_up(self, changes: Sequence[Change], sent_at: datetime) -> Iterator[Written]:
        """See `Sink.look_up`. Where the product cannot be asked, a person has to look."""
        for change in changes:
            entries = self._entries(change)
            if not self.book.can_look_up:
                yield Written(change.id, Action.CONFLICT, code="cannot_tell", text=_CANNOT_TELL)
            elif entries and all(self.book.has(entry) for entry in entries):
                yield Written(change.id, Action.CREATED, change.target_key)

    def _write(self, change: Change) -> Written:
        entries = self._entries(change)
        if change.remove:
            text = "What was noted of a message stays noted."
            return Written(change.id, Action.SKIPPED, code="kept", text=text)
        if change.external_id:
            return Written(change.id, Action.UNCHANGED, change.external_id)
        if not entries:
            return Written(
                change.id,
                Action.SKIPPED,
                code="no_customer",
                text="This person is none of the customers sent from Infor.",
            )
        for entry in entries:
            self.book.add(entry)
        return Written(change.id, Action.CREATED, change.target_key)

    def _entries(self, change: Change) -> list[Message]:
        values = {name: text(value) for name, value in change.desired.for_new().items()}
        customers = customers_of(change, "member")
        # What cannot be looked up is written once: broken off between two customers, it would be doubled.
        chosen = customers if self.book.can_look_up else customers[:1]
        return [Message(customer, change.target_key, values) for customer in chosen]

    def _told(self, event: MessageEvent, form: str) -> str | None:
        return event.happened_at.astimezone(self.settings.zone).strftime(form) if event.happened_at else None
