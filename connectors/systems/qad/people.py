"""E-mail addresses and names out of fields that hold whatever people typed."""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[,;|/]")
_BRACKETED = re.compile(r"<([^<>]*)>")
_NOT_IN_NAMES = re.compile(r"[0-9&@/+_\"“”]")
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "fru", "sr", "sra", "mme", "m"})
_MOST_WORDS = 4
FIRST = "first"


def emails_in(field: str) -> list[str]:
    """The addresses in a field, in order, each once: `A <a@x.com>; b@x.com`.

    A part that is no address stays whole: `anna berg@x.com` may be anybody's, but is not `berg@x.com`'s.
    """
    found: dict[str, str] = {}
    for part in map(str.strip, _SEPARATORS.split(field)):
        bracketed = _BRACKETED.search(part)
        words = [bracketed[1].strip()] if bracketed else part.split()
        whole = words if all("@" in word for word in words) else [part]
        for address in whole:
            plain = address.removeprefix("mailto:")
            found.setdefault(plain.lower(), plain)
    return [address for address in found.values() if "@" in address or "." in address]


def chosen_email(field: str, rule: str) -> str:
    """The one address of a field. What is none, but was meant to be one, comes back as it is: whoever needs
    an address says what is wrong with it.
    """
    found = emails_in(field)
    return found[0] if found and (rule == FIRST or len(found) == 1) else ""


def person_in(attention: str) -> tuple[str, str]:
    """First and last name of a contact person; both empty where that is not clearly one."""
    name = attention.strip().rstrip(".")
    if _NOT_IN_NAMES.search(name):
        return "", ""
    last, comma, first = (part.strip() for part in name.partition(","))
    if comma:
        return (first, last) if first and last and "," not in first else ("", "")
    words = [word for word in name.split() if word.lower().rstrip(".") not in _TITLES]
    return (" ".join(words[:-1]), words[-1]) if 2 <= len(words) <= _MOST_WORDS else ("", "")
