"""Whether the sandboxes hold what they must.

Asked of the sandboxes themselves, computed from what the source holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from hashlib import md5
from typing import Any

from connectors.management.demo.scene import CURRENCY, QAD_STORE, STORE, Vendors, ask

Finding = tuple[str, object, object]
"""What was counted, what it must be, what it is."""


def findings(vendors: Vendors) -> list[Finding]:
    """Every figure that must agree, of every recipe."""
    return [finding for check in CHECKS.values() for finding in check(vendors)]


def wrong(vendors: Vendors) -> list[str]:
    """A sentence for each figure that does not agree."""
    return [
        f"{name}: must be {expected}, is {found}"
        for name, expected, found in findings(vendors)
        if expected != found
    ]


def ifs_cloud_mailchimp(vendors: Vendors) -> Iterator[Finding]:
    """Each customer with a valid address once, each order in the store's currency once, its total exact."""
    ifs, mailchimp = vendors["ifs_cloud"]["url"], vendors["mailchimp"]["url"]
    customers: list[dict[str, Any]] = ask(ifs, "state?collection=customers")
    states = {one["CustomerId"]: one["email_state"] for one in customers}
    yield from _audience(vendors, "audience", _first_addresses(customers, "email"))
    reachable = {one["CustomerId"] for one in customers if _is_reachable(one)}
    yield "store customers", len(reachable), _count(mailchimp, "customers", STORE)
    yield from _orders(mailchimp, STORE, _ifs_totals(ifs, states))


def infor_mailchimp(vendors: Vendors) -> Iterator[Finding]:
    """Each customer with a valid address once."""
    customers: list[dict[str, Any]] = ask(vendors["infor"]["url"], "state?collection=customers")
    yield from _audience(vendors, "audience_infor", _first_addresses(customers, "MAIL"))


def qad_mailchimp(vendors: Vendors) -> Iterator[Finding]:
    """Each customer of the set with a valid address once, each item, each order with its exact total."""
    qad, mailchimp = vendors["qad"], vendors["mailchimp"]["url"]
    customers = [
        one
        for one in ask(qad["url"], "state?collection=customers")
        if one["sharedSetCode"] == qad["shared_set"]
    ]
    yield from _audience(vendors, "audience_qad", _first_addresses(customers, "EMail"))
    reachable = {one["customerCode"] for one in customers if _is_reachable(one)}
    yield "store customers", len(reachable), _count(mailchimp, "customers", QAD_STORE)
    items = [one for one in ask(qad["url"], "state?collection=items") if one["domainCode"] == qad["domain"]]
    yield "products", len(items), _count(mailchimp, "products", QAD_STORE)
    totals = {
        one["salesOrderNumber"]: Decimal(one["total"])
        for one in ask(qad["url"], "state?collection=sales_orders")
        if one["domainCode"] == qad["domain"] and one["soldToCustomerCode"] in reachable
    }
    yield from _orders(mailchimp, QAD_STORE, totals)


def syspro_mailchimp(vendors: Vendors) -> Iterator[Finding]:
    """Each customer with a valid address once; every session that was opened is closed."""
    syspro = vendors["syspro"]["url"]
    customers: list[dict[str, Any]] = ask(syspro, "state?collection=customers")
    # What SYSPRO calls one field people fill with several: the first that is an address counts.
    yield from _audience(
        vendors, "audience_syspro", (_first_address(one["Email"] or "") for one in customers)
    )
    sessions = ask(syspro, "state?collection=sessions")
    yield "sessions left open", 0, sessions["open"]
    yield "sessions at a time, at most", True, sessions["peak"] <= 1


def needless(vendors: Vendors) -> Iterator[Finding]:
    """Nothing was sent that stood there already."""
    for kind, counts in ask(vendors["mailchimp"]["url"], "journal/writes")["summary"].items():
        yield f"{kind} written without need", 0, counts["unchanged"]


def _is_reachable(customer: Mapping[str, Any]) -> bool:
    """By the sandbox's own word on what it planted."""
    return customer["email_state"] in {"valid", "duplicate", "several"}


def _first_addresses(customers: Iterable[Mapping[str, Any]], field: str) -> Iterator[str]:
    return (_first_address(one[field]) for one in customers if _is_reachable(one))


def _audience(vendors: Vendors, name: str, addresses: Iterable[str]) -> Iterator[Finding]:
    """The members of an audience are exactly these people."""
    audience = vendors["mailchimp"][name]
    wanted = {address.lower() for address in addresses if address}
    expected = {f"{audience}/{md5(address.encode()).hexdigest()}" for address in wanted}  # noqa: S324  Mailchimp's ids
    members = ask(vendors["mailchimp"]["url"], "state?collection=members")
    found = {key for key in members if key.startswith(f"{audience}/")}
    yield f"{name}: members missing", 0, len(expected - found)
    yield f"{name}: members that should not be there", 0, len(found - expected)


_ADDRESS = re.compile(r"[\w.+%'-]+@([\w-]+\.)+[a-z]{2,}", re.IGNORECASE)


def _first_address(field: str) -> str:
    parts = re.split(r"[;,/|\s]+", field)
    return next((part for part in parts if _ADDRESS.fullmatch(part) and ".." not in part), "")


def _count(mailchimp: str, collection: str, store: str) -> int:
    return sum(key.startswith(f"{store}/") for key in ask(mailchimp, f"state?collection={collection}"))


def _orders(mailchimp: str, store: str, totals: dict[str, Decimal]) -> Iterator[Finding]:
    """The orders of a store are exactly these, with exactly these totals."""
    orders = ask(mailchimp, "state?collection=orders")
    found = {
        key.partition("/")[2]: Decimal(str(order["details"]["order_total"]))
        for key, order in orders.items()
        if key.startswith(f"{store}/")
    }
    yield f"{store}: orders that did not arrive", [], sorted(totals.keys() - found.keys())
    yield f"{store}: orders that should not be there", [], sorted(found.keys() - totals.keys())
    both = totals.keys() & found.keys()
    differ = [(key, totals[key], found[key]) for key in both if totals[key] != found[key]]
    yield f"{store}: totals that differ", [], differ


def _ifs_totals(ifs: str, states: dict[str, str]) -> dict[str, Decimal]:
    """The total of each order that must arrive: its lines with tax, each rounded to the cent."""
    totals: dict[str, Decimal] = {}
    for line in ask(ifs, "state?collection=CustomerOrderLine"):
        if line["Objstate"] != "Cancelled":
            kept = 1 - Decimal(line["Discount"]) / 100
            amount = Decimal(line["BuyQtyDue"]) * Decimal(line["UnitPriceInclTax"]) * kept
            cents = amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
            totals[line["OrderNo"]] = totals.get(line["OrderNo"], Decimal(0)) + cents
    return {
        order["OrderNo"]: totals[order["OrderNo"]]
        for order in ask(ifs, "state?collection=orders")
        if order["CurrencyCode"] == CURRENCY
        and order["OrderNo"] in totals
        and states.get(order["customer"]) in {"valid", "duplicate"}
        and totals[order["OrderNo"]] >= 0
    }


CHECKS: dict[str, Callable[[Vendors], Iterator[Finding]]] = {
    "ifs_cloud_mailchimp": ifs_cloud_mailchimp,
    "infor_mailchimp": infor_mailchimp,
    "qad_mailchimp": qad_mailchimp,
    "syspro_mailchimp": syspro_mailchimp,
    "": needless,
}
