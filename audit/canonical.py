"""The one spelling of an entry that its hash is made of, and data that a database gives back unchanged."""

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from audit.models import AuditEntry

_FIRST_FLOAT_IN_SCIENTIFIC = 1e16


def hash_of(entry: AuditEntry) -> bytes:
    """SHA-256 over the previous hash and everything the entry says."""
    return hashlib.sha256(bytes(entry.prev_hash) + canonical(entry)).digest()


def canonical(entry: AuditEntry) -> bytes:
    """The entry as JSON with sorted keys and no spaces; times in UTC to the microsecond."""
    return json.dumps(
        {
            "tenant": str(entry.tenant_id),
            "id": str(entry.id),
            "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "seq": entry.seq,
            "kind": entry.kind,
            "actor": [entry.actor_kind, entry.actor_id, entry.actor_label],
            "subject": [entry.subject_type, entry.subject_id],
            "job": _id(entry.job_id),
            "run": _id(entry.run_id),
            "data": entry.data,
        },
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    ).encode("ascii")


def storable(data: object) -> Any:  # noqa: PLR0911  one line for each type
    """The data in types that JSON has, so that what comes back from a jsonb column is equal to it.

    jsonb holds neither NUL nor half a surrogate pair, knows no negative zero, and writes large floats as
    whole numbers.
    """
    match data:
        case Enum():
            return storable(data.value)
        case None | bool() | int():
            return data
        case str():
            return storable_text(data)
        case float():
            return _storable_float(data)
        case datetime() | date():
            return data.isoformat()
        case bytes() | bytearray() | memoryview():
            return bytes(data).hex()
        case Mapping():
            return {storable_text(str(key)): storable(value) for key, value in data.items()}
        case list() | tuple():
            return [storable(item) for item in data]
        case set() | frozenset():
            return sorted((storable(item) for item in data), key=repr)
        case _:
            return storable_text(str(data))


def storable_text(text: str, longest: int | None = None) -> str:
    """The text without what PostgreSQL cannot hold, and no longer than it may be."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    if "\0" in text:
        text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if longest is not None and len(text) > longest:
        text = text[: longest - 1] + "…"
    return text


def _storable_float(number: float) -> float | int | str:
    if not math.isfinite(number):
        return str(number)
    if number.is_integer() and abs(number) >= _FIRST_FLOAT_IN_SCIENTIFIC:
        return int(number)
    return number + 0.0  # turns -0.0 into 0.0


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)
