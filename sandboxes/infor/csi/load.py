"""Loading a collection: properties, filter, order, and pages that only a bookmark leads on from."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import total_ordering
from html import escape, unescape
from typing import Any

from sandboxes.infor.csi.conditions import IdoError, Test, condition, stored
from sandboxes.infor.csi.idos import Ido
from sandboxes.infor.csi.world import CsiWorld, Item, Rows

PARAMETERS = frozenset({
    "properties", "filter", "orderby", "recordcap", "loadtype", "bookmark", "distinct", "clm", "clmparam",
    "pqc", "readonly",
})  # fmt: skip
LOAD_TYPES = frozenset({"FIRST", "NEXT", "PREV", "LAST"})
ALL = 0
_ORDER = re.compile(r"(\w+)(?:\s+(asc|desc))?", re.IGNORECASE)
_BOOKMARK = re.compile(r"<B><P>(?P<names>.*)</P><F>(?P<first>.*)</F><L>(?P<last>.*)</L></B>", re.DOTALL)
_VALUE = re.compile(r"<v>(.*?)</v>|<v/>", re.DOTALL)

Place = tuple[Any, ...]  # compared within one order only, where the types agree


@total_ordering
class _Backwards:
    def __init__(self, value: tuple[Any, ...]) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Backwards) and self.value == other.value

    def __lt__(self, other: "_Backwards") -> bool:
        return other.value < self.value

    def __hash__(self) -> int:
        return hash(self.value)


@dataclass(frozen=True, slots=True)
class Order:
    """Names with their direction; the keys at the end make every place a different one."""

    names: tuple[tuple[str, bool], ...]

    def place(self, ido: Ido, item: Item) -> Place:
        return tuple(self._part(ido, name, item.get(name), down=down) for name, down in self.names)

    def _part(self, ido: Ido, name: str, value: str | None, *, down: bool) -> object:
        """Nulls come first, as in the database."""
        part = (value is not None, stored(ido.properties[name], value) if value is not None else 0)
        return _Backwards(part) if down else part


@dataclass(slots=True)
class _Sorted:
    """Rows in one order, with how much of their history is in it."""

    places: list[Place]
    items: list[Item]
    seen: int

    def catch_up(self, rows: Rows, order: Order) -> None:
        for gone, come in rows.history[self.seen :]:
            if gone is not None:
                at = bisect_left(self.places, order.place(rows.ido, gone))
                del self.places[at], self.items[at]
            if come is not None:
                place = order.place(rows.ido, come)
                at = bisect_left(self.places, place)
                self.places.insert(at, place)
                self.items.insert(at, come)
        self.seen = len(rows.history)


class Loader:
    """Keeps what it sorted and works later changes into it."""

    def __init__(self, world: CsiWorld) -> None:
        self._world = world
        self._kept: dict[tuple[str, Order], _Sorted] = {}

    def load(self, ido: Ido, query: dict[str, str]) -> dict[str, object]:
        for name in query:
            if name not in PARAMETERS:
                raise IdoError(f"Unknown parameter {name}.")
        if query.get("clm") or query.get("clmparam"):
            raise IdoError(f"Method {query.get('clm', '')} not found on IDO {ido.name}.")
        wanted = _properties(ido, query.get("properties", ""))
        test = condition(ido, query["filter"]) if query.get("filter", "").strip() else _everything
        order, cap = _order(ido, query.get("orderby", "")), self._cap(query.get("recordcap", "-1"))
        kind = query.get("loadtype", "FIRST").upper()
        if kind not in LOAD_TYPES:
            raise IdoError(f"Load type {kind} is not valid.")
        page, more = self._page(ido, order, test, query.get("bookmark", ""), kind=kind, cap=cap)
        shown = [self._shown(ido, item, wanted) for item in page]
        if query.get("distinct", "false").lower() == "true":
            shown = _distinct(shown)
        return {
            "Items": shown, "Bookmark": _bookmark(order, page), "MoreRowsExist": more, "Success": True,
            "Message": None,
        }  # fmt: skip

    def _cap(self, text: str) -> int:
        """-1 is the default of the server, 0 is all."""
        if re.fullmatch(r"-1|\d+", text) is None:
            raise IdoError(f"Record cap {text} is not valid.")
        return self._world.options.csi_default_cap if text == "-1" else int(text)

    def _page(
        self, ido: Ido, order: Order, test: Test, bookmark: str, *, kind: str, cap: int
    ) -> tuple[list[Item], bool]:
        places, items = self._sorted(self._world.rows[ido.name], order)
        match kind:
            case "FIRST":
                return _taken(items, test, cap)
            case "LAST":
                page, more = _taken(reversed(items), test, cap)
                return page[::-1], more
            case "NEXT":
                last = bisect_right(places, self._place(ido, order, bookmark, "last"))
                return _taken(items[last:], test, cap)
            case _:
                first = bisect_left(places, self._place(ido, order, bookmark, "first"))
                page, more = _taken(reversed(items[:first]), test, cap)
                return page[::-1], more

    def _sorted(self, rows: Rows, order: Order) -> tuple[list[Place], list[Item]]:
        kept = self._kept.get((rows.ido.name, order))
        if kept is None:
            pairs: list[tuple[Place, Item]] = [
                (order.place(rows.ido, item), item) for item in rows.items.values()
            ]
            pairs.sort(key=_first)
            kept = _Sorted([place for place, _ in pairs], [item for _, item in pairs], len(rows.history))
            self._kept[rows.ido.name, order] = kept
        kept.catch_up(rows, order)
        return kept.places, kept.items

    def _place(self, ido: Ido, order: Order, bookmark: str, side: str) -> Place:
        found = _BOOKMARK.fullmatch(bookmark)
        if found is None or found["names"] != _names(order):
            raise IdoError("The bookmark is not valid.")
        values = [
            None if match[0] == "<v/>" else unescape(match[1]) for match in _VALUE.finditer(found[side])
        ]
        if len(values) != len(order.names):
            raise IdoError("The bookmark is not valid.")
        return order.place(ido, {name: value for (name, _), value in zip(order.names, values, strict=True)})

    def _shown(self, ido: Ido, item: Item, wanted: list[str]) -> dict[str, str | None]:
        shown = {name: item.get(name) for name in wanted}
        return {**shown, "_ItemId": self._world.item_id(ido, item)}


def _first(pair: tuple[Place, Item]) -> Place:
    return pair[0]


def _everything(_row: object) -> bool:
    return True


def _taken(items: Iterable[Item], test: Callable[[Item], bool], cap: int) -> tuple[list[Item], bool]:
    page: list[Item] = []
    for item in items:
        if not test(item):
            continue
        if cap and len(page) == cap:
            return page, True
        page.append(item)
    return page, False


def _properties(ido: Ido, text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise IdoError("No properties were requested.")
    for name in names:
        if name not in ido.properties:
            raise IdoError(f"Property {name} not found on IDO {ido.name}.")
    return names


def _order(ido: Ido, text: str) -> Order:
    names: list[tuple[str, bool]] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = _ORDER.fullmatch(part)
        if found is None or found[1] not in ido.properties:
            raise IdoError(f"Invalid order by: {part}.")
        names.append((found[1], (found[2] or "").lower() == "desc"))
    named = {name for name, _ in names}
    return Order((*names, *((key, False) for key in ido.keys if key not in named)))


def _names(order: Order) -> str:
    return "".join(f"<p>{name}{' desc' if down else ''}</p>" for name, down in order.names)


def _bookmark(order: Order, page: list[Item]) -> str | None:
    if not page:
        return None
    first, last = _values(order, page[0]), _values(order, page[-1])
    return f"<B><P>{_names(order)}</P><F>{first}</F><L>{last}</L></B>"


def _values(order: Order, item: Item) -> str:
    values = (item.get(name) for name, _ in order.names)
    return "".join("<v/>" if value is None else f"<v>{escape(value)}</v>" for value in values)


def _distinct(shown: list[dict[str, str | None]]) -> list[dict[str, str | None]]:
    seen: set[tuple[str | None, ...]] = set()
    kept = []
    for item in shown:
        values = tuple(value for name, value in item.items() if name != "_ItemId")
        if values not in seen:
            seen.add(values)
            kept.append(item)
    return kept
