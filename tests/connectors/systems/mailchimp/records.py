"""Records and options for the tests of this folder."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.records import Address, Customer, OrderLine, Product, SalesOrder, Supplier
from connectors.records.base import Need
from connectors.records.canonical import canonical_json
from connectors.sdk.mapping import Desired, FieldMap, Override
from connectors.sdk.system import Change, Sink
from connectors.systems.mailchimp.options import (
    AudienceOptions,
    OrdersBackOptions,
    StoreOptions,
    SupplierOptions,
)

STATES = {"Released": "pending", "Invoiced": "paid", "Cancelled": "cancelled"}
PLACED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
CHANGED = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
STANDARD_FIELDS = [
    {"tag": "FNAME", "name": "First Name", "type": "text", "required": False},
    {"tag": "LNAME", "name": "Last Name", "type": "text", "required": False},
    {"tag": "ADDRESS", "name": "Address", "type": "address", "required": False},
    {"tag": "PHONE", "name": "Phone Number", "type": "phone", "required": False},
]


class Options(AudienceOptions, StoreOptions, SupplierOptions, OrdersBackOptions):
    """What an integration with everything Mailchimp offers decides."""


def options(audience: str = "aud1", **more: Any) -> Options:
    return Options(
        **{
            "audience_id": audience,
            "store_id": "erp",
            "store_currency": "EUR",
            "financial_status": STATES,
            **more,
        }
    )


def findings(audience: str = "aud1", fields: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    merge_fields = STANDARD_FIELDS if fields is None else fields
    return {"audiences": [{"id": audience, "name": "Customers", "merge_fields": merge_fields}]}


def customer(number: int = 1, **more: Any) -> Customer:
    return Customer(
        **{
            "key": f"C{number}",
            "name": f"Company {number}",
            "email": f"person{number}@nordwind.example",
            "first_name": "Jane",
            "last_name": f"Doe {number}",
            "phone": "+1 555 0100",
            "language": "en",
            "address": Address(
                line1="1 Main St", city="Springfield", region="IL", postal_code="62701", country="US"
            ),
            **more,
        }
    )


def supplier(number: int = 1, **more: Any) -> Supplier:
    return Supplier(
        **{
            "key": f"S{number}",
            "name": f"Supplier {number}",
            "email": f"supplier{number}@nordwind.example",
            **more,
        }
    )


def product(number: int = 1, **more: Any) -> Product:
    return Product(
        **{
            "key": f"P{number}",
            "title": f"Thing {number}",
            "sku": f"SKU-{number}",
            "price": Decimal("12.34"),
            "currency": "EUR",
            **more,
        }
    )


def order_line(number: int = 1, **more: Any) -> OrderLine:
    return OrderLine(
        **{
            "key": str(number),
            "product_key": f"P{number}",
            "title": f"Thing {number}",
            "quantity": Decimal(2),
            "net": Decimal("20.00"),
            "gross": Decimal("23.80"),
            **more,
        }
    )


def order(number: int = 1, **more: Any) -> SalesOrder:
    return SalesOrder(
        **{
            "key": f"O{number}",
            "customer_key": "C1",
            "currency": "EUR",
            "state": "Released",
            "placed_at": PLACED,
            "changed_at": CHANGED,
            "lines": (order_line(1),),
            **more,
        }
    )


def desired_of(sink: Sink[Any], record: Any, *overrides: Override) -> Desired:
    """What the sink's rules make of a record, as it comes back from where the engine stores it."""
    desired = FieldMap(sink.rules(), overrides).apply(record)
    return Desired.from_json(json.loads(canonical_json(desired.to_json())))


def change_of(
    sink: Sink[Any],
    record: Any,
    *overrides: Override,
    needs: dict[Need, tuple[str, ...]] | None = None,
    **more: Any,
) -> Change:
    """A change as the engine makes it; `external_id` and the like by name."""
    desired = desired_of(sink, record, *overrides)
    return Change(
        **{
            "id": f"link-{record.key}",
            "key": record.key,
            "target_key": sink.target_key(record, desired),
            "desired": desired,
            "needs": needs or {},
            **more,
        }
    )
