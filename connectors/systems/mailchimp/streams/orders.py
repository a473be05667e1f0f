"""Orders of the store a shop fills, to be brought into the ERP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.records import SalesOrder
from connectors.sdk.errors import RecordRejected, RetryLater
from connectors.sdk.system import Page, Position, Row, Stream, System
from connectors.systems.mailchimp.client import api_of, read_amounts
from connectors.systems.mailchimp.errors import NOT_FOUND
from connectors.systems.mailchimp.options import orders_store
from connectors.systems.mailchimp.streams.order_values import LINE, PLACE, TOP, order_of, raw_of
from connectors.systems.mailchimp.streams.skus import Skus

ORDERS = "/ecommerce/stores/{store}/orders"
ORDER = ORDERS + "/{order}"
OVERLAP = 20
"""So many rows of a page are read again with the next one, to see that the list has not moved between."""
MOST_REWINDS = 3
"""A list that keeps moving is read on all the same: the next run begins anew."""
_FIELDS = (
    *TOP,
    "customer.id",
    "customer.email_address",
    *(f"shipping_address.{name}" for name in PLACE),
    *(f"lines.{name}" for name in LINE),
)


class OrdersStream(Stream[SalesOrder]):
    """A snapshot: Mailchimp can neither sort nor filter orders by time. It is no sweep: an order that is gone
    from the shop stays an order in the ERP.

    Pages are cut by offset from a list that moves: when orders are deleted, those behind move up. So each
    page begins with the last rows of the one before; where none of them is met, we go back and read on from
    there.
    """

    name = "orders"
    record = SalesOrder
    page_size = 250

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.store = orders_store(system.account)
        self.api = api_of(system.account)
        self.skus = Skus(self.api, self.store)

    def pages(self, start: Position | None, run_start: datetime) -> Iterator[Page]:
        """See `Stream.pages`."""
        at = {"offset": 0, "tail": [], "rewinds": 0, **(start or {})}
        while True:
            orders, total = self._read(at["offset"])
            met = [str(order.get("id") or "") for order in orders]
            if at["offset"] and at["tail"] and at["rewinds"] < MOST_REWINDS and not {*at["tail"]} & {*met}:
                back = self.page_size * 4 ** at["rewinds"]
                at = {**at, "offset": max(0, at["offset"] - back), "rewinds": at["rewinds"] + 1}
                continue
            if not orders and total and at["offset"] < total:
                raise RetryLater(
                    f"Mailchimp counts {total} orders and gave us none of them; we ask again.",
                    code="empty_page",
                )
            end = at["offset"] + len(orders)
            is_last = len(orders) < self.page_size if total is None else end >= total
            overlap = min(OVERLAP, len(orders) // 2)
            at = {**at, "offset": end - overlap, "tail": met[-overlap:] if overlap else []}
            yield self._page(orders, {} if is_last else at, done=is_last, total=total)
            if is_last:
                return

    def fetch(self, keys: Sequence[str]) -> Page:
        """See `Stream.fetch`."""
        orders: list[Mapping[str, Any]] = []
        missing: list[str] = []
        query = (("fields", ",".join(_FIELDS)),)
        for key in dict.fromkeys(keys):
            store, _, order = key.partition(":")
            try:
                if store != self.store or not order:  # of a store that was chosen earlier, or no order at all
                    missing.append(key)
                    continue
                orders.append(read_amounts(self.api, ORDER, query=query, store=self.store, order=order))
            except RecordRejected as fault:
                if fault.code != NOT_FOUND:
                    raise
                missing.append(key)
        page = self._page(orders, {}, done=True, total=None)
        return Page(page.rows, {}, done=True, missing=missing, refused=page.refused)

    def canonical(self, raw: dict[str, Any]) -> SalesOrder:
        """See `Stream.canonical`."""
        return order_of(raw)

    def _read(self, offset: int) -> tuple[list[dict[str, Any]], int | None]:
        query = (
            ("fields", ",".join(("total_items", *(f"orders.{name}" for name in _FIELDS)))),
            ("count", str(self.page_size)),
            ("offset", str(offset)),
        )
        found = read_amounts(self.api, ORDERS, query=query, store=self.store)
        total = found.get("total_items")
        return found.get("orders") or [], total if isinstance(total, int) else None

    def _page(
        self, orders: Sequence[Mapping[str, Any]], position: Position, *, done: bool, total: int | None
    ) -> Page:
        keyed = [order for order in orders if order.get("id")]
        lines = [line for order in keyed for line in order.get("lines") or ()]
        self.skus.learn({str(line.get("product_id") or "") for line in lines})
        return Page(
            [Row(f"{self.store}:{order['id']}", raw_of(order, self.store, self.skus.of)) for order in keyed],
            position,
            done=done,
            total=total,
            refused=[("(no number)", "Mailchimp names no number of this order.")]
            * (len(orders) - len(keyed)),
        )
