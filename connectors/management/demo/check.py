"""Whether the sandboxes hold what they must.

Asked of the sandboxes themselves, computed from what the source holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.management.demo.scene import CURRENCY, STORE, Vendors, ask

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
    ifs, mailchimp, audience = (
        vendors["ifs_cloud"]["url"],
        vendors["mailchimp"]["url"],
        vendors["mailchimp"]["audience"],
    )
    customers: list[dict[str, Any]] = ask(ifs, "state?collection=customers")
    states = {one["CustomerId"]: one["email_state"] for one in customers}
    valid = [one for one in customers if one["email_state"] == "valid"]
    reachable = [key for key, state in states.items() if state in {"valid", "duplicate"}]
    members = ask(mailchimp, "state?collection=members")
    mine = {key for key in members if key.startswith(f"{audience}/")}
    yield "audience members", len(valid), len(mine)
    store_customers = ask(mailchimp, "state?collection=customers")
    yield "store customers", len(reachable), sum(key.startswith(f"{STORE}/") for key in store_customers)
    expected = {f"{STORE}/{number}": total for number, total in _order_totals(ifs, states).items()}
    orders = ask(mailchimp, "state?collection=orders")
    found = {key: Decimal(str(order["details"]["order_total"])) for key, order in orders.items()}
    yield "orders that did not arrive", [], sorted(expected.keys() - found.keys())
    yield "orders that should not be there", [], sorted(found.keys() - expected.keys())
    both = expected.keys() & found.keys()
    differ = [(key, expected[key], found[key]) for key in both if expected[key] != found[key]]
    yield "totals that differ", [], differ
    for kind, counts in ask(mailchimp, "journal/writes")["summary"].items():
        yield f"{kind} written without need", 0, counts["unchanged"]


def _order_totals(ifs: str, states: dict[str, str]) -> dict[str, Decimal]:
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


CHECKS: dict[str, Callable[[Vendors], Iterator[Finding]]] = {"ifs_cloud_mailchimp": ifs_cloud_mailchimp}
