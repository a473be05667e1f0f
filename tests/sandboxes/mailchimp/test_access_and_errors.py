"""Who may call, how many at once, and how the vendor words a refusal."""

import base64
import json
from threading import Barrier, Thread

import pytest

from sandboxes.kit import Headers, Request, Response
from sandboxes.mailchimp import API_KEY, CUSTOMERS, Mailchimp
from sandboxes.mailchimp.access import EXCEPTIONAL, MOST_CONNECTIONS
from tests.sandboxes.mailchimp.caller import Caller

JANE = "jane@firma.example"


def basic(user: str, secret: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{secret}'.encode()).decode()}"


@pytest.mark.parametrize(
    "authorization", [f"Bearer {API_KEY}", basic("anystring", API_KEY), basic("", API_KEY)]
)
def test_the_key_is_taken_as_bearer_and_as_any_users_password(sandbox: Mailchimp, authorization: str) -> None:
    assert Caller(sandbox, authorization).get("/ping").json() == {"health_status": "Everything's Chimpy!"}


@pytest.mark.parametrize(
    ("authorization", "title"),
    [
        ("", "API Key Missing"),
        ("Bearer 0123-us6", "API Key Invalid"),
        (f"Bearer {API_KEY.replace('us6', 'us7')}", "API Key Invalid"),
        (f"apikey {API_KEY}", "API Key Invalid"),
        (basic(API_KEY, ""), "API Key Invalid"),
        ("Basic not-base64!", "API Key Invalid"),
    ],
)
def test_anything_else_is_401(sandbox: Mailchimp, authorization: str, title: str) -> None:
    reply = Caller(sandbox, authorization).get("/ping")
    assert (reply.status, reply.title) == (401, title)
    assert reply.headers["content-type"] == "application/problem+json; charset=utf-8"
    if not authorization:
        assert reply.detail == "Your request did not include an API key."


def test_a_revoked_key_a_viewer_and_a_closed_account(api: Caller, sandbox: Mailchimp) -> None:
    sandbox.mutate("set_role", role="viewer")
    assert api.get("/")["role"] == "viewer"
    assert api.delete(f"/lists/{CUSTOMERS}/members/{JANE}").title == "Forbidden"
    sandbox.mutate("deactivate")
    closed = api.get("/ping")
    assert (closed.status, closed.detail) == (403, "This account has been deactivated.")
    sandbox.mutate("revoke_key")
    assert api.get("/ping").status == 401


def test_the_root_tells_whose_account_it_is(api: Caller, sandbox: Mailchimp) -> None:
    sandbox.mutate("sign_up", email=JANE)
    root = api.get("/", exclude_fields="_links").json()
    assert root["account_id"] == sandbox.account.account_id
    assert root["total_subscribers"] == 1
    assert "_links" not in root


def test_audiences_are_listed_with_what_a_chooser_needs(api: Caller, sandbox: Mailchimp) -> None:
    sandbox.mutate("sign_up", email=JANE)
    lists = api.get("/lists").rows("lists")
    assert [(one["name"], one["double_optin"]) for one in lists] == [("Customers", False), ("Club", True)]
    found = api.get("/lists", email=JANE, fields="lists.id,lists.stats.member_count").rows("lists")
    assert found == [{"id": CUSTOMERS, "stats": {"member_count": 1}}]
    stats = api.get(f"/lists/{CUSTOMERS}", include_total_contacts="true")["stats"]
    assert isinstance(stats, dict)
    assert stats["total_contacts"] == 1


def test_some_problems_lack_their_type_and_some_their_instance(api: Caller) -> None:
    problems = [api.get("/nowhere").json() for _ in range(6)]
    assert ["type" in problem for problem in problems] == [True, False] * 3
    assert [problem["instance"] == "" for problem in problems] == [False, False, True] * 2
    assert {problem["status"] for problem in problems} == {404}


def test_every_answer_has_a_request_id_of_its_own(api: Caller) -> None:
    ids = {api.get("/ping").headers["x-request-id"] for _ in range(3)}
    assert len(ids | {api.get("/nowhere").headers["x-request-id"]}) == 4


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/list", 404),
        ("GET", "/lists/nope", 404),
        ("DELETE", "/ping", 405),
        ("PUT", "/lists", 405),
        ("GET", "/ecommerce/stores/s/customers/AB/12", 414),
        ("GET", "/ecommerce/stores/s/customers/AB%2F12", 404),
    ],
)
def test_no_such_place(api: Caller, method: str, path: str, status: int) -> None:
    assert api.send(method, path).status == status


def test_405_says_what_is_allowed(api: Caller) -> None:
    assert api.send("PATCH", "/lists").headers["allow"] == "GET"


@pytest.mark.parametrize("body", [b"", b"{", b"no json", b'{"a": NaN}', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_is_a_parse_error(api: Caller, body: bytes) -> None:
    reply = api.raw("POST", f"/3.0/lists/{CUSTOMERS}", body)
    assert (reply.status, reply.title) == (400, "JSON Parse Error")


def test_another_kind_of_json_is_named(api: Caller) -> None:
    assert api.post("/ecommerce/stores", []).errors == {"": "Schema describes object, array found instead"}


def test_the_override_header_works_with_post_only(api: Caller, sandbox: Mailchimp) -> None:
    sandbox.mutate("sign_up", email=JANE)
    unwatched = Caller(Mailchimp())
    unwatched.sandbox.mutate("sign_up", email=JANE)
    target, body = f"/3.0/lists/{CUSTOMERS}/members/{JANE}", b'{"language": "de"}'
    assert unwatched.raw("POST", target, body, X_HTTP_Method_Override="PATCH")["language"] == "de"
    refused = api.raw("GET", target, X_HTTP_Method_Override="PATCH")
    assert (refused.status, refused.title) == (422, "InvalidMethodOverride")


@pytest.mark.parametrize(
    ("name", "status"),
    [("APIKeyMissing", 401), ("TooManyRequests", 429), ("InternalServerError", 500), ("NoSuchError", 400)],
)
def test_an_error_can_be_asked_for(api: Caller, name: str, status: int) -> None:
    assert api.raw("GET", "/3.0/ping", X_Trigger_Error=name).status == status


def test_ten_calls_at_once_are_served_and_the_eleventh_is_not(sandbox: Mailchimp) -> None:
    statuses = together(sandbox, MOST_CONNECTIONS + 1)
    assert sorted(reply.status for reply in statuses) == [200] * MOST_CONNECTIONS + [429]
    refused = next(reply for reply in statuses if reply.status == 429)
    problem = json.loads(refused.body)
    assert problem["detail"] == "You have exceeded the limit of 10 simultaneous connections."


def test_far_too_many_calls_get_no_body(sandbox: Mailchimp) -> None:
    refused = [reply for reply in together(sandbox, EXCEPTIONAL + 1) if reply.status == 429]
    assert len(refused) == EXCEPTIONAL + 1 - MOST_CONNECTIONS
    assert sorted(bool(reply.body) for reply in refused) == [False] + [True] * (
        EXCEPTIONAL - MOST_CONNECTIONS
    )


def together(sandbox: Mailchimp, number: int) -> list[Response]:
    """So many calls, every one of them under way before the first is answered."""
    barrier, replies = Barrier(number), []
    enter = sandbox.gate.enter

    def enter_and_wait() -> int:
        taken = enter()
        barrier.wait(timeout=10)
        return taken

    def one_call() -> None:
        headers = Headers([("authorization", f"Bearer {API_KEY}"), ("host", "sandbox.example")])
        replies.append(sandbox.respond(Request("GET", "/3.0/ping", headers)))

    sandbox.gate.enter = enter_and_wait  # type: ignore[method-assign]
    threads = [Thread(target=one_call) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


def test_an_answer_that_is_awaited_no_longer_still_holds_its_place(api: Caller, sandbox: Mailchimp) -> None:
    sandbox.faults.add("GET /3.0/ping", "timeout_after", times=MOST_CONNECTIONS, seconds=60)
    for _ in range(MOST_CONNECTIONS):
        api.get("/ping")
    assert api.get("/lists").status == 429
    sandbox.reset()
    assert api.get("/lists").status == 200


def test_planned_faults_speak_the_vendors_language(api: Caller, sandbox: Mailchimp) -> None:
    sandbox.faults.add(None, "status", status=429)
    assert api.get("/ping").title == "Too Many Requests"
    sandbox.faults.add(None, "status", status=403, empty=True)
    assert api.get("/ping").body == b""
    sandbox.faults.add(None, "html", status=502)
    cut_off = api.get("/ping")
    assert (cut_off.status, cut_off.headers["content-type"]) == (502, "text/html; charset=utf-8")
    sandbox.faults.add(None, "status", status=503)
    assert api.get("/ping").status == 503


def test_an_empty_page_keeps_its_total(api: Caller, sandbox: Mailchimp) -> None:
    sandbox.mutate("sign_up", email=JANE)
    sandbox.faults.add("GET */members", "empty_page")
    page = api.get(f"/lists/{CUSTOMERS}/members").json()
    assert (page["members"], page["total_items"]) == ([], 1)
    assert len(api.get(f"/lists/{CUSTOMERS}/members").rows("members")) == 1


def test_a_write_may_be_answered_and_not_kept(api: Caller, sandbox: Mailchimp) -> None:
    member = f"/lists/{CUSTOMERS}/members/{JANE}"
    sandbox.mutate("sign_up", email=JANE)
    sandbox.faults.add("PATCH *", "not_saved")
    assert api.patch(member, {"language": "de"})["language"] == "de"
    assert api.get(member)["language"] == ""
    assert api.patch(member, {"language": "de"}).status == 200
    assert api.get(member)["language"] == "de"
