"""Reading single values of IFS rows: text without what no system can store, exact numbers, flags, times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from connectors.sdk.errors import RecordRejected
from connectors.systems.ifs_cloud.odata import DATE

LONGEST_TEXT = 40_000
LONGEST_KEY = 255
_LARGEST_EXPONENT = 30

_SPACING = re.compile(r"[\t\n\r\v\f\x85\u2028\u2029]+")
_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_OFFSET = re.compile(r"[+-]\d\d:?\d\d$")
_TRUE = frozenset({"true", "yes", "y", "1"})


def text(value: object) -> str:
    """A value as clean text: no control characters, no lone surrogates, no space around it. Empty for what is
    no text.
    """
    match value:
        case str():
            return value.strip() if value.isprintable() else _without_controls(value)
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return str(value)
        case _:
            return ""


def tidy(row: Mapping[str, object], who: str) -> dict[str, object]:
    """The single values of a row, texts cleaned.

    Raises `RecordRejected` for a text beyond reason: it is a mistake, and no destination has room for it.
    """
    out: dict[str, object] = {}
    for name, value in row.items():
        if isinstance(value, str):
            if len(value) >= LONGEST_TEXT:
                raise RecordRejected(
                    f"{name} of {who} has {len(value):,} characters, more than any system takes. Shorten "
                    "it in IFS Cloud.",
                    code="too_long",
                )
            out[name] = value.strip() if value.isprintable() else _without_controls(value)
        elif not isinstance(value, dict | list):
            out[name] = value
    return out


def word(row: Mapping[str, object], name: str) -> str:
    """A value of a tidied row as text."""
    value = row.get(name)
    return value if isinstance(value, str) else text(value)


def key_fault(value: object) -> str:
    """Why a value cannot be a record's key; empty where it can."""
    if not isinstance(value, str) or not value.strip():
        return "it has no key"
    if len(value) > LONGEST_KEY:
        return f"its key has {len(value):,} characters"
    return "its key holds control characters" if _UNSTORABLE.search(value) else ""


def number(value: object, what: str) -> Decimal:
    """An exact number. Raises `RecordRejected`, naming what it was for, where there is none."""
    if isinstance(value, str | int | float | Decimal) and not isinstance(value, bool):
        try:
            found = Decimal(str(value).strip())
        except InvalidOperation:
            found = Decimal("NaN")
        if not found:
            return Decimal(0)
        if found.is_finite() and abs(found.adjusted()) <= _LARGEST_EXPONENT:
            return found
    said = "empty" if value in (None, "") else f"{str(value)[:40]!r}, which is no number"
    raise RecordRejected(f"{what} is {said}. Correct it in IFS Cloud.", code="bad_number")


def truthy(value: object) -> bool:
    """Flags come as JSON booleans, older ones as words."""
    return value is True or (isinstance(value, str) and value.strip().lower() in _TRUE)


def moment(value: object, zone: ZoneInfo) -> datetime | None:
    """A date or timestamp of IFS as the instant it is, None where there is none.

    A `Z` at its end means the server's zone, not UTC (contract, section 6); a numeric offset means what it
    says.
    """
    if not isinstance(value, str) or len(value) < 10:
        return None
    value = value.strip()
    offset = bool(_OFFSET.search(value[10:]))
    try:
        if len(value) == 10:
            found = datetime.combine(date.fromisoformat(value), time())
        else:
            found = datetime.fromisoformat(value)
        return (found if offset else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def server_time(instant: datetime, zone: ZoneInfo, edm_type: str) -> str:
    """An instant as the server would write it, for a filter."""
    local = instant.astimezone(zone)
    return local.strftime("%Y-%m-%d") if edm_type == DATE else local.strftime("%Y-%m-%dT%H:%M:%S")


def valid_on(row: Mapping[str, object], day: date) -> bool:
    """Whether ValidFrom and ValidTo, where given, include the day."""
    start, end = row.get("ValidFrom"), row.get("ValidTo")
    today = day.isoformat()
    return (not isinstance(start, str) or start[:10] <= today) and (
        not isinstance(end, str) or not end or today <= end[:10]
    )


def _without_controls(value: str) -> str:
    return _UNSTORABLE.sub("", _SPACING.sub(" ", value)).strip()
