"""What a Mailchimp order should look like in QAD: pure functions from an order, and back from storage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from hashlib import blake2b
from typing import Any

from connectors.records import OrderLine, SalesOrder
from connectors.records.money import CURRENCIES
from connectors.sdk.errors import RecordRejected, RecordSkipped
from connectors.sdk.mapping import Desired
from connectors.systems.qad.options import SalesOrderOptions

PRICE = Decimal("0.00001")
"""Prices of order lines have five decimals in QAD."""
TOLERANCE = Decimal("0.01")
CANCELLED = frozenset({"cancelled", "canceled", "refunded"})


@dataclass(frozen=True, slots=True)
class WantedLine:
    """An item, how many, at what net price each."""

    item: str
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class WantedOrder:
    """The desired state of an order, as stored."""

    reference: str
    number: str = ""
    currency: str = ""
    ordered_on: str = ""
    state: str = ""
    lines: tuple[WantedLine, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_cancelled(self) -> bool:
        """Whether Mailchimp says that the order is off."""
        return self.state.lower() in CANCELLED

    @classmethod
    def of(cls, desired: Desired) -> WantedOrder:
        """Read the stored form."""
        body = desired.for_new()
        lines = tuple(
            WantedLine(str(one["item"]), Decimal(str(one["quantity"])), Decimal(str(one["price"])))
            for one in body.get("lines") or ()
        )
        fields = body.get("fields")
        return cls(
            str(body.get("reference") or ""),
            str(body.get("number") or ""),
            str(body.get("currency") or ""),
            str(body.get("ordered_on") or ""),
            str(body.get("state") or ""),
            lines,
            fields if isinstance(fields, dict) else {},
        )


def number_of(order: SalesOrder) -> str:
    """The order's id in Mailchimp."""
    return order.reference.strip() or order.key


def reference_of(order: SalesOrder, prefix: str, longest: int) -> str:
    """Our reference: the order's id in Mailchimp, with the prefix; shortened so that it stays unique."""
    whole = f"{prefix}{number_of(order)}"
    if "," in whole or not whole.isprintable() or whole != whole.strip():
        return _short("".join(c if c.isalnum() or c in "._-" else "-" for c in whole), whole, longest)
    return whole if len(whole) <= longest else _short(whole, whole, longest)


def _short(shown: str, whole: str, longest: int) -> str:
    digest = blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{shown[: longest - len(digest) - 1]}-{digest}"


def currency_of(order: SalesOrder) -> str:
    """The order's currency."""
    if order.currency not in CURRENCIES:
        raise RecordRejected(
            f"{order.currency[:20]!r} is not a currency of ISO 4217. Correct it in Mailchimp.",
            code="currency",
        )
    return order.currency


def day_of(order: SalesOrder) -> str | None:
    """The day it was placed."""
    moment: datetime | None = order.placed_at or order.changed_at
    return moment.astimezone(UTC).date().isoformat() if moment else None


def lines_of(order: SalesOrder, options: SalesOrderOptions) -> list[dict[str, str]]:
    """The lines with exact net prices; shipping is one where an item stands for it."""
    live = _live(order.lines)
    share = _share_paid(order, live)
    lines = [_line(line, number, share) for number, line in enumerate(live, start=1)]
    if order.shipping and options.shipping_item:
        lines.append(_stored(options.shipping_item, Decimal(1), order.shipping))
    if not lines:
        raise RecordSkipped("It has no lines, so there is nothing to order in QAD.", code="no_lines")
    return lines


def total_of(order: SalesOrder) -> str | None:
    """What the customer paid, else what the lines come to with tax."""
    total = order.total
    if total is None:
        total = sum((line.gross for line in _live(order.lines)), Decimal(0)) + (order.shipping or Decimal(0))
    return f"{total:f}"


def _live(lines: Iterable[OrderLine]) -> list[OrderLine]:
    return [line for line in lines if not line.cancelled and (line.quantity or line.net or line.gross)]


def _share_paid(order: SalesOrder, lines: Sequence[OrderLine]) -> Decimal:
    """What is left of each price where a discount on the whole order comes on top of those of its lines."""
    net = sum((line.net for line in lines), Decimal(0))
    if not order.discount or order.total is None or net <= 0:
        return Decimal(1)
    beyond = net + (order.tax or Decimal(0)) + (order.shipping or Decimal(0)) - order.total
    if abs(beyond - order.discount) > TOLERANCE * (len(lines) + 1):
        return Decimal(1)
    return max(Decimal(0), 1 - beyond / net)


def _line(line: OrderLine, number: int, share: Decimal) -> dict[str, str]:
    item = line.sku.strip() or line.product_key.strip()
    if not item:
        raise RecordRejected(
            f"Line {number} names no product, so its item in QAD cannot be found.", code="no_item"
        )
    if line.quantity <= 0:
        raise RecordRejected(
            f"Line {number} ({item}) has a quantity of {line.quantity:f}; QAD sells positive ones.",
            code="quantity",
        )
    return _stored(item, line.quantity, share * line.net / line.quantity)


def _stored(item: str, quantity: Decimal, price: Decimal) -> dict[str, str]:
    exact = price.quantize(PRICE, rounding=ROUND_HALF_UP)
    if exact < 0:
        raise RecordRejected(f"The price of {item} is negative.", code="negative")
    return {"item": item, "quantity": f"{quantity:f}", "price": f"{exact:f}"}
