"""A QAD tenant of sixty customers joined with Mailchimp, and what must stand on both sides afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from connectors.models import RecordLink
from connectors.services import connections
from sandboxes.mailchimp.state import Store
from sandboxes.qad import Options, Qad
from tests.joined import SHOP, Joined, joined

STORE = "qad-orders"
BROWSES = "*/api/qracore/browses"
HEADERS, GRID, STEP = "*/salesOrderHeaders", "*/salesOrderLinesGrid", "*/fieldChange"
QXTEND_PATH = "/qxi/services/QdocWebService"
CUSTOMERS_BROWSE = "urn:browse:mfg:cm007"
SMALL = {"customers": 60, "orders": 20, "items": 30, "email_column": "ad_mstr.ad_email"}


@contextmanager
def qad(
    *,
    tenant: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
    via: str = "entity",
    **options: Any,
) -> Iterator[Joined]:
    """The recipe, connected and turned on; nothing has run. `tenant` are options of the sandbox."""
    vendor = Qad(Options(**{**SMALL, **(tenant or {})}))
    known = {"page_size": 25, "server_time_zone": "America/New_York", "requests_per_minute": 10_000}
    chosen = {
        "store_id": STORE,
        "store_currency": "USD",
        "order_site": "10-100",
        "order_daybook_set": "SALES",
    }
    with joined(
        "qad_mailchimp", vendor, settings={**known, **(settings or {})}, **{**chosen, **options}
    ) as scene:
        if via == "qxtend":
            through_qxtend(scene)
        yield scene


def through_qxtend(scene: Joined) -> None:
    """Orders are written by QDocs from now on."""
    source = scene.integration.source
    host = source.settings["base_url"].removesuffix(scene.source.options.context_root)
    told = {"write_via": "qxtend", "qxtend_url": f"{host}{QXTEND_PATH}", "qxtend_receiver": "QADERP"}
    connections.change_settings(source, {**source.settings, **told})
    connections.ping(source)
    assert source.state == "ok", source.ping


def customers(scene: Joined) -> dict[str, dict[str, Any]]:
    """The customers of the connection's shared set, by code."""
    rows = scene.source.state("customers")
    return {row["customerCode"]: row for row in rows if row["sharedSetCode"] == "NAM"}


def reachable(scene: Joined) -> dict[str, str]:
    """The address of every customer who has one, by code. Of several, the first counts."""
    found = {code: (row["EMail"] or "").lower() for code, row in customers(scene).items()}
    states = {code: row["email_state"] for code, row in customers(scene).items()}
    return {
        code: email.replace(",", ";").split(";")[0].strip()
        for code, email in found.items()
        if states[code] in {"valid", "duplicate", "several"}
    }


def buyer(scene: Joined, at: int = 3) -> tuple[str, str]:
    """A customer whose address nobody else has: code and address."""
    valid = [code for code, row in customers(scene).items() if row["email_state"] == "valid"]
    shared = [row["EMail"].lower() for row in customers(scene).values() if row["EMail"]]
    alone = [code for code in sorted(valid) if shared.count(reachable(scene)[code]) == 1]
    return alone[at], reachable(scene)[alone[at]]


def items(scene: Joined) -> dict[str, dict[str, Any]]:
    """The items of the connection's domain, by number."""
    return {row["itemCode"]: row for row in scene.source.state("items") if row["domainCode"] == "10USA"}


def sales_orders(scene: Joined) -> dict[str, dict[str, Any]]:
    """The sales orders of the connection's domain, by number."""
    rows = scene.source.state("sales_orders")
    return {row["salesOrderNumber"]: row for row in rows if row["domainCode"] == "10USA"}


def made(scene: Joined, reference: str) -> list[dict[str, Any]]:
    """The sales orders that carry a reference of ours."""
    return [row for row in sales_orders(scene).values() if row["purchaseOrder"] == reference]


def store(scene: Joined) -> Store:
    """The store we fill."""
    return scene.mailchimp.account.stores[STORE]


def link(scene: Joined, flow: str, sink: str, key: str) -> RecordLink:
    """A record's link as it stands."""
    return RecordLink.objects.get(job=scene.job(flow), sink=sink, source_key=key)


def sell(scene: Joined, number: str, email: str, *, count: int = 2, **fields: Any) -> list[str]:
    """Somebody buys two items of QAD in the shop: two of the first, one of the second. Their numbers."""
    active = [code for code, row in items(scene).items() if row["itemStatusCode"] == "ACTIVE"][:count]
    for code in active:
        if code not in scene.mailchimp.account.stores[SHOP].products:
            scene.mailchimp.mutate("add_shop_product", product_id=code, sku=code, store_id=SHOP)
    lines = [
        {"product_id": code, "quantity": quantity, "price": price}
        for code, quantity, price in zip(active, (2, 1), (12.5, 4.9), strict=False)
    ]
    order = {"order_id": number, "email": email, "lines": lines, "store_id": SHOP}
    scene.mailchimp.mutate("place_order", **order, fields=fields)
    return active


def failures_counted(scene: Joined) -> dict[str, Any]:
    """What QAD has counted of log-ins."""
    told: dict[str, Any] = scene.source.state("access")
    return told
