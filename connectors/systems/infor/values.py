"""Reading single values as Infor's products send them: padded text, exact numbers, dates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from connectors.sdk.errors import RecordRejected

LONGEST_TEXT = 40_000
LONGEST_KEY = 255
_LARGEST_EXPONENT = 30
_SPACING = re.compile(r"[\t\n\r\v\f\x85\u2028\u2029]+")
_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_DIGITS = re.compile(r"[0-9]{8}")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?")


def text(value: object) -> str:
    """A value as clean text: no padding, no control characters, no lone surrogates; empty for no value.

    Keys of CloudSuite Industrial are padded on the left and lose that too: see `csi.values.padded`.
    """
    match value:
        case str():
            return value.strip() if value.isprintable() else _without_controls(value)
        case bool():
            return "1" if value else "0"
        case int() | float() | Decimal():
            return str(value)
        case _:
            return ""


def tidy(row: Mapping[str, object], who: str) -> dict[str, str]:
    """The values of a row that say something.

    Raises `RecordRejected` for a text beyond reason: it is a mistake, and no destination has room for it.
    """
    out: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, str) and len(value) >= LONGEST_TEXT:
            raise RecordRejected(
                f"{name} of {who} has {len(value):,} characters, more than any system takes. Shorten "
                "it in Infor.",
                code="too_long",
            )
        if found := text(value):
            out[name] = found
    return out


def key_fault(value: object) -> str:
    """Why a value cannot be a record's key; empty where it can."""
    if not isinstance(value, str) or not value.strip():
        return "it has no key"
    if len(value) > LONGEST_KEY:
        return f"its key has {len(value):,} characters"
    return "its key holds control characters" if _UNSTORABLE.search(value) else ""


def number(value: object) -> Decimal:
    """An exact number; zero where there is none: what is blank in Infor is nothing owed, nothing ordered."""
    if isinstance(value, str | int | float | Decimal) and not isinstance(value, bool):
        try:
            found = Decimal(str(value).strip() or "0")
        except InvalidOperation:
            return Decimal(0)
        if found.is_finite() and abs(found.adjusted()) <= _LARGEST_EXPONENT:
            return found
    return Decimal(0)


def day(value: object) -> date | None:
    """A date: `20240131` (M3), or the beginning of `20240131 12:00:00` or `2024-01-31T12:00:00` (Industrial).

    None where there is none: blank, `0`, or a day no calendar has.
    """
    found = text(value).replace("-", "")[:8]
    if not _DIGITS.fullmatch(found):
        return None
    try:
        return date.fromisoformat(found)
    except ValueError:
        return None


def same(current: object, wanted: object) -> bool:
    """Whether a field already holds what it should: padding and the spelling of numbers are no difference."""
    there, here = text(current), text(wanted)
    if there == here:
        return True
    # "100" comes back as "100.00"; "007" is a text, and another one than "7".
    return bool(_NUMBER.fullmatch(there) and _NUMBER.fullmatch(here)) and Decimal(there) == Decimal(here)


def _without_controls(value: str) -> str:
    return _UNSTORABLE.sub("", _SPACING.sub(" ", value)).strip()
