"""Things one sells."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from connectors.records.base import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(Record):
    """A product with one variant; `price` is per unit in `currency`, None where the source names none."""

    kind: ClassVar[str] = "product"

    title: str
    sku: str = ""
    description: str = ""
    unit: str = ""
    price: Decimal | None = None
    currency: str = ""
    active: bool = True
