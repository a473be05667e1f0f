"""A postal address out of lines whose meaning is the company's own habit."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.records import Address
from connectors.systems.syspro.columns import ADDRESS_LINES
from connectors.systems.syspro.countries import country_code
from connectors.systems.syspro.parts import CustomerSettings

_POSTAL_CODES = {"SoldTo": "SoldPostalCode", "ShipTo": "ShipPostalCode"}


def address_columns(settings: CustomerSettings) -> tuple[str, ...]:
    """The columns an address is made of: lines that mean nothing are not even read."""
    meant = (line for line in ADDRESS_LINES if settings.address_lines.get(line, "nothing") != "nothing")
    return (*(f"{settings.address_from}Addr{line}" for line in meant), _POSTAL_CODES[settings.address_from])


def address_of(customer: Mapping[str, str], settings: CustomerSettings) -> Address:
    """The address of a customer; empty where nothing says anything."""
    parts: dict[str, list[str]] = {}
    for line in ADDRESS_LINES:
        value = customer.get(f"{settings.address_from}Addr{line}", "")
        if value:
            parts.setdefault(settings.address_lines.get(line, "nothing"), []).append(value)
    said = {meaning: ", ".join(values) for meaning, values in parts.items() if meaning != "nothing"}
    postal_code = customer.get(_POSTAL_CODES[settings.address_from], "") or said.get("postal_code", "")
    if not (said or postal_code):
        return Address()
    first, second = said.get("street", ""), said.get("street2", "")
    return Address(
        line1=first or second,
        line2=second if first else "",
        city=said.get("city", ""),
        region=said.get("region", ""),
        postal_code=postal_code,
        country=country_code(said.get("country", ""), settings.country_names) or settings.country.upper(),
    )
