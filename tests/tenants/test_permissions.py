"""What each role may do, and that pages ask."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tenants.models import ApiKey, Membership, Role, Tenant
from tenants.permissions import KEY_SCOPES, Action, allowed, can, requires
from tests.tenants.conftest import join, signed_in

VIEWER = {Action.VIEW}
OPERATOR = VIEWER | {Action.RUN, Action.REPLAY}
ADMIN = OPERATOR | {Action.EDIT_AND_REPLAY, Action.CONFIGURE, Action.MANAGE_CREDENTIALS, Action.MANAGE_TEAM}
OWNER = ADMIN | {Action.DELETE_TENANT}
MATRIX = [(Role.VIEWER, VIEWER), (Role.OPERATOR, OPERATOR), (Role.ADMIN, ADMIN), (Role.OWNER, OWNER)]


@pytest.mark.parametrize(("role", "actions"), MATRIX)
def test_each_role_may_do_this_and_no_more(role: Role, actions: set[Action]) -> None:
    assert allowed(Membership(role=role, tenant=Tenant())) == actions


@pytest.mark.parametrize(("role", "_"), MATRIX)
def test_in_a_suspended_tenant_everybody_may_only_look(role: Role, _: set[Action]) -> None:
    assert allowed(Membership(role=role, tenant=Tenant(state=Tenant.State.SUSPENDED))) == VIEWER


def test_who_is_nobody_may_do_nothing() -> None:
    assert not any(can(None, action) for action in Action)


def test_a_key_may_do_what_its_scopes_say_and_never_let_others_in() -> None:
    key = ApiKey(tenant=Tenant(), scopes=["view", "run", "manage_team", "delete_tenant"])
    assert allowed(key) == {Action.VIEW, Action.RUN}
    assert KEY_SCOPES.isdisjoint({Action.MANAGE_TEAM, Action.MANAGE_CREDENTIALS, Action.DELETE_TENANT})


PAGES = [
    ("get", "team", Action.VIEW),
    ("post", "invite", Action.MANAGE_TEAM),
    ("get", "settings", Action.CONFIGURE),
    ("post", "settings", Action.CONFIGURE),
    ("get", "api_keys", Action.MANAGE_CREDENTIALS),
    ("post", "create_api_key", Action.MANAGE_CREDENTIALS),
]


@pytest.mark.parametrize(("role", "actions"), MATRIX)
def test_pages_ask(acme: Membership, role: Role, actions: set[Action]) -> None:
    client = signed_in(join(acme, f"{role}@acme.example", role).user)
    for method, name, action in PAGES:
        response = getattr(client, method)(reverse(f"tenants:{name}"))
        assert (response.status_code == 403) is (action not in actions), (name, response.status_code)


@pytest.mark.parametrize(("method", "name", "_"), PAGES)
def test_visitors_are_asked_to_sign_in(client: Client, db: None, method: str, name: str, _: Action) -> None:
    response = getattr(client, method)(reverse(f"tenants:{name}"))
    assert response["Location"] == f"{reverse('account_login')}?next={reverse(f'tenants:{name}')}"


@pytest.mark.parametrize("name", ["invite", "switch", "create_api_key"])
def test_buttons_do_not_answer_to_links(acme: Membership, name: str) -> None:
    assert signed_in(acme.user).get(reverse(f"tenants:{name}")).status_code == 405


def test_the_decorator_keeps_the_name_of_the_view() -> None:
    @requires(Action.VIEW)
    def some_page(request: object) -> HttpResponse:
        return HttpResponse()

    assert some_page.__name__ == "some_page"
