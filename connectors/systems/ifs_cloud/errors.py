"""What an unhappy answer of IFS Cloud means.

IFS words its errors as OData does and answers business rules of its database with status 500 (contract,
section 8): a 500 that says something is a verdict on the record, a 500 that says nothing is a gateway in
trouble.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sdk.calls import Answer
from connectors.sdk.classify import Rule, VendorWords
from connectors.sdk.errors import ConfigProblem, Conflict, ReconnectNeeded, RecordRejected, RetryLater

NAME = "IFS Cloud"
BAD_REQUEST = "bad_request"
NOT_IMPLEMENTED = "not_implemented"
NOT_FOUND = "not_found"
FORBIDDEN = "forbidden"

_ANY = range(100, 600)
_MODIFIED = "OBJECT_MODIFIED"
_NOT_SUPPORTED = "IFS Cloud does not support what we asked of this projection: {words}"


@dataclass(frozen=True, slots=True)
class _Spoken(Rule):
    """A rule for answers in which IFS said something."""

    def fits(self, status: int, words: VendorWords, *, writes: bool) -> bool:
        return bool(words.code or words.message) and Rule.fits(self, status, words, writes=writes)


RULES: tuple[Rule, ...] = (
    # The cache of a projection was stale: refused before any work, whatever the status, so writes may be
    # repeated too.
    Rule(
        _ANY,
        RetryLater,
        "IFS Cloud is reloading the definition of a projection; we send the same request again.",
        code="MI_MODIFIED_ERROR",
        name="reloading",
        after=2.0,
    ),
    Rule(
        range(400, 600), Conflict, "The record changed in IFS Cloud while we were writing it.", code=_MODIFIED
    ),
    Rule(
        range(400, 600),
        Conflict,
        "IFS Cloud wants the current version of the record before it changes it.",
        code="ODP_MISSING_PRECONDITION",
    ),
    Rule(
        (403,),
        ConfigProblem,
        "IFS Cloud asks for a CSRF token, as it does of browsers. Set the deployment of the connection to "
        '"int", or have the '
        "CSRF protection of this path lifted for API clients.",
        code="CSRF_ERROR",
        name="csrf",
    ),
    Rule(
        (403,),
        ReconnectNeeded,
        "IFS Cloud does not allow the service user to do this: {words} Grant the projection to its "
        "permission set (Granted Projections), check its allowed companies and sites, then ping again.",
        name=FORBIDDEN,
    ),
    Rule((501,), ConfigProblem, _NOT_SUPPORTED, name=NOT_IMPLEMENTED),
    Rule(range(400, 600), ConfigProblem, _NOT_SUPPORTED, code="ODP_NOT_IMPLEMENTED", name=NOT_IMPLEMENTED),
    Rule((405,), ConfigProblem, _NOT_SUPPORTED, name=NOT_IMPLEMENTED),
    Rule((423,), RetryLater, "IFS Cloud has locked the record for the moment; we try again.", after=60),
    _Spoken(
        (500,), RecordRejected, "IFS Cloud did not accept this: {words}", writes=True, name="business_rule"
    ),
    _Spoken(
        (500,), RetryLater, "IFS Cloud could not answer: {words} We try again later.", writes=False, after=60
    ),
    Rule((400,), RecordRejected, "IFS Cloud did not accept this: {words}", name=BAD_REQUEST),
)


def words_of(answer: Answer) -> VendorWords:
    """The words of an OData error body: what the first detail says (the business rule), else the message."""
    error = _object(answer).get("error")
    if not isinstance(error, Mapping):
        return VendorWords()
    details = error.get("details")
    first = details[0] if isinstance(details, list) and details and isinstance(details[0], Mapping) else {}
    code = _text(error.get("code"))
    if "MODIFIED" in code.upper() and code != "MI_MODIFIED_ERROR":
        code = _MODIFIED
    return VendorWords(code, _text(first.get("message")) or _text(error.get("message")))


# The token endpoint is Keycloak's.
TOKEN_RULES: tuple[Rule, ...] = (
    Rule(
        (400, 401),
        ConfigProblem,
        "IFS Cloud does not know this scope: {words} Check the scope of the connection.",
        code="invalid_scope",
    ),
    Rule(
        (400, 401, 403),
        ReconnectNeeded,
        "IFS Cloud did not accept the client: {words} Check client id and secret under IAM Clients, and "
        "that Service Accounts is switched on there.",
        name="client_refused",
    ),
    Rule(
        (404, 405),
        ConfigProblem,
        "There is no log-in at this address: {words} Check the realm, or copy the token URL from API "
        "Explorer (Documentation of any projection).",
        name="no_realm",
    ),
)


def token_words(answer: Answer) -> VendorWords:
    """Keycloak's words: `error` and `error_description`."""
    body = _object(answer)
    code = _text(body.get("error"))
    return VendorWords(code, _text(body.get("error_description")) or code)


def _object(answer: Answer) -> Mapping[str, Any]:
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _text(value: object) -> str:
    if isinstance(value, Mapping):  # the older form: {"lang": "en", "value": "..."}
        value = value.get("value")
    return value.strip()[:2000] if isinstance(value, str) else ""
