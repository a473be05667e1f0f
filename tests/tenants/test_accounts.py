"""Signing up, signing in and working in one tenant, through the real pages."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from tenants.forms import StartForm
from tenants.middleware import CHOSEN
from tenants.models import Membership, Role, Tenant, User
from tenants.scope import across_tenants, tenant_scope
from tenants.services import change_tenant, found_tenant, memberships_of, sign_up, switch_tenant
from tenants.services.errors import Refused
from tests.tenants.conftest import join, signed_in

FORM = {
    "email": "New@Person.example",
    "password1": "a-long-password",
    "organisation": "Person & Sons",
    "time_zone": "Europe/Berlin",
}


def sign_up_by_page(client: Client, **changes: str) -> HttpResponseBase:
    return client.post(reverse("account_signup"), FORM | changes)


def the_membership(email: str) -> Membership:
    (membership,) = memberships_of(User.objects.get(email=email))
    return membership


# --- signing up ---


@pytest.mark.django_db
def test_signing_up_founds_a_tenant_and_asks_to_confirm_the_address(client: Client) -> None:
    response = sign_up_by_page(client)
    assert response["Location"] == reverse("account_email_verification_sent")
    membership = the_membership("new@person.example")
    assert (membership.role, membership.tenant.name) == (Role.OWNER, "Person & Sons")
    assert (membership.tenant.time_zone, membership.tenant.slug) == ("Europe/Berlin", "person-sons")
    assert (membership.tenant.audit_days, membership.tenant.payload_days) == (400, 90)
    assert "_auth_user_id" not in client.session
    assert mail.outbox[0].to == ["new@person.example"]


@pytest.mark.django_db
def test_a_confirmed_address_can_sign_in_and_an_unconfirmed_one_cannot(client: Client) -> None:
    sign_up_by_page(client)
    visitor = Client()
    login = {"login": "NEW@person.example", "password": FORM["password1"]}
    assert visitor.post(reverse("account_login"), login)["Location"] == reverse(
        "account_email_verification_sent"
    )
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+)", str(mail.outbox[0].body))
    assert link
    visitor.post(link[1])
    assert visitor.post(reverse("account_login"), login)["Location"] == "/app/"
    assert visitor.session["_auth_user_id"] == str(User.objects.get().pk)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("organisation", ""),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", ""),
        ("email", "no"),
        ("password1", "short"),
    ],
)
def test_a_refused_form_makes_nobody(client: Client, field: str, value: str) -> None:
    assert sign_up_by_page(client, **{field: value}).status_code == 200
    assert not User.objects.exists()
    with across_tenants("test"):
        assert not Tenant.objects.exists()


def test_a_known_address_is_not_given_away_and_founds_nothing(client: Client, acme: Membership) -> None:
    response = sign_up_by_page(client, email=acme.user.email)
    assert response["Location"] == reverse("account_email_verification_sent")
    assert "already" in mail.outbox[0].body
    assert [membership.tenant for membership in memberships_of(acme.user)] == [acme.tenant]


@pytest.mark.django_db(transaction=True)
def test_a_tenant_that_cannot_be_founded_leaves_no_person(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Membership.objects.model, "save", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sign_up_by_page(client)
    assert not User.objects.exists()
    assert not EmailAddress.objects.exists()


@pytest.mark.django_db
def test_addresses_are_one_whatever_their_case() -> None:
    user = User.objects.create_user("Ann@Acme.Example", "a-long-password")
    assert user.email == "ann@acme.example"
    assert User.objects.get_by_natural_key("ANN@acme.example") == user
    assert User.objects.filter(email="ANN@ACME.EXAMPLE").exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ANN@ACME.EXAMPLE")
    with pytest.raises(ValueError, match="address"):
        User.objects.create_user("")


@pytest.mark.django_db
def test_a_superuser_is_staff() -> None:
    assert User.objects.create_superuser("root@support.example", "a-long-password").is_staff


@pytest.mark.django_db
def test_two_tenants_may_have_the_same_name() -> None:
    first = sign_up(email="a@x.example", password="a-long-password", organisation="Same")
    second = sign_up(email="b@x.example", password="a-long-password", organisation="Same")
    assert first.tenant.slug == "same"
    assert re.fullmatch(r"same-[0-9a-f]{8}", second.tenant.slug)


@pytest.mark.django_db
def test_a_name_without_letters_still_gets_a_slug() -> None:
    assert sign_up(email="a@x.example", password="x", organisation="株式会社").tenant.slug == "tenant"


def test_time_zones_are_checked() -> None:
    with pytest.raises(ValidationError, match="time zone"):
        Tenant(name="x", time_zone="Mars/Olympus").clean_fields()
    assert StartForm({"organisation": "x", "time_zone": "US/Eastern"}).is_valid()
    assert Tenant(time_zone="Europe/Berlin").zone.key == "Europe/Berlin"


# --- working in a tenant ---


def test_a_person_works_in_the_oldest_tenant_until_choosing_another(acme: Membership) -> None:
    second = found_tenant(acme.user, "Second")
    client = signed_in(acme.user)
    assert client.get(reverse("tenants:team")).context["tenant"] == acme.tenant
    assert client.post(reverse("tenants:switch"), {"tenant": second.tenant_id})["Location"] == "/app/"
    response = client.get(reverse("tenants:team"))
    assert response.context["tenant"] == second.tenant
    assert [membership.tenant for membership in response.context["memberships"]] == [
        acme.tenant,
        second.tenant,
    ]


@pytest.mark.parametrize("wanted", ["other", "", "nonsense"])
def test_nobody_switches_into_a_tenant_they_are_not_in(
    acme: Membership, globex: Membership, wanted: str
) -> None:
    client = signed_in(acme.user)
    wanted = str(globex.tenant_id) if wanted == "other" else wanted
    assert client.post(reverse("tenants:switch"), {"tenant": wanted}).status_code == 404
    assert client.get(reverse("tenants:team")).context["tenant"] == acme.tenant


def test_a_forged_choice_in_the_session_falls_back(acme: Membership, globex: Membership) -> None:
    client = signed_in(acme.user)
    session = client.session
    session[CHOSEN] = str(globex.tenant_id)
    session.save()
    assert client.get(reverse("tenants:team")).context["tenant"] == acme.tenant
    assert client.session[CHOSEN] == str(acme.tenant_id)


def test_who_belongs_nowhere_is_led_to_founding(db: None) -> None:
    client = signed_in(User.objects.create_user("lone@x.example", "a-long-password"))
    assert client.get(reverse("tenants:team"))["Location"] == reverse("tenants:start")
    assert client.get(reverse("tenants:start")).status_code == 200
    assert client.post(reverse("tenants:start"), {"organisation": ""}).status_code == 422
    posted = client.post(reverse("tenants:start"), {"organisation": "Lone", "time_zone": "UTC"})
    assert posted["Location"] == "/app/"
    assert client.get(reverse("tenants:team")).context["tenant"].name == "Lone"


def test_a_removed_member_is_outside_at_the_next_request(acme: Membership) -> None:
    member = join(acme, "bob@acme.example", Role.VIEWER)
    client = signed_in(member.user)
    assert client.get(reverse("tenants:team")).status_code == 200
    with tenant_scope(acme.tenant_id):
        member.delete()
    assert client.get(reverse("tenants:team"))["Location"] == reverse("tenants:start")


def test_switching_is_a_service_too(acme: Membership, globex: Membership) -> None:
    assert switch_tenant(acme.user, acme.tenant_id) == acme
    with pytest.raises(Refused):
        switch_tenant(acme.user, globex.tenant_id)


# --- the organisation ---


def test_the_settings_page_changes_the_organisation(acme: Membership) -> None:
    client = signed_in(acme.user)
    form = {"name": "Acme Ltd", "time_zone": "Asia/Tokyo", "audit_days": 500, "payload_days": 30}
    assert client.get(reverse("tenants:settings")).status_code == 200
    assert client.post(reverse("tenants:settings"), form)["Location"] == reverse("tenants:settings")
    with tenant_scope(acme.tenant_id):
        acme.tenant.refresh_from_db()
    assert (acme.tenant.name, acme.tenant.time_zone, acme.tenant.audit_days) == (
        "Acme Ltd",
        "Asia/Tokyo",
        500,
    )


def test_refused_settings_change_nothing_on_the_page(acme: Membership) -> None:
    form = {"name": "Taken", "time_zone": "Mars/Olympus", "audit_days": 0, "payload_days": 30}
    response = signed_in(acme.user).post(reverse("tenants:settings"), form)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"time_zone", "audit_days"}
    assert response.context["tenant"].name == "Acme"


def test_an_operator_cannot_change_the_organisation(acme: Membership) -> None:
    operator = join(acme, "op@acme.example", Role.OPERATOR)
    assert signed_in(operator.user).post(reverse("tenants:settings"), {"name": "x"}).status_code == 403
    with tenant_scope(acme.tenant_id), pytest.raises(Refused):
        change_tenant(operator, name="x")


# --- allauth, as we want it ---


@pytest.mark.parametrize(
    ("target", "followed"),
    [
        ("/app/runs/", True),
        ("https://evil.example/", False),
        ("//evil.example/", False),
        ("http://localhost/app/", False),  # in ALLOWED_HOSTS, but another host than was asked
        ("javascript:alert(1)", False),
    ],
)
def test_log_in_leads_only_to_ourselves(
    client: Client, acme: Membership, target: str, *, followed: bool
) -> None:
    form = {"login": acme.user.email, "password": "a-long-password", "next": target}
    response = client.post(reverse("account_login"), form)
    assert response["Location"] == (target if followed else "/app/")


def test_wrong_passwords_are_limited(client: Client, acme: Membership) -> None:
    wrong = {"login": acme.user.email, "password": "wrong"}
    answers = [client.post(reverse("account_login"), wrong).content.decode() for _ in range(11)]
    assert "Too many failed login attempts" in answers[-1]


def test_second_factors_are_sealed_at_rest(acme: Membership) -> None:
    TOTP.activate(acme.user, "JBSWY3DPEHPK3PXP")
    codes = RecoveryCodes.activate(acme.user)
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert "JBSWY3DPEHPK3PXP" not in kept
    assert codes.validate_code(codes.get_unused_codes()[0])
    assert kept.count("gAAAA") == 2


def test_a_request_from_nowhere_has_no_tenant(client: Client, db: None) -> None:
    response = client.get(reverse("account_login"))
    assert (response.context["tenant"], response.context["membership"], response.context["may"]) == (
        None,
        None,
        set(),
    )
