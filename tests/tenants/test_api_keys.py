"""Keys for programs: shown once, kept as a hash, and no more able than their maker."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tenants.api import ApiKeyAuthentication, Program, needs
from tenants.middleware import TenantMiddleware
from tenants.models import ApiKey, Membership, Role
from tenants.permissions import Action
from tenants.scope import across_tenants, current_tenant_id, tenant_scope
from tenants.services import Refused, authenticate_api_key, create_api_key, revoke_api_key
from tests.tenants.conftest import join, signed_in


@pytest.fixture
def made(acme: Membership) -> tuple[ApiKey, str]:
    with tenant_scope(acme.tenant_id):
        return create_api_key(acme, "ERP job", [Action.VIEW, Action.RUN], timezone.now() + timedelta(days=1))


def stored(key: ApiKey) -> ApiKey:
    with across_tenants("test"):
        return ApiKey.objects.get(pk=key.pk)


def test_the_secret_is_kept_only_as_a_hash(made: tuple[ApiKey, str]) -> None:
    key, secret = made
    assert secret.startswith(f"{key.prefix}_")
    assert key.prefix.startswith("mlc_")
    assert secret not in str(vars(stored(key)))
    assert secret.removeprefix(f"{key.prefix}_") not in str(vars(stored(key)))


def test_the_secret_finds_its_key_from_outside_every_scope(made: tuple[ApiKey, str]) -> None:
    key, secret = made
    found = authenticate_api_key(secret)
    assert found == key
    assert found is not None
    assert found.tenant.name == "Acme"


@pytest.mark.parametrize("change", ["x", "-1", "prefix", "empty", "upper"])
def test_anything_else_finds_nothing(made: tuple[ApiKey, str], change: str) -> None:
    key, secret = made
    wrong = {"x": secret + "x", "-1": secret[:-1], "prefix": key.prefix, "empty": "", "upper": secret.upper()}
    assert authenticate_api_key(wrong[change]) is None


def test_an_expired_key_finds_nothing(made: tuple[ApiKey, str]) -> None:
    _, secret = made
    with across_tenants("test"):
        ApiKey.objects.update(expires=timezone.now())
    assert authenticate_api_key(secret) is None


def test_a_revoked_key_finds_nothing(acme: Membership, made: tuple[ApiKey, str]) -> None:
    key, secret = made
    with tenant_scope(acme.tenant_id):
        revoke_api_key(acme, key.pk)
        again = revoke_api_key(acme, key.pk)
    assert again.revoked == stored(key).revoked
    assert authenticate_api_key(secret) is None


def test_use_is_noted_once_a_minute(made: tuple[ApiKey, str]) -> None:
    key, secret = made
    authenticate_api_key(secret)
    first = stored(key).last_used
    assert first is not None
    authenticate_api_key(secret)
    assert stored(key).last_used == first
    with across_tenants("test"):
        ApiKey.objects.update(last_used=first - timedelta(minutes=2))
    authenticate_api_key(secret)
    again = stored(key).last_used
    assert again is not None
    assert again >= first


def test_a_key_can_do_nothing_its_maker_cannot(acme: Membership) -> None:
    with tenant_scope(acme.tenant_id):
        for scopes in ([], [Action.MANAGE_TEAM], [Action.VIEW, Action.MANAGE_CREDENTIALS]):
            with pytest.raises(Refused, match="Choose"):
                create_api_key(acme, "x", scopes)
        operator = join(acme, "op@acme.example", Role.OPERATOR)
        with pytest.raises(Refused, match="role"):
            create_api_key(operator, "x", [Action.VIEW])
        with pytest.raises(Refused, match="role"):
            revoke_api_key(operator, acme.pk)


# --- the page ---


def test_the_page_shows_a_new_secret_once(acme: Membership) -> None:
    client = signed_in(acme.user)
    form = {"name": "ERP job", "scopes": ["view", "run"], "days": 30}
    response = client.post(reverse("tenants:create_api_key"), form)
    secret = response.context["secret"]
    assert secret in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert authenticate_api_key(secret) is not None
    again = client.get(reverse("tenants:api_keys"))
    assert secret not in again.content.decode()
    (key,) = again.context["keys"]
    client.post(reverse("tenants:revoke_api_key", args=[key.pk]))
    assert authenticate_api_key(secret) is None


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scopes": ["manage_team"]}, {"scopes": []}, {"days": 0}])
def test_a_refused_form_makes_no_key(acme: Membership, wrong: dict[str, object]) -> None:
    form = {"name": "ERP job", "scopes": ["view"], "days": 30} | wrong
    assert signed_in(acme.user).post(reverse("tenants:create_api_key"), form).status_code == 422
    with across_tenants("test"):
        assert not ApiKey.objects.exists()


# --- REST ---


class Runs(APIView):
    authentication_classes = [ApiKeyAuthentication]
    permission_classes = [needs(Action.RUN)]

    def get(self, request: Request) -> Response:
        assert isinstance(request.user, Program)
        return Response({"tenant": str(current_tenant_id()), "user": str(request.user)})


def ask(secret: str) -> Response:
    request: Any = RequestFactory().get("/", headers={"Authorization": f"Bearer {secret}"})
    request.user = AnonymousUser()
    response = TenantMiddleware(Runs.as_view())(request)
    assert isinstance(response, Response)
    return response


def test_a_program_works_in_its_tenant(made: tuple[ApiKey, str]) -> None:
    key, secret = made
    assert ask(secret).data == {"tenant": str(key.tenant_id), "user": str(key)}


def test_a_program_is_held_to_its_scopes(acme: Membership) -> None:
    with tenant_scope(acme.tenant_id):
        _, secret = create_api_key(acme, "viewer", [Action.VIEW])
    response = ask(secret)
    assert (response.status_code, response.data["detail"]) == (403, "This needs the right to run.")


def test_an_unknown_key_is_told_so(db: None) -> None:
    response = ask("mlc_made_up")
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
