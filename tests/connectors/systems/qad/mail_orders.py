"""Orders as they come from Mailchimp, and changes made of them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.records import OrderLine, SalesOrder
from connectors.sdk.mapping import FieldMap
from connectors.sdk.system import Change, Written
from connectors.systems.qad.options import SalesOrderOptions
from tests.connectors.systems.qad.tenant import Tenant

SENT_AT = datetime(2026, 11, 20, tzinfo=UTC)
SITE = "10-100"
BUYER = "10001"


def line(item: str, quantity: str = "2", net: str = "25.00", **more: Any) -> OrderLine:
    """A line as Mailchimp's orders have it."""
    return OrderLine(
        key=more.pop("key", item),
        product_key=more.pop("product_key", item),
        title=item,
        quantity=Decimal(quantity),
        net=Decimal(net),
        gross=Decimal(net),
        sku=item,
        **more,
    )


def order(*lines: OrderLine, number: str = "web-1001", **more: Any) -> SalesOrder:
    """An order of a web shop."""
    known: dict[str, Any] = {
        "customer_key": "hash",
        "currency": "USD",
        "state": "paid",
        "total": Decimal("31.50"),
    }
    placed = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)
    known |= {"key": f"shop:{number}", "reference": number, "placed_at": placed}
    return SalesOrder(lines=lines, **{**known, **more})


def options(**more: Any) -> SalesOrderOptions:
    """The usual options."""
    return SalesOrderOptions(**{"order_site": SITE, "order_daybook_set": "SALES", **more})


def change(qad: Tenant, record: SalesOrder, *customers: str, **more: Any) -> Change:
    """The change an order comes to; the buyer is customer 10001 unless said otherwise."""
    sink = qad.system().sink("sales_orders")
    desired = FieldMap(sink.rules()).apply(record)
    return Change(
        id=f"id-{record.reference}",
        key=record.key,
        target_key=sink.target_key(record, desired),
        desired=desired,
        needs={("customer", record.customer_key): customers or (BUYER,)},
        **more,
    )


def write(qad: Tenant, *changes: Change) -> list[Written]:
    """What a fresh sink says of these changes."""
    return list(qad.system().sink("sales_orders").write(changes))


def look_up(qad: Tenant, *changes: Change, sent_at: datetime = SENT_AT) -> list[Written]:
    """What a fresh sink finds of these changes."""
    return list(qad.system().sink("sales_orders").look_up(changes, sent_at))


def items(qad: Tenant, count: int = 2) -> list[str]:
    """Items that can be sold."""
    rows = qad.state("items")
    return [
        row["itemCode"] for row in rows if row["itemStatusCode"] == "ACTIVE" and row["domainCode"] == "10USA"
    ][:count]


def made(qad: Tenant, reference: str = "web-1001") -> list[Any]:
    """The sales orders that carry a reference."""
    return [one for one in qad.state("sales_orders") if one.get("purchaseOrder") == reference]
