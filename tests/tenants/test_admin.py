"""Support's pages: they show every tenant, and no secret or hash."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tenants.models import ApiKey, Invitation, Membership, Role, Tenant, User
from tenants.permissions import Action
from tenants.scope import across_tenants, tenant_scope
from tenants.services import create_api_key, invite, sign_up
from tests.tenants.conftest import join

MODELS: list[Any] = [User, Tenant, Membership, Invitation, ApiKey]


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root@support.example", "a-long-password"))
    return client


def page(model: Any, name: str, *args: object) -> str:
    return reverse(f"admin:tenants_{model.__name__.lower()}_{name}", args=args)


@pytest.fixture
def hashes(acme: Membership, globex: Membership) -> list[str]:
    """One of everything in both tenants; what must not be seen of it."""
    for owner in (acme, globex):
        with tenant_scope(owner.tenant_id):
            invite(owner, f"new@{owner.tenant.slug}.example", Role.VIEWER)
            create_api_key(owner, f"key of {owner.tenant.name}", [Action.VIEW])
    with across_tenants("test"):
        digests = [row.digest for model in (Invitation, ApiKey) for row in model.objects.all()]
    return [*digests, *(user.password.split("$")[-1] for user in User.objects.all())]


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_pages_show_all_tenants_and_no_hash(staff: Client, hashes: list[str], model: Any) -> None:
    shown = staff.get(page(model, "changelist"), {"q": "e"})
    assert shown.status_code == 200
    with across_tenants("test"):
        rows = list(model._default_manager.all())
    assert len(rows) >= 2
    text = shown.content.decode()
    for row in rows:
        assert page(model, "change", row.pk) in text
        one = staff.get(page(model, "change", row.pk))
        assert one.status_code == 200
        text += one.content.decode()
    assert not [secret for secret in hashes if secret in text]


@pytest.mark.parametrize("model", [Membership, Invitation, ApiKey])
def test_a_longer_list_costs_no_more_queries(
    staff: Client, hashes: list[str], model: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    staff.get(page(model, "changelist"))  # the first request also saves the session
    with CaptureQueriesContext(connection) as before:
        staff.get(page(model, "changelist"))
    third = sign_up(email="tess@third.example", password="a-long-password", organisation="Third")
    with tenant_scope(third.tenant_id):
        invite(third, "new@third.example", Role.VIEWER)
        create_api_key(third, "key of Third", [Action.VIEW])
    with django_assert_num_queries(len(before)):
        staff.get(page(model, "changelist"))


def test_support_suspends_and_reactivates(staff: Client, acme: Membership) -> None:
    for action, state in (("suspend", "suspended"), ("reactivate", "active")):
        staff.post(page(Tenant, "changelist"), {"action": action, "_selected_action": [acme.tenant_id]})
        with tenant_scope(acme.tenant_id):
            assert Tenant.objects.get().state == state


def test_support_mends_a_tenant_and_a_role(staff: Client, acme: Membership) -> None:
    form = {"name": "Acme Ltd", "time_zone": "UTC", "state": "active", "audit_days": 400, "payload_days": 90}
    assert staff.post(page(Tenant, "change", acme.tenant_id), form).status_code == 302
    member = join(acme, "m@acme.example", Role.VIEWER)
    assert staff.post(page(Membership, "change", member.pk), {"role": "owner"}).status_code == 302
    with tenant_scope(acme.tenant_id):
        assert Tenant.objects.get().name == "Acme Ltd"
        assert Membership.objects.get(pk=member.pk).role == Role.OWNER


def test_support_revokes_keys(staff: Client, hashes: list[str]) -> None:
    with across_tenants("test"):
        key = ApiKey.objects.earliest("created")
    staff.post(page(ApiKey, "changelist"), {"action": "revoke", "_selected_action": [key.pk]})
    with across_tenants("test"):
        assert ApiKey.objects.get(pk=key.pk).revoked
        assert ApiKey.objects.filter(revoked=None).exists()


def test_a_person_made_by_support_sets_the_password_themselves(staff: Client) -> None:
    assert (
        staff.post(page(User, "add"), {"email": "New@x.example", "name": "", "is_active": "on"}).status_code
        == 302
    )
    assert not User.objects.get(email="new@x.example").has_usable_password()


def test_staff_cannot_lift_themselves(db: None) -> None:
    helper = User.objects.create_user("helper@support.example", "a-long-password", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user"]))
    boss = User.objects.create_superuser("root@support.example", "a-long-password")
    client = Client()
    client.force_login(helper)
    form = {"email": helper.email, "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    assert client.post(page(User, "change", helper.pk), form).status_code == 302
    helper.refresh_from_db()
    assert not helper.is_superuser
    assert client.post(page(User, "change", boss.pk), {**form, "email": "x@x.example"}).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_deleted_from_the_admin(staff: Client, hashes: list[str], model: Any) -> None:
    with across_tenants("test"):
        row = model._default_manager.first()
    assert staff.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model in admin.site._registry
