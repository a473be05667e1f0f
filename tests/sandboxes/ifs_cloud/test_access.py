"""Tokens, projections, grants, cookies: who gets in, and in which words the others are refused."""

import base64

import pytest

from sandboxes.kit import Clock
from tests.sandboxes.ifs_cloud.caller import TOKEN_PATH, Caller, environment

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_token_is_given_for_client_credentials_and_lives_180_seconds(ifs: Caller) -> None:
    reply = ifs.log_in(scope="openid microprofile-jwt").json()
    assert (reply["expires_in"], reply["refresh_expires_in"], reply["token_type"]) == (180, 1800, "Bearer")
    assert reply["id_token"]
    assert ifs.sandbox.keycloak.issued == 2


def test_a_token_ends_when_it_says() -> None:
    with environment(Clock()) as ifs:
        ifs.sandbox.clock.freeze()
        ifs.log_in()
        ifs.sandbox.clock.advance(179)
        assert ifs.get("CompanyHandling").status == 200
        ifs.sandbox.clock.advance(1)
        refused = ifs.get("CompanyHandling")
        assert refused.status == 401
        assert "invalid_token" in refused.headers["WWW-Authenticate"]


def test_a_call_without_a_token_or_with_a_made_up_one_is_401(ifs: Caller) -> None:
    ifs.headers.clear()
    assert ifs.get("CompanyHandling").status == 401
    ifs.headers["Authorization"] = "Bearer made-up"
    assert ifs.get("CompanyHandling").status == 401
    ifs.headers["Authorization"] = "Basic " + base64.b64encode(b"u:p").decode()
    assert ifs.get("CompanyHandling").status == 401


def test_another_realm_does_not_exist(ifs: Caller) -> None:
    reply = ifs.send("POST", TOKEN_PATH.format("nordvik"), b"", FORM)
    assert (reply.status, reply.json()) == (404, {"error": "Realm does not exist"})


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "unauthorized_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"scope": "everything"}, 400, "invalid_scope"),
        ({"grant_type": "refresh_token", "refresh_token": "wrong"}, 400, "invalid_grant"),
    ],
)
def test_a_bad_token_request_is_refused_in_keycloaks_words(
    ifs: Caller, form: dict[str, str], status: int, error: str
) -> None:
    reply = ifs.log_in(**form)
    assert (reply.status, reply.json()["error"]) == (status, error)


def test_the_token_endpoint_wants_a_form_by_post(ifs: Caller) -> None:
    path = TOKEN_PATH.format("nordvik1")
    assert ifs.send("GET", path).status == 405
    assert ifs.send("POST", path, b"{}", {"Content-Type": "application/json"}).status == 415


def test_a_refresh_token_works_once(ifs: Caller) -> None:
    token = str(ifs.log_in(scope="openid").json()["refresh_token"])
    assert ifs.log_in(grant_type="refresh_token", refresh_token=token).status == 200
    assert ifs.log_in(grant_type="refresh_token", refresh_token=token).status == 400


def test_the_secret_may_come_in_a_basic_header(ifs: Caller) -> None:
    basic = base64.b64encode(b"MLC_CONNECT:ifs-sandbox-secret").decode()
    headers = {**FORM, "Authorization": f"Basic {basic}"}
    path = TOKEN_PATH.format("nordvik1")
    assert ifs.send("POST", path, b"grant_type=client_credentials", headers).status == 200


def test_a_required_scope_must_have_been_asked_for() -> None:
    with environment(required_scope="openid") as ifs:
        assert ifs.get("CompanyHandling").status == 200
        ifs.log_in()
        assert ifs.get("CompanyHandling").status == 401


def test_a_changed_secret_and_a_disabled_client_refuse_what_worked_before(ifs: Caller) -> None:
    ifs.sandbox.mutate("set_secret", secret="new")
    assert ifs.log_in().status == 401
    assert ifs.get("CompanyHandling").status == 200  # the token still holds
    ifs.sandbox.mutate("set_client", enabled=False)
    assert ifs.get("CompanyHandling").status == 401
    ifs.sandbox.mutate("set_client", enabled=True)
    assert ifs.log_in(client_secret="new").status == 200


def test_revoked_tokens_are_refused_at_once(ifs: Caller) -> None:
    ifs.sandbox.mutate("revoke_tokens")
    assert ifs.get("CompanyHandling").status == 401


def test_a_projection_without_grant_is_403_and_an_unknown_one_404(ifs: Caller) -> None:
    ifs.sandbox.mutate("forbid", projection="CustomerHandling")
    assert ifs.get("CustomerHandling", "CustomerInfoSet").status == 403
    assert ifs.get("CustomersHandling", "CustomerInfoSet").status == 200
    ifs.sandbox.mutate("allow", projection="CustomerHandling")
    assert ifs.get("CustomerHandling", "CustomerInfoSet").status == 200
    missing = ifs.get("SalesPriceListHandling", "Whatever")
    assert (missing.status, missing.code) == (404, "ODP_RESOURCE_NOTFOUND")


def test_main_and_int_do_not_serve_the_same_projections(ifs: Caller) -> None:
    ifs.segment = "int"
    assert ifs.get("CustomerHandling", "CustomerInfoSet").status == 404
    assert ifs.get("CustomersHandling", "CustomerInfoSet").status == 200
    ifs.segment = "b2b"
    assert ifs.get("CustomersHandling", "CustomerInfoSet").status == 404


def test_a_path_that_is_no_projection_is_an_html_404(ifs: Caller) -> None:
    reply = ifs.send("GET", "/main/ifsapp/data")
    assert (reply.status, reply.headers["Content-Type"]) == (404, "text/html")


def test_without_an_allowed_site_orders_are_403_and_of_other_sites_unseen() -> None:
    with environment(allowed_sites=frozenset()) as ifs:
        assert ifs.get("CustomerOrderHandling", "CustomerOrderSet").status == 403
        assert ifs.get("CustomerHandling", "CustomerInfoSet").status == 200
    with environment(allowed_sites=frozenset({"S10"})) as ifs:
        orders = ifs.get("CustomerOrderHandling", "CustomerOrderSet", top=500).rows
        assert {order["Contract"] for order in orders} == {"S10"}
        assert len(orders) == int(ifs.get("CustomerOrderHandling", "CustomerOrderSet/$count").body)
        hidden = next(str(row["OrderNo"]) for row in _state(ifs, "CustomerOrder") if row["Contract"] == "S11")
        assert ifs.get("CustomerOrderHandling", f"CustomerOrderSet(OrderNo='{hidden}')").status == 404


def _state(ifs: Caller, collection: str) -> list[dict[str, object]]:
    rows = ifs.sandbox.state(collection)
    assert isinstance(rows, list)
    return rows


def test_a_kept_session_cookie_turns_csrf_protection_on(ifs: Caller) -> None:
    reply = ifs.get("CustomerHandling", "CustomerInfoSet", top=1)
    assert "Set-Cookie" in reply.headers
    key = str(reply.rows[0]["CustomerId"])
    cookie = "JSESSIONID=abc; XSRF-TOKEN=t1"

    def patch(**headers: str) -> int:
        body = {"Cf_Marketing_Status": "x"}
        path = ifs.customer(key.replace("'", "''"))
        return ifs.write("PATCH", "CustomerHandling", path, body, if_match="*", **headers).status

    assert patch() == 200
    assert patch(Cookie=cookie) == 403
    assert patch(Cookie="JSESSIONID=abc") == 403
    assert patch(Cookie=cookie, **{"X-XSRF-TOKEN": "other"}) == 403
    assert patch(Cookie=cookie, **{"X-XSRF-TOKEN": "t1"}) == 200
    assert ifs.send("GET", ifs.path("CompanyHandling"), headers={"Cookie": cookie}).status == 200


def test_the_service_tells_about_itself(ifs: Caller) -> None:
    document = ifs.get("CustomerHandling").json()["value"]
    assert {"name": "CommunicationMethods", "kind": "EntitySet", "url": "CommunicationMethods"} in document  # type: ignore[operator]
    xml = ifs.get("CustomerOrderHandling", "$metadata").body.decode()
    assert '<EnumType Name="CustomerOrderState"><Member Name="Planned" Value="0"/>' in xml
    assert '<Key><PropertyRef Name="OrderNo"/><PropertyRef Name="LineNo"/>' in xml
    assert '<Property Name="Objstate" Type="IfsApp.CustomerOrderHandling.CustomerOrderState"/>' in xml
    assert "Timezone Information" in ifs.get("CustomerOrderHandling", "$openapi").body.decode()
    names = [row["ProjectionName"] for row in ifs.get("AllProjections", "Projections").rows]
    assert "HistoryLogHandling" in names


def test_the_flat_set_of_communication_methods_can_be_missing() -> None:
    with environment(flat_communication_methods=False) as ifs:
        assert b"CommunicationMethods" not in ifs.get("CustomerHandling").body
        assert ifs.get("CustomerHandling", "CommunicationMethods").status == 404
        key = ifs.get("CustomerHandling", "CustomerInfoSet", filter="CustomerId eq '10001'").rows[0][
            "CustomerId"
        ]
        assert ifs.get("CustomerHandling", f"{ifs.customer(str(key))}/CommunicationMethods").rows


def test_odata_debug_hides_every_status_behind_200(ifs: Caller) -> None:
    reply = ifs.send("GET", ifs.path("CustomerHandling", "Nothing?odata-debug=json"))
    assert reply.status == 200
    assert b'"code": 404' in reply.body
