"""What an unhappy answer of ION API means, and the words of whoever gave it.

The gateway speaks in statuses, the products behind it in bodies, at status 200 as often as not (their own
`answers.py` reads those). A 504 after 60 seconds says nothing of the work, which may have been done.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from connectors.sdk.calls import Answer
from connectors.sdk.classify import Rule, VendorWords
from connectors.sdk.errors import ConfigProblem, ReconnectNeeded, RecordRejected, RetryLater

NAME = "Infor CloudSuite"
NOT_FOUND = "not_found"
EXISTS = "exists"
NO_PATH = "no_path"
REFUSED = "refused"
BUDGET_SPENT = "log_ins_spent"

_REASON = re.compile(r'error(?:_description)?="([^"]{1,300})"')

RULES: tuple[Rule, ...] = (
    Rule(
        (401,),
        ReconnectNeeded,
        "Infor no longer accepts our access: {words} Download a new .ionapi file of the app (Backend "
        "Service, "
        "with a service account), upload it, and ping again.",
        name="access_refused",
    ),
    Rule(
        (403,),
        ReconnectNeeded,
        "Infor does not let this app do that: {words} Give it the API suite (API Gateway, Authorized Apps) "
        "and the service account its roles, then ping again.",
        name="forbidden",
    ),
    Rule(
        (404, 405),
        ConfigProblem,
        "ION API has no such path: {words} Check the product and the name of its API suite in the settings.",
        name=NO_PATH,
    ),
    Rule(
        (413,),
        ConfigProblem,
        "ION API found the message too large. Lower the number of transactions per call in the settings.",
        name="message_too_large",
    ),
    Rule((400,), RecordRejected, "Infor did not accept this: {words}", name=REFUSED),
)

TOKEN_RULES: tuple[Rule, ...] = (
    Rule(
        (400, 401),
        ConfigProblem,
        "Infor does not know this scope: {words} Check the scope in the settings.",
        code="invalid_scope",
        name="invalid_scope",
    ),
    Rule(
        (400, 401),
        ReconnectNeeded,
        "Infor does not accept the service account in the .ionapi file: {words} It may have been deleted, or "
        "its user locked. Download new credentials with Create Service Account ticked, and upload that file.",
        code="invalid_grant",
        name="account_refused",
    ),
    Rule(
        (400, 401, 403),
        ReconnectNeeded,
        "Infor does not accept the app in the .ionapi file: {words} Check under API Gateway, "
        "Authorized Apps, "
        "that it exists and is of the type Backend Service; download its credentials again and upload them.",
        name="app_refused",
    ),
    Rule(
        (404, 405),
        ConfigProblem,
        "There is no log-in at the address in the .ionapi file. Download the file again and upload "
        "it unchanged.",
        name="no_log_in",
    ),
    Rule(
        (429,),
        RetryLater,
        "Infor has given out all the access tokens it allows for now: {words} Work goes on by itself when it "
        "gives new ones. Another program may be using the same app: give each its own.",
        name="tokens_rationed",
        after=900.0,
    ),
)


def words_of(answer: Answer) -> VendorWords:
    """Code and message, wherever they stand: M3's, Mongoose's, the gateway's own, or a header."""
    body = json_object(answer)
    code = first_text(body, "errorCode", "errorType", "@code", "error", "code", "MessageCode")
    message = first_text(body, "errorMessage", "Message", "error_description", "message", "error", "fault")
    if not message and (reason := _REASON.search(answer.headers.get("www-authenticate", ""))):
        message = reason[1]
    return VendorWords(code, message)


def json_object(answer: Answer) -> Mapping[str, Any]:
    """The body, where it is a JSON object."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def plain_text(answer: Answer) -> str:
    """A body that is a sentence, as some parts of Infor answer."""
    text = answer.body[:300].decode("utf-8", "replace").strip().strip('"')
    return text if text.isprintable() and not text.startswith(("<", "{", "[")) else ""


def first_text(body: Mapping[str, Any], *names: str) -> str:
    """The first of these that holds a text."""
    for name in names:
        value = body.get(name)
        if isinstance(value, Mapping):
            value = value.get("faultstring") or value.get("message")
        if isinstance(value, str) and value.strip():
            return value.strip()[:2000]
    return ""
