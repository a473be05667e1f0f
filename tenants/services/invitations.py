"""Asking people to join. The link goes by mail and nowhere else: who has both it and the address is meant."""

import secrets
import smtplib
from datetime import timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from tenants.models import Invitation, Membership, Role, User
from tenants.models.access import PENDING, digest_of
from tenants.scope import across_tenants, tenant_scope
from tenants.services.errors import MailNotSent, Refused
from tenants.services.team import check_may_handle, lock_team
from tenants.signals import report

VALID_FOR = timedelta(days=7)
MOST_PER_HOUR = 50  # so that nobody can send strangers mail through us


def invite(by: Membership, email: str, role: Role) -> Invitation:
    """Invite an address, or invite it anew: the earlier link stops working."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        lock_team(by)
        check_may_handle(by, role)
        _check_can_be_invited(email)
        Invitation.objects.filter(PENDING, email=email).update(withdrawn=timezone.now())
        invitation = Invitation.objects.create(
            email=email,
            role=role,
            invited_by=by.user,
            digest=digest_of(token),
            expires=timezone.now() + VALID_FOR,
        )
        report("invited", by.tenant_id, by.user, email=invitation.email, role=role)
    _send(invitation, by, token)
    return invitation


def revoke_invitation(by: Membership, invitation_id: UUID) -> None:
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update().get(PENDING, pk=invitation_id)
        check_may_handle(by, Role(invitation.role))
        invitation.withdrawn = timezone.now()
        invitation.save(update_fields=["withdrawn"])
        report("invitation_revoked", by.tenant_id, by.user, email=invitation.email, role=invitation.role)


def find_invitation(token: str) -> Invitation | None:
    """The open invitation this link stands for. Who follows it is no member yet: all tenants are searched."""
    with across_tenants("invitation"):
        found = (
            Invitation.objects.filter(digest=digest_of(token)).select_related("tenant", "invited_by").first()
        )
    return found if found and found.opens_with(token) and found.is_open else None


def accept_invitation(user: User, token: str) -> Membership:
    invitation = find_invitation(token)
    if invitation is None:
        raise Refused("This invitation has expired, was used or was withdrawn. Ask for a new one.")
    if not EmailAddress.objects.filter(user=user, email__iexact=invitation.email, verified=True).exists():
        raise Refused(f"This invitation is for {invitation.email}. Sign in with that address to accept it.")
    with tenant_scope(invitation.tenant_id), transaction.atomic():
        # Of two clicks at once, or a click and a withdrawal, one finds nothing to change.
        accepted = Invitation.objects.filter(PENDING, pk=invitation.pk).update(accepted=timezone.now())
        if not accepted:
            raise Refused("This invitation was used already.")
        membership, joined = Membership.objects.get_or_create(user=user, defaults={"role": invitation.role})
        if not joined:
            raise Refused("You are a member already.")
        report("joined", invitation.tenant_id, user, email=invitation.email, role=invitation.role)
    return membership


def _check_can_be_invited(email: str) -> None:
    if Membership.objects.filter(user__email=email).exists():
        raise Refused(f"{email} is a member already.")
    if Invitation.objects.filter(created__gt=timezone.now() - timedelta(hours=1)).count() >= MOST_PER_HOUR:
        raise Refused(f"{MOST_PER_HOUR} invitations were sent within the hour. Try again later.")


def _send(invitation: Invitation, by: Membership, token: str) -> None:
    link = settings.PUBLIC_URL + reverse("tenants:invitation", args=[token])
    tenant = " ".join(invitation.tenant.name.split())  # a line break would be a header of the mail
    text = (
        f"{by.user} ({by.user.email}) invites you to join {tenant} on ml-connector as {invitation.role}.\n\n"
        f"To accept, open this link within {VALID_FOR.days} days and sign in as {invitation.email}:\n\n"
        f"{link}\n\n"
        "If you did not expect this, there is nothing to do.\n"
    )
    try:
        send_mail(f"Join {tenant} on ml-connector", text, None, [invitation.email])
    except (OSError, smtplib.SMTPException) as error:
        raise MailNotSent(
            "The invitation is there, but the mail could not be sent. Invite again later."
        ) from error
