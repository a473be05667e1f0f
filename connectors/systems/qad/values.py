"""Reading single values of QAD's rows: clean text, exact numbers in either spelling, flags, days."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from connectors.sdk.errors import RecordRejected

LONGEST_TEXT = 40_000
LONGEST_KEY = 255
AUTO, POINT, COMMA = "auto", "point", "comma"
ISO = "y-m-d"
_LARGEST_EXPONENT = 30

_SPACING = re.compile(r"[\t\n\r\v\f\x85\u2028\u2029]+")
_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,'\u00a0\u202f ]*-?")
_DAY = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})")
_TRUE = frozenset({"true", "yes", "y", "1"})
_FALSE = frozenset({"false", "no", "n", "0"})


def text(value: object) -> str:
    """A value as clean text; empty for what is no text."""
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
    """The single values of a row, texts cleaned. Raises `RecordRejected` for a text beyond reason."""
    out: dict[str, object] = {}
    for name, value in row.items():
        if isinstance(value, str) and len(value) >= LONGEST_TEXT:
            raise RecordRejected(
                f"{name} of {who} has {len(value):,} characters, more than any system takes. Shorten it in "
                "QAD.",
                code="too_long",
            )
        if not isinstance(value, dict | list):
            out[name] = text(value) if isinstance(value, str) else value
    return out


def key_fault(value: object) -> str:
    """Why a value cannot be a record's key; empty where it can."""
    key = text(value)
    if not key:
        return "it has no key"
    if len(key) > LONGEST_KEY:
        return f"its key has {len(key):,} characters"
    return "its key holds control characters" if isinstance(value, str) and _UNSTORABLE.search(value) else ""


def number(value: object, what: str, mark: str = AUTO) -> Decimal:
    """An exact number, in whatever spelling the release sends.

    Raises `RecordRejected`, naming what it was for, where there is none or where it can be read in two ways.
    """
    if isinstance(value, bool) or value in (None, ""):
        raise _no_number(value, what)
    if isinstance(value, int | float | Decimal):
        return _finite(Decimal(str(value)), value, what)
    spelled = str(value).strip()
    if not _NUMBER.fullmatch(spelled):
        return _finite(_decimal(spelled), value, what)
    negative = spelled.endswith("-")  # Progress writes 12.50-
    plain = re.sub(r"['\u00a0\u202f ]", "", spelled.rstrip("-"))
    found = _decimal(_with_point(plain, what, mark))
    return _finite(-found if negative else found, value, what)


def _with_point(plain: str, what: str, mark: str) -> str:
    """The digits with a decimal point and no other marks."""
    points, commas = plain.count("."), plain.count(",")
    if mark == POINT or (mark == AUTO and not commas and points < 2):
        return plain.replace(",", "")
    if mark == COMMA:
        return plain.replace(".", "").replace(",", ".")
    if points and commas:
        last = max(plain.rfind("."), plain.rfind(","))
        return re.sub(r"[.,]", "", plain[:last]) + "." + plain[last + 1 :]
    if points + commas > 1:
        return re.sub(r"[.,]", "", plain)
    if len(plain) - plain.find(",") == 4:
        raise RecordRejected(
            f"{what} is {plain!r}, which can be read in two ways. Say in the connection's settings whether "
            "this QAD writes decimals with a comma or a point.",
            code="ambiguous_number",
        )
    return plain.replace(",", ".")


def _decimal(spelled: str) -> Decimal:
    try:
        return Decimal(spelled)
    except InvalidOperation:
        return Decimal("NaN")


def _finite(found: Decimal, value: object, what: str) -> Decimal:
    if not found.is_finite() or (found and abs(found.adjusted()) > _LARGEST_EXPONENT):
        raise _no_number(value, what)
    return found or Decimal(0)


def _no_number(value: object, what: str) -> RecordRejected:
    said = "empty" if value in (None, "") else f"{str(value)[:40]!r}, which is no number"
    return RecordRejected(f"{what} is {said}. Correct it in QAD.", code="bad_number")


def flag(value: object) -> bool | None:
    """A logical value, as JSON or as a word; None where it says neither."""
    if isinstance(value, bool):
        return value
    word = text(value).lower()
    return True if word in _TRUE else False if word in _FALSE else None


def day(value: object, spelling: str = ISO) -> date | None:
    """A date, in ISO or in the given spelling ("m/d/y"); None where it is neither."""
    spelled = text(value)
    try:
        return date.fromisoformat(spelled[:10])
    except ValueError:
        pass
    if not (found := _DAY.match(spelled)):
        return None
    parts = dict(zip(re.split(r"[/.-]", spelling), map(int, found.groups()), strict=True))
    try:
        return date(parts["y"] + 2000 if parts["y"] < 100 else parts["y"], parts["m"], parts["d"])
    except ValueError:
        return None


def spelled_day(when: date, spelling: str) -> str:
    """A day as a filter wants it."""
    return when.strftime(spelling.replace("y", "%Y").replace("m", "%m").replace("d", "%d"))


def spelling_of(samples: Iterable[object]) -> str:
    """How these dates are written; empty where they can be read in two ways (all of them before the 13th)."""
    possible = ["y-m-d", "y/m/d", "d.m.y", "m/d/y", "d/m/y"]
    for sample in samples:
        spelled = text(sample)
        if not (found := _DAY.match(spelled)):
            continue
        first, mark = found[1], spelled[len(found[1])]
        possible = [
            form
            for form in possible
            if form[1] == mark and (form[0] == "y") == (len(first) == 4) and day_in(spelled, form)
        ]
    return possible[0] if len(possible) == 1 else ""


def day_in(spelled: str, spelling: str) -> bool:
    """Whether a date makes sense in a spelling."""
    return day(spelled, spelling) is not None


def moment(value: object, zone: ZoneInfo, spelling: str = ISO) -> datetime | None:
    """The instant a date or timestamp means; a bare date begins in the server's zone."""
    spelled = text(value)
    if len(spelled) > 10:
        try:
            found = datetime.fromisoformat(spelled)
        except ValueError:
            pass
        else:
            return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    if when := day(spelled, spelling):
        try:
            return datetime.combine(when, time(), zone).astimezone(UTC)
        except OverflowError:
            return None
    return None


def _without_controls(value: str) -> str:
    return _UNSTORABLE.sub("", _SPACING.sub(" ", value)).strip()
