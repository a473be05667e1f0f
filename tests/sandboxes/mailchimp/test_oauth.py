"""OAuth 2: the consent page, the single-use code, tokens that never expire until they are revoked."""

import base64
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sandboxes.mailchimp import CLIENT_ID, CLIENT_SECRET, DC, Mailchimp
from tests.sandboxes.mailchimp.caller import Caller, Reply

CALLBACK = "http://127.0.0.1:9999/back"
ASKED = {"response_type": "code", "client_id": CLIENT_ID, "redirect_uri": CALLBACK, "state": "s&1"}
FORM = "application/x-www-form-urlencoded"


def authorize(api: Caller, **changes: str) -> Reply:
    return api.raw("GET", f"/oauth2/authorize?{urlencode(ASKED | changes)}")


def answered(reply: Reply) -> dict[str, str]:
    assert reply.status == 302
    assert reply.headers["location"].startswith(f"{CALLBACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(reply.headers["location"]).query).items()}


def decide(api: Caller, decision: str) -> dict[str, str]:
    body = urlencode({**ASKED, "decision": decision}).encode()
    return answered(api.raw("POST", "/oauth2/authorize", body, Content_Type=FORM))


def exchange(api: Caller, code: str, **changes: str) -> Reply:
    fields = {
        "grant_type": "authorization_code",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uri": CALLBACK,
        "code": code,
    }
    return api.raw("POST", "/oauth2/token", urlencode(fields | changes).encode(), Content_Type=FORM)


@pytest.fixture
def token(api: Caller) -> str:
    return str(exchange(api, decide(api, "allow")["code"])["access_token"])


def test_the_page_asks_and_carries_the_state_back(api: Caller) -> None:
    page = authorize(api)
    assert page.status == 200
    assert re.search(rb'name="state" value="s&amp;1"', page.body)
    assert decide(api, "allow")["state"] == "s&1"
    assert decide(api, "deny") == {"error": "access_denied", "state": "s&1"}


def test_a_person_is_not_needed_when_a_test_says_so(api: Caller, sandbox: Mailchimp) -> None:
    sandbox.mutate("consent_by_itself")
    assert set(answered(authorize(api))) == {"code", "state"}


@pytest.mark.parametrize(
    "changes",
    [{"client_id": "1"}, {"redirect_uri": "https://elsewhere.example/"}, {"response_type": "token"}],
)
def test_a_wrong_request_is_never_redirected(api: Caller, changes: dict[str, str]) -> None:
    assert authorize(api, **changes).status == 400


def test_a_registered_redirect_must_match_to_the_letter(api: Caller, sandbox: Mailchimp) -> None:
    sandbox.mutate("register_application", redirect_uris=[f"{CALLBACK}/exact"])
    assert authorize(api).status == 400
    assert authorize(api, redirect_uri=f"{CALLBACK}/exact").status == 200


def test_a_token_never_expires_and_has_no_scope(api: Caller) -> None:
    reply = exchange(api, decide(api, "allow")["code"]).json()
    assert (reply["expires_in"], reply["scope"]) == (0, None)
    assert "refresh_token" not in reply


def test_a_code_works_once_and_not_for_long(api: Caller, sandbox: Mailchimp) -> None:
    code = decide(api, "allow")["code"]
    assert exchange(api, code).status == 200
    assert exchange(api, code)["error"] == "invalid_grant"
    late = decide(api, "allow")["code"]
    sandbox.clock.advance(61)
    assert exchange(api, late)["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "x"}, "invalid_client"),
        ({"redirect_uri": "http://127.0.0.1:1/"}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
    ],
)
def test_what_a_code_cannot_be_exchanged_with(api: Caller, changes: dict[str, str], error: str) -> None:
    assert exchange(api, decide(api, "allow")["code"], **changes)["error"] == error


def test_a_json_body_is_no_form(api: Caller) -> None:
    assert api.raw("POST", "/oauth2/token", b"{}").status == 400


def test_the_token_is_taken_as_bearer_and_glued_to_its_data_centre(sandbox: Mailchimp, token: str) -> None:
    glued = base64.b64encode(f"x:{token}-{DC}".encode()).decode()
    bare = base64.b64encode(f"x:{token}".encode()).decode()
    assert Caller(sandbox, f"Bearer {token}").get("/ping").status == 200
    assert Caller(sandbox, f"Basic {glued}").get("/ping").status == 200
    assert Caller(sandbox, f"Basic {bare}").get("/ping").status == 401
    assert Caller(sandbox, f"OAuth {token}").get("/ping").status == 401


def test_metadata_wants_its_own_header(api: Caller, token: str) -> None:
    found = api.raw("GET", "/oauth2/metadata", Authorization=f"OAuth {token}")
    assert (found["dc"], found["api_endpoint"]) == (DC, "http://sandbox.example:8080")
    assert api.raw("GET", "/oauth2/metadata", Authorization=f"Bearer {token}").status == 401


def test_a_revoked_token_is_401_for_ever(sandbox: Mailchimp, token: str) -> None:
    sandbox.mutate("revoke_token")
    assert Caller(sandbox, f"Bearer {token}").get("/ping").title == "API Key Invalid"
