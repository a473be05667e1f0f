"""The token service: who gets a token, how many of them, and for how long one holds."""

import base64
import json
from urllib.parse import quote, urlencode

import pytest

from sandboxes.infor import Options
from sandboxes.kit import Clock
from tests.sandboxes.infor.caller import FORM, Caller, tenant


def alive(infor: Caller) -> int:
    return infor.mi("MNS150MI", "GetUserData").status


def test_the_file_of_the_backend_service_leads_to_a_token(infor: Caller) -> None:
    file = json.loads(infor.options.ionapi(infor.server.url))
    assert file["pu"].endswith("/as/")
    body = urlencode({"grant_type": "password", "username": file["saak"], "password": file["sask"]})
    path = (file["pu"] + file["ot"]).removeprefix(infor.server.url)
    reply = infor.send("POST", path, body.encode(), {**FORM, **infor.basic(file["ci"], file["cs"])})
    answer = reply.json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 7200)
    assert "refresh_token" not in answer
    claims = str(answer["access_token"]).split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(claims + "=="))["Tenant"] == infor.options.tenant


def test_the_file_of_a_web_application_has_no_service_account(infor: Caller) -> None:
    file = json.loads(infor.options.web_app_ionapi(infor.server.url))
    assert {"ti", "ci", "cs", "iu", "pu", "ot", "oa", "or", "ru"} <= file.keys()
    assert not {"saak", "sask"} & file.keys()
    refused = infor.ask_token(infor.basic(file["ci"], file["cs"]))
    assert (refused.status, refused.json()["error"]) == (400, "unauthorized_client")


def test_without_an_address_the_file_looks_like_a_real_one() -> None:
    file = json.loads(Options().ionapi())
    assert file["iu"] == "https://mingle-ionapi.eu1.inforcloudsuite.com"
    assert file["pu"] == "https://mingle-sso.eu1.inforcloudsuite.com:443/NORDVIK_PRD/as/"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"username": "NORDVIK_PRD#NORDVIK_PRD#mT5cQ8sVn1"}, 400, "invalid_grant"),
        ({"username": "NORDVIK_PRD"}, 400, "invalid_grant"),
        ({"password": "wrong"}, 400, "invalid_grant"),
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "made-up"}, 400, "invalid_grant"),
        ({"scope": "everything"}, 400, "invalid_scope"),
    ],
)
def test_a_bad_grant_is_refused_in_the_words_of_oauth(
    infor: Caller, form: dict[str, str], status: int, error: str
) -> None:
    reply = infor.ask_token(**form)
    assert (reply.status, reply.json()["error"]) == (status, error)
    assert reply.json()["error_description"]


def test_the_client_must_show_itself_by_basic_authentication(infor: Caller) -> None:
    for headers in ({"X-Nothing": "1"}, infor.basic(secret="wrong"), infor.basic(client="other")):
        reply = infor.ask_token(headers)
        assert (reply.status, reply.json()["error"]) == (401, "invalid_client")
        assert reply.headers["WWW-Authenticate"].startswith("Basic")
    body = {"client_id": infor.options.client_id, "client_secret": infor.options.client_secret}
    assert infor.ask_token({"X-Nothing": "1"}, **body).status == 401
    with tenant(body_client_auth=True) as other:
        assert other.ask_token({"X-Nothing": "1"}, **body).status == 200


def test_a_bare_hash_in_the_form_cuts_the_access_key_off(infor: Caller) -> None:
    password = quote(infor.options.secret_key, safe="")
    body = f"grant_type=password&password={password}&username={infor.options.access_key}"
    bare = infor.send("POST", infor.token_path(), body.encode(), {**FORM, **infor.basic()})
    assert (bare.status, bare.json()["error"]) == (400, "invalid_grant")
    escaped = body.replace("#", "%23").encode()
    assert infor.send("POST", infor.token_path(), escaped, {**FORM, **infor.basic()}).status == 200


def test_a_form_by_post_is_the_only_way_to_ask(infor: Caller) -> None:
    assert infor.send("GET", infor.token_path(), headers=infor.basic()).status == 405
    as_json = infor.send(
        "POST", infor.token_path(), b"{}", {"Content-Type": "application/json", **infor.basic()}
    )
    assert (as_json.status, as_json.json()["error"]) == (400, "invalid_request")
    in_query = infor.send("POST", infor.token_path() + "?grant_type=password", b"", {**FORM, **infor.basic()})
    assert in_query.json()["error"] == "invalid_request"


def test_a_token_ends_when_it_says_and_the_reason_stands_in_the_header() -> None:
    with tenant(Clock(), expires_in=5) as infor:
        infor.sandbox.clock.freeze()
        infor.log_in()
        infor.sandbox.clock.advance(4)
        assert alive(infor) == 200
        infor.sandbox.clock.advance(1)
        refused = infor.mi("MNS150MI", "GetUserData")
        assert refused.status == 401
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
        assert "expired" in refused.headers["WWW-Authenticate"]


def test_a_call_without_a_token_or_with_a_made_up_one_is_401(infor: Caller) -> None:
    for header in ("", "Bearer made-up", "Bearer", infor.basic()["Authorization"]):
        infor.headers["Authorization"] = header
        reply = infor.mi("MNS150MI", "GetUserData")
        assert reply.status == 401
        assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_of_one_tenant_does_not_open_another(infor: Caller) -> None:
    key = infor.options.access_key.replace("_PRD", "_TRN")
    client = infor.options.client_id.replace("_PRD", "_TRN")
    reply = infor.ask_token(infor.basic(client=client), "NORDVIK_TRN", username=key)
    infor.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"
    assert alive(infor) == 401
    assert infor.send("GET", "/NORDVIK_TRN/M3/m3api-rest/v2/execute/MNS150MI/GetUserData").status == 404
    assert infor.send("GET", "/SOMEBODY_PRD/M3/m3api-rest/v2/execute/MNS150MI/GetUserData").status == 404


def test_the_credentials_of_one_tenant_are_nothing_to_the_token_service_of_another(infor: Caller) -> None:
    assert infor.ask_token(None, "NORDVIK_TRN").status == 401


def test_revoking_ends_a_token_at_once(infor: Caller) -> None:
    path = infor.token_path("revoke_token.oauth2")
    body = urlencode({"token": infor.token, "token_type_hint": "access_token"}).encode()
    assert infor.send("GET", f"{path}?token={infor.token}", headers=infor.basic()).status == 405
    assert infor.send("POST", path, body, FORM).status == 401
    assert alive(infor) == 200
    assert infor.send("POST", path, body, {**FORM, **infor.basic()}).status == 200
    assert alive(infor) == 401
    assert infor.send("POST", path, body, {**FORM, **infor.basic()}).status == 200  # whatever it was


def test_a_client_gets_a_hundred_tokens_a_day_and_not_one_more() -> None:
    with tenant(Clock(), tokens_per_day=3, logins_per_minute=None) as infor:
        infor.sandbox.clock.freeze()
        assert [infor.ask_token().status for _ in range(3)] == [200, 200, 429]
        assert "Retry-After" not in infor.ask_token().headers
        assert alive(infor) == 200  # the tokens there are still hold
        infor.sandbox.clock.advance(86400)
        assert infor.ask_token().status == 200
    assert (Options().tokens_per_day, Options().logins_per_day, Options().logins_per_minute) == (
        100,
        1000,
        20,
    )


def test_failed_authentications_count_against_the_twenty_a_minute() -> None:
    with tenant(Clock(), logins_per_minute=3) as infor:
        infor.sandbox.clock.freeze()
        assert [infor.ask_token(password="wrong").status for _ in range(3)] == [400, 400, 429]
        assert infor.ask_token().status == 429
        infor.sandbox.clock.advance(60)
        assert infor.ask_token().status == 200


def test_refresh_tokens_come_only_where_the_app_issues_them_and_work_once() -> None:
    with tenant(refresh_tokens=True) as infor:
        refresh = str(infor.ask_token().json()["refresh_token"])
        for status in (200, 400):
            reply = infor.ask_token(
                grant_type="refresh_token", refresh_token=refresh, username="", password=""
            )
            assert reply.status == status


def test_where_a_scope_is_enforced_a_token_without_it_opens_nothing() -> None:
    with tenant(scopes=frozenset({"m3"}), required_scope="m3") as infor:
        assert alive(infor) == 401
        infor.headers["Authorization"] = f"Bearer {infor.ask_token(scope='m3').json()['access_token']}"
        assert alive(infor) == 200


def test_a_changed_secret_a_locked_account_and_a_disabled_app_are_refused(infor: Caller) -> None:
    infor.sandbox.mutate("set_secret", secret="new")
    assert infor.ask_token().json()["error"] == "invalid_grant"
    assert alive(infor) == 200
    infor.sandbox.mutate("lock_account")
    assert alive(infor) == 401
    assert infor.ask_token(password="new").json()["error"] == "invalid_grant"
    infor.sandbox.mutate("unlock_account")
    assert infor.ask_token(password="new").status == 200
    infor.sandbox.mutate("set_client", enabled=False)
    assert infor.ask_token(password="new").json()["error"] == "invalid_client"


def test_the_state_counts_tokens_by_client(infor: Caller) -> None:
    infor.ask_token()
    infor.ask_token(password="wrong")
    tokens = infor.sandbox.state("tokens")
    assert tokens == {
        "issued": 2, "by_client": {infor.options.client_id: 2}, "denied": {"invalid_grant": 1}, "revoked": 0,
        "live": 2,
    }  # fmt: skip


def test_the_journal_keeps_no_secret(infor: Caller) -> None:
    infor.sandbox.journal.keep_bodies = True
    infor.ask_token()
    body = infor.sandbox.journal.calls()[-1].body
    assert body is not None
    assert b"password=***" in body
    assert quote(infor.options.secret_key, safe="").encode() not in body
    kept = infor.sandbox.journal.calls()[-1]
    assert "authorization" not in kept.headers
