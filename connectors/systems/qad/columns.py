"""Which column of a browse says what. Browses are edited by their owners, so every name is a setting.

A browse answers with flat rows whose keys are `table.field`. A column that was taken out of a browse does not
fail: it is just not there any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

COLUMN = re.compile(r"^[A-Za-z]\w{0,60}\.[A-Za-z]\w{0,60}$")
NONE = "-"
"""Said instead of a column where there is none."""

CUSTOMER: Mapping[str, str] = {
    "key": "cm_mstr.cm_addr",
    "name": "ad_mstr.ad_name",
    "search_name": "cm_mstr.cm_sort",
    "email": "",
    "contact": "ad_mstr.ad_attn",
    "phone": "ad_mstr.ad_phone",
    "line1": "ad_mstr.ad_line1",
    "line2": "ad_mstr.ad_line2",
    "city": "ad_mstr.ad_city",
    "region": "ad_mstr.ad_state",
    "postal_code": "ad_mstr.ad_zip",
    "country": "ad_mstr.ad_country",
    "language": "cm_mstr.cm_lang",
    "currency": "cm_mstr.cm_curr",
    "category": "cm_mstr.cm_type",
    "group": "cm_mstr.cm_class",
    "branch": "cm_mstr.cm_region",
    "tax_id": "ad_mstr.ad_vat_reg",
    "hold": "cm_mstr.cm_cr_hold",
    "active": "",
}
CUSTOMER_RECORDS: Mapping[str, str] = {
    "key": "customerV2.customerCode",
    "name": "customerV2.businessRelationName",
    "search_name": "customerV2.addressSearchName",
    "email": "customerV2.EMail",
    "contact": "",
    "phone": "customerV2.telephone",
    "line1": "customerV2.street1",
    "line2": "customerV2.street2",
    "city": "customerV2.city",
    "region": "customerV2.stateCode",
    "postal_code": "customerV2.zipCode",
    "country": "customerV2.countryCode",
    "language": "customerV2.languageCode",
    "currency": "customerV2.currencyCode",
    "category": "customerV2.customerTypeCode",
    "group": "",
    "branch": "",
    "tax_id": "customerV2.federalTax",
    "hold": "customerV2.isLockedCreditLimit",
    "active": "customerV2.isActive",
}
"""The same of a browse over customer records, whose columns carry the names of the entity."""
ITEM: Mapping[str, str] = {
    "key": "pt_mstr.pt_part",
    "title": "pt_mstr.pt_desc1",
    "title2": "pt_mstr.pt_desc2",
    "unit": "pt_mstr.pt_um",
    "price": "pt_mstr.pt_price",
    "currency": "",
    "status": "pt_mstr.pt_status",
}
ORDER: Mapping[str, str] = {
    "key": "so_mstr.so_nbr",
    "customer": "so_mstr.so_cust",
    "currency": "so_mstr.so_curr",
    "placed": "so_mstr.so_ord_date",
    "reference": "so_mstr.so_po",
    "state": "so_mstr.so_stat",
    "invoice": "so_mstr.so_inv_nbr",
    "invoiced": "so_mstr.so_invoiced",
    "site": "so_mstr.so_site",
}
LINE: Mapping[str, str] = {
    "order": "sod_det.sod_nbr",
    "line": "sod_det.sod_line",
    "item": "sod_det.sod_part",
    "quantity": "sod_det.sod_qty_ord",
    "shipped": "sod_det.sod_qty_ship",
    "price": "sod_det.sod_price",
    "unit": "sod_det.sod_um",
    "title": "sod_det.sod_desc",
    "status": "sod_det.sod_status",
}
NEEDED: Mapping[str, frozenset[str]] = {
    "customer": frozenset({"key", "name"}),
    "item": frozenset({"key", "title"}),
    "order": frozenset({"key", "customer", "currency"}),
    "line": frozenset({"line", "item", "quantity", "price"}),
}

_EMAIL = re.compile(r"e[-_]?mail", re.IGNORECASE)
_CHANGED = re.compile(r"_mod_date$|\.(lastModifiedDate|modifiedDate)$")
_VOLATILE = re.compile(r"_(mod_date|mod_time|mod_userid|userid|balance)$|\.lastModified\w+$")


def chosen(defaults: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """The defaults with a tenant's own columns on top; empty where there is none."""
    return {name: "" if column == NONE else column for name, column in {**defaults, **own}.items()}


def of_customers(browse: str) -> Mapping[str, str]:
    """The usual columns of a browse of customers."""
    return CUSTOMER_RECORDS if browse.endswith(".customerV2s") else CUSTOMER


def fault_in(own: Mapping[str, str], defaults: Mapping[str, str]) -> str:
    """What is wrong with a table of columns; empty where nothing is."""
    for name, column in own.items():
        if name not in defaults:
            return f"there is nothing called {name}; there are {', '.join(defaults)}"
        if column != NONE and not COLUMN.match(column):
            return f"{name}: write the column like cm_mstr.cm_addr, or - where there is none"
    return ""


def email_column(names: Iterable[str]) -> str:
    """The column that looks like an e-mail address; empty where none or several do."""
    found = [name for name in names if _EMAIL.search(name.rpartition(".")[2])]
    return found[0] if len(found) == 1 else ""


def change_columns(names: Iterable[str]) -> list[str]:
    """The columns that look like the day of the last change."""
    return sorted(name for name in names if _CHANGED.search(name))


def needed(chosen_columns: Mapping[str, str], kind: str) -> frozenset[str]:
    """The columns without which nothing can be made of a row."""
    return frozenset(filter(None, (chosen_columns[name] for name in NEEDED[kind])))


def tables(names: Iterable[str]) -> frozenset[str]:
    """The tables these columns come from."""
    return frozenset(name.partition(".")[0] for name in names if name)


def lasting(row: Mapping[str, object]) -> dict[str, object]:
    """A row without what changes although nothing happened to the record: stamps and balances."""
    return {name: value for name, value in row.items() if not _VOLATILE.search(name)}
