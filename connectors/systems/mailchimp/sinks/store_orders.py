"""Sales orders as orders of the e-commerce store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.records import Money, OrderLine, SalesOrder
from connectors.records.money import CURRENCIES
from connectors.sdk.errors import RecordRejected, RecordSkipped
from connectors.sdk.mapping import Desired, FieldRule
from connectors.sdk.system import Action, Change, System, Written
from connectors.systems.mailchimp import contact
from connectors.systems.mailchimp.compare import by_id, holds
from connectors.systems.mailchimp.errors import NOT_FOUND
from connectors.systems.mailchimp.ids import safe_id
from connectors.systems.mailchimp.sinks import order_amounts
from connectors.systems.mailchimp.sinks.store_records import Body, StoreRecords, payload_of
from connectors.systems.mailchimp.times import utc_text

LINES = "/ecommerce/stores/{store}/orders/{order}/lines"
LINE = LINES + "/{line}"
CANCELLED = "cancelled"
PENDING = "pending"
UNKNOWN_STATE = "_unknown_state"
"""Carried from the mapping to the word on the write; never sent."""


class StoreOrders(StoreRecords[SalesOrder]):
    """Upserts orders, each in one call. In the desired state customer and products stand by their keys in the
    source; their ids are put in when it is sent.
    """

    name = "store_orders"
    accepts = SalesOrder
    title = "store orders"
    collection = "orders"
    put_is_young = True

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self._statuses = self.options.financial_status
        self._shipped = frozenset(self.options.shipped_states)

    # -- mapping ---------------------------------------------------------------------------------------------

    def rules(self) -> Sequence[FieldRule]:
        """Customer, amounts, lines, status, times, where to."""
        return (
            FieldRule("currency_code", "currency", self._currency),
            FieldRule("customer.id", "customer_key", lambda order: order.customer_key),
            FieldRule("lines", "lines that are not cancelled", self._lines),
            FieldRule("order_total", "gross of the lines", self._total),
            FieldRule("tax_total", "gross less net of the lines", self._tax),
            FieldRule("financial_status", "state, by your table; else pending", self._status),
            FieldRule(UNKNOWN_STATE, "state, where it is not in your table", self._unknown_state),
            FieldRule("fulfillment_status", "state, where it means shipped", self._fulfilment),
            FieldRule("processed_at_foreign", "placed_at", lambda order: _time(order.placed_at)),
            FieldRule("updated_at_foreign", "changed_at", lambda order: _time(order.changed_at)),
            FieldRule("cancelled_at_foreign", "changed_at, where the order is cancelled", self._cancelled_at),
            FieldRule("shipping_address", "ship_to", lambda order: contact.store_address(order.ship_to)),
        )

    def target_key(self, record: SalesOrder, desired: Desired) -> str:
        """The order's key, made safe."""
        return safe_id(record.key)

    def _currency(self, order: SalesOrder) -> str:
        if order.currency not in CURRENCIES:
            raise RecordRejected(
                f"{order.currency[:20]!r} is not a currency of ISO 4217. Correct it in the source.",
                code="currency",
            )
        if order.currency != self.options.store_currency:
            raise RecordSkipped(
                f"It is in {order.currency}; the Mailchimp store counts in {self.options.store_currency} "
                "and adds totals up whatever their currency. To have these orders too, set up another "
                "integration with a store in that currency.",
                code="other_currency",
            )
        return order.currency

    def _live(self, order: SalesOrder) -> tuple[OrderLine, ...]:
        """The lines Mailchimp is told of: none of a cancelled order whose lines are all cancelled with it."""
        live = tuple(
            line for line in order.lines if not line.cancelled and (line.quantity or line.gross or line.net)
        )
        if not live and self._status(order) != CANCELLED:
            raise RecordSkipped("It has no lines, and Mailchimp takes no order without.", code="no_lines")
        return live

    def _lines(self, order: SalesOrder) -> list[dict[str, Any]] | None:
        lines = [order_amounts.line_of(line, order.currency) for line in self._live(order)]
        if len({line["id"] for line in lines}) != len(lines):
            raise RecordRejected(
                "Two of its lines have the same key. Correct it in the source.", code="line_keys"
            )
        return lines or None

    def _total(self, order: SalesOrder) -> float | int | None:
        lines = self._live(order)
        total = order_amounts.total(lines, order.currency)
        if total < 0:
            raise RecordRejected(
                f"Its total is negative ({total} {order.currency}): Mailchimp keeps orders, not credits.",
                code="negative",
            )
        return Money(total, order.currency).wire() if lines else None

    def _tax(self, order: SalesOrder) -> float | int | None:
        lines = self._live(order)
        return Money(order_amounts.tax(lines, order.currency), order.currency).wire() if lines else None

    def _status(self, order: SalesOrder) -> str:
        if order.lines and all(line.cancelled for line in order.lines):
            return CANCELLED
        return self._statuses.get(order.state, PENDING)

    def _unknown_state(self, order: SalesOrder) -> str | None:
        return None if order.state in self._statuses or self._status(order) == CANCELLED else order.state

    def _fulfilment(self, order: SalesOrder) -> str | None:
        return "shipped" if order.state in self._shipped else None

    def _cancelled_at(self, order: SalesOrder) -> str | None:
        return _time(order.changed_at or order.placed_at) if self._status(order) == CANCELLED else None

    # -- writing ---------------------------------------------------------------------------------------------

    def wire(self, change: Change, current: Body | None) -> Body:
        """The payload with the ids of its customer and products.

        Raises `RecordRejected` where one is not known, which the engine's waiting should have prevented.
        """
        body = payload_of(change, current)
        body.pop(UNKNOWN_STATE, None)
        customer = body.get("customer") or {}
        body["customer"] = {**customer, "id": _id_of(change, "customer", customer.get("id"))}
        if "lines" in body:
            body["lines"] = [
                {
                    **line,
                    "product_id": _id_of(change, "product", line["product_id"]),
                    "product_variant_id": _id_of(change, "product", line["product_variant_id"]),
                }
                for line in body["lines"]
            ]
        return body

    def upsert(self, change: Change, body: Body) -> Body:
        """As everywhere; of an order that lost all its lines, only that it is cancelled."""
        return super().upsert(change, body) if "lines" in body else self.patch(change, body)

    def patch(self, change: Change, body: Body) -> Body:
        """A changed order takes no customer, and lines without ids, so each line is written by itself."""
        rest = {name: part for name, part in body.items() if name not in {"customer", "lines"}}
        answer = super().patch(change, rest)
        for line in body.get("lines") or ():
            self._put_line(change, line)
        return answer

    def _put_line(self, change: Change, line: Body) -> None:
        rest = {name: part for name, part in line.items() if name != "id"}
        path = {"store": self.store, "order": change.target_key, "line": str(line["id"])}
        try:
            self.api.call("PATCH", LINE, path=path, json=rest)
        except RecordRejected as fault:
            if fault.code != NOT_FOUND:
                raise
            self.api.call("POST", LINES, path=path, json=line)

    def write_one(self, change: Change) -> Written:
        """One order brought there; one that was cancelled before Mailchimp ever saw it stays out."""
        if change.remove or change.external_id or "lines" in change.desired.for_new():
            return super().write_one(change)
        return _never_sent(change)

    def after_write(self, change: Change, answer: Body) -> str:
        """Take away lines the order no longer has, as the upsert may only add; tell of an unknown state."""
        for line in self._surplus(change, answer):
            try:
                self.api.call(
                    "DELETE", LINE, path={"store": self.store, "order": change.target_key, "line": line}
                )
            except RecordRejected as fault:
                if fault.code != NOT_FOUND:
                    raise
        state = change.desired.for_new().get(UNKNOWN_STATE)
        return (
            f"The state {state} is not in your table of payment statuses; it is shown as pending."
            if state
            else ""
        )

    def is_done(self, change: Change, there: Body) -> bool:
        """As everywhere; lines are compared by their ids, and there must be no others."""
        wanted = self.wire(change, there)
        if "lines" not in wanted:
            wanted.pop("customer")
            return holds(there, wanted)
        lines, ours = by_id(there.get("lines")), by_id(wanted.pop("lines"))
        return (
            holds(there, wanted)
            and lines.keys() == ours.keys()
            and all(holds(lines[key], ours[key]) for key in ours)
        )

    @staticmethod
    def _surplus(change: Change, answer: Body) -> list[str]:
        wanted = _line_ids(change.desired)
        if not wanted:
            return []
        standing = set(by_id(answer.get("lines")))
        if "lines" not in answer and change.confirmed is not None:
            standing = _line_ids(change.confirmed)
        return sorted(standing - wanted)


def _line_ids(desired: Desired) -> set[str]:
    return set(by_id(desired.for_new().get("lines")))


def _id_of(change: Change, kind: str, key: object) -> str:
    ids = change.needs.get((kind, str(key)))
    if not ids:
        raise RecordRejected(
            f"Its {kind} {key} is not in the Mailchimp store. Replay that first.", code=f"no_{kind}"
        )
    return ids[0]


def _never_sent(change: Change) -> Written:
    return Written(
        change.id,
        Action.SKIPPED,
        code="cancelled_unseen",
        text="It was cancelled, with all its lines, before it ever went to Mailchimp.",
    )


def _time(moment: datetime | None) -> str | None:
    return utc_text(moment) if moment else None
