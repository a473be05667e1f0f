"""The item catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.records import Product
from connectors.sdk.system import Row
from connectors.systems.qad import columns
from connectors.systems.qad.client import Json
from connectors.systems.qad.streams.base import BrowseStream
from connectors.systems.qad.values import number, text, tidy


class Items(BrowseStream[Product]):
    """`raw` is `{"row"}`. All items are mirrored, so that orders of any age find theirs."""

    name = "items"
    record = Product
    what = "items"

    @property
    def browse(self) -> str:
        """The browse of items."""
        return self.settings.items_browse

    @property
    def key(self) -> str:
        """The item number, unique in its domain, as a connection is about one."""
        return self.settings.item["key"]

    @property
    def needed(self) -> frozenset[str]:
        """Whatever has to be there for an item."""
        return columns.needed(self.settings.item, "item")

    @property
    def own_change_columns(self) -> tuple[str, ...]:
        """From the settings."""
        return self.settings.item_change_columns

    def rows(self, groups: Sequence[list[Json]]) -> list[Row]:
        """One row per item, whatever else the browse repeats it for (sites, price lists)."""
        return [Row(text(group[0].get(self.key)), {"row": columns.lasting(group[0])}) for group in groups]

    def canonical(self, raw: dict[str, Any]) -> Product:
        """See `Stream.canonical`. Two descriptions are one title; a price without a currency is none."""
        at = self.settings.item
        key = text(raw["row"].get(at["key"]))
        row = tidy(raw["row"], f"item {key}")
        words = {name: text(row.get(column)) if column else "" for name, column in at.items()}
        price = row.get(at["price"]) if at["price"] else None
        currency = words["currency"].upper() or self.settings.item_currency
        priced = price not in (None, "") and bool(currency)
        return Product(
            key=key,
            title=" ".join(filter(None, (words["title"], words["title2"]))) or key,
            sku=key,
            unit=words["unit"],
            price=number(price, f"the price of item {key}", self.settings.decimals) if priced else None,
            currency=currency if priced else "",
            active=words["status"].upper()
            not in {one.upper() for one in self.settings.inactive_item_statuses},
            extra={name: value for name, value in row.items() if value not in (None, "")},
        )
