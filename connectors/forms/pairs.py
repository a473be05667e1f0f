"""Tables of pairs as a form shows them: a choice for each name that is known, else lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from connectors.systems.mailchimp.options import FINANCIAL
from connectors.systems.syspro.columns import ADDRESS_LINES, MEANINGS

Words = tuple[tuple[str, str], ...]
SPARE = 2


@dataclass(frozen=True, slots=True)
class Table:
    """What a table is made of: its names (none: anything), its values (none: any text), (value, label) pairs.

    `rest` is the value that goes without saying: it is not kept. `name` and `value` say what they are.
    """

    names: Words = ()
    values: Words = ()
    rest: str = ""
    name: str = "Name"
    value: str = "Value"
    help: str = ""


STANDINGS: Words = (
    ("active", "Active"),
    ("dormant", "Dormant"),
    ("delinquent", "Delinquent"),
    ("on_hold", "On hold"),
    ("inactive", "Inactive"),
)
TREATMENTS: Words = (
    ("keep", "Nothing special"),
    ("tag", "Tag the contact"),
    ("leave_out", "Leave out"),
    ("unsubscribe", "Unsubscribe"),
    ("archive", "Archive"),
)
_BY_STANDING = Table(
    STANDINGS,
    TREATMENTS,
    rest="keep",
    value="What happens",
    help=(
        "When an account counts as what, the connection to your ERP decides. Tag: the contact carries a tag "
        "with the standing. Leave out: no newcomers, and who is there stays as they are. Unsubscribe: no "
        "more campaigns. Archive: out of the audience, with all that is known of them kept. Once the account "
        "is in good standing again we undo what we did; who unsubscribed themselves stays unsubscribed."
    ),
)
TABLES = {
    "standing_actions": _BY_STANDING,
    "supplier_standing_actions": Table(STANDINGS, TREATMENTS, rest="keep", help="As for customers."),
    "address_lines": Table(
        tuple((line, f"Line {line}") for line in ADDRESS_LINES),
        tuple(
            (meaning, meaning.replace("_", " ").replace("2", ", second line").capitalize())
            for meaning in MEANINGS
        ),
        help=(
            "SYSPRO has lines, your company has a habit. Lines of the same meaning are joined. The postal "
            "code has its own column as well, which wins."
        ),
    ),
    "financial_status": Table(
        values=tuple((status, status.capitalize()) for status in FINANCIAL),
        name="Order state",
        value="Payment status",
        help="What Mailchimp shows for an order in each state of your ERP.",
    ),
    "consent_codes": Table(
        tuple(
            (status, status.capitalize())
            for status in ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived")
        ),
        help=(
            "What is written on the customer for each status in Mailchimp; free fields of M3 hold ten "
            "characters or one. Empty: not written."
        ),
    ),
}
"""By the field of the model."""


class PairsField(forms.Field):
    """A dictionary of texts, asked as a table says."""

    def __init__(self, table: Table) -> None:
        super().__init__(required=False, widget=PairsInput(table))
        self.table = table

    def to_python(self, value: Any) -> dict[str, str]:
        """What is named, without what goes without saying."""
        found: Mapping[str, str] = value or {}
        return {name: text for name, text in found.items() if name and text and text != self.table.rest}


class PairsInput(forms.Widget):
    """A row for each name; where anything can be one, a few empty rows to add to."""

    use_fieldset = True

    def __init__(self, table: Table) -> None:
        super().__init__()
        self.table = table

    def id_for_label(self, id_: str) -> str:
        """None: the rows have labels of their own."""
        return ""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """The rows that were sent."""
        if self.table.names:
            return {key: str(data.get(f"{name}.{key}", "")).strip() for key, _ in self.table.names}
        found: dict[str, str] = {}
        row = 0
        while (key := data.get(f"{name}.{row}.name")) is not None:
            found[str(key).strip()] = str(data.get(f"{name}.{row}.value", "")).strip()
            row += 1
        return found

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The rows."""
        return format_html('<div class="pairs">{}</div>', SafeString("".join(self._rows(name, value or {}))))

    def _rows(self, name: str, pairs: Mapping[str, str]) -> list[SafeString]:
        table = self.table
        if table.names:
            return [
                format_html(
                    '<label for="id_{0}.{1}">{2}</label>{3}',
                    name,
                    key,
                    label,
                    self._value(f"{name}.{key}", pairs.get(key, table.rest), id_=f"id_{name}.{key}"),
                )
                for key, label in table.names
            ]
        return [
            format_html(
                '<input type="text" name="{0}.{1}.name" value="{2}" aria-label="{3}" spellcheck="false">{4}',
                name,
                row,
                key,
                table.name,
                self._value(
                    f"{name}.{row}.value", text, says=f"{table.value}: {key}" if key else table.value
                ),
            )
            for row, (key, text) in enumerate([*pairs.items(), *[("", "")] * SPARE])
        ]

    def _value(self, name: str, chosen: str, *, id_: str = "", says: str = "") -> SafeString:
        told = format_html(' id="{}"', id_) if id_ else format_html(' aria-label="{}"', says)
        if not self.table.values:
            return format_html('<input type="text" name="{}" value="{}"{}>', name, chosen, told)
        choices = list(self.table.values)
        if not chosen:
            choices.insert(0, ("", "Choose one"))
        elif chosen not in dict(choices):
            choices.append((chosen, chosen))
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((value, SafeString(" selected") if value == chosen else "", label) for value, label in choices),
        )
        return format_html('<select name="{}"{}>{}</select>', name, told, options)


class LinesField(forms.CharField):
    """Pairs of texts, a line each: `Invoiced: paid`."""

    widget = forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "mono"})

    def to_python(self, value: Any) -> Any:
        """The pairs as a dictionary."""
        return pairs_of(super().to_python(value) or "")


def pairs_of(text: str) -> dict[str, str]:
    """Lines as pairs; raises `ValidationError`."""
    table = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, value = line.partition(":")
        if not colon or not name.strip() or not value.strip():
            raise forms.ValidationError(f"“{line}” is no pair. Write it like this: Invoiced: paid")
        table[name.strip()] = value.strip()
    return table


def lines_of(pairs: Mapping[str, str], usual: Mapping[str, str]) -> str:
    """Pairs as lines. The database keeps no order; the model's default has the one that makes sense."""
    return "\n".join(f"{name}: {text}" for name, text in in_order(pairs, usual).items())


def in_order(pairs: Mapping[str, str], usual: Mapping[str, str]) -> dict[str, str]:
    """The pairs, those of the model's default first."""
    order = list(usual)
    return dict(sorted(pairs.items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else 99))
