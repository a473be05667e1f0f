"""Reading a vendor's answer: a small table per system says what an unhappy one means.

A system declares `RULES`, most specific first, and a function that finds the vendor's own words in a body.
What no rule covers falls to `DEFAULT_RULES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from math import isfinite
from time import time

from connectors.sdk.calls import Answer
from connectors.sdk.errors import (
    ConfigProblem,
    Conflict,
    OutcomeUnknown,
    ReconnectNeeded,
    RecordRejected,
    RetryLater,
    SystemFault,
)

NEVER = 366 * 86400.0
"""Seconds; whoever asks to wait this long does not mean it."""


@dataclass(frozen=True, slots=True)
class VendorWords:
    """What the vendor said: its error code or title, its message for people, field messages."""

    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: for these statuses (and codes, and kind of call) raise this, with this text.

    `code`/`contains` narrow by the vendor's words; `writes` True/False by kind of call. The text may use
    `{words}` (the vendor's message), `{status}` and `{system}`.
    """

    statuses: tuple[int, ...] | range
    raises: type[SystemFault]
    text: str
    code: str = ""
    contains: str = ""
    writes: bool | None = None
    name: str = ""
    after: float | None = None

    def fits(self, status: int, words: VendorWords, *, writes: bool) -> bool:
        """Whether this row speaks of that answer."""
        return (
            status in self.statuses
            and self.writes in {None, writes}
            and (not self.code or self.code == words.code)
            and (not self.contains or self.contains in words.message)
        )


DEFAULT_RULES: tuple[Rule, ...] = (
    Rule(
        range(300, 400),
        ConfigProblem,
        "{system} redirected us elsewhere. Enter the address it really answers at.",
    ),
    Rule(
        (401,),
        ReconnectNeeded,
        "{system} no longer accepts our credentials: {words} Enter new ones and ping again.",
    ),
    Rule(
        (403,),
        ReconnectNeeded,
        "{system} does not allow this: {words} Grant the permission, then ping again.",
    ),
    Rule((404, 410), RecordRejected, "{system} has no such record: {words}", name="not_found"),
    Rule((409, 412, 428), Conflict, "The record changed in {system} while we were writing it."),
    Rule((408,), OutcomeUnknown, "{system} did not finish in time; we look up what came of it.", writes=True),
    Rule((425, 429), RetryLater, "{system} asked us to slow down; we go on when it allows."),
    # A gateway that gave up waiting says nothing of the server behind it, which may still be at work.
    Rule(
        (502, 504),
        OutcomeUnknown,
        "{system} did not answer in time; we look up what came of it.",
        writes=True,
    ),
    Rule(
        range(500, 600),
        OutcomeUnknown,
        "{system} failed while we were writing; we look up what came of it.",
        writes=True,
        name=OutcomeUnknown.ANSWERED,
    ),
    Rule(
        (408, *range(500, 600)),
        RetryLater,
        "{system} is not answering properly (status {status}); we try again.",
        writes=False,
    ),
    Rule(range(400, 500), RecordRejected, "{system} did not accept this: {words}"),
)


def fault_of(
    answer: Answer,
    *,
    system: str,
    writes: bool,
    rules: tuple[Rule, ...],
    words_of: Callable[[Answer], VendorWords],
) -> SystemFault:
    """The fault an unhappy answer stands for."""
    words = words_of(answer)
    for rule in (*rules, *DEFAULT_RULES):
        if rule.fits(answer.status, words, writes=writes):
            text = rule.text.format(system=system, status=answer.status, words=_sentence(words.message))
            detail = f"HTTP {answer.status} {words.code}: {words.message or answer.body[:500]!r}"
            if rule.raises is RetryLater:
                after = retry_after(answer)
                return RetryLater(
                    text,
                    after=rule.after if after is None else after,
                    detail=detail,
                    code=rule.name or words.code,
                )
            return rule.raises(text, detail=detail, code=rule.name)
    return ConfigProblem(
        f"{system} answered with status {answer.status}, which we do not understand.",
        detail=repr(answer.body[:500]),
    )


def retry_after(answer: Answer) -> float | None:
    """The server's `Retry-After` in seconds from now (both forms of RFC 9110); None where there is none."""
    value = answer.headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if isfinite(seconds) and seconds < NEVER else None
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except (TypeError, ValueError):
        return None


def _sentence(text: str) -> str:
    text = text.strip()
    if not text:
        return "(it gave no reason)."
    return text if text.endswith((".", "!", "?")) else f"{text}."
