"""A sealed value on its way out: printed, exported, in forms; never the secret itself."""

import json
import pickle
from io import StringIO
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.contrib import admin
from django.core import serializers
from django.core.management import call_command
from django.db.models import F
from django.http import HttpRequest
from django.template import Context, Template
from rest_framework import serializers as rest

from tenants.fields import SealedValueUnreadable
from tenants.sealing import MASK
from tests.tenants.conftest import Stored
from tests.tenants.vault import SECRET, Vault, column, reveal

# --- showing ---


def test_values_never_show_the_secret(vault: type[Vault]) -> None:
    row = Vault.objects.create(secret=SECRET)
    shown = [
        *Vault.objects.values("id", "secret"),
        *Vault.objects.values_list("secret"),
        *Vault.objects.values_list("secret", flat=True),
        *Vault.objects.annotate(copy=F("secret")).values("copy"),
        Vault.objects.in_bulk([row.pk])[row.pk].__dict__,
    ]
    assert SECRET not in repr(shown)
    with pytest.raises(SealedValueUnreadable, match="without its row"):
        Vault.objects.values_list("secret", flat=True)[0].reveal()


def test_every_way_to_print_shows_dots(vault: type[Vault]) -> None:
    row = Vault.objects.create(secret=SECRET)
    sealed = row.secret
    assert [str(sealed), repr(sealed), f"{sealed}", f"{sealed!r}", "%s" % sealed] == [MASK] * 5  # noqa: UP031
    assert Template("{{ row.secret }}").render(Context({"row": row})) == MASK
    with pytest.raises(TypeError):
        json.dumps(sealed)


def test_no_object_in_memory_holds_the_text(vault: type[Vault]) -> None:
    row = Vault(secret=SECRET)
    assert SECRET not in repr(row.__dict__)
    assert SECRET.encode() not in pickle.dumps(row)
    assert pickle.loads(pickle.dumps(row)).secret.reveal() == SECRET  # noqa: S301


@pytest.mark.parametrize("form", ["json", "xml", "python"])
def test_exports_leave_it_empty(vault: type[Vault], form: str) -> None:
    row = Vault.objects.create(name="n", secret=SECRET)
    exported = serializers.serialize(form, [row])
    assert SECRET not in str(exported)
    assert "gAAAA" not in str(exported)
    assert "••" not in str(exported)


def test_dumpdata_leaves_it_empty(vault: type[Vault], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps.get_app_config("database"), "models_module", "tests.tenants.vault")
    Vault.objects.create(secret=SECRET)
    out = StringIO()
    call_command("dumpdata", "database.Vault", stdout=out)
    assert json.loads(out.getvalue())[0]["fields"]["secret"] == ""


def test_a_rest_serializer_shows_dots(vault: type[Vault]) -> None:
    class VaultSerializer(rest.ModelSerializer[Vault]):
        class Meta:
            model = Vault
            fields = ["secret"]

    assert VaultSerializer(Vault.objects.create(secret=SECRET)).data == {"secret": MASK}


# --- forms ---


def test_a_form_asks_with_a_password_field_and_never_fills_it(vault: type[Vault]) -> None:
    form = forms.modelform_factory(Vault, fields=["secret"])(instance=Vault.objects.create(secret=SECRET))
    assert isinstance(form.fields["secret"].widget, forms.PasswordInput)
    html = form.as_p()
    assert 'type="password"' in html
    assert "value=" not in html
    bound = forms.modelform_factory(Vault, fields=["secret"])({"secret": SECRET}, instance=Vault())
    assert SECRET not in bound.as_p()


def test_the_admin_asks_with_a_password_field_too(vault: type[Vault]) -> None:
    field: Any = admin.ModelAdmin(Vault, admin.site).formfield_for_dbfield(
        column("secret"), request=HttpRequest()
    )
    assert isinstance(field.widget, forms.PasswordInput)


def test_a_form_that_comes_back_empty_keeps_the_secret(stored: Stored) -> None:
    row = Vault.objects.create(secret=SECRET)
    before = stored.read(row)
    form_class = forms.modelform_factory(Vault, fields=["name", "secret"])
    unchanged = form_class({"name": "n", "secret": ""}, instance=Vault.objects.get(pk=row.pk))
    assert unchanged.is_valid()
    assert unchanged.changed_data == ["name"]
    unchanged.save()
    assert stored.read(row) == before
    changed = form_class({"name": "n", "secret": " new "}, instance=Vault.objects.get(pk=row.pk))
    changed.is_valid()
    changed.save()
    assert reveal(row) == " new "
