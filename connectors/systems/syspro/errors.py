"""What an unhappy answer of SYSPRO means.

OData speaks by status. e.net answers nearly everything with 200: what it means stands in the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from connectors.sdk.calls import Answer
from connectors.sdk.classify import Rule, VendorWords
from connectors.sdk.errors import (
    ConfigProblem,
    OutcomeUnknown,
    ReconnectNeeded,
    RetryLater,
    SystemFault,
)

NAME = "SYSPRO"
BAD_REQUEST, NOT_FOUND = "bad_request", "not_found"
SESSION_GONE, REFUSED = "session_gone", "refused_query"
NOT_REACHED = frozenset({"private_address", "unknown_host", "tls", "plain_http", "unreachable", "refused"})

ODATA_RULES: tuple[Rule, ...] = (
    Rule(
        (401,),
        ReconnectNeeded,
        "SYSPRO OData did not accept the user: {words} Check user and password. The service reads its list "
        "of operators when it starts, so restart it after a change, then ping again.",
        name="odata_refused",
    ),
    Rule(
        (403,),
        ReconnectNeeded,
        "SYSPRO OData does not allow the user to read this: {words} Grant it in SYSPRO, restart the OData "
        "service, then ping again.",
        name="odata_forbidden",
    ),
    Rule((404, 410), ConfigProblem, "SYSPRO OData does not know what we asked for: {words}", name=NOT_FOUND),
    Rule((400, 405, 501), ConfigProblem, "SYSPRO OData did not understand: {words}", name=BAD_REQUEST),
    Rule((414, 431), ConfigProblem, "SYSPRO OData, or a proxy before it, refuses long addresses: {words}"),
)

_TOO_LONG = (
    "The e.net service has nothing at this address, or it, or a proxy before it, refuses long ones (status "
    "{status}). Check the e.net address; else lower the longest address of the connection."
)
ENET_RULES: tuple[Rule, ...] = (
    Rule((401,), ReconnectNeeded, "SYSPRO e.net no longer knows our session.", name=SESSION_GONE),
    Rule((400, 404, 414, 431), ConfigProblem, _TOO_LONG, name=NOT_FOUND),
    Rule((405,), ConfigProblem, "This is not the REST address of the e.net service (status {status})."),
)

_LICENCE = re.compile(r"licen[cs]e|maximum number|too many (users|sessions)", re.IGNORECASE)
_SESSION = re.compile(r"user\s?id is invalid", re.IGNORECASE)
_BUSY = re.compile(r"\bbusy\b|another request", re.IGNORECASE)
_UNKNOWN_OBJECT = re.compile(r"exception raised:?\s*100000", re.IGNORECASE)
_IN_ADDRESSES = re.compile(r"\b(UserId|XmlIn|XmlParameters|CompanyId)=[^&\s\"'<>)]*", re.IGNORECASE)
_SESSION_ID = re.compile(r"\{?[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}\w*\}?")


def odata_words(answer: Answer) -> VendorWords:
    """The words of an OData error body."""
    try:
        body: Any = json.loads(answer.body)
    except (ValueError, RecursionError):
        return VendorWords()
    error = body.get("error") if isinstance(body, Mapping) else None
    if not isinstance(error, Mapping):
        return VendorWords()
    message = error.get("message")
    if isinstance(message, Mapping):  # the older form
        message = message.get("value")
    code = error.get("code")
    return VendorWords(
        code if isinstance(code, str) else "", message.strip()[:2000] if isinstance(message, str) else ""
    )


def is_error(text: str) -> bool:
    """Whether a text of e.net is one of its errors."""
    return text[:5].upper() == "ERROR"


def log_on_fault(words: str) -> SystemFault:
    """What a refused log-on means: a person has to act, and trying again would only do harm."""
    said = _sentence(words)
    if _LICENCE.search(words):
        return ReconnectNeeded(
            f"SYSPRO has no e.net licence left for the operator: {said} Sessions left open elsewhere hold "
            "licences until they are purged; end those, or buy more, then ping again.",
            detail=words,
            code="licence",
        )
    return ReconnectNeeded(
        f"SYSPRO did not let the operator log on: {said} Check operator, passwords and company. An operator "
        "that logs on through a second factor or Active Directory cannot be used.",
        detail=words,
        code="log_on",
    )


def query_fault(words: str) -> SystemFault:
    """What e.net says instead of an answer to a query."""
    said = _sentence(words)
    if _SESSION.search(words):
        return ReconnectNeeded(f"SYSPRO e.net no longer knows our session: {said}", code=SESSION_GONE)
    if _LICENCE.search(words):
        return ReconnectNeeded(
            f"The operator has no e.net licence for what we asked: {said} Apportion one to it (e.net License "
            "Apportionment), then ping again.",
            detail=words,
            code="licence",
        )
    if _BUSY.search(words):
        return RetryLater(f"SYSPRO e.net is busy: {said} We ask again later.", after=30, detail=words)
    if _UNKNOWN_OBJECT.search(words):
        said = f"{said} It says so of business objects, tables and columns it does not know."
    return ConfigProblem(f"SYSPRO e.net did not understand: {said}", detail=words, code=REFUSED)


def discreet(fault: SystemFault) -> SystemFault:
    """A fault without what e.net's addresses carry: the session, which is as good as a password, and data."""
    fault.text, fault.detail = without_session(fault.text), without_session(fault.detail)
    return fault


def without_session(text: str) -> str:
    """A text without session ids and the queries of addresses."""
    return _SESSION_ID.sub("[session]", _IN_ADDRESSES.sub(r"\1=[left out]", text))


def unanswered(fault: OutcomeUnknown) -> RetryLater:
    """A query without an answer. Nothing was changed, but it may still be at work."""
    return RetryLater(
        "SYSPRO e.net did not answer; we ask again later, as two questions at once would disturb each other.",
        after=30,
        detail=fault.detail,
        code="unanswered",
    )


def garbled(what: str, detail: str = "") -> RetryLater:
    """An answer that is none."""
    return RetryLater(
        f"SYSPRO e.net answered with something that is no {what}; we ask again later.",
        after=60,
        detail=detail,
        code="garbled",
    )


def _sentence(words: str) -> str:
    text = re.sub(r"^ERROR:?\s*", "", words.strip(), flags=re.IGNORECASE)[:500] or "(it gave no reason)"
    return text if text.endswith((".", "!", "?")) else f"{text}."
