"""One spelling for equal values: what fingerprints and digests are computed over."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import orjson


def _plain(value: object) -> object:
    match value:
        case Decimal():
            return _digits(value)
        case datetime():
            if value.tzinfo is None:
                raise ValueError(f"{value!r} has no time zone")
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical form")


def _digits(value: Decimal) -> str:
    """Every digit, without the zeros that say nothing. (`normalize` would round to 28 digits.)"""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if value else "0"


# Each record of each run is spelled out once or more: the standard library takes ten times as long. Times go
# through `_plain`.
_FAST = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_SLOW = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
)


def canonical_json(value: object) -> bytes:
    """UTF-8 JSON with sorted keys, no spaces, normal Decimals (as text) and UTC times.

    Lone surrogates (which JSON can smuggle in and UTF-8 cannot carry) become "?". Raises `TypeError` for
    values JSON does not know, `ValueError` for naive times.
    """
    try:
        return orjson.dumps(value, default=_plain, option=_FAST)
    except orjson.JSONEncodeError as error:
        if isinstance(error.__cause__, ValueError):
            raise error.__cause__ from None
        # Lone surrogates and integers beyond 64 bits, which JSON knows and orjson does not.
        return _SLOW.encode(value).encode("utf-8", "replace")


def fingerprint(value: object) -> bytes:
    """16 bytes (BLAKE2b) that are equal exactly where `canonical_json` is."""
    return hashlib.blake2b(canonical_json(value), digest_size=16).digest()
