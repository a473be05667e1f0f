"""The rows that are recorded by the thousand: calls to vendors, and what happened to a record.

They are named tuples because building a frozen dataclass of this many fields costs two and a half times as
much, and a run builds several hundred thousand of them. A row's fields are the columns of its table, in the
same order.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import TextChoices

BATCH_BITS = 20
"""The ids of rows recorded together differ in these last bits only, so a batch is a range of ids."""


class EventKind(TextChoices):
    OBSERVED = "observed"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    SENT = "sent"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"
    LOOKED_UP = "looked_up", "Looked up"
    HELD = "held"
    REPLAYED = "replayed"
    SUPERSEDED = "superseded"
    REMOVED = "removed"
    RESOLVED = "resolved"


class EventRow(NamedTuple):
    """Something that happened to a record. `link_id` is None where none exists (a record without key)."""

    at: datetime
    kind: EventKind
    job_id: UUID
    sink: str
    source_key: str
    link_id: UUID | None = None
    run_id: UUID | None = None
    outcome: str = ""
    reason: str = ""
    text: str = ""
    source_digest: bytes | None = None
    payload_digest: bytes | None = None
    trace_digest: bytes | None = None
    answer_digest: bytes | None = None
    mapping_version: int | None = None
    replay_id: UUID | None = None
    call_id: UUID | None = None


class CallRow(NamedTuple):
    """A request to a vendor and what came of it; texts are redacted already. `status` is 0 without answer."""

    at: datetime
    connection_id: UUID | None
    system: str
    method: str
    path: str
    status: int
    duration_ms: float
    run_id: UUID | None = None
    job_id: UUID | None = None
    bytes_in: int = 0
    bytes_out: int = 0
    attempt: int = 1
    vendor_request_id: str = ""
    error_class: str = ""
    error_text: str = ""
    request_digest: bytes | None = None
    answer_digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A batch of rows as stored: where it is, and the digest that the chain seals (see `services.append`)."""

    table: str
    first: UUID
    count: int
    digest: bytes

    def id_of(self, position: int) -> UUID:
        """The id that the row at this position of the batch was given."""
        if not 0 <= position < self.count:
            raise IndexError(f"This batch has {self.count} rows; there is none at {position}.")
        return UUID(int=self.first.int + position)

    def as_data(self) -> dict[str, object]:
        return {
            "table": self.table,
            "first": str(self.first),
            "count": self.count,
            "digest": self.digest.hex(),
        }
