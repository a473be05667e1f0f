"""Becoming someone, founding a tenant, and moving between tenants."""

import secrets
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from tenants.ids import uuid7
from tenants.models import Membership, Role, Tenant, User
from tenants.permissions import Action, can
from tenants.scope import across_tenants, tenant_scope
from tenants.services.errors import Refused
from tenants.signals import report


def sign_up(
    *,
    email: str,
    password: str,
    organisation: str,
    time_zone: str = "UTC",
    name: str = "",
    verified: bool = False,
) -> Membership:
    """A new person with a tenant of their own. `verified` spares seeds and commands the confirmation mail."""
    with transaction.atomic():
        user = User.objects.create_user(email, password, name=name)
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)
        return found_tenant(user, organisation, time_zone)


def found_tenant(user: User, name: str, time_zone: str = "UTC") -> Membership:
    """A new tenant, owned by this person."""
    tenant = Tenant(id=uuid7(), name=name.strip(), slug=slugify(name)[:50] or "tenant", time_zone=time_zone)
    with tenant_scope(tenant), transaction.atomic():
        _save_with_free_slug(tenant)
        membership = Membership.objects.create(tenant=tenant, user=user, role=Role.OWNER)
        report("tenant_founded", tenant.pk, user, name=tenant.name, time_zone=time_zone)
    return membership


def _save_with_free_slug(tenant: Tenant) -> None:
    # Other tenants' slugs cannot be seen from here, so the unique index is what is asked.
    try:
        with transaction.atomic():
            tenant.save()
    except IntegrityError:
        tenant.slug = f"{tenant.slug}-{secrets.token_hex(4)}"
        tenant.save()


def change_tenant(by: Membership, **wanted: object) -> Tenant:
    """Set any of name, time_zone, audit_days, payload_days."""
    if not can(by, Action.CONFIGURE):
        raise Refused("Your role does not allow changing the organisation.")
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(pk=by.tenant_id)
        before = {field: getattr(tenant, field) for field in wanted}
        changed = {field: value for field, value in wanted.items() if value != before[field]}
        for field, value in changed.items():
            setattr(tenant, field, value)
        tenant.full_clean()
        tenant.save(update_fields=list(changed))
        report(
            "tenant_changed",
            tenant.pk,
            by.user,
            before={field: before[field] for field in changed},
            after=changed,
        )
    return tenant


def memberships_of(user: User) -> list[Membership]:
    """Where this person belongs, oldest first."""
    with across_tenants("sign-in"):
        return list(Membership.objects.filter(user=user).select_related("tenant").order_by("created", "id"))


def membership_here(user: User) -> Membership | None:
    """What this person is in the tenant in scope."""
    return Membership.objects.filter(user=user).select_related("tenant").first()


def switch_tenant(user: User, tenant_id: UUID) -> Membership:
    """Work in another of the person's tenants from now on. The caller keeps the choice in the session."""
    with tenant_scope(tenant_id):
        membership = membership_here(user)
    if membership is None:
        raise Refused("You are not a member of that organisation.")
    return membership
