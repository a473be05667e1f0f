"""Reading single values of SYSPRO's rows: clean text, exact numbers, days and moments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from connectors.sdk.errors import RecordRejected
from connectors.systems.syspro.question import Kind

LONGEST_TEXT = 40_000
LONGEST_KEY = 100
_LARGEST_EXPONENT = 30
_OLDEST_YEAR = 1901
"""Systems that cannot leave a date empty write one of long ago."""

_SPACING = re.compile(r"[\t\n\r\v\f\x85\u2028\u2029]+")
_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def text(value: object) -> str:
    """A value as clean text: no control characters, no lone surrogates, no space around it."""
    match value:
        case str():
            return (
                value.strip()
                if value.isprintable()
                else _UNSTORABLE.sub("", _SPACING.sub(" ", value)).strip()
            )
        case bool():
            return "Y" if value else "N"
        case int() | Decimal():
            return f"{value:f}" if isinstance(value, Decimal) else str(value)
        case _:
            return ""


def tidy(row: Mapping[str, object], who: str) -> dict[str, str]:
    """The values of a row as clean texts.

    Raises `RecordRejected` for one beyond reason: it is a mistake, and no destination has room for it.
    """
    for name, value in row.items():
        if isinstance(value, str) and len(value) >= LONGEST_TEXT:
            raise RecordRejected(
                f"{name} of {who} has {len(value):,} characters, more than any system takes. Shorten it in "
                "SYSPRO.",
                code="too_long",
            )
    return {name: text(value) for name, value in row.items()}


def plain(value: object) -> object:
    """A value of a row as it is kept: numbers as their digits, as both ways of reading spell them."""
    return f"{value:f}" if isinstance(value, Decimal) else value


def key_of(value: object) -> str:
    """A customer number as it stands; leading zeros are part of it, padding behind it is not."""
    return value.rstrip() if isinstance(value, str) else ""


def key_fault(key: str) -> str:
    """Why a text cannot be a record's key; empty where it can."""
    if not key.strip():
        return "it has no number"
    if len(key) > LONGEST_KEY:
        return f"its number has {len(key):,} characters"
    return "its number holds control characters" if _UNSTORABLE.search(key) else ""


def number(value: object) -> Decimal | None:
    """An exact number; None where there is none."""
    if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    usable = found.is_finite() and (not found or abs(found.adjusted()) <= _LARGEST_EXPONENT)
    return found if usable else None


def day(value: object) -> date | None:
    """The day of a date or timestamp; None where there is none."""
    if not isinstance(value, str):
        return None
    try:
        found = date.fromisoformat(value.strip()[:10])
    except ValueError:
        return None
    return found if found.year >= _OLDEST_YEAR else None


def kind_of(value: object) -> Kind | None:
    """As what a value can be compared in a question; None where it cannot."""
    match value:
        case str() if _DAY.fullmatch(value[:10]):
            return "date" if len(value) == 10 else "moment"
        case str():
            return "text" if value else None
        case Decimal() | int() if not isinstance(value, bool):
            return "number"
        case _:
            return None


def instant(mark: str) -> datetime:
    """A date or moment at its face value, UTC where it names no zone: it is only compared with its like."""
    found = datetime.fromisoformat(mark)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
