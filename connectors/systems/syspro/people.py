"""E-mail addresses and names out of fields into which people put anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from connectors.sdk.errors import RecordRejected
from connectors.systems.syspro.parts import CustomerSettings

_MOST_SHOWN = 5
_BRACKETED = re.compile(r"<([^<>]*)>\s*$")
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*")
_LONGEST_LOCAL, _LONGEST_ADDRESS = 64, 254
_NOT_IN_PEOPLE = re.compile(r"[0-9&@/+_\"“”()]")
_NOT_PEOPLE = re.compile(
    r"(?i)\b(accounts?|admin|buyer|buying|creditors?|debtors?|department|dept|finance|manager|office|orders?"
    r"|payables?|purchasing|reception|sales|stores?|the|inc|ltd|llc|pty|gmbh|company|co|corp|cc|plc)\b"
)
_MOST_WORDS = 4


def chosen_email(field: str, settings: CustomerSettings, who: str) -> str:
    """The one address of a field by the connection's rule; empty where the field is.

    Raises `RecordRejected` where nothing in it can be an address, or more than one where one is wanted.
    """
    found = addresses(field, settings.email_separators)
    if not found:
        return ""
    valid = [address for address in found if is_address(address)]
    if not valid:
        raise RecordRejected(
            f"{settings.email_column} of {who} holds nothing that can be an e-mail address: {_shown(found)}. "
            "Correct it in SYSPRO.",
            code="email",
        )
    if settings.email_rule == "only_one" and len(valid) > 1:
        raise RecordRejected(
            f"{settings.email_column} of {who} holds {len(valid)} e-mail addresses: {_shown(valid)}. Leave "
            "one of them, or let the connection take the first.",
            code="several_emails",
        )
    return valid[0]


def addresses(field: str, separators: str) -> list[str]:
    """What stands between the separators, once each; of `Jo <jo@x.example>` only the address."""
    parts = re.split(f"[{re.escape(separators)}]", field)
    bare = (found[1] if (found := _BRACKETED.search(part)) else part for part in parts)
    return list(dict.fromkeys(address for part in bare if (address := part.strip().removeprefix("mailto:"))))


def is_address(address: str) -> bool:
    """Whether it can be an e-mail address. Of plain ones only the domain is looked at, once for all."""
    local, _, domain = address.rpartition("@")
    if _PLAIN_LOCAL.fullmatch(local) and len(local) <= _LONGEST_LOCAL and len(address) <= _LONGEST_ADDRESS:
        return _is_domain(domain)
    return _is_valid(address)


def person_name(name: str) -> tuple[str, str]:
    """First and last name, both empty where it is not clearly a person's.

    A digit, an ampersand, a word for a department or a company, a single word, or more than four say that it
    is not. "Last, First" is split at its comma; otherwise the last word is the last name.
    """
    if _NOT_IN_PEOPLE.search(name) or _NOT_PEOPLE.search(name):
        return "", ""
    last, comma, first = (part.strip() for part in name.partition(","))
    if comma:
        return (first, last) if first and last and "," not in first else ("", "")
    words = name.split()
    return (" ".join(words[:-1]), words[-1]) if 2 <= len(words) <= _MOST_WORDS else ("", "")


@lru_cache(maxsize=10_000)
def _is_domain(domain: str) -> bool:
    return _is_valid(f"a@{domain}")


def _is_valid(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _shown(found: Sequence[str]) -> str:
    more = f" and {len(found) - _MOST_SHOWN} more" if len(found) > _MOST_SHOWN else ""
    return ", ".join(part[:60] for part in found[:_MOST_SHOWN]) + more
