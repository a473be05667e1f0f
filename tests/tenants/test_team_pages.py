"""The team in the browser: members, roles and invitations."""

from uuid import UUID

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from tenants.ids import uuid7
from tenants.models import Invitation, Membership, Role, User
from tenants.permissions import Action
from tenants.scope import across_tenants, tenant_scope
from tenants.services import (
    create_api_key,
    find_invitation,
    invite,
    memberships_of,
)
from tests.tenants.conftest import join, signed_in, token_in_mail


def test_the_team_page_shows_members_and_invitations(acme: Membership, globex: Membership) -> None:
    with tenant_scope(acme.tenant_id):
        invite(acme, "bob@acme.example", Role.VIEWER)
    with tenant_scope(globex.tenant_id):
        invite(globex, "zed@globex.example", Role.VIEWER)
    response = signed_in(acme.user).get(reverse("tenants:team"))
    assert response.context["members"] == [acme]
    assert [one.email for one in response.context["invitations"]] == ["bob@acme.example"]
    assert b"globex" not in response.content


def test_a_viewer_sees_no_invitations_and_no_buttons(acme: Membership) -> None:
    with tenant_scope(acme.tenant_id):
        invite(acme, "bob@acme.example", Role.VIEWER)
    response = signed_in(join(acme, "v@acme.example", Role.VIEWER).user).get(reverse("tenants:team"))
    assert (response.context["invitations"], response.context["form"]) == ([], None)
    assert not any(member.handled for member in response.context["members"])


def test_inviting_by_the_page(acme: Membership) -> None:
    client = signed_in(acme.user)
    assert client.post(reverse("tenants:invite"), {"email": "no", "role": "viewer"}).status_code == 422
    assert (
        client.post(reverse("tenants:invite"), {"email": acme.user.email, "role": "viewer"}).status_code
        == 422
    )
    posted = client.post(reverse("tenants:invite"), {"email": "bob@acme.example", "role": "viewer"})
    assert posted["Location"] == reverse("tenants:team")
    with tenant_scope(acme.tenant_id):
        invitation = Invitation.objects.get()
    client.post(reverse("tenants:revoke_invitation", args=[invitation.pk]))
    assert find_invitation(token_in_mail()) is None


def test_an_admin_is_not_offered_the_owner_role(acme: Membership) -> None:
    client = signed_in(join(acme, "admin@acme.example", Role.ADMIN).user)
    assert "owner" not in dict(client.get(reverse("tenants:team")).context["roles"])
    assert (
        client.post(reverse("tenants:invite"), {"email": "x@x.example", "role": "owner"}).status_code == 422
    )


def test_roles_and_removal_by_the_page(acme: Membership) -> None:
    member, client = join(acme, "m@acme.example", Role.VIEWER), signed_in(acme.user)
    client.post(reverse("tenants:change_role", args=[member.pk]), {"role": "admin"})
    assert memberships_of(member.user)[0].role == Role.ADMIN
    client.post(reverse("tenants:change_role", args=[acme.pk]), {"role": "nonsense"})
    client.post(reverse("tenants:change_role", args=[acme.pk]), {"role": "viewer"})
    assert memberships_of(acme.user)[0].role == Role.OWNER
    assert client.post(reverse("tenants:remove_member", args=[member.pk]))["Location"] == reverse(
        "tenants:team"
    )
    assert memberships_of(member.user) == []


def test_leaving_by_the_page(acme: Membership) -> None:
    viewer = join(acme, "v@acme.example", Role.VIEWER)
    assert (
        signed_in(viewer.user).post(reverse("tenants:remove_member", args=[viewer.pk]))["Location"] == "/app/"
    )
    assert memberships_of(viewer.user) == []


BUTTONS = [
    ("revoke_invitation", {}),
    ("change_role", {"role": "viewer"}),
    ("remove_member", {}),
    ("revoke_api_key", {}),
]


@pytest.mark.parametrize(("name", "form"), BUTTONS)
def test_other_tenants_objects_do_not_exist(
    acme: Membership, globex: Membership, name: str, form: dict[str, str]
) -> None:
    with tenant_scope(globex.tenant_id):
        theirs: dict[str, UUID] = {
            "revoke_invitation": invite(globex, "zed@globex.example", Role.VIEWER).pk,
            "change_role": globex.pk,
            "remove_member": globex.pk,
            "revoke_api_key": create_api_key(globex, "theirs", [Action.VIEW])[0].pk,
        }
    client = signed_in(acme.user)
    for key in (theirs[name], uuid7()):
        assert client.post(reverse(f"tenants:{name}", args=[key]), form).status_code == 404
    with across_tenants("test"):
        assert Invitation.objects.filter(withdrawn=None).count() == 1
        assert Membership.objects.get(pk=globex.pk).role == Role.OWNER


def test_an_invited_visitor_signs_up_without_founding_and_comes_back(acme: Membership) -> None:
    with tenant_scope(acme.tenant_id):
        invite(acme, "bob@acme.example", Role.OPERATOR)
    page = reverse("tenants:invitation", args=[token_in_mail()])
    client = Client()
    assert client.get(page).context["invitation"].tenant == acme.tenant
    form = client.get(reverse("account_signup")).context["form"]
    assert list(form.fields) == ["email", "password1"]
    client.post(reverse("account_signup"), {"email": "bob@acme.example", "password1": "a-long-password"})
    bob = User.objects.get(email="bob@acme.example")
    assert memberships_of(bob) == []
    EmailAddress.objects.filter(user=bob).update(verified=True)
    login = client.post(reverse("account_login"), {"login": bob.email, "password": "a-long-password"})
    assert login["Location"] == page
    assert client.post(page)["Location"] == "/app/"
    assert [membership.role for membership in memberships_of(bob)] == [Role.OPERATOR]
    assert client.get(reverse("tenants:team")).context["tenant"] == acme.tenant


def test_the_page_of_an_invitation_says_why_not(acme: Membership, globex: Membership) -> None:
    with tenant_scope(acme.tenant_id):
        invite(acme, "bob@acme.example", Role.VIEWER)
    page = reverse("tenants:invitation", args=[token_in_mail()])
    client = signed_in(globex.user)
    assert client.get(page).status_code == 200
    response = client.post(page)
    assert response.status_code == 403
    assert "bob@acme.example" in response.context["refusal"]
    gone = client.get(reverse("tenants:invitation", args=["made-up"]))
    assert (gone.status_code, gone.context["invitation"]) == (404, None)
