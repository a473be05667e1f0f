"""Orders as AR transactions: created once, never changed, never doubled.

The invoice number is made from the order, looked up before anything is posted and again whenever an answer
stayed away. What differs later is for people: an AR transaction is corrected by another one.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from connectors.records import Money, SalesOrder
from connectors.sdk.errors import RecordRejected, RecordSkipped
from connectors.sdk.mapping import Desired, FieldRule
from connectors.sdk.system import Action, Change, Sink, System, Written, one_by_one
from connectors.systems.infor.options import receivable_options
from connectors.systems.infor.products import receivables_of
from connectors.systems.infor.settings import settings_of
from connectors.systems.infor.sinks.customers import SETTLE_SECONDS, customers_of
from connectors.systems.infor.values import number, text
from connectors.systems.infor.writer import Posted, Posting


class ArTransactions(Sink[SalesOrder]):
    """One AR transaction for each order, with the customer who is known by the buyer's address."""

    name = "ar_transactions"
    accepts = SalesOrder
    title = "AR transactions"
    settle_seconds = SETTLE_SECONDS
    repeatable = False

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.settings = settings_of(system.account)
        self.options = receivable_options(system.account)
        self.book = receivables_of(system.account)

    def rules(self) -> Sequence[FieldRule]:
        """What is posted; amounts are rounded as their currency is."""
        prefix, length = self.options.ar_prefix, self.book.reference_length
        return (
            FieldRule("reference", "key", lambda order: reference_of(order.key, prefix, length)),
            FieldRule("order", "reference", lambda order: order.reference or order.key),
            FieldRule("date", "placed_at", self._day),
            FieldRule("currency", "currency", lambda order: order.currency),
            FieldRule("total", "total", lambda order: _amount(order, total_of(order))),
            FieldRule("tax", "tax", lambda order: _amount(order, order.tax or Decimal(0))),
            FieldRule("shipping", "shipping", lambda order: _amount(order, order.shipping or Decimal(0))),
            FieldRule("text", "reference", lambda order: f"Mailchimp {order.reference or order.key}"[:40]),
        )

    def target_key(self, record: SalesOrder, desired: Desired) -> str:
        """Our invoice number. Raises `RecordSkipped` for an order that is not to be recorded."""
        if record.state in self.options.order_states_left_out:
            raise RecordSkipped(f"Orders that are {record.state} are not recorded.", code="state")
        wanted = desired.for_new()
        if number(wanted.get("total")) <= 0:
            raise RecordSkipped("The order comes to nothing, so nobody owes anything.", code="no_amount")
        return text(wanted.get("reference"))

    def write(self, changes: Sequence[Change]) -> Iterator[Written]:
        """See `Sink.write`."""
        return one_by_one(changes, self._write)

    def look_up(self, changes: Sequence[Change], sent_at: datetime) -> Iterator[Written]:
        """See `Sink.look_up`: by our invoice number in the customer's ledger."""
        for change in changes:
            for customer in customers_of(change, "customer"):
                if found := self.book.find(customer, change.target_key):
                    yield Written(change.id, Action.CREATED, found.id)
                    break

    def _write(self, change: Change) -> Written:
        if change.remove:
            return Written(
                change.id,
                Action.SKIPPED,
                code="kept",
                text="The order is gone from Mailchimp; its AR transaction stays.",
            )
        posting = self._posting(change)
        if found := self.book.find(posting.customer, posting.reference):
            _refuse_another(found, posting)
            return Written(change.id, Action.UNCHANGED, found.id)
        if change.external_id:
            raise RecordRejected(
                f"The AR transaction {change.external_id} was posted, and is no longer in the ledger. "
                "It is not "
                "posted again; if it was reversed by mistake, enter it in Infor.",
                code="reversed",
            )
        return Written(change.id, Action.CREATED, self.book.post(posting))

    def _posting(self, change: Change) -> Posting:
        wanted: dict[str, Any] = change.desired.for_new()
        on = date.fromisoformat(text(wanted.get("date")))
        return Posting(
            reference=change.target_key,
            customer=self._customer(change),
            currency=text(wanted.get("currency")),
            total=number(wanted.get("total")),
            tax=number(wanted.get("tax")),
            shipping=number(wanted.get("shipping")),
            on=on,
            due=on + timedelta(days=self.options.ar_due_days),
            order=text(wanted.get("order")),
            text=text(wanted.get("text")),
        )

    def _customer(self, change: Change) -> str:
        customers = customers_of(change, "customer")
        if not customers:
            raise RecordRejected(
                "The buyer's address is that of no customer sent from Infor. Create the customer "
                "there; when it "
                "has been read, replay this order.",
                code="no_customer",
            )
        if len(customers) > 1 and self.options.several_customers == "refuse":
            raise RecordRejected(
                f"The buyer's address is that of several customers ({', '.join(customers[:5])}). Give them "
                "addresses of their own, or let the options choose the first; then replay this order.",
                code="several_customers",
            )
        return customers[0]

    def _day(self, order: SalesOrder) -> str:
        placed = order.placed_at or order.changed_at
        if placed is None:
            raise RecordRejected("The order says no date.", code="no_date")
        return placed.astimezone(UTC).astimezone(self.settings.zone).date().isoformat()


def reference_of(key: str, prefix: str, length: int) -> str:
    """The invoice number of an order: the same for the same order, another one for each other."""
    digest = base64.b32encode(blake2b(key.encode("utf-8", "replace"), digest_size=10).digest()).decode()
    return prefix + digest[: length - len(prefix)]


def total_of(order: SalesOrder) -> Decimal:
    """What the customer pays: as the order says, else what its lines come to."""
    if order.total is not None:
        return order.total
    return sum((line.gross for line in order.lines if not line.cancelled), Decimal(0))


def _amount(order: SalesOrder, amount: Decimal) -> str:
    return f"{Money(amount, order.currency).rounded().amount:f}"


def _refuse_another(found: Posted, posting: Posting) -> None:
    if found.total == posting.total and found.currency in {"", posting.currency}:
        return
    raise RecordRejected(
        f"The order was posted as {found.total:f} {found.currency} ({found.id}) and now comes to "
        f"{posting.total:f} {posting.currency}. AR transactions are not changed from here: enter the "
        "difference in Infor.",
        code="posted_differently",
    )
