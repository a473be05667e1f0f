"""From what was read of a customer or supplier to the canonical record. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from connectors.records import Address, Party, Standing
from connectors.sdk.errors import RecordRejected
from connectors.systems.infor.settings import InforSettings
from connectors.systems.infor.values import day, text, tidy

P = TypeVar("P", bound=Party)
Raw = dict[str, Any]
"""`party` (the fields read, without blanks), `standing` and `reason` as they were on the day of reading."""

_MOST_WORDS = 4
_BETWEEN_ADDRESSES = re.compile(r"[;,\s]+")
VOLATILE = frozenset({"overdue", "overdue_days", "last_order"})
"""Serves to judge the standing and changes daily: not kept, unless named among the fields to read."""
_JUDGED = VOLATILE | {"status", "stop"}
"""What has no place of its own in the record."""


def kept(values: Mapping[str, object], names: Mapping[str, str], more: tuple[str, ...]) -> dict[str, str]:
    """What of the values read is kept, so that nothing else counts as a change."""
    wanted = {field for what, field in names.items() if what not in VOLATILE} | set(more)
    return {field: found for field in sorted(wanted) if (found := text(values.get(field)))}


def party_of(kind: type[P], raw: Raw, names: Mapping[str, str], settings: InforSettings) -> P:
    """The record of a row. Raises `RecordRejected` where the row makes no sense."""
    values = raw.get("party") or {}
    key = text(values.get(names["key"]))
    if not key:
        raise RecordRejected("The record has no number.", code="no_key")
    source = tidy(values, f"{kind.kind} {key}")

    def value(what: str) -> str:
        return source.get(names.get(what, ""), "")

    first, last = person_name(value("person"))
    parent = value("parent")
    country = settings.country_codes.get(value("country"), value("country"))
    created = day(value("created"))
    used = {field for what, field in names.items() if what not in _JUDGED}
    return kind(
        key=key,
        name=value("name"),
        email=one_address(value("email")),
        first_name=first,
        last_name=last,
        company=value("name"),
        phone=value("phone"),
        language=settings.language_codes.get(value("language"), value("language")).lower(),
        currency=value("currency").upper(),
        category=value("category"),
        group=value("group"),
        branch=value("branch"),
        tax_id=value("tax_id"),
        standing=Standing(raw.get("standing") or ""),
        standing_reason=str(raw.get("reason") or ""),
        parent_key="" if parent == key else parent,
        marketing_id=value("marketing_id"),
        address=Address(
            line1=value("line1"),
            line2=value("line2"),
            city=value("city"),
            region=value("region"),
            postal_code=value("postal_code"),
            country=country.upper() if len(country) == 2 else country,
        ),
        created_on=created.isoformat() if created else "",
        extra={field: found for field, found in source.items() if field not in used},
    )


def one_address(written: str) -> str:
    """The first e-mail address of a field that holds several; a field without any stays as it is."""
    return next((part for part in _BETWEEN_ADDRESSES.split(written) if "@" in part.strip("@")), written)


def person_name(written: str) -> tuple[str, str]:
    """First and last name of a contact person: "Last, First" or words, the last of them the last name.

    Both empty where it is not clearly somebody's name.
    """
    last, comma, first = (part.strip() for part in written.partition(","))
    if comma:
        return (first, last) if first and last and "," not in first else ("", "")
    words = written.split()
    plausible = 2 <= len(words) <= _MOST_WORDS and not any(sign in written for sign in "0123456789@&/")
    return (" ".join(words[:-1]), words[-1]) if plausible else ("", "")
