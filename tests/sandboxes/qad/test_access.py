"""Password grants, Basic, cookies: who gets in, for how long, and when the account locks itself."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.sandboxes.qad.caller import FORM, HERE, WORKSPACE, Caller, tenant

BAD_PASSWORD = {
    "error": "invalid_grant",
    "error_description": "Username or password is invalid, please try again.",
}


@pytest.fixture
def frozen() -> Iterator[Caller]:
    with tenant() as caller:
        caller.sandbox.clock.freeze()
        caller.log_in()
        yield caller


def ok(qad: Caller, **headers: str) -> bool:
    """Whether the session still works: an expired cookie shows in the content type alone."""
    reply = qad.api("qracore/securityControl", headers=headers or None)
    return reply.status == 200 and not reply.html


def minutes(qad: Caller, count: float) -> None:
    qad.sandbox.clock.advance(count * 60)


def test_a_password_grant_gives_a_pair_of_tokens_without_any_secret(qad: Caller) -> None:
    reply = qad.grant()
    answer = reply.json()
    assert (reply.status, answer["token_type"], answer["expires_in"]) == (200, "bearer", 3600)
    assert answer["access_token"] != answer["refresh_token"]
    assert reply.headers["Cache-Control"] == "no-store"


def test_a_release_may_not_tell_how_long_a_token_lives() -> None:
    with tenant(tells_expires_in=False) as qad:
        assert "expires_in" not in qad.grant().json()


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"password": "wrong"}, 400, "invalid_grant"),
        ({"username": "nobody"}, 400, "invalid_grant"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"client_secret": "one too many"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "made-up"}, 400, "invalid_grant"),
    ],
)
def test_a_bad_token_request_is_refused_in_the_words_of_oauth(
    qad: Caller, form: dict[str, str], status: int, error: str
) -> None:
    reply = qad.grant(**form)
    assert (reply.status, reply.json()["error"]) == (status, error)


def test_a_wrong_password_is_told_in_exactly_these_words(qad: Caller) -> None:
    assert qad.grant(password="wrong").json() == BAD_PASSWORD


def test_an_unknown_client_may_be_a_400() -> None:
    with tenant(invalid_client_status=400) as qad:
        assert qad.grant(client_id="other").status == 400


def test_parameters_in_the_query_are_not_seen_by_a_tenant_that_reads_the_body(qad: Caller) -> None:
    options = qad.sandbox.options
    given = urlencode(
        {
            "grant_type": "password",
            "client_id": options.client_id,
            "username": options.username,
            "password": options.password,
        }
    )
    path = f"{qad.root}/oauth/token"
    assert qad.send("POST", f"{path}?{given}", b"", FORM).json()["error"] == "invalid_request"
    with tenant(token_transport="query") as other:
        assert other.send("POST", f"{path}?{given}", b"").status == 200
        assert other.grant().json()["error"] == "invalid_request"


def test_the_token_endpoint_wants_a_form_by_post(qad: Caller) -> None:
    path = f"{qad.root}/oauth/token"
    assert qad.send("GET", path).status == 405
    assert qad.send("POST", path, b"{}", {"Content-Type": "application/json"}).status == 400


def test_a_token_ends_when_its_session_is_over_however_busy_it_was(frozen: Caller) -> None:
    for _ in range(5):
        minutes(frozen, 11)
        assert ok(frozen)
    minutes(frozen, 5)
    reply = frozen.api("qracore/securityControl")
    assert (reply.status, reply.json()["error"]) == (401, "invalid_token")
    assert "invalid_token" in reply.headers["WWW-Authenticate"]


def test_a_token_that_rests_too_long_ends_before_its_time(frozen: Caller) -> None:
    minutes(frozen, 14.9)
    assert ok(frozen)
    minutes(frozen, 15)
    assert not ok(frozen)


def test_a_refresh_token_works_once_and_ends_its_access_token(frozen: Caller) -> None:
    refresh = str(frozen.log_in().json()["refresh_token"])
    again = frozen.grant(grant_type="refresh_token", refresh_token=refresh)
    assert again.status == 200
    assert not ok(frozen)
    assert ok(frozen, Authorization=f"Bearer {again.json()['access_token']}")
    assert frozen.grant(grant_type="refresh_token", refresh_token=refresh).status == 400


def test_a_refresh_token_needs_the_client_too(frozen: Caller) -> None:
    refresh = str(frozen.log_in().json()["refresh_token"])
    reply = frozen.grant(grant_type="refresh_token", refresh_token=refresh, client_id="other")
    assert reply.json()["error"] == "invalid_client"


@pytest.mark.parametrize(("survives", "status"), [(False, 400), (True, 200)])
def test_the_refresh_token_of_an_idle_session_is_dead_unless_the_tenant_is_kind(
    *, survives: bool, status: int
) -> None:
    with tenant(refresh_survives_idle=survives) as qad:
        qad.sandbox.clock.freeze()
        refresh = str(qad.log_in().json()["refresh_token"])
        minutes(qad, 16)
        assert qad.grant(grant_type="refresh_token", refresh_token=refresh).status == status


def test_a_refresh_token_outlives_a_session_that_was_in_use_to_its_end(frozen: Caller) -> None:
    refresh = str(frozen.log_in().json()["refresh_token"])
    for _ in range(5):
        minutes(frozen, 11)
        assert ok(frozen)
    minutes(frozen, 30)
    assert frozen.grant(grant_type="refresh_token", refresh_token=refresh).status == 200


def test_three_wrong_passwords_lock_the_user_and_then_the_right_one_is_wrong_too(qad: Caller) -> None:
    for _ in range(3):
        assert qad.grant(password="wrong").json() == BAD_PASSWORD
    assert qad.grant().json() == BAD_PASSWORD
    assert not ok(qad)
    access = qad.sandbox.state("access")
    assert isinstance(access, dict)
    assert (access["locked"], access["mails_to_administrators"]) == (True, 1)
    qad.sandbox.mutate("unlock_user")
    assert qad.grant().status == 200


def test_a_good_log_in_forgives_the_bad_ones_before_it(qad: Caller) -> None:
    for _ in range(3):
        qad.grant(password="wrong")
        qad.grant(password="wrong")
        assert qad.grant().status == 200


def test_wrong_passwords_count_together_whichever_way_they_come(qad: Caller) -> None:
    qad.grant(password="wrong")
    assert qad.cookie("wrong").html
    assert qad.api("qracore/securityControl", headers=qad.basic("wrong")).status == 401
    assert qad.sandbox.access.user.locked


def test_an_unknown_user_name_locks_nobody(qad: Caller) -> None:
    for _ in range(5):
        qad.grant(username="nobody")
    assert qad.grant().status == 200


@pytest.mark.parametrize("mutation", ["expire_password", "use_up_licences", "lock_user"])
def test_an_expired_password_or_no_licence_is_told_like_a_wrong_password(qad: Caller, mutation: str) -> None:
    qad.sandbox.mutate(mutation)
    assert qad.grant().json() == BAD_PASSWORD


def test_a_changed_password_ends_the_sessions_and_refuses_the_old_one(qad: Caller) -> None:
    qad.sandbox.mutate("set_password", password="new")
    assert not ok(qad)
    assert qad.grant().status == 400
    assert qad.grant(password="new").status == 200


def test_security_control_tells_the_client_and_both_clocks_by_basic(qad: Caller) -> None:
    reply = qad.api("qracore/securityControl", headers=qad.basic())
    control = {"clientId": "qad-mlc-9f2c41", "sessionLength": 60, "timeoutMinutes": 15}
    assert reply.json() == {"data": {"securityControls": [control]}}


def test_basic_is_checked_with_every_call(qad: Caller) -> None:
    qad.headers = qad.basic()
    assert len(qad.browse().rows) == 25
    qad.sandbox.mutate("set_password", password="new")
    assert qad.browse().status == 401


@pytest.mark.parametrize(
    ("basic", "browses", "entities"), [("all", 200, 200), ("browses", 200, 401), ("none", 401, 401)]
)
def test_basic_is_taken_where_the_tenant_permits_it(basic: str, browses: int, entities: int) -> None:
    with tenant(basic=basic) as qad:
        qad.headers = qad.basic()
        assert qad.browse().status == browses
        path = qad.entity("customerV2s", sharedSetCode="NAM", customerCode="10001")
        assert qad.send("GET", path).status == entities
        assert ok(qad)


def test_a_cookie_log_in_leads_home_with_a_session(qad: Caller) -> None:
    qad.headers = {WORKSPACE: HERE}
    reply = qad.cookie()
    assert (reply.status, reply.headers["Location"]) == (302, "/clouderp/")
    session = reply.headers["Set-Cookie"].partition(";")[0]
    assert session.startswith("JSESSIONID=")
    qad.headers["Cookie"] = session
    assert len(qad.browse().rows) == 25


def test_a_failed_cookie_log_in_is_a_page_in_a_200(qad: Caller) -> None:
    reply = qad.cookie("wrong")
    assert (reply.status, reply.html) == (200, True)
    assert b"j_spring_security_check" in reply.body
    assert "Set-Cookie" not in reply.headers


@pytest.mark.parametrize(("failure", "status"), [("redirect", 302), ("401", 401)])
def test_other_tenants_turn_a_failed_cookie_log_in_away_otherwise(failure: str, status: int) -> None:
    with tenant(cookie_failure=failure) as qad:
        assert qad.cookie("wrong").status == status


def test_an_expired_cookie_gets_the_log_in_page_in_a_200(frozen: Caller) -> None:
    session = frozen.cookie().headers["Set-Cookie"].partition(";")[0]
    frozen.headers = {WORKSPACE: HERE, "Cookie": session}
    minutes(frozen, 10)
    assert len(frozen.browse().rows) == 25
    minutes(frozen, 15)
    reply = frozen.browse()
    assert (reply.status, reply.html) == (200, True)


def test_a_tenant_may_have_no_cookie_log_in() -> None:
    with tenant(cookies=False) as qad:
        assert qad.cookie().status == 404


def test_a_cookie_is_no_token_and_a_token_no_cookie(qad: Caller) -> None:
    session = qad.cookie().headers["Set-Cookie"].partition(";")[0]
    assert not ok(qad, Authorization=f"Bearer {session.partition('=')[2]}")
    token, qad.headers = qad.token, {}
    assert not ok(qad, Cookie=f"JSESSIONID={token}")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer made-up"}, {"Authorization": "Basic ***"}])
def test_a_call_without_a_good_session_is_a_401(qad: Caller, header: dict[str, str]) -> None:
    qad.headers = {}
    assert qad.api("qracore/securityControl", headers=header).status == 401


def test_whatever_lies_outside_the_context_root_is_a_404_page(qad: Caller) -> None:
    for path in ("/", "/api/qracore/browses", "/qad-central/api/qracore/browses", "/clouderp/nothing"):
        reply = qad.send("GET", path)
        assert (reply.status, reply.html) == (404, True)
    assert qad.send("POST", "/oauth/token", b"", FORM).status == 404


def test_the_context_root_is_the_tenants_choice() -> None:
    with tenant(context_root="/qad-central") as qad:
        assert len(qad.browse().rows) == 25
        assert qad.send("GET", "/clouderp/api/qracore/securityControl").status == 404


def test_a_module_that_is_not_installed_is_a_404_in_json(qad: Caller) -> None:
    reply = qad.api("erp/purchaseOrderHeaders")
    assert (reply.status, reply.message) == (404, "The module is not installed.")


def test_an_unknown_workspace_is_a_403_with_errors(qad: Caller) -> None:
    qad.headers[WORKSPACE] = "10USA_20EURCO"
    reply = qad.browse()
    assert (reply.status, reply.message) == (403, "You do not have access to the workspace 10USA_20EURCO.")


def test_a_workspace_the_user_may_not_use_is_a_403_and_is_not_listed() -> None:
    with tenant(workspaces=frozenset({"10USA_10USACO"}), default_workspace="10USA_10USACO") as qad:
        qad.headers[WORKSPACE] = "11CAN_11CANCO"
        assert qad.browse().status == 403
        del qad.headers[WORKSPACE]
        rows = qad.browse("urn:browse:bebrowse:com.qad.erp.base.domainV3s").rows
        assert [row["domainV3.entityContext"] for row in rows] == ["10USACO"]


def test_permissions_are_refused_in_a_403_with_errors(qad: Caller) -> None:
    for resource in ("customerV2s", "urn:browse:mfg:cm007", "securityControl"):
        qad.sandbox.mutate("forbid", resource=resource)
    assert qad.browse().status == 403
    assert qad.api("qracore/securityControl").status == 403
    assert qad.send("GET", qad.entity("customerV2s")).status == 403
    qad.sandbox.mutate("allow", resource="urn:browse:mfg:cm007")
    assert len(qad.browse().rows) == 25


def test_too_many_calls_in_a_minute_meet_a_429_page() -> None:
    with tenant(requests_per_minute=3) as qad:
        qad.sandbox.clock.freeze()
        assert [qad.browse().status for _ in range(3)] == [200, 200, 429]
        assert qad.browse().html
        qad.sandbox.clock.advance(60)
        assert len(qad.browse().rows) == 25
