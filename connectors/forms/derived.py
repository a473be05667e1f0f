"""Forms out of pydantic models: a system's settings and credentials, a recipe's options."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple, get_args, get_origin

from django import forms
from django.utils.html import escape
from pydantic.fields import FieldInfo

from connectors.forms.pairs import TABLES, LinesField, PairsField, in_order, lines_of
from connectors.forms.refusals import put_refusal
from connectors.forms.uploads import TextOrFileField
from connectors.forms.words import HELP, PARTS, Part, label_of, told, words_of
from connectors.sdk.settings import Settings, is_secret
from connectors.services.connections import validated
from connectors.services.errors import Refused

Picks = Mapping[str, list[tuple[str, str]]]
"""By field: (value, label) pairs to choose from."""


class Row(NamedTuple):
    """A field, and when it matters: `name=value other` of another field of the page, or always."""

    bound: forms.BoundField
    when: str


@dataclass(frozen=True, slots=True)
class Group:
    """Some fields that belong together."""

    part: Part
    rows: list[Row]
    when: str = ""

    @property
    def has_errors(self) -> bool:
        """Whether it must not stay folded."""
        return any(row.bound.errors for row in self.rows)


class DerivedForm(forms.Form):
    """One model as a form. `values()` is what the model is made of; what it refuses is said at the fields.

    `stored` are the values so far (secrets never are); `without` leaves fields out, whose stored values stay
    as they are; `picks` offers choices for fields that are text in the model. `others` is the prefix of the
    form whose fields decide when ours matter, if that is another one.
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
        others: str | None = None,
    ) -> None:
        super().__init__(data, files, prefix=prefix)
        self.model, self.stored, self.others = model, dict(stored or {}), others or prefix
        self.kept = {name: self.stored[name] for name in without if name in self.stored}
        for name in (name for _, names in _parts(model) for name in names if name not in without):
            info = model.model_fields[name]
            current = self.stored.get(name, None if info.is_required() else info.get_default())
            choices = (picks or {}).get(name)
            made = _picked(info, choices, current) if choices else _field(model, name, info)
            made.label = info.title or name.replace("_", " ").capitalize()
            made.help_text = escape(_help_beside(made, name, info))
            made.required = made.required and self._matters(info)
            made.error_messages["required"] = "Choose one." if choices else "Enter this."
            self.fields[name] = made
            if not is_secret(model, name):
                self.initial[name] = _shown(current, info, made)

    @property
    def groups(self) -> list[Group]:
        """What people are asked, by what it is about."""
        return self._groups(advanced=False)

    @property
    def advanced(self) -> list[Group]:
        """What has a default that fits nearly everybody."""
        return self._groups(advanced=True)

    @property
    def advanced_fields(self) -> list[forms.BoundField]:
        """All of that."""
        return [row.bound for group in self.advanced for row in group.rows]

    @property
    def advanced_has_errors(self) -> bool:
        """Whether the folded part has to be open."""
        return any(group.has_errors for group in self.advanced)

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

    def _groups(self, *, advanced: bool) -> list[Group]:
        groups = []
        for part, names in _parts(self.model):
            infos = {name: self.model.model_fields[name] for name in names if name in self.fields}
            rows = [
                Row(self[name], self._when(str(_extra(info).get("when", ""))))
                for name, info in infos.items()
                if bool(_extra(info).get("advanced")) is advanced
            ]
            if rows:
                groups.append(Group(part, rows, self._when(part.when)))
        return groups

    def _when(self, condition: str) -> str:
        """The condition, with the field's name as it stands in the page."""
        return f"{self.others}-{condition}" if condition and self.others else condition

    def _matters(self, info: FieldInfo) -> bool:
        """Whether a field has to be filled in, given what was chosen elsewhere in a form that was sent."""
        name, _, values = str(_extra(info).get("when", "")).partition("=")
        if not name or not self.is_bound:
            return True
        return self.data.get(f"{self.others}-{name}" if self.others else name) in values.split()


class ListField(forms.CharField):
    """Several texts, separated by commas."""

    def to_python(self, value: Any) -> Any:
        """The texts as a list."""
        return [part for part in map(str.strip, (super().to_python(value) or "").split(",")) if part]


def _field(model: type[Settings], name: str, info: FieldInfo) -> forms.Field:
    kind, required = info.annotation, _is_needed(info)
    if accept := _extra(info).get("upload"):
        return TextOrFileField(accept=accept, required=required)
    if is_secret(model, name):
        hidden = forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"})
        return forms.CharField(required=required, widget=hidden)
    if get_origin(kind) is dict:
        return PairsField(TABLES[name]) if name in TABLES else LinesField(required=False)
    return _plain_field(info, required=required) or _text_field(name, info, required=required)


def _plain_field(info: FieldInfo, *, required: bool) -> forms.Field | None:
    """The field of a date, a yes or no, a number."""
    if info.annotation == (date | None):
        day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        return forms.DateField(required=False, widget=day)
    if info.annotation is bool:
        return forms.BooleanField(required=False)
    if info.annotation is int:
        return forms.IntegerField(
            required=required, min_value=_limit(info, "ge"), max_value=_limit(info, "le")
        )
    return None


def _text_field(name: str, info: FieldInfo, *, required: bool) -> forms.Field:
    kind = get_origin(info.annotation)
    if kind is Literal:
        return _choice(name, info, [str(value) for value in get_args(info.annotation)], required=required)
    if kind is tuple:
        each = get_args(info.annotation)[0]
        if get_origin(each) is Literal:
            pairs = [(value, words_of(value)) for value in get_args(each)]
            return forms.MultipleChoiceField(
                choices=pairs, required=False, widget=forms.CheckboxSelectMultiple
            )
        return ListField(required=False)
    plain = forms.TextInput(attrs={"spellcheck": "false"})
    return forms.CharField(required=required, max_length=_limit(info, "max_length"), widget=plain)


def _choice(name: str, info: FieldInfo, values: Sequence[str], *, required: bool) -> forms.Field:
    """A choice; where the description goes through the choices, each is explained where it stands."""
    _, said = told(_help_of(name, info), values)
    if 2 * len(said) < len(values):
        return forms.ChoiceField(choices=[(value, words_of(value)) for value in values], required=required)
    pairs = [(value, label_of(value, said.get(value, ""))) for value in values]
    return forms.ChoiceField(choices=pairs, required=required, widget=forms.RadioSelect)


def _help_beside(field: forms.Field, name: str, info: FieldInfo) -> str:
    """What stands at a field: without what stands at its choices already."""
    if isinstance(field, PairsField):
        return field.table.help
    text = _help_of(name, info)
    if type(field.widget) is forms.RadioSelect:
        return told(text, get_args(info.annotation))[0]
    return text


def _help_of(name: str, info: FieldInfo) -> str:
    return HELP.get(name) or info.description or ""


def _parts(model: type[Settings]) -> list[tuple[Part, list[str]]]:
    """Field names by the part of the form they stand in, in the order the parts are named."""
    bases = [base for base in model.__bases__ if issubclass(base, Settings) and base.model_fields]
    parts = [part for base in bases or [model] for part in _split(base)]
    names_told = {name for _, names in parts for name in names}
    own = [name for name in model.model_fields if name not in names_told]
    return [*parts, (Part("More"), own)] if own else parts


def _split(base: type[Settings]) -> list[tuple[Part, list[str]]]:
    """The parts that one class gives."""
    place = f"{base.__module__.removeprefix('connectors.systems.')}.{base.__name__}"
    parts: list[tuple[Part, list[str]]] = [(PARTS.get(place) or PARTS.get(base.__name__) or Part(), [])]
    for name in base.model_fields:
        if begins := PARTS.get(f"{base.__name__}.{name}"):
            parts.append((begins, []))
        parts[-1][1].append(name)
    return parts


def _picked(info: FieldInfo, choices: list[tuple[str, str]], current: Any) -> forms.Field:
    """A choice; what was chosen earlier stays choosable although nobody finds it any more."""
    if current and current not in dict(choices):
        choices = [*choices, (str(current), f"{current} (not found by the last ping)")]
    empty = [("", "Choose one")] if info.is_required() else []
    return forms.ChoiceField(choices=[*empty, *choices], required=info.is_required())


def _shown(value: Any, info: FieldInfo, field: forms.Field) -> Any:
    if isinstance(value, dict):
        usual = info.get_default() or {}
        return in_order(value, usual) if isinstance(field, PairsField) else lines_of(value, usual)
    if isinstance(value, list | tuple):
        return list(value) if isinstance(field, forms.MultipleChoiceField) else ", ".join(value)
    return value


def _extra(info: FieldInfo) -> dict[str, Any]:
    """What a model says of a field beyond its type.

    `advanced`: folded away. `upload`: the ending of the file it is. `when`: it only matters while another
    field has one of these values. `needed`: something has to stand there (while it matters).
    """
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}


def _limit(info: FieldInfo, name: str) -> int | None:
    return next((found for rule in info.metadata if (found := getattr(rule, name, None)) is not None), None)


def _refuses_empty(info: FieldInfo) -> bool:
    """Whether an empty text is none the model would take."""
    pattern = next((rule.pattern for rule in info.metadata if getattr(rule, "pattern", None)), None)
    return bool(_limit(info, "min_length")) or bool(pattern and not re.search(pattern, ""))


def _is_needed(info: FieldInfo) -> bool:
    """Whether something has to stand there: what may be empty is called optional."""
    if info.is_required() or _extra(info).get("needed"):
        return True
    if info.annotation is int or get_origin(info.annotation) is Literal:
        return info.get_default() is not None
    return bool(info.get_default()) and _refuses_empty(info)
