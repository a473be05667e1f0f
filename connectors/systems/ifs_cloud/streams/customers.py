"""Customers with their e-mail addresses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any

from connectors.records import Address, Customer
from connectors.sdk.system import Row
from connectors.systems.ifs_cloud.children import ChildPlace, Children
from connectors.systems.ifs_cloud.emails import VALID, chosen_email, emails_in
from connectors.systems.ifs_cloud.names import person_name
from connectors.systems.ifs_cloud.odata import Json, clean, etag_of
from connectors.systems.ifs_cloud.streams.base import KeyedStream, today
from connectors.systems.ifs_cloud.values import text, tidy, truthy, valid_on, word

NAVIGATION_PAGE = 100
"""Page size where each customer costs a call of its own, so that a page stays a matter of seconds."""

_USED = frozenset(
    {
        "CustomerId",
        "Name",
        "Country",
        "CountryCode",
        "DefaultLanguage",
        "CustomerCategory",
        "CreationDate",
        "CurrencyCode",
        "CustGrp",
    }
)


class Customers(KeyedStream[Customer]):
    """`raw` is `{"customer", "emails"}` and, where the settings ask for them, `contacts` and `addresses`."""

    name = "customers"
    record = Customer
    key = "CustomerId"
    change_finding = "customer_change"

    @property
    def place(self) -> str:
        """The list of customers."""
        return self.settings.customers_set

    @property
    def configured_change_attribute(self) -> str:
        """From the settings."""
        return self.settings.customer_change_attribute

    def walk_size(self) -> int:
        """Smaller where a page of customers means as many calls."""
        by_call = (
            not self._emails.place.flat
            or self.settings.use_contacts
            or (self._addresses and not self._addresses.place.flat)
        )
        return min(self.settings.page_size, NAVIGATION_PAGE) if by_call else self.settings.page_size

    def rows(self, read: Sequence[Json], *, consecutive: bool) -> list[Row]:
        """One row per customer; its version changes with any of its parts."""
        keys = [str(row[self.key]) for row in read]
        day = today()
        emails = self._emails.of(keys, consecutive=consecutive)
        found = {key: emails_in(rows, self.settings.email_method) for key, rows in emails.items()}
        addresses = self._addresses.of(keys, consecutive=consecutive) if self._addresses else None
        without = [key for key in keys if not found[key]] if self.settings.use_contacts else []
        contacts = self._contacts.of(without)
        out = []
        for row, key in zip(read, keys, strict=True):
            raw: dict[str, Any] = {
                "customer": clean(row),
                "emails": [clean(email) | {VALID: valid_on(email, day)} for email in found[key]],
            }
            parts = found[key]
            if self.settings.use_contacts:
                raw["contacts"] = [clean(contact) for contact in contacts.get(key, ())]
                parts = [*parts, *contacts.get(key, ())]
            if addresses is not None:
                raw["addresses"] = [clean(address) for address in addresses[key]]
                parts = [*parts, *addresses[key]]
            out.append(Row(key, raw, version_of(row, parts)))
        return out

    def canonical(self, raw: dict[str, Any]) -> Customer:
        """See `Stream.canonical`. Names are split as `person_name` says; the address is chosen as
        `chosen_email` says.
        """
        key = str(raw["customer"].get("CustomerId", ""))
        who = f"customer {key}"
        source = tidy(raw["customer"], who)
        first, last = person_name(source)
        name = word(source, "Name")
        country = word(source, "CountryCode") or word(source, "Country")
        return Customer(
            key=key,
            name=name,
            email=chosen_email(raw.get("emails", ()), raw.get("contacts", ()), self.settings),
            first_name=first,
            last_name=last,
            company="" if last else name,
            language=word(source, "DefaultLanguage"),
            currency=word(source, "CurrencyCode"),
            category=word(source, "CustomerCategory"),
            group=word(source, "CustGrp"),
            address=_address(raw.get("addresses", ()), country if len(country) == 2 else "", who),
            created_on=word(source, "CreationDate")[:10],
            extra={name: value for name, value in source.items() if name not in _USED and value is not None},
        )

    @cached_property
    def _emails(self) -> Children:
        found = self.findings.get("emails")
        place = ChildPlace(self.settings.customer_set, "CustomerId", "CommunicationMethods", "MethodId")
        if isinstance(found, dict):
            place = ChildPlace(
                found.get("parent") or self.settings.customer_set,
                "CustomerId",
                "CommunicationMethods",
                "MethodId",
                flat=found.get("flat") or "",
                link=found.get("link") or "",
                condition=found.get("condition") or "",
            )
        return self.children(place)

    @cached_property
    def _addresses(self) -> Children | None:
        if not self.settings.read_addresses:
            return None
        flat = self.findings.get("addresses")
        place = ChildPlace(
            self.settings.customer_set,
            "CustomerId",
            "CustomerInfoAddresses",
            "AddressId",
            flat=str(flat or ""),
            link="CustomerId",
        )
        return self.children(place)

    @cached_property
    def _contacts(self) -> Children:
        return self.children(
            ChildPlace(self.settings.customer_set, "CustomerId", "CustomerInfoContacts", "PersonId")
        )


def version_of(row: Json, parts: Sequence[Json]) -> str:
    """A version that changes when the record or anything under it does; empty where IFS gives none."""
    if not (own := etag_of(row)):
        return ""
    if not parts:
        return own
    versions = sorted(etag_of(part) or repr(sorted(part.items())) for part in parts)
    return blake2b("\n".join([own, *versions]).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _address(addresses: Sequence[Json], country: str, who: str) -> Address:
    """The default address, else the first valid one; of a customer whose addresses are not read, only the
    country.
    """
    ordered = sorted(addresses, key=lambda a: (not truthy(a.get("DefAddress")), text(a.get("AddressId"))))
    if not ordered:
        return Address(country=country)
    chosen = tidy(ordered[0], who)
    own = word(chosen, "Country")
    return Address(
        line1=word(chosen, "Address1"),
        line2=word(chosen, "Address2"),
        city=word(chosen, "City"),
        region=word(chosen, "State") or word(chosen, "County"),
        postal_code=word(chosen, "ZipCode"),
        country=own if len(own) == 2 else country,
    )
