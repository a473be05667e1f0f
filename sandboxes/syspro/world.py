"""One company of a site: its tables, and what of them each service shows."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count

from sandboxes.kit import Clock
from sandboxes.syspro.columns import TABLES, UNSERVED
from sandboxes.syspro.options import Options
from sandboxes.syspro.schema import Column, Kind, Shape, columns
from sandboxes.syspro.store import ROWVERSION, Key, Table, Values

CUSTOM = "ArCustomer+"
# Rowversions, beyond what 32 bits hold: for the first rows a stretch to each table, whenever it is made;
# then one counter for all.
FIRST_STAMP, STRETCH, FIRST_ROWVERSION = 2**33, 2**24, 2**34
FIRST_ORDER = 1000

Memory = dict[str, dict[Key, Values | None]]


class World:
    """Tables by name. Requests and mutations both change it through them."""

    def __init__(self, options: Options, clock: Clock, company: str) -> None:
        self.options = options
        self.company = company
        self._clock = clock
        self._rowversions = count(FIRST_ROWVERSION)
        self._orders = count(FIRST_ORDER)
        self.tables = {name: self._table(name, text, key) for name, (text, key) in TABLES.items()}
        fields = " ".join(f"{name}:text(30)" for name in options.custom_fields)
        self.tables[CUSTOM] = self._table(
            CUSTOM, f"Customer:text(15) {fields} TimeStamp:rowversion", ("Customer",)
        )
        self._stamps = {name: count(FIRST_STAMP + at * STRETCH) for at, name in enumerate(self.tables)}
        self.shapes = {
            name: _shape(table, options) for name, table in self.tables.items() if name not in UNSERVED
        }
        if options.change_view:
            self.shapes[options.change_view] = self._view()

    def table(self, name: str) -> Table:
        return self.tables[name]

    def rowversion(self) -> int:
        """One counter for the whole database: monotonic, and no time."""
        return next(self._rowversions)

    def first_stamp(self, table: Table) -> int:
        """The rowversion of the next of the rows a table is filled with."""
        return next(self._stamps[table.name])

    def now(self) -> datetime:
        return self._clock.now().replace(microsecond=0)

    def today(self) -> datetime:
        return self.now().replace(hour=0, minute=0, second=0)

    def next_order(self) -> str:
        orders = self.table("SorMaster")
        numbers = (f"{number:06d}" for number in self._orders)
        return next(number for number in numbers if orders.get(number) is None)

    # Over a restart: what was written since the tables were filled.

    def memory(self) -> Memory:
        found: Memory = {}
        for name, table in self.tables.items():
            for key in table.written:
                row = table.rows.get(key)
                found.setdefault(name, {})[key] = None if row is None else row.values
        return found

    def remember(self, memory: Mapping[str, Mapping[Key, Values | None]]) -> None:
        for name, rows in memory.items():
            for key, values in rows.items():
                self.tables[name].restore(key, values)
                if values is not None:
                    stamp = values[self.tables[name].columns[ROWVERSION].at]
                    self._rowversions = count(max(self.rowversion(), stamp + 1))

    def _table(self, name: str, text: str, key: tuple[str, ...]) -> Table:
        return Table(name, columns(text), key, stamp=self.rowversion, now=self.now)

    def _view(self) -> Shape:
        """All of ArCustomer, its rowversion as a number, and the date of the last amendment."""
        table, options = self.table("ArCustomer"), self.options
        shown = dict(_shape(table, options).columns)
        number = Column(options.change_number, Kind.WHOLE, table.columns["TimeStamp"].at)
        moment = Column(options.change_moment, Kind.MOMENT, table.changed_at)
        shown |= {number.name: number, moment.name: moment}
        return Shape(options.change_view, table.name, table.key, shown)


def _shape(table: Table, options: Options) -> Shape:
    shown = dict(table.columns)
    if options.date_kind == "date":
        dates = [column for column in shown.values() if column.kind is Kind.MOMENT]
        shown |= {column.name: replace(column, kind=Kind.DATE) for column in dates}
    return Shape(table.name, table.name, table.key, shown)
