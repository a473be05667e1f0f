"""What an audience takes about a person: pure functions from canonical values to Mailchimp's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from email_validator import EmailNotValidError, validate_email

from connectors.records import Address
from connectors.sdk.errors import RecordRejected, RecordSkipped

TEXT_TYPES = frozenset({"text", "phone"})
"""The types of merge field that take any text."""
ADDRESS_TYPES = frozenset({"address", "text"})
LONGEST_TEXT = 255
"""Mailchimp cuts a text off after so many bytes, without a word and in the middle of a character."""

# Where an address is not complete without its state; elsewhere Mailchimp wants the key, but takes "".
_WITH_STATES = frozenset({"", "US", "CA", "AU", "BR", "IN", "MX"})

_LANGUAGES = frozenset(
    """af ar be bg ca cs da de el en es et fa fi fr ga he hi hr hu id is it ja km ko lt lv mk ms mt nl no
    pl pt ro ru sk sl sr sv sw ta th tr uk vi zh""".split()  # noqa: SIM905
)
_REGIONAL = {"es-es": "es_ES", "fr-ca": "fr_CA", "pt-pt": "pt_PT"}
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*")
LONGEST_LOCAL, LONGEST_ADDRESS = 64, 254
_OTHER_NAMES = {"nb": "no", "nn": "no", "iw": "he", "in": "id"}


def email_address(text: object) -> str:
    """A usable address, its domain in lower case.

    Raises `RecordSkipped` where there is none, `RecordRejected` where it cannot be one.
    """
    if text is not None and not isinstance(text, str):
        raise RecordRejected(
            "The rule for the e-mail address does not yield a text. Correct the rule.", code="email"
        )
    address = (text or "").strip()
    if not address:
        raise RecordSkipped(
            "It has no e-mail address, and Mailchimp knows people by theirs.", code="no_email"
        )
    try:
        return _normalized(address)
    except EmailNotValidError as error:
        raise RecordRejected(f"{address[:100]} is no e-mail address: {error}", code="email") from error


def _normalized(address: str) -> str:
    """As the library has it.

    A plain local part stays as it is, so only the domain is asked about: once for all its addresses.
    """
    local, _, domain = address.rpartition("@")
    if _PLAIN_LOCAL.fullmatch(local) and len(local) <= LONGEST_LOCAL and len(address) <= LONGEST_ADDRESS:
        return f"{local}@{_domain(domain)}"
    return validate_email(address, check_deliverability=False).normalized


@lru_cache(maxsize=10_000)
def _domain(domain: str) -> str:
    return validate_email(f"a@{domain}", check_deliverability=False).domain


def fitting(text: str) -> str:
    """As much of a text as a merge field holds: 255 bytes, cut between characters."""
    data = text.encode("utf-8", "replace")
    return data.decode() if len(data) <= LONGEST_TEXT else data[:LONGEST_TEXT].decode("utf-8", "ignore")


def merge_text(text: str) -> str | None:
    """A text for a merge field; None leaves the field alone: having nothing is no reason to erase."""
    return fitting(text.strip()) or None


def merge_address(address: Address) -> dict[str, str] | None:
    """An address for a merge field; None where it is incomplete: Mailchimp would refuse the whole contact."""
    country = address.country.strip().upper()
    parts = {
        "addr1": address.line1,
        "addr2": address.line2,
        "city": address.city,
        "state": address.region,
        "zip": address.postal_code,
        "country": country,
    }
    filled = {name: fitting(text.strip()) for name, text in parts.items()}
    wanted = ("addr1", "city", "zip", "state") if country in _WITH_STATES else ("addr1", "city", "zip")
    if not all(filled[name] for name in wanted):
        return None
    return {name: text for name, text in filled.items() if text or name == "state"}


def one_line(address: Address) -> str | None:
    """An address for a field that takes text."""
    place = f"{address.postal_code} {address.city}".strip()
    parts = (address.line1, address.line2, place, address.region, address.country)
    return None if address.is_empty else merge_text(", ".join(part.strip() for part in parts if part.strip()))


def language(code: str) -> str | None:
    """Mailchimp's code for a language; None for one it does not offer."""
    spelled = code.strip().lower().replace("_", "-")
    if spelled in _REGIONAL:
        return _REGIONAL[spelled]
    first = spelled.partition("-")[0]
    first = _OTHER_NAMES.get(first, first)
    return first if first in _LANGUAGES else None


def store_address(address: Address) -> dict[str, str] | None:
    """An address in the words of the e-commerce calls; parts that are empty are left out."""
    country = address.country.strip()
    is_code = len(country) == 2
    parts = {
        "address1": address.line1,
        "address2": address.line2,
        "city": address.city,
        "province": address.region,
        "postal_code": address.postal_code,
        "country_code": country.upper() if is_code else "",
        "country": "" if is_code else country,
    }
    filled = {name: text.strip() for name, text in parts.items() if text.strip()}
    return None if address.is_empty else filled


def merge_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Merge fields as they are sent: what a rule of the tenant's made is cut to fit as well."""
    return {tag: fitting(value) if isinstance(value, str) else value for tag, value in values.items()}
