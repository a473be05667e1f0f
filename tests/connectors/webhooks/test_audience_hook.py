"""What Mailchimp's audience webhook says, and whether to believe it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.hooks import Unreadable, Verdict
from connectors.systems.mailchimp.hooks import AudienceHook
from connectors.systems.mailchimp.ids import member_hash
from sandboxes.mailchimp.webhook_sender import sign
from tests.connectors.webhooks.steps import NOON, event, inbound

SECRET = "whsec_demo"
BODY = (
    b"type=unsubscribe&fired_at=2026-01-02+03%3A04%3A05&data%5Baction%5D=unsub&data%5Breason%5D=manual"
    b"&data%5Bid%5D=8a25ff1d98&data%5Blist_id%5D=a6b5da1054&data%5Bemail%5D=api%2Bunsub%40mailchimp.com"
)
VECTOR = "0408deea4c1144af459af867e4e50809e6521382fd38d4c05a92dd00225c2eb0"
THEN = datetime.fromtimestamp(1718000000, UTC)
SIGNED = f"t=1718000000,v1={VECTOR}"


def judged(signature: str, *secrets: str, body: bytes = BODY, at: datetime = THEN) -> Verdict:
    return AudienceHook.verify(inbound(body, at=at, x_mailchimp_signature=signature), secrets)


def test_a_signature_by_the_documented_formula_is_genuine() -> None:
    assert judged(SIGNED, SECRET) is Verdict.GENUINE


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=1718000000",
        f"v1={VECTOR}",
        f"t=1718000001,v1={VECTOR}",
        f"t=1718000000,v0={VECTOR}",
        f"t=1718000000,v1={VECTOR.upper()}",
        f"t=1718000000,v1={VECTOR[:-1]}",
        "t=now,v1=\u2603",
        ",,,=,t,v1",
    ],
)
def test_anything_else_is_forged(signature: str) -> None:
    assert judged(signature, SECRET) is Verdict.FORGED


def test_a_changed_body_or_another_secret_is_forged() -> None:
    assert judged(SIGNED, SECRET, body=BODY + b"&data[x]=1") is Verdict.FORGED
    assert judged(SIGNED, "whsec_other") is Verdict.FORGED


def test_one_of_several_signatures_and_one_of_several_secrets_is_enough() -> None:
    assert judged(f"t=1718000000,v1={'0' * 64},v1={VECTOR}", SECRET) is Verdict.GENUINE
    assert judged(SIGNED, "whsec_new", SECRET) is Verdict.GENUINE


@pytest.mark.parametrize(("seconds", "verdict"), [(300, "genuine"), (301, "stale"), (-301, "stale")])
def test_what_was_signed_too_long_ago_is_stale(seconds: int, verdict: str) -> None:
    assert judged(SIGNED, SECRET, at=THEN + timedelta(seconds=seconds)) == verdict


def test_a_webhook_made_without_a_secret_is_believed_for_its_address() -> None:
    assert judged("") is Verdict.UNSIGNED


def test_one_made_with_a_secret_is_not_believed_unsigned() -> None:
    assert judged("", SECRET) is Verdict.FORGED


@given(st.text(max_size=200), st.binary(max_size=200))
def test_no_header_and_no_body_can_break_the_judgement(header: str, body: bytes) -> None:
    assert judged(header, SECRET, body=body) is Verdict.FORGED


@given(st.binary(max_size=300))
def test_a_body_is_read_or_refused_and_nothing_else(body: bytes) -> None:
    try:
        AudienceHook.hints(inbound(body))
    except Unreadable:
        return


@pytest.mark.parametrize("kind", ["subscribe", "unsubscribe", "profile", "cleaned"])
def test_people_are_named_by_the_hash_of_their_address_and_not_by_the_id_that_comes_along(kind: str) -> None:
    [hint] = AudienceHook.hints(inbound(event(kind, id="8a25ff1d98", email=" Jåne+X@Firma.example ")))
    assert hint.keys == (member_hash("jåne+x@firma.example"),)
    assert hint.streams == ("consent", "contacts")
    assert hint.at == NOON


def test_a_changed_address_is_read_at_the_new_one() -> None:
    [hint] = AudienceHook.hints(
        inbound(event("upemail", new_id="x", new_email="new@a.example", old_email="old@a.example"))
    )
    assert hint.keys == (member_hash("new@a.example"),)


@pytest.mark.parametrize("kind", ["campaign", "something_new"])
def test_events_about_nobody_and_unknown_ones_name_no_record(kind: str) -> None:
    [hint] = AudienceHook.hints(inbound(event(kind, email="jane@a.example")))
    assert (hint.event, hint.keys) == (kind, ())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b'{"type": "unsubscribe"}',
        b"data[email]=jane@a.example",
        event("unsubscribe"),
        event("unsubscribe", email="  "),
        b"type=unsubscribe&data[email]=%ff",
        b"&".join(b"a=1" for _ in range(6000)),
    ],
)
def test_what_makes_no_sense_is_said_to(body: bytes) -> None:
    with pytest.raises(Unreadable):
        AudienceHook.hints(inbound(body))


def test_a_time_that_is_none_is_left_out() -> None:
    body = event("profile", email="jane@a.example").replace(quote("2026-11-20").encode(), b"soon")
    [hint] = AudienceHook.hints(inbound(body))
    assert hint.at is None


def test_repeats_have_one_id_although_each_is_signed_anew() -> None:
    first, again = (
        inbound(BODY, x_mailchimp_signature=sign(SECRET, BODY.decode(), moment)) for moment in (1, 2)
    )
    assert AudienceHook.delivery_id(first) == AudienceHook.delivery_id(again)
    assert AudienceHook.delivery_id(first) != AudienceHook.delivery_id(inbound(BODY + b"&a=b"))


@pytest.mark.parametrize(("method", "probe"), [("GET", True), ("HEAD", True), ("POST", False)])
def test_whoever_asks_without_saying_anything_only_wants_to_know_if_we_are_there(
    method: str, *, probe: bool
) -> None:
    assert AudienceHook.is_probe(inbound(b"", method=method)) is probe
