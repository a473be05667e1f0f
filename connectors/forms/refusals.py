"""A service's refusal, said at the fields it is about."""

from __future__ import annotations

import re

from django.forms import BaseForm

from connectors.services.errors import Refused

# What pydantic says of a value, in words for the person who typed it.
_PLAIN = (
    (r"^Field required$", "Enter this."),
    (r"^String should have at least 1 character$", "Enter this."),
    (r"^String should have at least (\d+) characters$", r"Enter at least \1 characters."),
    (r"^String should have at most (\d+) characters$", r"Enter at most \1 characters."),
    (r"^String should match pattern", "This has characters that cannot be part of it."),
    (r"^Input should be greater than or equal to (\S+)$", r"Enter \1 or more."),
    (r"^Input should be less than or equal to (\S+)$", r"Enter \1 or less."),
    (r"^Input should be a valid integer", "Enter a whole number."),
    (r"^Input should be '", "Choose one of these."),
)


def put_refusal(form: BaseForm, refusal: Refused) -> None:
    """At each field it names, and what belongs to no field at the head of the form."""
    placed = False
    for name, text in refusal.fields.items():
        field = name.partition(".")[0]
        placed = placed or field in form.fields
        form.add_error(field if field in form.fields else None, plain(text))
    if not placed and not refusal.fields:
        form.add_error(None, refusal.text)


def plain(text: str) -> str:
    """A validator's words as a sentence."""
    for pattern, words in _PLAIN:
        if match := re.search(pattern, text):
            return match.expand(words)
    return text[:1].upper() + text[1:]
