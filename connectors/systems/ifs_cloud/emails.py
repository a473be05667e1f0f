"""Which of a customer's communication methods is the e-mail address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from connectors.systems.ifs_cloud.odata import Json
from connectors.systems.ifs_cloud.settings import IfsCloudSettings
from connectors.systems.ifs_cloud.values import text, truthy

VALID = "ValidToday"
"""Added to what we read: whether the row was valid on the day it was read. So a row that runs out is a
change, and choosing stays pure.
"""

_NOT_LETTERS = re.compile(r"[^a-z]")


def is_email(method: object, wanted: str = "") -> bool:
    """Whether a method id stands for e-mail: the one of the settings, else anything spelled like e-mail
    (`EMail`, `E_MAIL`, `EMAIL`).
    """
    if not isinstance(method, str):
        return False
    return method.lower() == wanted.lower() if wanted else _NOT_LETTERS.sub("", method.lower()) == "email"


def emails_in(rows: Iterable[Json], wanted: str = "") -> list[Json]:
    """Only the e-mail addresses of customers among communication methods."""
    return [
        row
        for row in rows
        if is_email(row.get("MethodId"), wanted) and row.get("PartyType", "Customer") in ("Customer", None)
    ]


def chosen_email(
    emails: Sequence[Mapping[str, object]],
    contacts: Sequence[Mapping[str, object]],
    settings: IfsCloudSettings,
) -> str:
    """The one address of a customer by the connection's rule; empty where there is none. Addresses are not
    judged here.
    """
    valid = [row for row in emails if row.get(VALID, True) and text(row.get("Value"))]
    if len(valid) > 1:
        valid.sort(key=_preference)
    if settings.email_rule == "default_only":
        valid = [row for row in valid if truthy(row.get("MethodDefault"))]
    if valid:
        return text(valid[0].get("Value"))
    if settings.use_contacts:
        primary = (c for c in contacts if truthy(c.get("CustomerPrimary")) and text(c.get("Email")))
        if first := min(primary, key=lambda c: text(c.get("PersonId")), default=None):
            return text(first.get("Email"))
    return ""


def _preference(row: Mapping[str, object]) -> tuple[bool, bool, str, str]:
    """Defaults first, then the customer's own before those of an address, then by number."""
    return (
        not truthy(row.get("MethodDefault")),
        bool(text(row.get("AddressId"))),
        text(row.get("CommId")).zfill(12),
        text(row.get("Value")),
    )
