"""Members, roles and invitations."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.utils import timezone

from tenants.models import Invitation, Membership, Role, User
from tenants.scope import tenant_scope
from tenants.services import (
    MailNotSent,
    Refused,
    accept_invitation,
    change_role,
    find_invitation,
    invitations,
    invite,
    memberships_of,
    remove_member,
    revoke_invitation,
)
from tenants.signals import acted
from tests.tenants.conftest import join, token_in_mail


@pytest.fixture
def at_acme(acme: Membership) -> Iterator[Membership]:
    with tenant_scope(acme.tenant_id):
        yield acme


@pytest.fixture
def told() -> Iterator[list[dict[str, Any]]]:
    """What the rooms above hear."""
    heard: list[dict[str, Any]] = []

    def listen(**about: Any) -> None:
        heard.append({name: about[name] for name in ("kind", "tenant_id", "actor", "data")})

    acted.connect(listen)
    yield heard
    acted.disconnect(listen)


def person(email: str, *, verified: bool = True) -> User:
    user = User.objects.create_user(email, "a-long-password")
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)
    return user


# --- roles ---


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_only_admins_and_owners_manage_the_team(at_acme: Membership, role: Role) -> None:
    member, other = join(at_acme, "m@acme.example", role), join(at_acme, "o@acme.example", Role.VIEWER)
    with pytest.raises(Refused):
        change_role(member, other.pk, Role.OPERATOR)
    with pytest.raises(Refused):
        remove_member(member, other.pk)
    with pytest.raises(Refused):
        invite(member, "new@acme.example", Role.VIEWER)


def test_admins_have_no_say_over_owners(at_acme: Membership) -> None:
    admin, other = (
        join(at_acme, "admin@acme.example", Role.ADMIN),
        join(at_acme, "o@acme.example", Role.VIEWER),
    )
    with pytest.raises(Refused, match="Only an owner"):
        change_role(admin, other.pk, Role.OWNER)
    with pytest.raises(Refused, match="Only an owner"):
        change_role(admin, at_acme.pk, Role.VIEWER)
    with pytest.raises(Refused, match="Only an owner"):
        remove_member(admin, at_acme.pk)
    with pytest.raises(Refused, match="Only an owner"):
        invite(admin, "new@acme.example", Role.OWNER)
    assert change_role(admin, other.pk, Role.OPERATOR).role == Role.OPERATOR


def test_the_last_owner_stays(at_acme: Membership) -> None:
    with pytest.raises(Refused, match="needs an owner"):
        change_role(at_acme, at_acme.pk, Role.ADMIN)
    with pytest.raises(Refused, match="needs an owner"):
        remove_member(at_acme, at_acme.pk)
    second = join(at_acme, "second@acme.example", Role.ADMIN)
    change_role(at_acme, second.pk, Role.OWNER)
    change_role(at_acme, at_acme.pk, Role.ADMIN)
    assert Membership.objects.get(role=Role.OWNER) == second


@pytest.mark.django_db(transaction=True)
def test_two_owners_cannot_demote_each_other_at_once(acme: Membership) -> None:
    second = join(acme, "second@acme.example", Role.OWNER)
    refusals: list[Refused] = []

    def strike_back() -> None:
        try:
            with tenant_scope(acme.tenant_id):
                change_role(second, acme.pk, Role.VIEWER)
        except Refused as refusal:
            refusals.append(refusal)
        finally:
            connection.close()

    other = threading.Thread(target=strike_back)
    with tenant_scope(acme.tenant_id), transaction.atomic():
        change_role(acme, second.pk, Role.VIEWER)
        other.start()
        wait_until_blocked_or_done(other)
    other.join()
    assert len(refusals) == 1
    assert memberships_of(acme.user)[0].role == Role.OWNER


def wait_until_blocked_or_done(thread: threading.Thread) -> None:
    while thread.is_alive():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
            if cursor.fetchone():
                return
        thread.join(timeout=0.02)


def test_anybody_may_leave(at_acme: Membership) -> None:
    viewer = join(at_acme, "v@acme.example", Role.VIEWER)
    remove_member(viewer, viewer.pk)
    assert list(Membership.objects.all()) == [at_acme]


def test_a_right_lost_meanwhile_is_lost(at_acme: Membership) -> None:
    admin, other = (
        join(at_acme, "admin@acme.example", Role.ADMIN),
        join(at_acme, "o@acme.example", Role.VIEWER),
    )
    Membership.objects.filter(pk=admin.pk).update(role=Role.VIEWER)
    with pytest.raises(Refused):
        remove_member(admin, other.pk)


def test_a_person_is_a_member_once(at_acme: Membership) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=at_acme.user, role=Role.VIEWER)


def test_changes_are_told_with_who_and_what(at_acme: Membership, told: list[dict[str, Any]]) -> None:
    member = join(at_acme, "m@acme.example", Role.VIEWER)
    change_role(at_acme, member.pk, Role.ADMIN)
    remove_member(at_acme, member.pk)
    about = {"tenant_id": at_acme.tenant_id, "actor": at_acme.user}
    assert told == [
        {
            "kind": "role_changed",
            **about,
            "data": {"member": "m@acme.example", "before": "viewer", "after": "admin"},
        },
        {"kind": "member_removed", **about, "data": {"member": "m@acme.example", "role": "admin"}},
    ]


# --- invitations ---


def test_an_invited_person_joins(at_acme: Membership, told: list[dict[str, Any]]) -> None:
    invite(at_acme, "Bob@Acme.example", Role.OPERATOR)
    assert mail.outbox[0].to == ["bob@acme.example"]
    assert "Acme" in mail.outbox[0].body
    bob = person("bob@acme.example")
    membership = accept_invitation(bob, token_in_mail())
    assert (membership.tenant_id, membership.role) == (at_acme.tenant_id, Role.OPERATOR)
    assert [one["kind"] for one in told] == ["invited", "joined"]


def test_the_token_is_kept_only_as_a_hash(at_acme: Membership) -> None:
    invitation = invite(at_acme, "bob@acme.example", Role.VIEWER)
    invitation.refresh_from_db()
    assert token_in_mail() not in str(vars(invitation))
    assert invitation.opens_with(token_in_mail())
    assert not invitation.opens_with(token_in_mail() + "x")


def refused(user: User, token: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        accept_invitation(user, token)
    assert memberships_of(user) == []


def test_an_expired_invitation_is_refused(at_acme: Membership) -> None:
    invitation = invite(at_acme, "bob@acme.example", Role.VIEWER)
    assert timedelta(days=6) < invitation.expires - timezone.now() <= timedelta(days=7)
    Invitation.objects.update(expires=timezone.now())
    refused(person("bob@acme.example"), token_in_mail(), "expired")


def test_the_wrong_person_is_refused(at_acme: Membership) -> None:
    invite(at_acme, "bob@acme.example", Role.VIEWER)
    refused(person("eve@acme.example"), token_in_mail(), "for bob@acme.example")


def test_an_unverified_address_is_refused(at_acme: Membership) -> None:
    invite(at_acme, "bob@acme.example", Role.VIEWER)
    refused(person("bob@acme.example", verified=False), token_in_mail(), "for bob@acme.example")


def test_an_invitation_works_once(at_acme: Membership) -> None:
    invite(at_acme, "bob@acme.example", Role.VIEWER)
    bob = person("bob@acme.example")
    accept_invitation(bob, token_in_mail())
    with pytest.raises(Refused, match="used"):
        accept_invitation(bob, token_in_mail())
    remove_member(at_acme, Membership.objects.get(user=bob).pk)
    refused(bob, token_in_mail(), "used")


def test_of_two_who_click_at_once_one_is_refused(
    at_acme: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    invite(at_acme, "bob@acme.example", Role.VIEWER)
    token, bob = token_in_mail(), person("bob@acme.example")
    seen_before = find_invitation(token)
    accept_invitation(bob, token)
    monkeypatch.setattr(invitations, "find_invitation", lambda _: seen_before)
    with pytest.raises(Refused, match="used already"):
        accept_invitation(bob, token)


def test_a_withdrawn_or_made_up_invitation_is_refused(at_acme: Membership) -> None:
    invitation = invite(at_acme, "bob@acme.example", Role.VIEWER)
    revoke_invitation(at_acme, invitation.pk)
    bob = person("bob@acme.example")
    refused(bob, token_in_mail(), "withdrawn")
    refused(bob, "made-up", "withdrawn")


def test_inviting_again_replaces_the_link(at_acme: Membership) -> None:
    invite(at_acme, "bob@acme.example", Role.VIEWER)
    first = token_in_mail()
    invite(at_acme, "BOB@acme.example", Role.ADMIN)
    assert find_invitation(first) is None
    again = find_invitation(token_in_mail())
    assert again is not None
    assert again.role == Role.ADMIN


def test_members_are_not_invited(at_acme: Membership) -> None:
    with pytest.raises(Refused, match="member already"):
        invite(at_acme, at_acme.user.email.upper(), Role.VIEWER)


def test_invitations_are_limited(at_acme: Membership) -> None:
    Invitation.objects.bulk_create(
        Invitation(email=f"{n}@x.example", role="viewer", digest=str(n), expires=timezone.now())
        for n in range(invitations.MOST_PER_HOUR)
    )
    with pytest.raises(Refused, match="Try again later"):
        invite(at_acme, "one-more@x.example", Role.VIEWER)


def test_one_address_cannot_be_flooded(at_acme: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MOST_PER_HOUR", 2)
    for _ in range(2):
        invite(at_acme, "bob@acme.example", Role.VIEWER)
    with pytest.raises(Refused, match="Try again later"):
        invite(at_acme, "bob@acme.example", Role.VIEWER)


def test_a_name_cannot_smuggle_headers_into_the_mail(at_acme: Membership) -> None:
    at_acme.tenant.name = "Acme\nBcc: everyone@x.example"
    at_acme.tenant.save()
    invite(at_acme, "bob@acme.example", Role.VIEWER)
    assert mail.outbox[0].subject == "Join Acme Bcc: everyone@x.example on ml-connector"


@override_settings(
    EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=1
)
def test_mail_that_cannot_be_sent_is_said(at_acme: Membership) -> None:
    with pytest.raises(MailNotSent):
        invite(at_acme, "bob@acme.example", Role.VIEWER)
    assert Invitation.objects.exists()
