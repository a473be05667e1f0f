"""Setting an integration up: its connections and options, with pickers out of what the last ping found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from connectors.forms.derived import DerivedForm, Picks
from connectors.models import Connection, Integration
from connectors.recipes import Recipe
from connectors.records.money import CURRENCIES
from connectors.services.reading import findings_of
from connectors.systems import system_class

_TAGS = (
    *("first_name_tag", "last_name_tag", "phone_tag", "address_tag", "company_tag", "customer_number_tag"),
    *(
        "tax_id_tag",
        "standing_tag",
        "category_tag",
        "group_tag",
        "branch_tag",
        "language_tag",
        "currency_tag",
    ),
)
_NOT_FILLED = ("", "Leave it alone")
_NO_AUDIENCE = ("", "None: suppliers stay out of Mailchimp")
_NO_STORE = ("", "None: no orders come back")


class StartForm(forms.Form):
    """A name and the two connections of a recipe."""

    name = forms.CharField(max_length=120, label="Name", help_text="How it is called in lists and messages.")
    source = forms.ModelChoiceField(Connection.objects.none(), empty_label="Choose a connection")
    destination = forms.ModelChoiceField(Connection.objects.none(), empty_label="Choose a connection")

    def __init__(self, recipe: Recipe, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"name": recipe.name})
        for field, system in (("source", recipe.source), ("destination", recipe.destination)):
            choice = self.fields[field]
            assert isinstance(choice, forms.ModelChoiceField)  # noqa: S101  as declared above
            choice.queryset = Connection.objects.filter(system=system)
            choice.label = system_class(system).name
            only = list(choice.queryset[:2])
            if len(only) == 1:
                self.initial[field] = only[0].pk


def options_form(integration: Integration, data: Mapping[str, Any] | None = None) -> DerivedForm:
    """The recipe's options, chosen from what is there."""
    found = findings_of(integration)
    picks = _picks(found, integration.options)
    model = integration.recipe.options_model
    unfilled = {
        name: ""
        for name in _TAGS
        if name in picks
        and name in model.model_fields
        and model.model_fields[name].get_default() not in dict(picks[name])
    }
    stored = {**_suggested(found), **unfilled, **integration.options}
    return DerivedForm(model, data, stored=stored, picks=picks)


def _picks(found: Mapping[str, Any], options: Mapping[str, Any]) -> Picks:
    audiences = found.get("audiences") or []
    picks: dict[str, list[tuple[str, str]]] = {
        "store_currency": [(code, code) for code in sorted(CURRENCIES)]
    }
    if audiences:
        choices = [(one["id"], f"{one['name']} ({_people(one.get('members'))})") for one in audiences]
        picks |= {"audience_id": choices, "supplier_audience_id": [_NO_AUDIENCE, *choices]}
    if stores := found.get("stores"):
        ours = options.get("store_id")
        shops = [(one["id"], _shop(one)) for one in stores if one["id"] != ours]
        picks["orders_store_id"] = [_NO_STORE, *shops]
    chosen = [one for one in audiences if one["id"] == options.get("audience_id")] or audiences
    tags = {field["tag"]: field["name"] for one in chosen for field in one.get("merge_fields") or []}
    if tags:
        choices = [_NOT_FILLED, *((tag, f"{name} ({tag})") for tag, name in sorted(tags.items()))]
        picks |= dict.fromkeys(_TAGS, choices)
    return picks


def _suggested(found: Mapping[str, Any]) -> dict[str, Any]:
    """What the pings let one guess, for a person to confirm."""
    suggested: dict[str, Any] = {"store_id": "erp-orders"}
    if currency := found.get("company_currency"):
        suggested["store_currency"] = currency
    if len(audiences := found.get("audiences") or []) == 1:
        suggested["audience_id"] = audiences[0]["id"]
    return suggested


def _people(count: object) -> str:
    return f"{count:,} people" if isinstance(count, int) else "people not counted"


def _shop(store: Mapping[str, Any]) -> str:
    about = ", ".join(filter(None, [store["id"], store.get("currency")]))
    return f"{store.get('name') or store['id']} ({about})"
