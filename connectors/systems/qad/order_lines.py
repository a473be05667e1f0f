"""The lines of orders, from wherever this QAD shows them: the rows of the orders, a browse, or each order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.sdk.paging import concurrently
from connectors.systems.qad.client import Filter, Json, QadClient
from connectors.systems.qad.columns import lasting, tables
from connectors.systems.qad.settings import QadSettings
from connectors.systems.qad.values import text
from connectors.systems.qad.walk import Spot, Walk

ROWS, BROWSE, RECORD = "rows", "browse", "record"
RECORD_FIELDS: Mapping[str, tuple[str, ...]] = {
    "line": ("lineNumber", "salesOrderLineNumber", "salesOrderLine", "line"),
    "item": ("itemCode",),
    "quantity": ("quantityOrdered",),
    "shipped": ("quantityShipped",),
    "price": ("netPrice",),
    "unit": ("unitOfMeasureCode", "unitOfMeasure"),
    "title": ("itemDescription", "description"),
    "status": ("lineStatus",),
}
"""What the fields of a line's record are called; the first one there counts."""
FEW = 10
"""So few orders are asked for one by one: they need not lie side by side."""
MOST_PAGES = 20


@dataclass(slots=True)
class OrderLines:
    """A reader of lines.

    `ordered` are the browses ping found to be ordered by their key; `order_column` tells, in the browse of
    lines, which order a line is of.
    """

    client: QadClient
    settings: QadSettings
    source: str
    ordered: Sequence[str] = ()
    order_column: str = ""

    def of(self, groups: Mapping[str, list[Json]]) -> dict[str, list[Json]]:
        """The lines of these orders, by order."""
        keys = list(groups)
        match self.source:
            case "rows":
                columns = self.settings.line
                return {
                    key: [row for row in rows if text(row.get(columns["item"]))]
                    for key, rows in groups.items()
                }
            case "browse":
                return self._browsed(keys)
            case _:
                found = concurrently(keys, self._recorded, self.settings.concurrent)
                return dict(zip(keys, found, strict=True))

    @property
    def _column(self) -> str:
        return self.order_column or self.settings.line["order"]

    def _browsed(self, keys: Sequence[str]) -> dict[str, list[Json]]:
        """By range, where that is possible; whatever it did not meet is asked for by itself: orders without
        lines are rare, and a range may have ended too early.
        """
        found: dict[str, list[Json]] = {}
        if len(keys) > FEW and self.settings.lines_browse in self.ordered:
            found = self._range(keys)
        left = [key for key in keys if not found.get(key)]
        for key, rows in zip(left, concurrently(left, self._asked, self.settings.concurrent), strict=True):
            found[key] = rows
        return found

    def _range(self, keys: Sequence[str]) -> dict[str, list[Json]]:
        wanted, last = set(keys), max(keys)
        column = self._column
        walk = Walk(
            self.client,
            self.settings.lines_browse,
            column,
            self.settings.page_size,
            by_key=True,
            expected=False,
        )
        found: dict[str, list[Json]] = {}
        for number, stretch in enumerate(walk.start(Spot(after=min(keys)))):
            for group in stretch.groups:
                key = text(group[0].get(column))
                if key in wanted:
                    found[key] = group
            passed = stretch.groups and text(stretch.groups[-1][0].get(column)) > last
            if stretch.last or passed or len(found) == len(wanted) or number >= MOST_PAGES:
                break
        return found

    def _asked(self, key: str) -> list[Json]:
        settings = self.settings
        column = self._column
        rows = self.client.found(
            settings.lines_browse, [Filter(column, "eq", key)], size=settings.page_size, exact=True
        )
        return [row for row in rows if text(row.get(column)) == key]

    def _recorded(self, key: str) -> list[Json]:
        keys = (("domainCode", self.settings.domain), ("salesOrderNumber", key))
        return self.client.entities(self.settings.line_grid_collection, "", keys, exact=True)


def line_of(raw: Mapping[str, Any], columns: Mapping[str, str], *, position: int) -> dict[str, Any]:
    """A line by our names, whether it came from a browse or as a record."""
    if any(name in raw for name in columns.values() if name):
        return {name: raw.get(column) for name, column in columns.items() if column}
    found: dict[str, Any] = {}
    for name, fields in RECORD_FIELDS.items():
        found[name] = next((raw[field] for field in fields if field in raw), None)
    return {**found, "line": found["line"] if found["line"] not in (None, "") else position}


def shown(line: Json, columns: Mapping[str, str]) -> Json:
    """What is kept of a line: of a row its own table's columns, of a record the fields we know."""
    if any(name in line for name in columns.values() if name):
        own = tables([columns["item"]])
        return {name: value for name, value in lasting(line).items() if name.partition(".")[0] in own}
    known = {field for fields in RECORD_FIELDS.values() for field in fields}
    return {name: value for name, value in line.items() if name in known}
