"""Customer orders with their lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from connectors.records import OrderLine, SalesOrder
from connectors.sdk.errors import RecordRejected
from connectors.sdk.system import Row
from connectors.systems.ifs_cloud.children import ChildPlace, Children
from connectors.systems.ifs_cloud.odata import DATE, TIMESTAMP, Json, all_of, any_of, clean, literal
from connectors.systems.ifs_cloud.streams.base import KeyedStream
from connectors.systems.ifs_cloud.streams.customers import NAVIGATION_PAGE, version_of
from connectors.systems.ifs_cloud.streams.sales_parts import product_key
from connectors.systems.ifs_cloud.values import moment, number, text, tidy, word

CANCELLED = "Cancelled"
_LINE_KEY = ("LineNo", "RelNo", "LineItemNo")
_USED = frozenset(
    {"OrderNo", "CustomerNo", "CustomerId", "CurrencyCode", "Objstate", "Contract", "CustomerPoNo"}
)
_ONE = Decimal(1)
_HUNDRED = Decimal(100)


class Orders(KeyedStream[SalesOrder]):
    """`raw` is `{"order", "lines"}`."""

    name = "orders"
    record = SalesOrder
    key = "OrderNo"
    change_finding = "order_change"
    exact = True

    @property
    def place(self) -> str:
        """The set of order headers."""
        return self.settings.orders_set

    @property
    def configured_change_attribute(self) -> str:
        """From the settings."""
        return self.settings.order_change_attribute

    def condition(self) -> str:
        """Orders of the sites and of the time the settings ask for; a company without sites named means its
        sites.
        """
        since = self.settings.orders_since
        column, edm_type = self.settings.order_date_attribute, self._date_type
        entered = f"{column} ge {literal(_day(since.isoformat(), edm_type), edm_type)}" if since else ""
        return all_of(any_of("Contract", self._sites), entered)

    def walk_size(self) -> int:
        """Smaller where each order costs a call of its own."""
        size = self.settings.page_size
        return size if self._lines.place.flat else min(size, NAVIGATION_PAGE)

    def rows(self, read: Sequence[Json], *, consecutive: bool) -> list[Row]:
        """One row per order; its version changes with any of its lines."""
        keys = [str(row[self.key]) for row in read]
        lines = self._lines.of(keys, consecutive=consecutive)
        out = []
        for row, key in zip(read, keys, strict=True):
            own = sorted(lines[key], key=_line_order)
            raw = {"order": clean(row), "lines": [clean(line) for line in own]}
            out.append(Row(key, raw, version_of(row, own)))
        return out

    def canonical(self, raw: dict[str, Any]) -> SalesOrder:
        """See `Stream.canonical`. Amounts are exact; what is odd but possible (a negative total) is left to
        the destination.
        """
        key = str(raw["order"].get("OrderNo", ""))
        who = f"order {key}"
        source = tidy(raw["order"], who)
        customer = word(source, "CustomerNo") or word(source, "CustomerId")
        currency = word(source, "CurrencyCode").upper()
        if not customer:
            raise RecordRejected(
                f"Order {key} names no customer (CustomerNo). Correct it in IFS Cloud.", code="no_customer"
            )
        if not currency:
            raise RecordRejected(
                f"Order {key} has no currency (CurrencyCode). Correct it in IFS Cloud.", code="no_currency"
            )
        return SalesOrder(
            key=key,
            customer_key=customer,
            currency=currency,
            state=word(source, "Objstate"),
            placed_at=moment(source.get(self.settings.order_date_attribute), self.settings.zone),
            changed_at=self.changed_at(source),
            reference=word(source, "CustomerPoNo"),
            site=word(source, "Contract"),
            lines=tuple(
                self._line(tidy(line, who), who, word(source, "Contract")) for line in raw.get("lines", ())
            ),
            extra={name: value for name, value in source.items() if name not in _USED and value is not None},
        )

    def _line(self, line: Mapping[str, object], order: str, site: str) -> OrderLine:
        key = "-".join(text(line.get(name)) for name in _LINE_KEY)
        who = f"line {key} of {order}"
        catalog_no = word(line, "CatalogNo") or word(line, "PartNo")
        cancelled = word(line, "Objstate") == CANCELLED
        if not catalog_no and not cancelled:
            raise RecordRejected(f"CatalogNo of {who} is empty. Correct it in IFS Cloud.", code="no_product")
        quantity = _amount(line, "BuyQtyDue", who, optional=cancelled)
        priced = (
            quantity * _factor(line, who) * (_ONE - _amount(line, "Discount", who, optional=True) / _HUNDRED)
        )
        net = priced * _amount(line, "SaleUnitPrice", who, optional=cancelled)
        return OrderLine(
            key=key,
            product_key=product_key(word(line, "Contract") or site, catalog_no, self.settings),
            title=word(line, "CatalogDesc") or catalog_no,
            quantity=quantity,
            unit=word(line, "SalesUnitMeas"),
            net=net,
            gross=net
            if line.get("UnitPriceInclTax") in (None, "")
            else priced * _amount(line, "UnitPriceInclTax", who),
            cancelled=cancelled,
        )

    @cached_property
    def _sites(self) -> tuple[str, ...]:
        found = self.findings.get("sites")
        return self.settings.sites or (
            tuple(map(str, found)) if self.settings.company and isinstance(found, list) else ()
        )

    @cached_property
    def _date_type(self) -> str:
        return str(self.findings.get("order_date_type") or TIMESTAMP)

    @cached_property
    def _lines(self) -> Children:
        found = self.findings.get("order_lines")
        flat = self.settings.order_lines_set if found in (None, "flat") else ""
        place = ChildPlace(
            self.settings.orders_set, "OrderNo", "OrderLinesArray", "LineNo,RelNo", flat=flat, link="OrderNo"
        )
        return self.children(place)


def _amount(line: Mapping[str, object], name: str, who: str, *, optional: bool = False) -> Decimal:
    value = line.get(name)
    return Decimal(0) if optional and value in (None, "") else number(value, f"{name} of {who}")


def _factor(line: Mapping[str, object], who: str) -> Decimal:
    """Price units per sales unit: a box sold at a price per piece."""
    return (
        _ONE
        if line.get("PriceConvFactor") in (None, "")
        else number(line["PriceConvFactor"], f"PriceConvFactor of {who}")
    )


def _line_order(line: Json) -> tuple[tuple[int, str], ...]:
    """Numbers by size, although IFS keeps them as text."""
    return tuple(
        (int(part) if (part := text(line.get(name))).lstrip("-").isdecimal() else 0, part)
        for name in _LINE_KEY
    )


def _day(day: str, edm_type: str) -> str:
    return day if edm_type == DATE else f"{day}T00:00:00"
