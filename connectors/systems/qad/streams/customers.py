"""Customers with their e-mail address, out of a browse and, where that shows no addresses, their records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from connectors.records import Address, Customer, Standing
from connectors.sdk.paging import concurrently
from connectors.sdk.system import Row
from connectors.systems.qad import columns
from connectors.systems.qad.client import Json
from connectors.systems.qad.people import chosen_email, person_in
from connectors.systems.qad.streams.base import BrowseStream
from connectors.systems.qad.values import flag, text, tidy

ENTITY_PAGE = 50
"""Page size where each customer costs a call of its own, so that a page stays a matter of a minute."""
EMAIL, ACTIVE, HOLD = "EMail", "isActive", "isLockedCreditLimit"
_OF_RECORD = (EMAIL, ACTIVE, HOLD, "stateTax", "federalTax")


class Customers(BrowseStream[Customer]):
    """`raw` is `{"row"}` and, where records are read as well, `record` with what is used of it."""

    name = "customers"
    record = Customer
    what = "customers"

    @property
    def browse(self) -> str:
        """The browse of customers."""
        return self.settings.customers_browse

    @property
    def key(self) -> str:
        """The customer's code. It is unique in its shared set, and a connection is about one domain, which
        has one.
        """
        return self.settings.customer["key"]

    @property
    def needed(self) -> frozenset[str]:
        """Whatever has to be there for a customer."""
        return columns.needed(self.settings.customer, "customer")

    @property
    def own_change_columns(self) -> tuple[str, ...]:
        """From the settings."""
        return self.settings.customer_change_columns

    def walk_size(self) -> int:
        """Smaller where a page of customers means as many calls."""
        return ENTITY_PAGE if self._reads_records else self.settings.page_size

    def rows(self, groups: Sequence[list[Json]]) -> list[Row]:
        """One row per customer; a browse that shows a customer's addresses too has several."""
        found = [(text(group[0].get(self.key)), group[0]) for group in groups]
        if not self._reads_records:
            return [Row(key, {"row": columns.lasting(row)}) for key, row in found]
        keys = [key for key, _ in found]
        records = concurrently(keys, self._record, self.settings.concurrent)
        return [
            Row(key, {"row": columns.lasting(row), "record": record})
            for (key, row), record in zip(found, records, strict=True)
        ]

    def canonical(self, raw: dict[str, Any]) -> Customer:
        """See `Stream.canonical`."""
        at = self._columns
        who = f"customer {text(raw['row'].get(at['key']))}"
        row, record = tidy(raw["row"], who), tidy(raw.get("record") or {}, who)
        name = _word(row, at["name"]) or _word(row, at["search_name"])
        first, last = person_in(_word(row, at["contact"]))
        standing, reason = _standing(row, record, at)
        return Customer(
            key=_word(row, at["key"]),
            name=name,
            email=chosen_email(_word(row, at["email"]) or text(record.get(EMAIL)), self.settings.email_rule),
            first_name=first,
            last_name=last,
            company=name,
            phone=_word(row, at["phone"]),
            language=_word(row, at["language"]),
            currency=_word(row, at["currency"]).upper(),
            category=_word(row, at["category"]),
            group=_word(row, at["group"]),
            branch=_word(row, at["branch"]),
            tax_id=_word(row, at["tax_id"]) or text(record.get("federalTax")) or text(record.get("stateTax")),
            standing=standing,
            standing_reason=reason,
            address=_address(row, at),
            extra={name: value for name, value in row.items() if value not in (None, "")},
        )

    @cached_property
    def _columns(self) -> Mapping[str, str]:
        found = text(self.findings.get("email_column"))
        own = self.settings.customer
        by_record = self.settings.email_source == "entity"
        return {**own, "email": "" if by_record else own["email"] or found}

    @cached_property
    def _reads_records(self) -> bool:
        match self.settings.email_source:
            case "entity":
                return True
            case "auto":
                return not self._columns["email"]
            case _:
                return False

    def _record(self, key: str) -> dict[str, Any]:
        """What is used of one customer's record; empty where QAD shows none."""
        settings = self.settings
        keys = (("sharedSetCode", settings.shared_set), ("customerCode", key))
        record = self.client.entity(settings.customers_collection, settings.customer_view, keys)
        return {name: record[name] for name in _OF_RECORD if name in record} if record else {}


def _standing(
    row: Mapping[str, object], record: Mapping[str, object], at: Mapping[str, str]
) -> tuple[Standing, str]:
    """Inactive before on hold before active; unknown where neither the browse nor the record says."""
    active = flag(row.get(at["active"])) if at["active"] else None
    hold = flag(row.get(at["hold"])) if at["hold"] else None
    active = flag(record.get(ACTIVE)) if active is None else active
    hold = flag(record.get(HOLD)) if hold is None else hold
    if active is False:
        return Standing.INACTIVE, "The customer is not active in QAD."
    if hold:
        return Standing.ON_HOLD, "The customer is on credit hold in QAD."
    return (Standing.UNKNOWN, "") if hold is None and active is None else (Standing.ACTIVE, "")


def _address(row: Mapping[str, object], at: Mapping[str, str]) -> Address:
    country = _word(row, at["country"])
    return Address(
        line1=_word(row, at["line1"]),
        line2=_word(row, at["line2"]),
        city=_word(row, at["city"]),
        region=_word(row, at["region"]),
        postal_code=_word(row, at["postal_code"]),
        country=country.upper() if len(country) == 2 else country,
    )


def _word(row: Mapping[str, object], column: str) -> str:
    return text(row.get(column)) if column else ""
