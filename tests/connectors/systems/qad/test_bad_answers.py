"""What stands in front of QAD, and QAD itself, on bad days."""

from typing import Any

import pytest

from connectors.sdk.calls import Answer
from connectors.sdk.errors import (
    ConfigProblem,
    Conflict,
    OutcomeUnknown,
    RecordRejected,
    RetryLater,
    SystemFault,
)
from connectors.systems.qad.client import Filter, QadClient, records_in
from connectors.systems.qad.errors import words_of
from connectors.systems.qad.submitted import LOCKED, accepted
from sandboxes.kit import Request, Response, Sandbox, serve
from tests.connectors.systems.qad.tenant import BROWSES, Tenant

CUSTOMERS = "urn:browse:mfg:cm007"
KEY = "cm_mstr.cm_addr"


def client(qad: Tenant, **settings: Any) -> QadClient:
    return QadClient(qad.account(**settings))


@pytest.mark.parametrize(
    ("kind", "arguments", "fault"),
    [
        ("html", {}, ConfigProblem),
        ("html", {"status": 503}, RetryLater),
        ("garbage", {}, RetryLater),
        ("cut", {}, RetryLater),
        ("redirect", {}, ConfigProblem),
        ("status", {"status": 500}, RetryLater),
        ("status", {"status": 429, "retry_after": 300}, RetryLater),
        ("status", {"status": 404}, SystemFault),
    ],
)
def test_a_bad_answer_to_a_reading_is_classified(
    qad: Tenant, kind: str, arguments: dict[str, Any], fault: type[SystemFault]
) -> None:
    qad.sandbox.faults.add(BROWSES, kind, times=None, **arguments)
    with pytest.raises(fault):
        client(qad).browse(CUSTOMERS, size=25)


def test_retry_after_is_honoured_in_full(qad: Tenant) -> None:
    qad.sandbox.faults.add(BROWSES, "status", status=429, retry_after=300)
    with pytest.raises(RetryLater) as caught:
        client(qad).browse(CUSTOMERS, size=25)
    assert caught.value.after == 300


@pytest.mark.parametrize("kind", ["html", "garbage"])
def test_an_unreadable_answer_to_a_write_leaves_it_unknown(qad: Tenant, kind: str) -> None:
    qad.sandbox.faults.add("*/salesOrderHeaders", kind)
    with pytest.raises(OutcomeUnknown):
        client(qad).post("salesOrderHeaders", "urn:be:com.qad.sales.salesorder.ISalesOrderHeader", {})


def test_the_log_in_page_is_no_answer_of_an_api_only_with_cookies(qad: Tenant) -> None:
    by_cookie = client(qad, session_kind="cookie")
    by_cookie.browse(CUSTOMERS, size=25)
    qad.sandbox.mutate("end_sessions")
    assert len(by_cookie.browse(CUSTOMERS, size=25)) == 25
    assert qad.sandbox.access.counts["cookie_log_ins"] == 2


def test_nothing_found_is_believed_only_the_second_time(qad: Tenant) -> None:
    qad.sandbox.faults.add({"path": BROWSES, "query": "filter="}, "empty_page")
    assert len(client(qad).found(CUSTOMERS, [Filter(KEY, "eq", "10001")])) == 1
    assert client(qad).found(CUSTOMERS, [Filter(KEY, "eq", "NOBODY")]) == []


def test_nothing_found_where_nothing_shows_at_all_is_not_believed(qad: Tenant) -> None:
    qad.sandbox.faults.add(BROWSES, "empty_page", times=None)
    with pytest.raises(RetryLater):
        client(qad).found(CUSTOMERS, [Filter(KEY, "eq", "10001")])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"errors":[{"message":"Access denied.","code":"403"}]}', "Access denied."),
        (
            b'{"errors":[{"fieldName":"currencyCode","message":"Field is mandatory","fieldValue":"XXX"}]}',
            "Field is mandatory (currencyCode: XXX). QAD says so of unknown values too.",
        ),
        (b'{"errors":["plain","words"]}', "plain words"),
        (b'{"error":"x","error_description":"Bad."}', "Bad."),
        (b"<html>", ""),
        (b"[]", ""),
    ],
)
def test_qad_s_words_are_found(body: bytes, said: str) -> None:
    assert words_of(Answer(400, {}, body, "")).message == said


@pytest.mark.parametrize(
    ("body", "fault", "says"),
    [
        ({"submitResult": {"success": False, "errors": []}}, RecordRejected, "gave no reason"),
        ({"submitResult": {"success": True, "errors": [{"message": "No"}]}}, RecordRejected, "No"),
        ({"errors": [{"message": "Denied"}], "data": {"a": [{}]}}, RecordRejected, "Denied"),
        (
            {
                "submitResult": {
                    "success": False,
                    "errors": [{"message": "Record was modified by another user"}],
                }
            },
            Conflict,
            ".",
        ),
        (
            {
                "submitResult": {
                    "success": False,
                    "errors": [{"fieldName": "concurrencyHash", "message": "Old"}],
                }
            },
            Conflict,
            ".",
        ),
        ({}, OutcomeUnknown, "."),
        ([], OutcomeUnknown, "."),
        (None, OutcomeUnknown, "."),
    ],
)
def test_a_refusal_inside_a_200_is_one(body: Any, fault: type[SystemFault], says: str) -> None:
    with pytest.raises(fault, match=says):
        accepted(body, "a")


def test_success_is_told_in_either_way() -> None:
    assert accepted({"submitResult": {"success": True, "errors": []}}, "a") == []
    assert accepted({"data": {"a": [{"x": 1}]}}, "a") == [{"x": 1}]


def test_a_locked_record_is_a_matter_of_the_moment() -> None:
    refused = {
        "submitResult": {"success": False, "errors": [{"message": "The record is locked by another user"}]}
    }
    with pytest.raises(RecordRejected) as caught:
        accepted(refused, "a")
    assert caught.value.code == LOCKED


def test_records_are_found_under_their_name_or_as_the_only_list() -> None:
    assert records_in({"data": {"b": [{"x": 1}], "a": [{"x": 2}]}}, "a") == [{"x": 2}]
    assert records_in({"data": {"other": [{"x": 1}]}}, "a") == [{"x": 1}]
    assert records_in({"supplementaryMessages": [], "a": [{"x": 1}]}, "b") == [{"x": 1}]
    assert records_in({"data": {"b": [{}], "c": [{}]}}, "a") == []


def test_the_number_of_rows_is_read_in_every_shape(qad: Tenant) -> None:
    assert client(qad).total(CUSTOMERS) == 60
    assert client(qad).total("urn:browse:mfg:nothing") is None


class Deaf(Sandbox):
    """A tenant that shows the same rows whatever is asked for."""

    def handle(self, request: Request) -> Response:
        if request.path.endswith("/oauth/token"):
            return Response(200, {"access_token": "token"})
        return Response(200, {"data": [{KEY: "10001"}, {KEY: "10002"}]})


def test_a_browse_that_ignores_filters_is_no_place_to_look_things_up(qad: Tenant) -> None:
    with serve(Deaf()) as deaf:
        asking = client(qad, base_url=f"{deaf.url}/clouderp")
        with pytest.raises(ConfigProblem, match="ignores filters"):
            asking.found(CUSTOMERS, [Filter(KEY, "eq", "10001")])
