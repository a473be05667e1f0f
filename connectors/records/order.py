"""Orders people placed, with their lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from connectors.records.base import Address, Need, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line. `net` and `gross` are what the whole line comes to (after discount) without and with tax.

    `sku` is the number people know the product by, where that is not its key.
    """

    key: str
    product_key: str
    title: str
    quantity: Decimal
    unit: str = ""
    net: Decimal
    gross: Decimal
    sku: str = ""
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesOrder(Record):
    """An order of a customer, in one currency; `state` is the source's own word for where it stands.

    `total` is what the customer pays, `tax`, `shipping` and `discount` are parts of it; each is None where
    the source names none. `customer_key` is how the other side finds the customer: the customer's key in the
    source, or what the marketing system knows the person by (then `email` is their address).
    """

    kind: ClassVar[str] = "order"

    customer_key: str
    currency: str
    state: str
    placed_at: datetime | None = None
    changed_at: datetime | None = None
    reference: str = ""
    site: str = ""
    email: str = ""
    total: Decimal | None = None
    tax: Decimal | None = None
    shipping: Decimal | None = None
    discount: Decimal | None = None
    ship_to: Address = field(default_factory=Address)
    lines: tuple[OrderLine, ...] = ()

    def needs(self) -> tuple[Need, ...]:
        """The customer, then each product of the lines."""
        products = dict.fromkeys(line.product_key for line in self.lines if not line.cancelled)
        return (("customer", self.customer_key), *(("product", key) for key in products))
