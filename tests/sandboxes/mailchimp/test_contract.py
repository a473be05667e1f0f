"""The checker itself: it must see what is wrong, on both sides, and be quick about it."""

import json
from collections.abc import Callable

import pytest

from sandboxes.kit import Headers, Request, Response
from sandboxes.mailchimp import CUSTOMERS, Mailchimp
from sandboxes.mailchimp.api import ROUTES
from tests.sandboxes.mailchimp.caller import Caller
from tests.sandboxes.mailchimp.contract import (
    Contract,
    ContractBroken,
    contract_or_skip,
    thinned,
    watching,
)

MEMBER = f"/3.0/lists/{CUSTOMERS}/members/abc"


@pytest.fixture
def checker() -> Contract:
    return contract_or_skip()


def exchange(
    checker: Contract, method: str, target: str, body: object, answer: object, *, status: int = 200
) -> str:
    raw = b"" if body is None else json.dumps(body).encode()
    request = Request(method, target, Headers(), raw)
    return "\n".join(checker.faults(request, Response(status, json.dumps(answer).encode())))


def test_every_route_of_the_sandbox_is_in_the_contract(checker: Contract) -> None:
    for route in ROUTES:
        path = f"/3.0{route.path}"
        request = Request(route.method, path.replace("{", "").replace("}", ""), Headers())
        assert checker.path_of(request) == path, path
        assert checker._operation(path, route.method), path


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"email_address": "x", "status_if_new": "bogus"}, "status_if_new"),
        ({"email_address": "x"}, "'status_if_new' is a required property"),
        ({"email_address": "x", "status_if_new": "pending", "merge_field": {}}, "merge_field"),
        ({"email_address": 7, "status_if_new": "pending"}, "email_address"),
    ],
)
def test_a_bad_request_is_seen(checker: Contract, body: object, fault: str) -> None:
    assert fault in exchange(checker, "PUT", MEMBER, body, {"id": "abc"})


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ({"id": 123}, "id"),
        ({"status": "nope"}, "status"),
        ({"invented": 1}, "invented"),
        ({"tags": [{"id": "7"}]}, "tags"),
    ],
)
def test_a_bad_answer_is_seen(checker: Contract, answer: object, fault: str) -> None:
    assert fault in exchange(checker, "GET", MEMBER, None, answer)


def test_a_problem_needs_all_but_its_type(checker: Contract) -> None:
    problem = {"title": "x", "status": 404, "detail": "y", "instance": ""}
    assert exchange(checker, "GET", MEMBER, None, problem, status=404) == ""
    del problem["instance"]
    assert "instance" in exchange(checker, "GET", MEMBER, None, problem, status=404)


@pytest.mark.parametrize("query", ["count=5000", "cuont=5", "status=active", "vip_only=yes"])
def test_a_bad_query_is_seen(checker: Contract, query: str) -> None:
    members = f"/3.0/lists/{CUSTOMERS}/members"
    assert "query" in exchange(checker, "GET", f"{members}?{query}", None, {"members": []})


def test_an_operation_that_does_not_exist_is_seen(checker: Contract) -> None:
    assert exchange(checker, "PUT", "/3.0/ecommerce/stores/s", {}, {}) == "the contract has no such operation"


def test_one_odd_row_among_many_is_seen(checker: Contract) -> None:
    rows: list[dict[str, object]] = [
        {"email_address": f"p{n}@x.example", "status": "subscribed"} for n in range(500)
    ]
    answer: dict[str, object] = {"new_members": []}
    assert exchange(checker, "POST", f"/3.0/lists/{CUSTOMERS}", {"members": rows}, answer) == ""
    rows[321]["status"] = "bogus"
    assert "bogus" in exchange(checker, "POST", f"/3.0/lists/{CUSTOMERS}", {"members": rows}, answer)
    rows[321]["status"], rows[123]["vip"] = "pending", "yes"
    assert "vip" in exchange(checker, "POST", f"/3.0/lists/{CUSTOMERS}", {"members": rows}, answer)


def test_rows_made_alike_are_thinned_to_one() -> None:
    rows = [{"id": number, "name": "x"} for number in range(100)]
    assert thinned([*rows, {"id": "text", "name": "x"}]) == [rows[0], {"id": "text", "name": "x"}]


def test_watching_fails_at_the_end_and_lets_go(checker: Contract) -> None:
    sandbox = Mailchimp()
    sandbox.mutate("sign_up", email="jane@firma.example")

    def broken_call() -> None:
        with watching(sandbox):
            Caller(sandbox).get(f"/lists/{CUSTOMERS}/members", cuont="5")

    with pytest.raises(ContractBroken, match="there is no parameter cuont"):
        broken_call()
    Caller(sandbox).get(f"/lists/{CUSTOMERS}/members", cuont="5")


def test_the_control_answers_for_every_collection(sandbox: Mailchimp, api: Caller) -> None:
    sandbox.mutate("sign_up", email="jane@firma.example", merge_fields={"FNAME": "Jane"})
    api.post("/ecommerce/stores", {"id": "s", "list_id": CUSTOMERS, "name": "S", "currency_code": "EUR"})
    one = sandbox.state("members", "jane@firma.example")
    assert isinstance(one, dict)
    assert one["merge"] == {"FNAME": "Jane"}
    look: Callable[[str], object] = sandbox.state
    for collection in ("", "members", "customers", "products", "orders", "carts", "stores", "deliveries"):
        json.dumps(look(collection))
