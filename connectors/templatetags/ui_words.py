"""How states, times and numbers are said on our pages. Plain functions; ui.py makes tags of them."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

TONES = ("ok", "waiting", "attention", "failed", "off")

# The tone (colour and shape) of every state our models know. What is not listed is grey, never green.
_STATES = {
    "ok": "ok clean created updated delivered done succeeded connected on active accepted",
    "waiting": "waiting dirty sending held wanted queued observing delivering running pending invited later",
    "attention": "attention warning unknown conflict partial degraded",
    "failed": "failed rejected refused error",
    "off": "off new unchanged skipped removed superseded ignored cancelled paused expired revoked",
}
TONE_OF = {state: tone for tone, states in _STATES.items() for state in states.split()}
LIVE = frozenset({"sending", "observing", "delivering", "running"})

# Where the state's own name would not be understood. A model's choice label comes from the model.
_WORDS = {
    "ok": "Fine",
    "attention": "Needs a look",
    "rejected": "Not accepted",
    "unknown": "Not confirmed yet",
    "partial": "Partly done",
    "superseded": "Replaced by a newer change",
}
_OURS = {
    "email": "e-mail",
    "sign in": "log in",
    "signed in": "logged in",
    "sign out": "log out",
    "two-factor authentication": "two-step log-in",
}
_THEIRS = re.compile(rf"\b({'|'.join(_OURS)})\b", re.IGNORECASE)
_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_JUST_NOW = 10
_UNITS = (("second", 1, 60), ("minute", 60, 3600), ("hour", 3600, 86400), ("day", 86400, 14 * 86400))


def key_of(state: object) -> str:
    """The plain word of a state that may be an enum's member."""
    return str(getattr(state, "value", state))


def tone_of(state: object) -> str:
    return TONE_OF.get(key_of(state), "off")


def words_of(state: object) -> str:
    key = key_of(state)
    return _WORDS.get(key, key.replace("_", " ").capitalize())


def relative(moment: datetime, now: datetime) -> str | None:
    """How long ago (or ahead) a moment is; None from two weeks on, when a date says more.

    static/app.js keeps the words true while a page is open, and has the same units.
    """
    seconds = (now - moment).total_seconds()
    distance = abs(seconds)
    if distance < _JUST_NOW:
        return "just now"
    for unit, size, below in _UNITS:
        if distance < below:
            text = counted(int(distance // size), unit, f"{unit}s")
            return f"{text} ago" if seconds >= 0 else f"in {text}"
    return None


def local_text(moment: datetime) -> str:
    """Date and minute in the zone that is active for this request: the tenant's."""
    local = timezone.localtime(moment)
    return f"{local.day} {local:%b %Y, %H:%M}"


def exact_text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def duration_text(value: float | timedelta) -> str:
    """`42 ms`, `4.2 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    if seconds < _JUST_NOW:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for big, size, small, part in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            rest = whole % size // part
            return f"{whole // size} {big}" + (f" {rest} {small}" if rest else "")
    return f"{whole} s"


def number_text(value: float | Decimal) -> str:
    """Exact, and grouped by thousands."""
    if isinstance(value, float):
        return f"{value:,.1f}".removesuffix(".0")
    return f"{value:,}"


def counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def rhythm_text(every_minutes: int, cron: str = "") -> str:
    """A schedule in people's words: `Every 15 minutes`, `Hourly`, `Daily at 03:30`, `Monday at 05:00`."""
    if not cron:
        hours, rest = divmod(every_minutes, 60)
        if rest or not hours:
            return f"Every {every_minutes} minutes"
        return "Hourly" if hours == 1 else f"Every {hours} hours"
    minute, hour, day, month, weekday = cron.split()
    simple = minute.isdigit() and hour.isdigit() and month == "*"
    if not simple or (day != "*" and weekday != "*") or not (day + weekday).replace("*", "1").isdigit():
        return f"By cron: {cron}"
    at = f"at {int(hour):02}:{int(minute):02}"
    if weekday != "*":
        return f"{_WEEKDAYS[int(weekday)]} {at}"
    return f"Daily {at}" if day == "*" else f"Monthly on day {day} {at}"


def plain_words(text: str, form: str = "heading") -> str:
    """The log-in library's words in our speech: `Sign In` is `Log in`. A heading also loses its Capitals.

    Text with markup in it is left alone: the words may be part of an address.
    """
    if "<" in text:
        return text
    words = " ".join(text.split())
    if form == "heading":
        first, *rest = words.split(" ")
        words = " ".join([first, *(word if word.isupper() else word.lower() for word in rest)])
    return _THEIRS.sub(_ours, words)


def _ours(match: re.Match[str]) -> str:
    ours = _OURS[match[0].lower()]
    return ours.capitalize() if match[0][0].isupper() else ours
