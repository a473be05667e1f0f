"""The one door to the outside: what is sent, what is tried again, what is bounded, what the trail is told."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping

import pytest

from connectors.sdk.auth import Auth, NoAuth, SharedToken, Token, basic, bearer
from connectors.sdk.calls import Answer
from connectors.sdk.decoding import read_json
from connectors.sdk.errors import ConfigProblem, OutcomeUnknown, ReconnectNeeded, RecordRejected, RetryLater
from connectors.sdk.http import PATIENCE_SECONDS, READ_TRIES, HttpClient
from tests.connectors.sdk.vendor import Reply, Vendor
from tests.connectors.systems.accounts import MemoryTokens

AT_ONCE = {"Retry-After": "0"}
PERFECT = Reply(body=b'{"ok": true}')


def busy(status: int = 503) -> Reply:
    """An answer that asks to come back at once."""
    return Reply(status, b'{"detail": "busy"}', dict(AT_ONCE))


# What is sent.


def test_keys_and_queries_are_encoded_with_percent_twenty_and_never_plus(vendor: Vendor) -> None:
    vendor.client().call(
        "GET", "/things/{key}", path={"key": "A/B +1 ü?"}, query=[("$filter", "a eq 'b+c'"), ("x", "1&2")]
    )
    [asked] = vendor.asked
    assert asked.path == "/things/A%2FB%20%2B1%20%C3%BC%3F?$filter=a%20eq%20%27b%2Bc%27&x=1%262"
    assert vendor.calls[0].template == "/things/{key}", "no key in the trail"


def test_a_body_is_compact_json_and_a_form_is_encoded_alike(vendor: Vendor) -> None:
    client = vendor.client()
    client.call("POST", "/a", json={"b": [1, 2], "ü": "ü"})
    client.call("POST", "/a", form={"grant type": "a b+c"})
    assert json.loads(vendor.asked[0].body) == {"b": [1, 2], "ü": "ü"}
    assert b" " not in vendor.asked[0].body
    assert vendor.asked[1].body == b"grant%20type=a%20b%2Bc"
    with pytest.raises(ValueError, match="JSON"):
        client.call("POST", "/a", json={"rate": float("nan")})


def test_no_cookie_is_kept(vendor: Vendor) -> None:
    vendor.will(Reply(headers={"Set-Cookie": "JSESSIONID=1; Path=/"}), PERFECT)
    client = vendor.client()
    client.get("/a")
    client.get("/a")
    assert [asked.headers.get("cookie") for asked in vendor.asked] == [None, None]


def test_proxies_and_netrc_of_the_machine_are_not_used(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert vendor.client().get("/a").ok


# What is tried again.


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_read_is_tried_again(vendor: Vendor, status: int) -> None:
    vendor.will(busy(status), busy(status), PERFECT)
    assert vendor.client().get("/a").ok
    assert [call.attempt for call in vendor.calls] == [1, 2, 3]


def test_a_read_is_not_tried_for_ever(vendor: Vendor) -> None:
    vendor.will(busy())
    with pytest.raises(RetryLater):
        vendor.client().get("/a")
    assert len(vendor.asked) == READ_TRIES


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_write_that_may_have_been_done_is_never_sent_again(vendor: Vendor, status: int) -> None:
    vendor.will(busy(status), PERFECT)
    with pytest.raises(OutcomeUnknown):
        vendor.client().call("POST", "/a", json={})
    assert len(vendor.asked) == 1


def test_a_write_nobody_answers_is_never_sent_again(vendor: Vendor) -> None:
    vendor.will(Reply(silent=True))
    with pytest.raises(OutcomeUnknown) as fault:
        vendor.client().call("POST", "/a", json={})
    assert fault.value.code == OutcomeUnknown.UNANSWERED
    assert len(vendor.asked) == 1


def test_a_write_the_vendor_did_not_take_in_is_sent_again(vendor: Vendor) -> None:
    vendor.will(busy(429), PERFECT)
    assert vendor.client().call("POST", "/a", json={}).ok
    assert len(vendor.asked) == 2


def test_a_post_that_only_reads_is_tried_as_a_read(vendor: Vendor) -> None:
    vendor.will(busy(503), PERFECT)
    assert vendor.client().call("POST", "/search", json={}, writes=False).ok


def test_a_wait_longer_than_our_patience_is_not_slept_here(vendor: Vendor) -> None:
    vendor.will(Reply(429, headers={"Retry-After": str(int(PATIENCE_SECONDS) + 1)}))
    with pytest.raises(RetryLater) as fault:
        vendor.client().get("/a")
    assert fault.value.after == PATIENCE_SECONDS + 1
    assert len(vendor.asked) == 1


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_refusal_is_not_tried_again(vendor: Vendor, status: int) -> None:
    vendor.will(Reply(status))
    with pytest.raises((RecordRejected, Exception)):
        vendor.client().get("/a")
    assert len(vendor.asked) == 1


# Tokens.


def _shared(tokens: list[str]) -> SharedToken:
    return SharedToken(MemoryTokens(), lambda: Token(tokens.pop(0), 100))


def _sent(vendor: Vendor) -> list[str | None]:
    return [asked.headers.get("authorization") for asked in vendor.asked]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_refused_token_is_renewed_once_for_reads_and_writes(vendor: Vendor, method: str) -> None:
    vendor.will(Reply(401), PERFECT)
    client = vendor.client(auth=_shared(["old", "new"]))
    assert client.call(method, "/a").ok
    assert _sent(vendor) == ["Bearer old", "Bearer new"]


def test_a_new_token_that_is_refused_too_is_a_matter_for_a_person(vendor: Vendor) -> None:
    vendor.will(Reply(401))
    with pytest.raises(ReconnectNeeded):
        vendor.client(auth=_shared(["old", "new", "third"])).get("/a")
    assert _sent(vendor) == ["Bearer old", "Bearer new"]


@pytest.mark.parametrize(
    ("auth", "header"),
    [(bearer("abc"), "Bearer abc"), (basic("ü", "p:w"), "Basic w7w6cDp3"), (NoAuth(), None)],
)
def test_what_does_not_change_is_sent_and_not_renewed(vendor: Vendor, auth: Auth, header: str | None) -> None:
    vendor.will(Reply(401))
    with pytest.raises(ReconnectNeeded):
        vendor.client(auth=auth).get("/a")
    assert _sent(vendor) == [header]


# Bounds.


def test_an_answer_larger_than_allowed_is_cut_off(vendor: Vendor) -> None:
    vendor.will(Reply(body=b"x" * 3_000_000))
    with pytest.raises(ConfigProblem) as fault:
        vendor.client(max_bytes=1_000_000).get("/a")
    assert fault.value.code == "too_large"


def test_a_small_answer_that_unpacks_into_a_large_one_is_cut_off(vendor: Vendor) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    assert len(bomb) < 60_000
    vendor.will(Reply(body=bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(ConfigProblem) as fault:
        vendor.client(max_bytes=1_000_000).get("/a")
    assert fault.value.code == "too_large"


def test_a_write_whose_answer_is_too_large_may_have_been_done(vendor: Vendor) -> None:
    vendor.will(Reply(body=b"x" * 3_000_000))
    with pytest.raises(OutcomeUnknown):
        vendor.client(max_bytes=1_000_000).call("POST", "/a", json={})


def test_an_answer_cut_short_is_read_again(vendor: Vendor) -> None:
    vendor.will(Reply(body=b"not gzip", headers={"Content-Encoding": "gzip"}), PERFECT)
    assert vendor.client().get("/a").body == PERFECT.body


# What the answer says.


def test_json_is_read_exactly_where_asked_for() -> None:
    answer = Answer(200, {}, b'{"a": 0.10, "b": 12345678901234567890.5}', "")
    assert str(read_json(answer, "Acme", exact=True)["b"]) == "12345678901234567890.5"
    assert read_json(answer, "Acme")["a"] == 0.1
    assert read_json(Answer(204, {}, b" ", ""), "Acme") is None


@pytest.mark.parametrize("body", [b"<!DOCTYPE html><html>", b"  <html>", b"<?xml version='1.0'?>"])
def test_a_page_instead_of_data_is_a_wrong_address(body: bytes) -> None:
    with pytest.raises(ConfigProblem) as fault:
        read_json(Answer(200, {}, body, ""), "Acme")
    assert fault.value.code == "html"


@pytest.mark.parametrize(
    "body", [b'{"a": ', b"\xff\xfe", b"[" * 100_000, b'{"a": 1e999999999}', b"NaN and more"]
)
def test_json_that_breaks_off_is_asked_for_again(body: bytes) -> None:
    with pytest.raises(RetryLater) as fault:
        read_json(Answer(200, {}, body, ""), "Acme", exact=True)
    assert fault.value.code == "garbled"


# The trail.


def test_each_attempt_is_told_with_size_status_and_the_vendors_own_number(vendor: Vendor) -> None:
    vendor.will(busy(), Reply(body=b"12345", headers={"X-Request-Id": "r-1"}))
    vendor.client().call("GET", "/a")
    first, second = vendor.calls
    assert (first.status, first.attempt, first.error_class) == (503, 1, "Refused")
    assert (second.status, second.attempt, second.error_class) == (200, 2, "")
    assert (second.bytes_in, second.vendor_request_id, second.method) == (5, "r-1", "GET")
    assert second.duration_ms > 0


def test_a_call_without_answer_is_told_too(vendor: Vendor) -> None:
    vendor.will(Reply(silent=True))
    with pytest.raises(OutcomeUnknown):
        vendor.client().call("PUT", "/a", json={"b": 1})
    [call] = vendor.calls
    assert (call.status, call.bytes_out, call.error_class) == (0, 7, "OutcomeUnknown")


def test_no_secret_is_told_to_trail_tenant_or_staff(vendor: Vendor) -> None:
    def words(answer: Answer) -> object:
        from connectors.sdk.classify import VendorWords  # noqa: PLC0415

        return VendorWords("Bad", answer.body.decode())

    vendor.will(Reply(400, b"your key s3cret-value is wrong"))
    with pytest.raises(RecordRejected) as fault:
        vendor.client(words_of=words).get("/a")
    assert "s3cret-value" not in fault.value.text + fault.value.detail + vendor.calls[0].error_text
    assert "is wrong" in vendor.calls[0].error_text


class Broken(NoAuth):
    """Credentials that cannot be had."""

    def headers(self, token: str) -> Mapping[str, str]:
        raise RetryLater("no token today", after=60)


def test_a_token_that_cannot_be_had_sends_nothing(vendor: Vendor) -> None:
    client: HttpClient = vendor.client(auth=Broken())
    with pytest.raises(RetryLater, match="no token today"):
        client.get("/a")
    assert vendor.asked == []
