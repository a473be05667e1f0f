"""Texts as they end up in a database of Windows-1252: what does not fit was typed another way, or is lost."""

from collections.abc import Sequence

from sandboxes.people import Party

# Codes with what has to be quoted in a URL, in XML or in OData.
SPECIAL_EVERY = 97
_SPECIAL = ("O'NEIL{:03d}", "A&B {:03d}", "C/D-{:03d}", "E#F{:03d}", "G+H{:03d}", "ÅNGE{:03d}", "<K>{:03d}")
LOST_EVERY = 20  # of the names that do not fit, those that came in by an import


def special_code(number: int) -> str:
    """Empty for a customer whose code is just a number."""
    if number % SPECIAL_EVERY:
        return ""
    at = number // SPECIAL_EVERY - 1
    return _SPECIAL[at % len(_SPECIAL)].format(at)


def fits(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def fitting(text: str, length: int) -> str:
    """What an import made of it: question marks, and no more than there is room for."""
    return text.encode("cp1252", "replace").decode("cp1252")[:length].rstrip()


def company_of(party: Party) -> str:
    if fits(party.company) or party.number % LOST_EVERY == 0:
        return party.company
    return f"{_domain(party).replace('-', ' ').title()} {party.country}"


def person_of(party: Party) -> str:
    if fits(party.person) or party.number % LOST_EVERY == 0:
        return party.person
    first, last, *_ = party.email.partition("@")[0].split(".")
    return f"{first.title()} {last.title()}"


# The hundreds' part of a customer's number, and what somebody made of his e-mail. `{}` is the right address.
_EMAILS = {
    **dict.fromkeys((1, 31, 61, 91), ""),
    **dict.fromkeys((12, 42), " "),
    **dict.fromkeys((5, 35, 65), "{};accounts.{number}@{domain}.example"),
    15: "{};" + ";".join(f"{box}.{{number}}@{{domain}}.example" for box in "abcd"),
    25: " {} ; ; orders.{number}@{domain}.example;",
    45: "{},office.{number}@{domain}.example",
    55: "{number} at {domain}",
    85: "no-at-sign.{number};{}",
}


def email_of(party: Party, people: Sequence[Party]) -> str | None:
    """One address mostly; several; none, as blank, as one blank or as null; a wrong one; another's."""
    place = party.number % 100
    if place == 72:
        return None
    if place == 95:
        return people[party.number - 3].email.upper()
    return _EMAILS.get(place, "{}").format(party.email, number=party.number, domain=_domain(party))


def _domain(party: Party) -> str:
    return party.email.partition("@")[2].removesuffix(".example")
