"""Orders people placed, with their lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from connectors.records.base import Address, Need, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line. `net` and `gross` are what the whole line comes to (after discount) without and with tax."""

    key: str
    product_key: str
    title: str
    quantity: Decimal
    unit: str = ""
    net: Decimal
    gross: Decimal
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesOrder(Record):
    """An order of a customer, in one currency; `state` is the source's own word for where it stands."""

    kind: ClassVar[str] = "order"

    customer_key: str
    currency: str
    state: str
    placed_at: datetime | None = None
    changed_at: datetime | None = None
    reference: str = ""
    site: str = ""
    ship_to: Address = field(default_factory=Address)
    lines: tuple[OrderLine, ...] = ()

    def needs(self) -> tuple[Need, ...]:
        """The customer, then each product of the lines."""
        products = dict.fromkeys(line.product_key for line in self.lines if not line.cancelled)
        return (("customer", self.customer_key), *(("product", key) for key in products))
