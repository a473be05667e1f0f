"""What Mailchimp's unhappy answers mean.

Problem documents with any field missing, no body at all when it is very busy, and an HTML page when its front
end cut a long call. The HTTP status decides first; within 400 the title does, and, as titles follow the
language of the account, a fragment of the text as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from connectors.sdk.calls import Answer
from connectors.sdk.classify import Rule, VendorWords, fault_of
from connectors.sdk.errors import ConfigProblem, ReconnectNeeded, RecordRejected, RetryLater, SystemFault

NO_BODY = "(no body)"
SIGN_UP_PAUSE = 300.0
OVERLOAD_PAUSE = 30.0

TOO_MANY_SIGN_UPS = "too_many_signups"
MEMBER_EXISTS = "member_exists"
NOT_FOUND = "not_found"
NO_SUCH_METHOD = "method"
ID_EXISTS = "exists"
LEFT_ALONE = frozenset({"compliance", "forgotten"})
"""Refusals that are the person's own wish: nothing to repair, so such records are skipped, not failed."""


def _bad_request(
    name: str, text: str, *, title: str = "", fragments: tuple[str, ...] = ()
) -> tuple[Rule, ...]:
    titles = (Rule((400,), RecordRejected, text, code=title, name=name),) if title else ()
    return (*titles, *(Rule((400,), RecordRejected, text, contains=part, name=name) for part in fragments))


RULES: tuple[Rule, ...] = (
    Rule(
        (400,),
        RetryLater,
        "Mailchimp takes no more sign-ups of this address for now; we try again.",
        contains="signed up to a lot of lists",
        name=TOO_MANY_SIGN_UPS,
        after=SIGN_UP_PAUSE,
    ),
    *_bad_request(
        "compliance",
        "This person unsubscribed or their mail bounced, so Mailchimp lets nobody but themselves sign them "
        "up again.",
        title="Member In Compliance State",
        fragments=("in a compliance state",),
    ),
    *_bad_request(
        "forgotten",
        "This contact was permanently deleted in Mailchimp and can only come back by signing up themselves.",
        title="Forgotten Email Not Subscribed",
        fragments=("was permanently deleted and cannot be re-imported",),
    ),
    *_bad_request(
        MEMBER_EXISTS,
        "The address is in the audience already: {words}",
        title="Member Exists",
        fragments=("is already a list member", "is already in this list"),
    ),
    *_bad_request(
        "fake_address",
        "Mailchimp takes the e-mail address for fake or mistyped. Correct it in the source.",
        fragments=("looks fake or invalid",),
    ),
    *_bad_request(
        "address",
        "Mailchimp wants a complete postal address: {words} Complete it in the source, or do not fill that "
        "field.",
        fragments=("Please enter a complete address",),
    ),
    *_bad_request(
        "merge_fields",
        "A field of the audience does not take its value: {words}",
        fragments=("merge fields were invalid", "Please enter a value"),
    ),
    *_bad_request(
        "email_fixed",
        "Mailchimp lets no store customer change their address: {words}",
        fragments=("email address may not be changed",),
    ),
    *_bad_request(
        "no_product",
        "A product of this order is no longer in the Mailchimp store: {words} Replay the product, then the "
        "order.",
        fragments=(
            "product with the provided ID does not exist",
            "product with the provided variant ID does not exist",
        ),
    ),
    *_bad_request(
        ID_EXISTS,
        "It is in the Mailchimp store already: {words}",
        fragments=("already exists in the account",),
    ),
    Rule(
        (401,),
        ReconnectNeeded,
        "Mailchimp does not accept the key: {words} Create a new one and enter it here.",
    ),
    Rule((403,), RetryLater, "Mailchimp is overloaded; we go on later.", code=NO_BODY, after=OVERLOAD_PAUSE),
    Rule(
        (403,),
        ReconnectNeeded,
        "Mailchimp does not allow this: {words} An owner of the account has to look at it; then ping again.",
    ),
    Rule((405,), RecordRejected, "Mailchimp does not do this here: {words}", name=NO_SUCH_METHOD),
    Rule(
        (426,), ConfigProblem, "Mailchimp only answers over https. Correct the API address of the connection."
    ),
    Rule((429,), RetryLater, "Mailchimp is overloaded; we go on later.", code=NO_BODY, after=OVERLOAD_PAUSE),
)
# What is not listed falls to the kit's table: other 4xx reject the record with Mailchimp's words, 5xx leaves
# a write's outcome unknown.


def words_of(answer: Answer) -> VendorWords:
    """The title and the text of a problem document, with its field messages."""
    if not answer.body.strip():
        return VendorWords(code=NO_BODY)
    try:
        problem = json.loads(answer.body)
    except (ValueError, RecursionError):
        return VendorWords()
    if not isinstance(problem, dict):
        return VendorWords()
    return VendorWords(code=str(problem.get("title") or ""), message=_message(problem)[:2000])


def _message(problem: Mapping[str, Any]) -> str:
    parts = [str(problem.get("detail") or "")]
    errors = problem.get("errors")
    for error in errors if isinstance(errors, list) else []:
        if isinstance(error, dict):
            field, message = str(error.get("field") or ""), str(error.get("message") or "")
            parts.append(f"{field}: {message}" if field else message)
    return " ".join(part for part in parts if part)


def fault_of_row(row: Mapping[str, Any]) -> SystemFault:
    """The fault one row of a batch stands for, by the same table as a call of its own."""
    field = {"field": row.get("field"), "message": row.get("field_message")}
    problem = {"detail": row.get("error"), "errors": [field] if any(field.values()) else []}
    answer = Answer(400, {}, json.dumps(problem).encode(), "")
    return fault_of(answer, system="Mailchimp", writes=True, rules=RULES, words_of=words_of)
