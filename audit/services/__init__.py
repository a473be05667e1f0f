"""What can be done with the trail. Everything that writes does so inside the caller's transaction."""

from audit.services.entries import Subject, append
from audit.services.payloads import PayloadDamaged, digest_of, erase_payloads, load_payloads, store_payloads
from audit.services.reading import (
    StoryLine,
    calls_by_vendor_request,
    calls_of_connection,
    calls_of_run,
    events_of_run,
    search_entries,
    story,
)
from audit.services.recording import record_calls, record_events
from audit.services.retention import prune, prune_tenant
from audit.services.verification import Break, ChainReport, verify_chain

__all__ = [
    "Break",
    "ChainReport",
    "PayloadDamaged",
    "StoryLine",
    "Subject",
    "append",
    "calls_by_vendor_request",
    "calls_of_connection",
    "calls_of_run",
    "digest_of",
    "erase_payloads",
    "events_of_run",
    "load_payloads",
    "prune",
    "prune_tenant",
    "record_calls",
    "record_events",
    "search_entries",
    "store_payloads",
    "story",
    "verify_chain",
]
