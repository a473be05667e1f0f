"""What an unhappy answer of QAD means.

A status tells half of it: business errors come in a `submitResult` at status 200 (see `entities.py`), and a
web page at 200 is a log-in page or a gateway (see `client.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.sdk.calls import Answer
from connectors.sdk.classify import Rule, VendorWords
from connectors.sdk.errors import ConfigProblem, ReconnectNeeded, RecordRejected, RetryLater

NAME = "QAD"
NOT_FOUND = "not_found"
NO_PATH = "no_path"
FORBIDDEN = "forbidden"
REDIRECT = "redirect"
REFUSED = "credentials_refused"


@dataclass(frozen=True, slots=True)
class _Spoken(Rule):
    """A rule for answers in which QAD itself said something, not what stands in front of it."""

    def fits(self, status: int, words: VendorWords, *, writes: bool) -> bool:
        return bool(words.message) and Rule.fits(self, status, words, writes=writes)


RULES: tuple[Rule, ...] = (
    Rule(
        range(300, 400),
        ConfigProblem,
        "QAD redirected us elsewhere. Enter the address it really answers at, with its context root "
        "(/clouderp or /qad-central).",
        name=REDIRECT,
    ),
    Rule(
        (401,),
        ReconnectNeeded,
        "QAD no longer accepts our log-in: {words} We stopped at once, because QAD locks users after a few "
        "failures. Check that the user is active and its password has not expired, then ping again.",
        name=REFUSED,
    ),
    Rule(
        (403,),
        ReconnectNeeded,
        "QAD does not allow the user to do this: {words} Give its role access to the workspace (domain and "
        "entity) and to this resource, then ping again.",
        name=FORBIDDEN,
    ),
    _Spoken((404,), RecordRejected, "QAD has no such record: {words}", name=NOT_FOUND),
    Rule(
        (404, 405),
        ConfigProblem,
        "There is nothing at this path of QAD. Check the context root of the address (/clouderp or "
        "/qad-central), and that the module is installed.",
        name=NO_PATH,
    ),
    _Spoken((400, 422), RecordRejected, "QAD did not accept this: {words}", name="refused"),
)


def words_of(answer: Answer) -> VendorWords:
    """QAD's words: the `errors` of a body, a `message`, or OAuth's `error_description`."""
    body = _object(answer)
    errors = body.get("errors")
    if isinstance(errors, list) and errors:
        return VendorWords(_code(errors), sentences(errors))
    message = body.get("message") or body.get("error_description") or body.get("error")
    return VendorWords(
        str(body.get("code") or body.get("error") or "")[:100],
        message[:2000] if isinstance(message, str) else "",
    )


def sentences(errors: Sequence[object]) -> str:
    """What a list of errors says: each message with the field it is about."""
    return " ".join(filter(None, map(_sentence, errors)))[:2000]


def _sentence(error: object) -> str:
    if not isinstance(error, Mapping):
        return str(error)
    message = str(error.get("message") or error.get("description") or error.get("code") or "").strip()
    field, value = str(error.get("fieldName") or ""), error.get("fieldValue")
    if not message:
        return ""
    about = f" ({field}{'' if value in (None, '') else f': {value}'})" if field else ""
    said = f"{message.rstrip('.')}{about}."
    # The same words stand for a code that QAD does not know.
    return f"{said} QAD says so of unknown values too." if "is mandatory" in message and value else said


def _code(errors: Sequence[object]) -> str:
    first = errors[0]
    return str(first.get("code") or "")[:100] if isinstance(first, Mapping) else ""


TOKEN_RULES: tuple[Rule, ...] = (
    Rule(
        (400, 401, 403),
        ConfigProblem,
        "QAD does not know the client id: {words} Take it from the screen Client IDs in QAD.",
        code="invalid_client",
        name="invalid_client",
    ),
    Rule(
        (400, 401, 403),
        ConfigProblem,
        "QAD does not take the log-in in this form: {words} Choose another kind of session, or another "
        "client id.",
        code="unsupported_grant_type",
        name="grant_type",
    ),
    Rule(
        (400, 401, 403),
        ConfigProblem,
        "QAD could not read the log-in: {words} Choose another kind of session (password in the body or in "
        "the address).",
        code="invalid_request",
        name="invalid_request",
    ),
    Rule(
        (400, 401, 403, 422),
        ReconnectNeeded,
        "QAD did not accept user and password: {words} We tried once and stopped, because QAD disables a "
        "user after a few failures. Check the password, and that the user is neither locked nor expired, "
        "then ping again.",
        name=REFUSED,
    ),
    Rule(
        (404, 405),
        ConfigProblem,
        "There is no log-in at this address. Check the context root (/clouderp or /qad-central) and the "
        "kind of session.",
        name=NO_PATH,
    ),
    Rule((429, 503), RetryLater, "QAD is too busy to log us in; we try again.", after=60),
)


def token_words(answer: Answer) -> VendorWords:
    """OAuth's words: `error` and `error_description`."""
    body = _object(answer)
    code = str(body.get("error") or "")[:100]
    said = body.get("error_description")
    return VendorWords(code, said[:2000] if isinstance(said, str) else code)


def _object(answer: Answer) -> Mapping[str, Any]:
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
