"""Records calls and events by the thousand."""

from collections.abc import Iterable

from audit import batches
from audit.canonical import storable_text
from audit.rows import CallRow, EventRow, Recorded

LONGEST_KEY = 500
LONGEST_TEXT = 2000


def record_events(rows: Iterable[EventRow]) -> Recorded:
    """Store what happened to records of the tenant in scope, in the caller's transaction.

    Hand the result to `append(..., seals=[...])`: then the chain covers these rows too.
    """
    return batches.store(batches.EVENTS, [_storable_event(row) for row in rows])


def record_calls(rows: Iterable[CallRow]) -> Recorded:
    """Store calls to vendors. `result.id_of(n)` is the id for the `call_id` of events."""
    return batches.store(batches.CALLS, [_storable_call(row) for row in rows])


def _storable_event(row: EventRow) -> EventRow:
    if (
        _fits(row.source_key, LONGEST_KEY)
        and _fits(row.text, LONGEST_TEXT)
        and _fits(row.reason, LONGEST_KEY)
    ):
        return row
    return row._replace(
        source_key=storable_text(row.source_key, LONGEST_KEY),
        reason=storable_text(row.reason, LONGEST_KEY),
        text=storable_text(row.text, LONGEST_TEXT),
    )


def _storable_call(row: CallRow) -> CallRow:
    return row._replace(
        path=storable_text(row.path, LONGEST_KEY),
        vendor_request_id=storable_text(row.vendor_request_id, LONGEST_KEY),
        error_class=storable_text(row.error_class, LONGEST_KEY),
        error_text=storable_text(row.error_text, LONGEST_TEXT),
        duration_ms=round(row.duration_ms),
    )


def _fits(text: str, longest: int) -> bool:
    return len(text) <= longest and text.isascii() and "\0" not in text
