"""Forms of the pages about people and tenants."""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.forms import SignupForm
from allauth.core import context
from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from tenants.adapter import INVITATION
from tenants.models import Membership, Role, Tenant, User
from tenants.models.tenant import time_zones, validate_time_zone
from tenants.permissions import KEY_SCOPES, Action, allowed
from tenants.services import found_tenant


class TimeZoneField(forms.ChoiceField):
    """A choice among places; one kept from elsewhere (an alias such as US/Eastern) stays valid."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "label": "Time zone",
                "choices": lambda: [(zone, zone.replace("_", " ")) for zone in time_zones()],
                "help_text": "Schedules and times follow it.",
                **kwargs,
            }
        )

    def validate(self, value: str) -> None:
        forms.Field.validate(self, value)
        validate_time_zone(value)


class OrganisationFields(forms.Form):
    organisation = forms.CharField(
        label="Organisation", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    time_zone = TimeZoneField(initial="UTC")


class StartForm(OrganisationFields):
    """For a person who is signed in and belongs nowhere yet."""


class SignUpForm(OrganisationFields, SignupForm):  # type: ignore[misc]  # allauth has no types
    """Signing up founds a tenant, unless the person comes with an invitation to one."""

    field_order = ["email", "password1", "organisation", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if INVITATION in context.request.session:
            del self.fields["organisation"], self.fields["time_zone"]

    def save(self, request: HttpRequest) -> User:
        with transaction.atomic():
            user: User = super().save(request)
            if organisation := self.cleaned_data.get("organisation"):
                found_tenant(user, organisation, self.cleaned_data["time_zone"])
        return user


class TenantForm(forms.ModelForm[Tenant]):
    time_zone = TimeZoneField()

    class Meta:
        model = Tenant
        fields = ["name", "time_zone", "audit_days", "payload_days"]
        labels = {"name": "Organisation"}


def roles_offered(by: Membership) -> list[tuple[str, str]]:
    """The roles this person may give: only owners make owners."""
    return [(role.value, role.label) for role in Role if role != Role.OWNER or by.role == Role.OWNER]


class RoleForm(forms.Form):
    """Takes a role that the person asking may give."""

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = forms.TypedChoiceField(
            label="Role", coerce=Role, choices=roles_offered(by), initial=Role.VIEWER
        )


class InviteForm(RoleForm):
    email = forms.EmailField(label="E-mail address")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class ApiKeyForm(forms.Form):
    """Takes scopes among what the person asking may do."""

    name = forms.CharField(label="Name", max_length=80, help_text="What will use it.")
    days = forms.IntegerField(
        label="Expires after",
        min_value=1,
        max_value=3650,
        initial=365,
        help_text="Days, after which it stops working.",
    )
    field_order = ["name", "scopes", "days"]

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = KEY_SCOPES & allowed(by)
        self.fields["scopes"] = forms.TypedMultipleChoiceField(
            label="May",
            coerce=Action,
            choices=[(action.value, action.words) for action in Action if action in offered],
            widget=forms.CheckboxSelectMultiple,
        )
        self.order_fields(self.field_order)

    @property
    def expires(self) -> datetime:
        return timezone.now() + timedelta(days=self.cleaned_data["days"])
