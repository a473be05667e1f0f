"""What each of Mailchimp's unhappy answers comes to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.sdk.calls import Answer
from connectors.sdk.classify import fault_of
from connectors.sdk.errors import (
    ConfigProblem,
    OutcomeUnknown,
    ReconnectNeeded,
    RecordRejected,
    RetryLater,
    SystemFault,
)
from connectors.systems.mailchimp.errors import RULES, fault_of_row, words_of

COMPLIANCE = (
    "a@example.com is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be "
    "subscribed."
)
FORGOTTEN = (
    "a@example.com was permanently deleted and cannot be re-imported. The contact must re-subscribe to get "
    "back on the list."
)
FAKE = "a@example.com looks fake or invalid, please enter a real email address."
TOO_MANY = (
    "a@example.com has signed up to a lot of lists very recently; we're not allowing more signups for now"
)
EXISTS = "a@example.com is already a list member. Use PUT to insert or update list members."


def fault(status: int, problem: dict[str, Any] | bytes, *, writes: bool = True) -> SystemFault:
    body = problem if isinstance(problem, bytes) else json.dumps(problem).encode()
    return fault_of(
        Answer(status, {}, body, ""), system="Mailchimp", writes=writes, rules=RULES, words_of=words_of
    )


@pytest.mark.parametrize(
    ("title", "detail", "code"),
    [
        ("Member In Compliance State", COMPLIANCE, "compliance"),
        ("Miembro en estado de cumplimiento", COMPLIANCE, "compliance"),
        ("Member In Compliance State", "in einer anderen Sprache", "compliance"),
        ("Forgotten Email Not Subscribed", FORGOTTEN, "forgotten"),
        ("Invalid Resource", FORGOTTEN, "forgotten"),
        ("Member Exists", EXISTS, "member_exists"),
        ("Invalid Resource", "a@b.co is already in this list with a status of 'Archived'.", "member_exists"),
        ("Invalid Resource", FAKE, "fake_address"),
        ("Invalid Resource", "Your merge fields were invalid.", "merge_fields"),
        ("Bad Request", "An email address may not be changed once a customer is created.", "email_fixed"),
        (
            "Bad Request",
            "An order with the provided ID already exists in the account for this list.",
            "exists",
        ),
        ("Bad Request", "A product with the provided variant ID does not exist in the account", "no_product"),
        ("Bad Request", "Something nobody has seen before", "rejected"),
    ],
)
def test_a_bad_request_is_told_by_title_or_text(title: str, detail: str, code: str) -> None:
    found = fault(400, {"title": title, "status": 400, "detail": detail})
    assert isinstance(found, RecordRejected)
    assert found.code == code


def test_too_many_sign_ups_pass_with_time() -> None:
    found = fault(400, {"title": "Invalid Resource", "detail": TOO_MANY})
    assert isinstance(found, RetryLater)
    assert found.after == 300
    assert found.code == "too_many_signups"


def test_field_messages_are_told() -> None:
    errors = [
        {"field": "merge_fields.BIRTHDAY", "message": "Please enter MM/DD"},
        {"field": "", "message": "x"},
    ]
    found = fault(
        400, {"title": "Invalid Resource", "detail": "It could not be validated.", "errors": errors}
    )
    assert "It could not be validated. merge_fields.BIRTHDAY: Please enter MM/DD x." in found.text


def test_an_incomplete_postal_address_is_named() -> None:
    errors = [{"field": "ADDRESS", "message": "Please enter a complete address"}]
    assert fault(400, {"detail": "Your merge fields were invalid.", "errors": errors}).code == "address"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, ReconnectNeeded),
        (403, ReconnectNeeded),
        (404, RecordRejected),
        (405, RecordRejected),
        (414, RecordRejected),
        (422, RecordRejected),
        (426, ConfigProblem),
        (429, RetryLater),
        (500, OutcomeUnknown),
        (502, OutcomeUnknown),
        (503, OutcomeUnknown),
    ],
)
@pytest.mark.parametrize(
    "body", [b'{"title":"","detail":"words"}', b'{"status":0}', b"<html>cut</html>", b"[]"]
)
def test_the_status_decides_whatever_the_body(status: int, kind: type[SystemFault], body: bytes) -> None:
    assert type(fault(status, body)) is kind


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_read_that_fails_there_is_tried_again(status: int) -> None:
    assert isinstance(fault(status, b"<html></html>", writes=False), RetryLater)


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("body", [b"", b"  \n"])
def test_an_empty_refusal_means_overload(status: int, body: bytes) -> None:
    found = fault(status, body)
    assert isinstance(found, RetryLater)
    assert found.after == 30


def test_the_pause_mailchimp_asks_for_wins() -> None:
    answer = Answer(429, {"retry-after": "77"}, b"", "")
    found = fault_of(answer, system="Mailchimp", writes=True, rules=RULES, words_of=words_of)
    assert isinstance(found, RetryLater)
    assert found.after == 77


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (COMPLIANCE, "compliance"),
        (FORGOTTEN, "forgotten"),
        (FAKE, "fake_address"),
        (TOO_MANY, "too_many_signups"),
    ],
)
def test_a_row_of_a_batch_reads_like_a_call_of_its_own(error: str, code: str) -> None:
    row = {"email_address": "a@example.com", "error": error, "error_code": "ERROR_GENERIC"}
    assert fault_of_row(row).code == code
    assert fault_of_row({**row, "field": "", "field_message": ""}).code == code


def test_a_row_refused_for_a_field_names_it() -> None:
    row = {
        "error": "Your merge fields were invalid.",
        "field": "AGE",
        "field_message": "Please enter a number",
    }
    assert "AGE: Please enter a number" in fault_of_row(row).text


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[1]", b"\xff\xfe", b'"text"', b"[" * 100_000, b'{"title":7,"detail":null,"errors":"x"}'],
)
def test_no_body_whatever_makes_reading_it_fail(body: bytes) -> None:
    assert isinstance(fault(400, body), RecordRejected)
