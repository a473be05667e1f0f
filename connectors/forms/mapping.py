"""Field rules as rows of a form, and what happens to records that are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

MODES = [
    ("always", "Always"),
    ("if_new", "Only on new records"),
    ("if_empty", "Only where it is empty"),
    ("append", "Add to what is there"),
    ("skip", "Never: leave it alone"),
]
SPARE = 3


class RuleForm(forms.Form):
    """One rule. A row without a destination field is no rule."""

    field = forms.CharField(label="Field there", required=False, max_length=200)
    source = forms.CharField(label="Filled from", required=False, max_length=500)
    value = forms.CharField(label="Or fixed value", required=False, max_length=1000)
    default = forms.CharField(label="If empty, use", required=False, max_length=1000)
    mode = forms.ChoiceField(label="When", choices=MODES, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("field", "source"):
            self.fields[name].widget.attrs |= {
                "list": f"{name}s",
                "spellcheck": "false",
                "autocomplete": "off",
            }

    def clean(self) -> dict[str, Any]:
        """A rule says from where: a field or a value, not both."""
        values = self.cleaned_data
        filled = [name for name in ("source", "value", "default") if values.get(name)]
        if not values.get("field"):
            if filled:
                self.add_error("field", "Which field over there?")
            return values
        if values.get("mode") != "skip":
            if values.get("source") and values.get("value"):
                self.add_error("value", "Either a field or a fixed value.")
            if not filled:
                self.add_error("source", "Filled from what?")
        return values

    def rule(self) -> dict[str, Any]:
        """What `Override` takes."""
        values = self.cleaned_data
        return {
            "field": values["field"],
            "source": values["source"] if values["mode"] != "skip" else "",
            "value": values["value"] or None,
            "default": values["default"] or None,
            "mode": values["mode"] or "always",
        }


RuleFormSet = forms.formset_factory(RuleForm, extra=SPARE, max_num=100, absolute_max=110)


def rules_of(formset: Any) -> list[dict[str, Any]]:
    """The rules of all rows that are rules."""
    return [form.rule() for form in formset.forms if form.cleaned_data.get("field")]


def rule_formset(rules: Sequence[Mapping[str, Any]], data: Mapping[str, Any] | None = None) -> Any:
    """A row for each rule, and some to add."""
    initial = [{name: value or "" for name, value in rule.items()} for rule in rules]
    return RuleFormSet(data, initial=initial, prefix="rules")


class RemovalForm(forms.Form):
    """What happens over there to records that are gone here."""

    removal = forms.ChoiceField(
        label="Records that are gone at their source",
        choices=[("keep", "Keep them over there"), ("remove", "Remove them over there too")],
        widget=forms.RadioSelect,
        help_text="More than usual are never removed at once: a person is asked first.",
    )


class ReasonForm(forms.Form):
    """Why something is set aside."""

    reason = forms.CharField(
        label="Why",
        max_length=500,
        help_text="For your colleagues. The record is tried again when it changes.",
    )
