"""Spelling for CloudSuite Industrial: filters that cannot be broken out of, padded numbers, times."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from connectors.sdk.errors import RecordRejected

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DIGITS = re.compile(r"[0-9]+")


def literal(value: str) -> str:
    """A text as a literal of the SQL the filter becomes: quotes doubled, nothing else able to end it.

    Raises `RecordRejected` for a value with control characters, which no key or reference has.
    """
    if _CONTROL.search(value):
        raise RecordRejected(f"{value[:40]!r} holds control characters.", code="bad_key")
    return "N'" + value.replace("'", "''") + "'"


def compared(name: str, operator: str, value: str) -> str:
    """One comparison. Names come from settings, which let only names through; that is checked here again."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a property")
    return f"{name} {operator} {literal(value)}"


def any_of(name: str, values: list[str]) -> str:
    """Whether a property is one of some values."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a property")
    return f"{name} IN ({', '.join(map(literal, values))})"


def all_of(*conditions: str) -> str:
    """All of the conditions that are any."""
    return " AND ".join(condition for condition in conditions if condition)


def padded(key: str, width: int) -> str:
    """A number as the database keeps it: padded with blanks on the left."""
    return key.rjust(width)


def stamp(value: object) -> str:
    """A time of the server, so that later is greater: `2026-01-31 10:20:30.123`; empty for none.

    It comes as `20260131 10:20:30.123` or with a T and dashes; it has no zone, and is only ever compared with
    other times of the same server.
    """
    if not isinstance(value, str):
        return ""
    text = value.strip().replace("T", " ").removesuffix("Z")
    if len(text) >= 8 and _DIGITS.fullmatch(text[:8]):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None).isoformat(" ", "milliseconds")
    except ValueError:
        return ""


def before(mark: str, minutes: int) -> str:
    """So many minutes before a time of the server."""
    return (datetime.fromisoformat(mark) - timedelta(minutes=minutes)).isoformat(" ", "milliseconds")
