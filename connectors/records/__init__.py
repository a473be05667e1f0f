"""The canonical records: what streams yield and sinks accept, whatever the vendor.

Plain frozen dataclasses. A record carries the fields every system shares; what only one vendor knows is in
`extra`, by the vendor's own name, so that a tenant's field rules can reach it.
"""

from connectors.records.base import Address, Record
from connectors.records.customer import (
    Consent,
    Contact,
    Customer,
    Engagement,
    MessageEvent,
    Party,
    Standing,
    Supplier,
)
from connectors.records.money import Money, minor_units
from connectors.records.order import OrderLine, SalesOrder
from connectors.records.product import Product

__all__ = [
    "Address",
    "Consent",
    "Contact",
    "Customer",
    "Engagement",
    "MessageEvent",
    "Money",
    "OrderLine",
    "Party",
    "Product",
    "Record",
    "SalesOrder",
    "Standing",
    "Supplier",
    "minor_units",
]
