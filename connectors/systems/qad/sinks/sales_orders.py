"""Mailchimp orders as sales orders in QAD: a create that cannot double.

Our reference, the order's id in Mailchimp, stands in the customer's purchase order field. It is looked up
before the first create, and after every write that went unanswered. An order that somebody else has brought
into QAD under the same reference is noted on, never made a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors.records import SalesOrder
from connectors.sdk.errors import OutcomeUnknown, RecordRejected
from connectors.sdk.mapping import Desired, FieldRule
from connectors.sdk.system import Action, Change, Sink, System, Written, one_by_one, told
from connectors.systems.qad.client import QadClient
from connectors.systems.qad.options import SalesOrderOptions
from connectors.systems.qad.settings import settings_of
from connectors.systems.qad.sinks import wanted as rules
from connectors.systems.qad.sinks.by_entity import EntityOrders
from connectors.systems.qad.sinks.by_qdoc import QdocOrders
from connectors.systems.qad.sinks.standing_orders import StandingOrder, StandingOrders
from connectors.systems.qad.sinks.wanted import WantedOrder
from connectors.systems.qad.submitted import LOCKED
from connectors.systems.qad.writing import QXTEND

LATER_SECONDS = 120.0
_QUEUED = "QXtend took the order, and QAD does not show it yet; we look for it."


class SalesOrders(Sink[SalesOrder]):
    """Creates sales orders, completes half-made ones, notes on those that stand."""

    name = "sales_orders"
    accepts = SalesOrder
    title = "sales orders"
    batch_size = 10
    parallel = 1
    settle_seconds = 120.0
    repeatable = False

    def __init__(self, system: System) -> None:
        super().__init__(system)
        account = system.account
        self.settings = settings_of(account)
        options = account.options
        self.options = options if isinstance(options, SalesOrderOptions) else SalesOrderOptions()
        self._client = QadClient(account)
        self._standing = StandingOrders(self._client, self.settings)
        self._entity: EntityOrders | None = None
        self._qdoc: QdocOrders | None = None
        if self.settings.write_via == QXTEND:
            self._qdoc = QdocOrders(account, self.settings, self.options)
        else:
            self._entity = EntityOrders(account, self._client, self.settings, self.options)

    # -- mapping ---------------------------------------------------------------------------------------------

    def rules(self) -> Sequence[FieldRule]:
        """The order; what stands under `fields` are fields of the header, to which a tenant's rules may add
        (`fields.customShort1`).
        """
        options = self.options
        found = [
            FieldRule("reference", "reference, as our own", self._reference),
            FieldRule("number", "reference", rules.number_of),
            FieldRule("currency", "currency", rules.currency_of),
            FieldRule("ordered_on", "placed_at", rules.day_of),
            FieldRule("state", "state", lambda order: order.state or None),
            FieldRule("lines", "lines that are not cancelled", lambda order: rules.lines_of(order, options)),
        ]
        if options.total_field:
            found.append(FieldRule(f"fields.{options.total_field}", "total", rules.total_of))
        if options.status_field:
            found.append(
                FieldRule(f"fields.{options.status_field}", "state", lambda order: order.state or None)
            )
        return found

    def target_key(self, record: SalesOrder, desired: Desired) -> str:
        """Our reference."""
        return self._reference(record)

    def _reference(self, order: SalesOrder) -> str:
        return rules.reference_of(order, self.options.reference_prefix, self.settings.reference_length)

    # -- writing ---------------------------------------------------------------------------------------------

    def write(self, changes: Sequence[Change]) -> Iterator[Written]:
        """See `Sink.write`. What somebody has open on a screen right now is tried again in a while."""
        for word in one_by_one(changes, self._write):
            is_locked = word.action is Action.REJECTED and word.code == LOCKED
            yield replace(word, action=Action.LATER, after=LATER_SECONDS) if is_locked else word

    def look_up(self, changes: Sequence[Change], sent_at: datetime) -> Iterator[Written]:
        """See `Sink.look_up`: by our reference.

        QXtend may still have in its queue what does not show yet, so for a while it stays unknown.
        """
        patience = timedelta(minutes=self.settings.qxtend_patience_minutes)
        for change in changes:
            order = WantedOrder.of(change.desired)
            try:
                standing = self._found(change, order)
                is_done = standing is not None and self._is_done(standing, order)
            except RecordRejected as fault:
                yield told(change, Action.REJECTED, fault)
                continue
            if standing and is_done:
                yield Written(change.id, _action(change), external_id=standing.number)
            elif not standing and self._qdoc and datetime.now(UTC) - sent_at < patience:
                yield Written(change.id, Action.UNKNOWN, code="queued", text=_QUEUED)

    def _write(self, change: Change) -> Written:
        if change.remove:
            return _skipped(change, "kept", "A sales order stays in QAD when its order is gone in Mailchimp.")
        order = WantedOrder.of(change.desired)
        standing = self._found(change, order)
        if standing is None:
            return self._create(change, order)
        if order.is_cancelled and standing.is_ours:
            raise RecordRejected(
                f"The order was {order.state} in Mailchimp after it had become sales order {standing.number} "
                "in QAD. Decide there what becomes of it; we cancel no sales orders.",
                code="cancelled_there",
            )
        if standing.is_ours and change.confirmed and WantedOrder.of(change.confirmed).lines != order.lines:
            raise RecordRejected(
                f"Its lines were changed in Mailchimp after it had become sales order {standing.number} in "
                "QAD. Change them there by hand.",
                code="lines_changed",
            )
        is_half_made = standing.is_ours and not change.external_id and self._entity is not None
        completed = (
            is_half_made and self._entity is not None and self._entity.complete(standing.number, order)
        )
        noted = self._note(standing.number, order)
        action = Action.CREATED if completed else Action.UPDATED if noted else Action.UNCHANGED
        return Written(change.id, action, external_id=standing.number)

    def _create(self, change: Change, order: WantedOrder) -> Written:
        if order.is_cancelled:
            return _skipped(change, "cancelled_unseen", f"It was {order.state} before it ever went to QAD.")
        if change.external_id:
            raise RecordRejected(
                f"Sales order {change.external_id}, made for this order, is gone from QAD, or its customer "
                "or "
                f"purchase order {order.reference} was changed. We make no second one; put it right in QAD "
                "and replay this.",
                code="gone",
            )
        if not self.options.create_orders:
            return _skipped(change, "no_order", "QAD has no such order, and none are to be created.")
        customer = self._customer(change)
        if unknown := self._standing.unknown_items([line.item for line in order.lines]):
            raise RecordRejected(
                f"QAD has no item {', '.join(unknown)}. Give the product in Mailchimp the item number of QAD "
                "as its SKU, or create the item, then replay this.",
                code="no_item",
            )
        number = self._made(customer, order, change)
        self._note(number, order)
        return Written(change.id, Action.CREATED, external_id=number)

    def _made(self, customer: str, order: WantedOrder, change: Change) -> str:
        """Create the order; its number, once QAD shows it."""
        if self._entity:
            return self._entity.create(customer, order)
        if self._qdoc:
            self._qdoc.create(customer, order)
        standing = self._found(change, order)
        if standing is None:
            raise OutcomeUnknown(_QUEUED, code="queued")
        return standing.number

    def _note(self, number: str, order: WantedOrder) -> bool:
        if not order.fields:
            return False
        if self._qdoc:
            return self._qdoc.note(number, order)
        return self._entity is not None and self._entity.note(number, order)

    def _found(self, change: Change, order: WantedOrder) -> StandingOrder | None:
        number = order.number if self.options.match_order_numbers else ""
        return self._standing.find(order.reference, number, _customers(change))

    def _is_done(self, standing: StandingOrder, order: WantedOrder) -> bool:
        if self._entity is None:
            return True
        complete = not standing.is_ours or self._entity.is_complete(standing.number, order)
        return complete and self._entity.is_noted(standing.number, order)

    def _customer(self, change: Change) -> str:
        customers = _customers(change)
        if not customers:
            raise RecordRejected(
                "The buyer is none of the customers that were sent from QAD, so there is nobody to book the "
                "order on. Create the customer in QAD with this e-mail address; then it goes by itself.",
                code="no_customer",
            )
        if len(customers) > 1 and self.options.shared_address == "refuse":
            raise RecordRejected(
                f"Several customers in QAD have the buyer's e-mail address: {', '.join(customers)}. Keep it "
                "on "
                "one of them, or choose in the options that the first one gets the order.",
                code="several_customers",
            )
        return customers[0]


def _customers(change: Change) -> tuple[str, ...]:
    """The customers the buyer is, lowest number first."""
    found = {one for (kind, _), ids in change.needs.items() if kind == "customer" for one in ids}
    return tuple(sorted(found))


def _action(change: Change) -> Action:
    return Action.UPDATED if change.external_id else Action.CREATED


def _skipped(change: Change, code: str, text: str) -> Written:
    return Written(change.id, Action.SKIPPED, code=code, text=text)
