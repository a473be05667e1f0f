"""The sales order in QAD that a Mailchimp order belongs to, found by our reference or its own number."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from connectors.sdk.errors import ConfigProblem, RecordRejected
from connectors.systems.qad.client import Filter, QadClient
from connectors.systems.qad.settings import QadSettings
from connectors.systems.qad.values import text


@dataclass(frozen=True, slots=True)
class StandingOrder:
    """An order QAD has. `is_ours`: it carries our reference, so it was made for this Mailchimp order."""

    number: str
    customer: str
    is_ours: bool


class StandingOrders:
    """Looks orders and items up in browses, whichever way orders are written."""

    def __init__(self, client: QadClient, settings: QadSettings) -> None:
        self._client, self._settings = client, settings
        self._known_items: set[str] = set()

    def find(self, reference: str, number: str, customers: Collection[str]) -> StandingOrder | None:
        """The order with our reference; else the one with this number, which came from QAD itself.

        Raises `RecordRejected` where several orders carry the reference, or one of somebody else does: it
        may be ours, and a second one is the worse mistake.
        """
        at = self._settings.order
        if not at["reference"]:
            raise ConfigProblem(
                "The browse of orders shows no purchase order, so we could not tell whether an order was "
                "made already. Add so_mstr.so_po to it, or name another browse, then ping again.",
                code="no_reference",
            )
        alternatives = [[Filter(at["reference"], "eq", reference)]]
        if number and "," not in number:
            alternatives.append([Filter(at["key"], "eq", number)])
        rows = self._client.found(self._settings.orders_browse, *alternatives)
        if rows and at["reference"] not in rows[0]:
            raise ConfigProblem(
                f"The browse of orders no longer shows {at['reference']}, so we could not tell whether an "
                "order was made already. Put the column back, then ping again.",
                code="no_reference",
            )
        ours: dict[str, StandingOrder] = {}
        native: dict[str, StandingOrder] = {}
        foreign: dict[str, StandingOrder] = {}
        for row in rows:
            found = StandingOrder(
                text(row.get(at["key"])),
                text(row.get(at["customer"])),
                text(row.get(at["reference"])) == reference,
            )
            if found.is_ours:
                (ours if found.customer in customers else foreign)[found.number] = found
            elif found.number == number and found.customer in customers:
                native[found.number] = found
        if len(ours) > 1:
            raise RecordRejected(
                f"Several sales orders in QAD carry the purchase order {reference}: "
                f"{', '.join(sorted(ours))}. Keep one of them and clear it on the others, then replay this.",
                code="several_orders",
            )
        if foreign and not ours:
            other = next(iter(foreign.values()))
            raise RecordRejected(
                f"Sales order {other.number} in QAD carries the purchase order {reference}, but is of "
                "customer "
                f"{other.customer}, not of the buyer. If that is another order, choose a prefix for our "
                "reference in the options; if it is this one, put the customer right. Then replay this.",
                code="other_customer",
            )
        return next(iter((*ours.values(), *native.values())), None)

    def unknown_items(self, items: Collection[str]) -> list[str]:
        """Those of these items that QAD does not have. Asked before anything is made for them."""
        column = self._settings.item["key"]
        missing = []
        for item in dict.fromkeys(items):
            if item in self._known_items:
                continue
            rows = self._client.found(self._settings.items_browse, [Filter(column, "eq", item)])
            if any(text(row.get(column)) == item for row in rows):
                self._known_items.add(item)
            else:
                missing.append(item)
        return missing
