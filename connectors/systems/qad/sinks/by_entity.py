"""Sales orders through the entity API: a header, then its lines, entered field by field as on the screen.

That is not one transaction: a header may stand without its lines. So the order carries our reference from the
first call on, and whoever comes again completes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.sdk.errors import ConfigProblem, Conflict, OutcomeUnknown, RecordRejected, RetryLater
from connectors.sdk.system import Account
from connectors.systems.qad.client import Json, QadClient
from connectors.systems.qad.options import SalesOrderOptions
from connectors.systems.qad.order_lines import line_of
from connectors.systems.qad.settings import QadSettings
from connectors.systems.qad.sinks.wanted import PRICE, WantedLine, WantedOrder
from connectors.systems.qad.submitted import LOCKED, accepted
from connectors.systems.qad.values import number, text

TRIES = 3
MODIFIED = "2"
"""Of `changeStatus`: the record is sent back changed."""


class EntityOrders:
    """Creates, completes and notes on sales orders by the entity API."""

    def __init__(
        self, account: Account, client: QadClient, settings: QadSettings, options: SalesOrderOptions
    ) -> None:
        self._client, self._settings, self._options = client, settings, options
        self._reference_field = settings.reference_field or text(account.findings.get("reference_field"))

    def create(self, customer: str, wanted: WantedOrder) -> str:
        """Make the header and its lines; returns the order number.

        Raises `OutcomeUnknown` where QAD does not tell the number: it is found by our reference then.
        """
        if not self._reference_field:
            raise ConfigProblem(
                "We do not know which field of an order holds the customer's purchase order, where our "
                "reference must stand. Ping again, or name the field in the connection's settings.",
                code="no_reference_field",
            )
        settings = self._settings
        header = self._header(customer, wanted)
        body = self._client.post(settings.orders_collection, settings.order_view, header)
        records = accepted(body, settings.orders_collection)
        order = text(records[0].get("salesOrderNumber")) if records else ""
        if not order:
            raise OutcomeUnknown(
                "QAD took the order and did not tell its number; we look it up by its purchase order.",
                code=OutcomeUnknown.ANSWERED,
            )
        # QAD may have taken it without keeping it; lines of an order that is not there would be refused.
        if self._client.entity(settings.orders_collection, settings.order_view, self._keys(order)) is None:
            raise OutcomeUnknown(
                f"QAD took sales order {order} and does not show it; we look for it.",
                code=OutcomeUnknown.ANSWERED,
            )
        self.complete(order, wanted)
        return order

    def complete(self, order: str, wanted: WantedOrder) -> bool:
        """Add the lines an order of ours does not have yet; whether there were any.

        An order with other lines and none of these was made by somebody else, and is whole. Raises
        `RecordRejected` where it has some of each.
        """
        missing, foreign = self._compared(order, wanted)
        if foreign and len(missing) < len(wanted.lines) and missing:
            raise RecordRejected(
                f"Sales order {order} has some lines of this order, lacks others, and has lines of its own. "
                "Put it right in QAD by hand.",
                code="lines_differ",
            )
        if foreign:
            return False
        for line in missing:
            self._enter(order, line)
        return bool(missing)

    def is_complete(self, order: str, wanted: WantedOrder) -> bool:
        """Whether every line we want is there, or the order is somebody else's."""
        missing, foreign = self._compared(order, wanted)
        return not missing or (bool(foreign) and len(missing) == len(wanted.lines))

    def note(self, order: str, wanted: WantedOrder) -> bool:
        """Bring the fields of the header in line, on the version just read; whether that took a write."""
        for _ in range(TRIES):
            current = self._read(order)
            changed = _differing(current, wanted.fields)
            if not changed:
                return False
            record = {**current, **changed, "changeStatus": MODIFIED, "dataOperation": "UPDATE"}
            settings = self._settings
            try:
                body = self._client.post(
                    settings.orders_collection, settings.order_view, record, keys=self._keys(order)
                )
                accepted(body, settings.orders_collection)
            except Conflict:
                continue
            if left := sorted(_differing(self._read(order), wanted.fields)):
                raise RecordRejected(
                    f"QAD took the change of order {order} but did not keep {', '.join(left)}. Name fields "
                    "of "
                    "the header that can be changed.",
                    code="not_kept",
                )
            return True
        raise Conflict(
            f"Sales order {order} was changed in QAD each of the {TRIES} times we tried to note this. It is "
            "tried again when it changes, or when you replay it."
        )

    def is_noted(self, order: str, wanted: WantedOrder) -> bool:
        """Whether the header carries what is wanted."""
        return not wanted.fields or not _differing(self._read(order), wanted.fields)

    def _header(self, customer: str, wanted: WantedOrder) -> Json:
        options = self._options
        day = f"{wanted.ordered_on}T00:00:00.000Z" if wanted.ordered_on else ""
        header = {
            "domainCode": self._settings.domain,
            "soldToCustomerCode": customer,
            "siteCode": options.order_site,
            "currencyCode": wanted.currency,
            "creditTermsCode": options.order_credit_terms,
            "daybookSetCode": options.order_daybook_set,
            "orderDate": day,
            "dueDate": day,
            self._reference_field: wanted.reference,
        }
        return {name: value for name, value in header.items() if value}

    def _compared(self, order: str, wanted: WantedOrder) -> tuple[list[WantedLine], int]:
        """The lines that are missing, and how many there are that are not ours."""
        there = self._client.entities(self._settings.line_grid_collection, "", self._keys(order), exact=True)
        standing = Counter(_line_there(line, self._settings.line) for line in there)
        wanted_lines = Counter(wanted.lines)
        # A counter keeps the order in which lines first appeared.
        return list((wanted_lines - standing).elements()), (standing - wanted_lines).total()

    def _enter(self, order: str, wanted: WantedLine) -> None:
        settings = self._settings
        grid = settings.line_grid_collection
        blank = self._blank(order)
        site = self._options.order_site or text(blank.get("siteCode"))
        if not site:
            raise ConfigProblem(
                "QAD wants a site on every order line and the customer has none. Choose the site for new "
                "orders in the options.",
                code="no_site",
            )
        price = _typed(wanted.price, 0)
        steps: Sequence[tuple[str, Any]] = (
            ("itemCode", wanted.item),
            ("siteCode", site),
            ("quantityOrdered", _typed(wanted.quantity, 0)),
            ("listPrice", price),
            ("discountFormatted", "0.00"),
            ("netPrice", price),
            ("dueDate", blank.get("dueDate") or None),
        )
        line = blank
        for name, value in steps:
            line = self._stepped({**line, name: value}, name)
        accepted(self._client.post(grid, "", line), grid)

    def _blank(self, order: str) -> Json:
        """A new line with its defaults."""
        grid = self._settings.line_grid_collection
        keys = [("initialize", "true"), *self._keys(order)]
        rows = accepted(self._client.call("GET", "/api/erp/{collection}", collection=grid, query=keys), grid)
        if not rows:
            raise RetryLater(f"QAD gave no new line for order {order}; we try again.", after=60)
        return rows[-1]

    def _stepped(self, line: Json, field: str) -> Json:
        """The line as QAD has it after one field was left, as on the screen. Nothing is stored by that."""
        collection = self._settings.line_collection
        body = self._client.post(
            collection,
            "",
            line,
            keys=[("fieldName", field), ("dataOperation", "CREATE")],
            step="fieldChange",
        )
        try:
            rows = accepted(body, collection)
        except OutcomeUnknown as fault:
            raise RetryLater(fault.text, detail=fault.detail, after=60) from fault
        return rows[0] if rows else line

    def _read(self, order: str) -> Json:
        settings = self._settings
        record = self._client.entity(settings.orders_collection, settings.order_view, self._keys(order))
        if record is None:
            raise RecordRejected(
                f"Sales order {order} is in the browse, but cannot be read whole. Check the user's access.",
                code="no_order",
            )
        return record

    def _keys(self, order: str) -> list[tuple[str, str]]:
        return [("domainCode", self._settings.domain), ("salesOrderNumber", order)]


def is_passing(fault: RecordRejected) -> bool:
    """Whether a refusal speaks of the moment, not of the record."""
    return fault.code == LOCKED


def _line_there(line: Mapping[str, Any], columns: Mapping[str, str]) -> WantedLine:
    plain = line_of(line, columns, position=0)
    quantity = number(plain.get("quantity") or 0, "the quantity of a line")
    price = number(plain.get("price") or 0, "the price of a line")
    return WantedLine(text(plain.get("item")), quantity, price.quantize(PRICE))


def _differing(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> Json:
    """The wanted fields that are not as wanted. Raises `ConfigProblem` for one the order does not have."""
    if absent := sorted(name for name in wanted if name not in current):
        raise ConfigProblem(
            f"Sales orders in QAD have no field {', '.join(absent)}. Name fields of the order header in the "
            "options or the field rules.",
            code="no_field",
        )
    typed = {name: _typed(value, current[name]) for name, value in wanted.items()}
    return {name: value for name, value in typed.items() if not _same(current[name], value)}


def _typed(value: Any, like: object) -> Any:
    """A stored value as JSON, a number where the field holds one."""
    if isinstance(like, int | float) and not isinstance(like, bool) and not isinstance(value, bool):
        exact = number(value, "a number for QAD")
        return int(exact) if exact == exact.to_integral_value() else float(exact)
    return value


def _same(current: object, wanted: object) -> bool:
    if isinstance(current, int | float) and isinstance(wanted, int | float):
        return Decimal(str(current)) == Decimal(str(wanted))
    return current == wanted or (current in (None, "") and wanted in (None, ""))
