"""Forms out of pydantic models: a system's settings and credentials, a recipe's options."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from django import forms
from django.utils.html import escape
from pydantic.fields import FieldInfo

from connectors.forms.refusals import put_refusal
from connectors.forms.uploads import TextOrFileField
from connectors.sdk.settings import Settings, is_secret
from connectors.services.connections import validated
from connectors.services.errors import Refused

# What the values of our models are called where the value itself would not be understood.
WORDS = {
    "main": "main: users and most clients",
    "int": "int: integrations",
    "default_first": "The default address, else the first valid one",
    "default_only": "Only the default address",
    "transactional": "Known, not subscribed",
    "pending": "Asked by e-mail to confirm",
    "subscribed": "Subscribed at once",
    "oauth_body": "Password grant, token in the header",
    "oauth_query": "Password grant, token in the address",
    "basic": "User and password with each call (Basic)",
    "cookie": "Log-in page, session cookie",
    "qxtend": "QXtend (QDoc)",
    "entity": "Entity API",
    "odata": "OData",
    "enet": "e.net",
    "m3": "M3",
    "csi": "CloudSuite Industrial (SyteLine)",
    "first": "The first one",
    "first_valid": "The first valid one",
    "only_one": "Only where there is just one",
    "refuse": "None: set the record aside, with the reason",
    "nowhere": "Nowhere",
    "SoldTo": "Sold-to address",
    "ShipTo": "Ship-to address",
    "auto": "As ping finds best",
    "lmts": "Time stamp (LMTS)",
    "export": "EXPORTMI",
    "everything": "Everything, each time",
    "added": "Those added since, and everything now and then",
}
Picks = Mapping[str, list[tuple[str, str]]]
"""By field: (value, label) pairs to choose from."""
PARTS = {
    "AudienceOptions": "Audience",
    "StoreOptions": "Store",
    "SupplierOptions": "Suppliers, if you include them",
    "OrdersBackOptions": "Orders that come back, if you include them",
    "SalesOrderOptions": "How orders are kept in QAD",
    "CustomerBackOptions": "What comes back to Infor, if you include it",
    "ReceivableOptions": "Orders as AR transactions, if you include them",
    "MessageLogOptions": "Messages noted in Infor, if you include them",
    "ProductSettings": "Product and company",
    "M3Settings": "M3",
    "CsiSettings": "CloudSuite Industrial",
    "StandingSettings": "How accounts stand",
    "CustomerSettings": "Customers",
    "GatewaySettings": "ION API",
    "FlagOptions": "What comes back to IFS Cloud, if you include it",
    "PlaceSettings": "Where things are",
    "ReadingSettings": "What is read",
    "WritingSettings": "How it is written",
}


class DerivedForm(forms.Form):
    """One model as a form. `values()` is what the model is made of; what it refuses is said at the fields.

    `stored` are the values so far (secrets never are); `without` leaves fields out, whose stored values stay
    as they are; `picks` offers choices for fields that are text in the model.
    """

    def __init__(
        self,
        model: type[Settings],
        data: Mapping[str, Any] | None = None,
        *,
        files: Any = None,
        stored: Mapping[str, Any] | None = None,
        without: Collection[str] = (),
        picks: Picks | None = None,
        prefix: str | None = None,
    ) -> None:
        super().__init__(data, files, prefix=prefix)
        self.model, self.stored = model, dict(stored or {})
        self.kept = {name: self.stored[name] for name in without if name in self.stored}
        for name in (name for _, names in _groups(model) for name in names if name not in without):
            info = model.model_fields[name]
            current = self.stored.get(name, None if info.is_required() else info.get_default())
            choices = (picks or {}).get(name)
            self.fields[name] = _picked(info, choices, current) if choices else _field(model, name, info)
            self.fields[name].label = info.title or name.replace("_", " ").capitalize()
            self.fields[name].help_text = escape(info.description or "")
            if not is_secret(model, name):
                self.initial[name] = _shown(current, info)

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """What everybody is asked, by what it is about (the part of the model it comes from)."""
        asked = [name for name in self.fields if not self._is_advanced(name)]
        groups = [
            (title, [self[name] for name in names if name in asked]) for title, names in _groups(self.model)
        ]
        return [(title, bound) for title, bound in groups if bound]

    @property
    def advanced_fields(self) -> list[forms.BoundField]:
        """What has a default that fits nearly everybody."""
        return [self[name] for name in self.fields if self._is_advanced(name)]

    @property
    def advanced_has_errors(self) -> bool:
        """Whether the folded part has to be open."""
        return any(bound.errors for bound in self.advanced_fields)

    def values(self) -> dict[str, Any]:
        """What was entered; what was left empty and has a default is left to the model."""
        entered = {}
        for name, value in self.cleaned_data.items():
            info = self.model.model_fields[name]
            if value is None or (value == "" and (is_secret(self.model, name) or _refuses_empty(info))):
                continue
            entered[name] = value
        return {**self.kept, **entered}

    def clean(self) -> dict[str, Any]:
        """Let the model judge, once every field by itself makes sense."""
        if not self.errors:
            try:
                validated(self.model, self.values())
            except Refused as refusal:
                put_refusal(self, refusal)
        return self.cleaned_data

    def _is_advanced(self, name: str) -> bool:
        return bool(_extra(self.model.model_fields[name]).get("advanced"))


class ListField(forms.CharField):
    """Several texts, separated by commas."""

    def to_python(self, value: Any) -> Any:
        """The texts as a list."""
        return [part for part in map(str.strip, (super().to_python(value) or "").split(",")) if part]


class TableField(forms.CharField):
    """Pairs of texts, a line each: `Invoiced: paid`."""

    widget = forms.Textarea(attrs={"rows": 9, "spellcheck": "false"})

    def to_python(self, value: Any) -> Any:
        """The pairs as a dictionary."""
        table = {}
        for line in filter(None, map(str.strip, (super().to_python(value) or "").splitlines())):
            name, colon, text = line.partition(":")
            if not colon or not name.strip() or not text.strip():
                raise forms.ValidationError(f"“{line}” is no pair. Write it like this: Invoiced: paid")
            table[name.strip()] = text.strip()
        return table


def _field(model: type[Settings], name: str, info: FieldInfo) -> forms.Field:
    kind, required = info.annotation, _is_needed(info)
    if accept := _extra(info).get("upload"):
        return TextOrFileField(accept=accept, required=required)
    if is_secret(model, name):
        hidden = forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"})
        return forms.CharField(required=required, widget=hidden)
    if kind == (date | None):
        day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        return forms.DateField(required=False, widget=day)
    if kind is bool:
        return forms.BooleanField(required=False)
    if kind is int:
        return forms.IntegerField(
            required=required, min_value=_limit(info, "ge"), max_value=_limit(info, "le")
        )
    return _text_field(info, required=required)


def _text_field(info: FieldInfo, *, required: bool) -> forms.Field:
    kind = get_origin(info.annotation)
    if kind is Literal:
        pairs = [(value, words_of(value)) for value in get_args(info.annotation)]
        return forms.ChoiceField(choices=pairs, required=required)
    if kind is tuple:
        return ListField(required=False)
    if kind is dict:
        return TableField(required=False)
    plain = forms.TextInput(attrs={"spellcheck": "false"})
    return forms.CharField(required=required, max_length=_limit(info, "max_length"), widget=plain)


def _groups(model: type[Settings]) -> list[tuple[str, list[str]]]:
    """Field names by the part of the model they are declared in, in the order the parts are named."""
    parts = [base for base in model.__bases__ if issubclass(base, Settings) and base.model_fields]
    groups = [(PARTS.get(part.__name__, ""), list(part.model_fields)) for part in parts]
    told = {name for _, names in groups for name in names}
    own = [name for name in model.model_fields if name not in told]
    return [*groups, ("More" if groups else "", own)] if own else groups


def _picked(info: FieldInfo, choices: list[tuple[str, str]], current: Any) -> forms.Field:
    """A choice; what was chosen earlier stays choosable although nobody finds it any more."""
    if current and current not in dict(choices):
        choices = [*choices, (str(current), f"{current} (not found by the last ping)")]
    empty = [("", "Choose one")] if info.is_required() else []
    return forms.ChoiceField(choices=[*empty, *choices], required=info.is_required())


def words_of(value: object) -> str:
    """A model's choice in words."""
    text = str(value.value if isinstance(value, Enum) else value)
    return WORDS.get(text, text.replace("_", " ").capitalize())


def _shown(value: Any, info: FieldInfo) -> Any:
    if isinstance(value, dict):
        # The database keeps no order; the model's default has the one that makes sense.
        order = list(info.get_default() or {})
        lines = sorted(value.items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else 99)
        return "\n".join(f"{name}: {text}" for name, text in lines)
    return ", ".join(value) if isinstance(value, list | tuple) else value


def _extra(info: FieldInfo) -> dict[str, Any]:
    """What a model says of a field beyond its type: advanced, upload."""
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}


def _limit(info: FieldInfo, name: str) -> int | None:
    return next((found for rule in info.metadata if (found := getattr(rule, name, None)) is not None), None)


def _refuses_empty(info: FieldInfo) -> bool:
    """Whether an empty text is none the model would take."""
    pattern = next((rule.pattern for rule in info.metadata if getattr(rule, "pattern", None)), None)
    return bool(_limit(info, "min_length")) or bool(pattern and not re.search(pattern, ""))


def _is_needed(info: FieldInfo) -> bool:
    """Whether something has to stand there: what may be empty is called optional."""
    if info.is_required():
        return True
    if info.annotation is int or get_origin(info.annotation) is Literal:
        return info.get_default() is not None
    return bool(info.get_default()) and _refuses_empty(info)
