"""What a connection asks of a person, system by system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from connectors.forms.derived import DerivedForm
from connectors.models import Connection
from connectors.systems import system_class

# Set by logging in at the vendor, never typed.
NOT_ASKED = {"mailchimp": ({"account"}, {"access_token"})}
# Needed by whoever does not log in at the vendor.
TYPED = {"mailchimp": {"api_key"}}


class NameForm(forms.Form):
    """What a connection is called."""

    name = forms.CharField(
        max_length=120, label="Name", help_text="What your colleagues will know this connection by."
    )


def settings_form(
    system: str, data: Mapping[str, Any] | None = None, stored: Mapping[str, Any] | None = None
) -> DerivedForm:
    """The settings of a system."""
    hidden, _ = NOT_ASKED.get(system, (set(), set()))
    return DerivedForm(
        system_class(system).settings_model, data, stored=stored, without=hidden, prefix="settings"
    )


def credentials_form(
    system: str, data: Mapping[str, Any] | None = None, files: Mapping[str, Any] | None = None
) -> DerivedForm:
    """The credentials of a system: every one is asked for again, as none is ever shown."""
    _, hidden = NOT_ASKED.get(system, (set(), set()))
    model = system_class(system).credentials_model
    form = DerivedForm(model, data, files=files, without=hidden, prefix="credentials")
    for name in TYPED.get(system, ()):
        form.fields[name].required = True
    return form


def free_name(wanted: str) -> str:
    """That name, or with a number behind it where it is taken."""
    taken = set(Connection.objects.values_list("name", flat=True))
    number = 2
    name = wanted
    while name in taken:
        name, number = f"{wanted} {number}", number + 1
    return name
