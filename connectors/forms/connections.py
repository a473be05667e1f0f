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
# Which credential signs the calls of a hook that somebody enters at the vendor by hand.
HOOK_KEYS = {("mailchimp", "transactional"): "transactional_webhook_key"}


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


class HookKeyForm(forms.Form):
    """The key of a webhook, which its vendor makes once our address is entered."""

    key = forms.CharField(
        max_length=200,
        label="Key of the webhook",
        help_text="Stands beside the webhook there. Until it is here, calls are refused, and sent again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
    )


def credentials_form(
    system: str,
    data: Mapping[str, Any] | None = None,
    files: Mapping[str, Any] | None = None,
    *,
    known: Mapping[str, Any] | None = None,
) -> DerivedForm:
    """The credentials of a system: every one is asked for again, as none is ever shown.

    Those that only some need stay as they are `known` when left empty.
    """
    _, hidden = NOT_ASKED.get(system, (set(), set()))
    model = system_class(system).credentials_model
    form = DerivedForm(model, data, files=files, without=hidden, prefix="credentials", others="settings")
    for name in TYPED.get(system, ()):
        form.fields[name].required = True
    for bound in form.advanced_fields:
        if known and known.get(bound.name):
            form.kept[bound.name] = known[bound.name]
            bound.help_text = f"{bound.help_text} It is set; left empty, it stays as it is."
    return form


def free_name(wanted: str) -> str:
    """That name, or with a number behind it where it is taken."""
    taken = set(Connection.objects.values_list("name", flat=True))
    number = 2
    name = wanted
    while name in taken:
        name, number = f"{wanted} {number}", number + 1
    return name
