"""Webhooks: validated on creation, signed, form-encoded, filtered by source, tried again."""

import hmac
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl

import pytest

from sandboxes.mailchimp import CUSTOMERS, Mailchimp
from sandboxes.mailchimp.webhook_sender import sign
from tests.sandboxes.mailchimp.caller import Caller

WEBHOOKS = f"/lists/{CUSTOMERS}/webhooks"
JANE = "jane@firma.example"
EVERYTHING = {
    "events": dict.fromkeys(("subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign"), True),
    "sources": dict.fromkeys(("user", "admin", "api"), True),
}


class Receiver:
    """Somebody's server: keeps what it got and answers what it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], str]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.got.append((self.command, headers, body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook/secret"

    def events(self) -> list[dict[str, str]]:
        return [
            dict(parse_qsl(body, keep_blank_values=True)) for method, _, body in self.got if method == "POST"
        ]

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _held(sandbox: Mailchimp) -> None:
    sandbox.mutate("hold_webhooks")


def test_the_address_is_asked_before_the_webhook_is_made(api: Caller, receiver: Receiver) -> None:
    receiver.statuses = [403]
    refused = api.post(WEBHOOKS, {"url": receiver.url, **EVERYTHING})
    assert (refused.status, refused.title) == (400, "Invalid Resource")
    assert refused.errors == {
        "url": "We couldn't verify the URL is working. Please double check and try again. HTTP Code: 403"
    }
    assert api.post(WEBHOOKS, {"url": receiver.url, **EVERYTHING}).status == 200
    assert [(method, headers["user-agent"]) for method, headers, _ in receiver.got] == [
        ("GET", "MailChimp.com WebHook Validator")
    ] * 2


def test_the_secret_is_shown_once(api: Caller, receiver: Receiver) -> None:
    made = api.post(WEBHOOKS, {"url": receiver.url, **EVERYTHING})
    assert made["signing_enabled"] is True
    assert str(made["signing_secret"]).startswith("whsec_")
    again = api.get(f"{WEBHOOKS}/{made['id']}")
    assert (again["signing_enabled"], again["signing_secret"]) == (True, None)


def test_a_query_does_not_make_another_address(api: Caller, receiver: Receiver) -> None:
    assert api.post(WEBHOOKS, {"url": f"{receiver.url}?tenant=1"}).status == 200
    assert "multiple WebHooks" in api.post(WEBHOOKS, {"url": f"{receiver.url}?tenant=2"}).errors["url"]


def test_a_delivery_is_a_signed_form_with_brackets(
    api: Caller, sandbox: Mailchimp, receiver: Receiver
) -> None:
    secret = str(api.post(WEBHOOKS, {"url": receiver.url, **EVERYTHING})["signing_secret"])
    home = {"addr1": "Hamngatan 1", "city": "Stockholm", "state": "", "zip": "11147", "country": "SE"}
    sandbox.mutate("sign_up", email=JANE, merge_fields={"FNAME": "Jåne", "ADDRESS": home})
    sandbox.mutate("deliver_webhooks")
    method, headers, body = receiver.got[-1]
    assert (method, headers["user-agent"]) == ("POST", "MailChimp.com")
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    event = receiver.events()[0]
    assert (event["type"], event["data[email]"], event["data[list_id]"]) == ("subscribe", JANE, CUSTOMERS)
    assert event["data[merges][FNAME]"] == "Jåne"
    assert event["data[merges][ADDRESS][addr1]"] == "Hamngatan 1"
    assert len(event["data[id]"]) == 10
    stamp, _, signature = headers["x-mailchimp-signature"].partition(",v1=")
    expected = hmac.digest(secret.encode(), f"{stamp[2:]}.{body}".encode(), "sha256").hex()
    assert signature == expected


def test_the_signature_is_that_of_the_documented_formula() -> None:
    body = (
        "type=unsubscribe&fired_at=2026-01-02+03%3A04%3A05&data%5Baction%5D=unsub&data%5Breason%5D=manual"
        "&data%5Bid%5D=8a25ff1d98&data%5Blist_id%5D=a6b5da1054&data%5Bemail%5D=api%2Bunsub%40mailchimp.com"
    )
    assert sign("whsec_demo", body, 1718000000) == (
        "t=1718000000,v1=0408deea4c1144af459af867e4e50809e6521382fd38d4c05a92dd00225c2eb0"
    )


def test_events_come_by_source_and_kind(api: Caller, sandbox: Mailchimp, receiver: Receiver) -> None:
    events = {**EVERYTHING["events"], "profile": False}
    sources = {**EVERYTHING["sources"], "api": False}
    api.post(WEBHOOKS, {"url": receiver.url, "events": events, "sources": sources})
    api.put(f"/lists/{CUSTOMERS}/members/{JANE}", {"email_address": JANE, "status_if_new": "subscribed"})
    sandbox.mutate("edit_member", email=JANE, merge_fields={"FNAME": "J"})
    sandbox.mutate("unsubscribe", email=JANE)
    sandbox.mutate("deliver_webhooks")
    assert [(event["type"], event["data[action]"]) for event in receiver.events()] == [
        ("unsubscribe", "unsub")
    ]


def test_a_change_of_address_and_a_bounce_carry_no_contact_id(
    api: Caller, sandbox: Mailchimp, receiver: Receiver
) -> None:
    api.post(WEBHOOKS, {"url": receiver.url, **EVERYTHING})
    sandbox.mutate("sign_up", email=JANE)
    api.patch(f"/lists/{CUSTOMERS}/members/{JANE}", {"email_address": "jd@firma.example"})
    sandbox.mutate("clean", email="jd@firma.example")
    sandbox.mutate("deliver_webhooks")
    by_kind = {event["type"]: event for event in receiver.events()}
    assert by_kind["upemail"]["data[new_email]"] == "jd@firma.example"
    assert by_kind["cleaned"]["data[reason]"] == "hard"
    assert "data[id]" not in by_kind["upemail"] | by_kind["cleaned"]


def test_deliveries_may_come_twice_and_backwards(sandbox: Mailchimp, receiver: Receiver) -> None:
    sandbox.mutate("add_unsigned_webhook", url=receiver.url)
    sandbox.mutate("sign_up", email=JANE)
    sandbox.mutate("unsubscribe", email=JANE)
    sandbox.mutate("deliver_webhooks", copies=2, backwards=True)
    assert [event["type"] for event in receiver.events()] == ["unsubscribe"] * 2 + ["subscribe"] * 2
    assert "x-mailchimp-signature" not in receiver.got[-1][1]


def test_what_is_not_taken_is_tried_again_for_75_minutes(sandbox: Mailchimp, receiver: Receiver) -> None:
    sandbox.mutate("add_unsigned_webhook", url=receiver.url)
    receiver.statuses = [500] * 20
    sandbox.mutate("sign_up", email=JANE)
    for _ in range(100):
        sandbox.mutate("deliver_webhooks")
        sandbox.clock.advance(60)
    assert len(receiver.got) == 6
    assert sandbox.sender.waiting == []


def test_410_ends_a_webhook_for_good(sandbox: Mailchimp, receiver: Receiver) -> None:
    sandbox.mutate("add_unsigned_webhook", url=receiver.url)
    receiver.statuses = [410]
    for email in (JANE, "john@firma.example"):
        sandbox.mutate("sign_up", email=email)
        sandbox.mutate("deliver_webhooks")
    assert len(receiver.got) == 1


def test_deliveries_leave_by_themselves_unless_held(sandbox: Mailchimp, receiver: Receiver) -> None:
    sandbox.mutate("hold_webhooks", held=False)
    sandbox.mutate("add_unsigned_webhook", url=receiver.url)
    sandbox.mutate("sign_up", email=JANE)
    sandbox.sender.finish()
    assert [event["type"] for event in receiver.events()] == ["subscribe"]


def test_webhooks_are_listed_changed_and_dropped(api: Caller, receiver: Receiver) -> None:
    one = f"{WEBHOOKS}/{api.post(WEBHOOKS, {'url': receiver.url})['id']}"
    assert api.get(one)["events"] == dict.fromkeys(EVERYTHING["events"], False)
    assert api.patch(one, {"events": {"cleaned": True}})["events"]["cleaned"] is True  # type: ignore[index]
    assert api.get(WEBHOOKS)["total_items"] == 1
    assert api.delete(one).status == 204
    assert api.get(one).status == 404
