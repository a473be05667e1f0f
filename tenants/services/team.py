"""Roles and members. Only owners make, change or remove owners, and one always remains."""

from uuid import UUID

from django.db import transaction

from tenants.models import Membership, Role, Tenant
from tenants.permissions import Action, can
from tenants.services.errors import Refused
from tenants.signals import report


def change_role(by: Membership, membership_id: UUID, role: Role) -> Membership:
    with transaction.atomic():
        lock_team(by)
        member = Membership.objects.select_related("user").get(pk=membership_id)
        before = Role(member.role)
        check_may_handle(by, before, role)
        if before == Role.OWNER and role != Role.OWNER:
            _check_not_the_last_owner(member)
        member.role = role
        member.save(update_fields=["role"])
        report("role_changed", by.tenant_id, by.user, member=member.user.email, before=before, after=role)
    return member


def remove_member(by: Membership, membership_id: UUID) -> None:
    """Also how a person leaves: everybody may remove themselves."""
    with transaction.atomic():
        lock_team(by)
        member = Membership.objects.select_related("user").get(pk=membership_id)
        if member.user_id != by.user_id:
            check_may_handle(by, Role(member.role))
        if member.role == Role.OWNER:
            _check_not_the_last_owner(member)
        member.delete()
        report("member_removed", by.tenant_id, by.user, member=member.user.email, role=member.role)


def check_may_handle(by: Membership, *roles: Role) -> None:
    if not can(by, Action.MANAGE_TEAM):
        raise Refused("Your role does not allow changing the team.")
    if Role.OWNER in roles and by.role != Role.OWNER:
        raise Refused("Only an owner can add, change or remove an owner.")


def lock_team(by: Membership) -> None:
    """One change of the team at a time, so that two owners cannot each remove the other."""
    Tenant.objects.select_for_update().get(pk=by.tenant_id)
    by.refresh_from_db(fields=["role"])


def _check_not_the_last_owner(member: Membership) -> None:
    if not Membership.objects.filter(role=Role.OWNER).exclude(pk=member.pk).exists():
        raise Refused("An organisation needs an owner. Make somebody else owner first.")
