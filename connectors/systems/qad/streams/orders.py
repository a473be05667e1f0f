"""Sales orders with their lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from connectors.records import OrderLine, SalesOrder
from connectors.sdk.errors import RecordRejected
from connectors.sdk.system import Row
from connectors.systems.qad import columns
from connectors.systems.qad.client import Filter, Json
from connectors.systems.qad.order_lines import BROWSE, RECORD, ROWS, OrderLines, line_of, shown
from connectors.systems.qad.streams.base import BrowseStream
from connectors.systems.qad.streams.customers import ENTITY_PAGE
from connectors.systems.qad.values import flag, moment, number, spelled_day, text, tidy

OPEN, SHIPPED, INVOICED = "open", "shipped", "invoiced"
_CANCELLED = frozenset({"X", "CANCELLED", "CANCELED"})


class Orders(BrowseStream[SalesOrder]):
    """`raw` is `{"order", "lines"}`."""

    name = "orders"
    record = SalesOrder
    what = "orders"

    @property
    def browse(self) -> str:
        """The browse of orders."""
        return self.settings.orders_browse

    @property
    def key(self) -> str:
        """The order number, unique in its domain."""
        return self.settings.order["key"]

    @property
    def needed(self) -> frozenset[str]:
        """Whatever has to be there for an order."""
        return columns.needed(self.settings.order, "order")

    @property
    def own_change_columns(self) -> tuple[str, ...]:
        """From the settings."""
        return self.settings.order_change_columns

    def condition(self) -> list[Filter]:
        """Orders since the day the settings name."""
        since, placed = self.settings.orders_since, self.settings.order["placed"]
        return [Filter(placed, "ge", spelled_day(since, self.dates))] if since and placed else []

    def walk_size(self) -> int:
        """Smaller where each order costs a call of its own."""
        return ENTITY_PAGE if self._lines.source == RECORD else self.settings.page_size

    def rows(self, groups: Sequence[list[Json]]) -> list[Row]:
        """One row per order."""
        found = {text(group[0].get(self.key)): group for group in groups}
        lines = self._lines.of(found)
        out = []
        for key, group in found.items():
            own = sorted((shown(line, self.settings.line) for line in lines[key]), key=self._line_order)
            out.append(Row(key, {"order": self._header(group[0]), "lines": own}))
        return out

    def canonical(self, raw: dict[str, Any]) -> SalesOrder:
        """See `Stream.canonical`. QAD's prices are without tax, and so are the amounts here."""
        at = self.settings.order
        key = text(raw["order"].get(at["key"]))
        who = f"order {key}"
        row = tidy(raw["order"], who)
        words = {name: text(row.get(column)) if column else "" for name, column in at.items()}
        for name in ("customer", "currency"):
            if not words[name]:
                raise RecordRejected(
                    f"Order {key} names no {name} ({at[name]}). Correct it in QAD, or add the column to the "
                    "browse.",
                    code=f"no_{name}",
                )
        lines = [
            line_of(line, self.settings.line, position=n + 1) for n, line in enumerate(raw.get("lines", ()))
        ]
        return SalesOrder(
            key=key,
            customer_key=words["customer"],
            currency=words["currency"].upper(),
            state=self._state(words, lines),
            placed_at=moment(words["placed"], self.settings.zone, self.dates),
            reference=words["reference"],
            site=words["site"],
            lines=tuple(self._line(tidy(line, who), who) for line in lines),
            extra={name: value for name, value in row.items() if value not in (None, "")},
        )

    def _line(self, line: Mapping[str, object], order: str) -> OrderLine:
        key = text(line.get("line"))
        who, mark = f"line {key} of {order}", self.settings.decimals
        item = text(line.get("item"))
        if not item:
            raise RecordRejected(f"The item of {who} is empty. Correct it in QAD.", code="no_product")
        quantity = number(line.get("quantity"), f"the quantity of {who}", mark)
        net = quantity * number(line.get("price"), f"the price of {who}", mark)
        return OrderLine(
            key=key,
            product_key=item,
            title=text(line.get("title")) or item,
            quantity=quantity,
            unit=text(line.get("unit")),
            net=net,
            gross=net,
            sku=item,
            cancelled=text(line.get("status")).upper() in _CANCELLED,
        )

    def _state(self, words: Mapping[str, str], lines: Sequence[Mapping[str, Any]]) -> str:
        """QAD's own status where it has one (blank means all is well), else how far the order has come."""
        if words["state"]:
            return words["state"]
        if words["invoice"] or flag(words["invoiced"]):
            return INVOICED
        return SHIPPED if lines and all(self._is_shipped(line) for line in lines) else OPEN

    def _is_shipped(self, line: Mapping[str, Any]) -> bool:
        if line.get("shipped") in (None, "") or line.get("quantity") in (None, ""):
            return False
        mark = self.settings.decimals
        shipped, ordered = number(line["shipped"], "shipped", mark), number(line["quantity"], "ordered", mark)
        return bool(ordered) and shipped >= ordered

    def _header(self, row: Json) -> dict[str, Any]:
        """The order without its line, where the browse shows both in one row."""
        of_lines = columns.tables([self.settings.line["item"]]) - columns.tables([self.key])
        return {
            name: value
            for name, value in columns.lasting(row).items()
            if name.partition(".")[0] not in of_lines
        }

    def _line_order(self, line: Json) -> tuple[int, str]:
        key = text(line_of(line, self.settings.line, position=0)["line"])
        return (int(key) if key.isdecimal() else 0, key)

    @cached_property
    def _lines(self) -> OrderLines:
        found, ordered = self.findings.get("order_lines"), self.findings.get("ordered")
        source = (
            found if found in {ROWS, BROWSE, RECORD} else BROWSE if self.settings.lines_browse else RECORD
        )
        return OrderLines(
            self.client,
            self.settings,
            str(source),
            list(map(str, ordered)) if isinstance(ordered, list) else (),
            text(self.findings.get("line_order_column")),
        )
