"""Customers and suppliers of M3: listed in the order of their numbers, details in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property

from connectors.sdk.errors import ConfigProblem, RetryLater
from connectors.sdk.system import Account
from connectors.systems.infor.errors import NOT_FOUND
from connectors.systems.infor.m3 import changes
from connectors.systems.infor.m3.answers import Result, Values
from connectors.systems.infor.m3.client import M3Client, Transaction
from connectors.systems.infor.m3.tables import (
    CUSTOMERS,
    LISTED,
    SUPPLIERS,
    Table,
    asks_for_orders,
    customer_names,
    supplier_names,
)
from connectors.systems.infor.party import Raw
from connectors.systems.infor.reader import PartyReader, Stretch
from connectors.systems.infor.values import day, key_fault

ORDERS_AT_ONCE = 25
"""Customers whose orders are listed in one call; each may have thousands."""
MOST_PAGES = 1_000_000
EMPTIES = 2
"""An answer without any row, not even the one it was to start with, has to come twice to be believed."""


class M3Reader(PartyReader):
    """There is no cursor: a page begins with the last number of the one before it.

    An answer shorter than asked for proves nothing, as servers have limits of their own; the end is proven by
    a page that brings nothing new.
    """

    def __init__(self, account: Account, what: str) -> None:
        super().__init__(account, what)
        self.client = M3Client(account)
        self.table: Table = CUSTOMERS if what == "customers" else SUPPLIERS
        self.change = changes.found(account.findings, what)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """See `PartyReader.names`."""
        return customer_names(self.settings) if self.table is CUSTOMERS else supplier_names(self.settings)

    @cached_property
    def fields(self) -> dict[str, list[str]]:
        """The fields to read, by where they are."""
        return self.table.places([*self.names.values(), *self.settings.more_fields])

    def finds_changes(self) -> bool:
        """See `PartyReader.finds_changes`."""
        return bool(self.change) and self.settings.m3_changes in {"auto", self.change.get("by")}

    def mark(self, began: datetime, newest: str) -> str:
        """By our own clock: M3 tells no times of change. The overlap covers clocks that disagree."""
        return began.isoformat()

    def stretches(self, after: str, since: str) -> Iterator[Stretch]:
        """See `PartyReader.stretches`."""
        if not since:
            yield from self._listed(after, "")
            return
        from_then = datetime.fromisoformat(since) - timedelta(minutes=self.settings.overlap_minutes)
        if self.change.get("by") == changes.EXPORT:
            yield from self._exported(after, from_then)
        else:
            unit = self.change.get("unit", "ms")
            yield from self._listed(after, changes.stamp(from_then, unit, self.settings))

    def left_out(self, raw: Raw) -> str:
        """See `PartyReader.left_out`."""
        types = self.settings.included_types
        if self.table is SUPPLIERS or not types:
            return ""
        type_ = raw["party"].get("CUTP", "0")
        return "" if type_ in types else f"Customers of type {type_} are not included."

    def by_key(self, keys: Sequence[str]) -> dict[str, Raw]:
        """See `PartyReader.by_key`. The list, begun at each number, so that both ways see the same fields."""
        asked = [key for key in dict.fromkeys(keys) if not key_fault(key) and len(key) <= self.table.longest]
        listings = [
            Transaction(self.table.listing, {self.table.start: key}, self.fields[LISTED]) for key in asked
        ]
        found = self.client.read_many(self.table.program, listings, most=1)
        met = {
            key: row
            for key, result in zip(asked, found, strict=True)
            if (row := next(iter(_rows(result)), None)) and row.get(self.table.key) == key
        }
        self._confirm_missing([key for key in asked if key not in met])
        return self._detailed(met)

    def _confirm_missing(self, keys: Sequence[str]) -> None:
        """That these do not exist must be said in words; an empty list is no proof of it."""
        asked = [Transaction("GetBasicData", {self.table.key: key}, (self.table.key,)) for key in keys]
        for key, result in zip(keys, self.client.read_many(self.table.program, asked), strict=True):
            if _rows(result):
                raise RetryLater(f"M3 lists no {key} and yet has it; we ask again.", code="contradiction")

    def _listed(self, after: str, stamp: str) -> Iterator[Stretch]:
        key, empties = self.table.key, 0
        first: Values | None = None
        for _ in range(MOST_PAGES):
            rows = self._page(after, stamp)
            fresh = [row for row in rows if row.get(key) != after]
            empties = 0 if rows else empties + 1
            if not fresh and (rows or empties == EMPTIES):
                yield Stretch((), after, last=True)
                return
            if not rows:
                continue
            if rows[0] == first:  # the start was ignored: this is the page before
                break
            first = rows[0]
            usable = {row[key]: row for row in fresh if not key_fault(row.get(key))}
            if not usable:
                break
            after = list(usable)[-1]
            yield Stretch(
                list(self._detailed(usable).items()), after, last=False, refused=self._refused(fresh)
            )
        raise ConfigProblem(
            f"M3 keeps listing the same {self.what} ({self.table.program} {self.table.listing} does "
            "not go on "
            f"from {self.table.start}). Report this to whoever runs your M3.",
            code="endless_paging",
        )

    def _page(self, after: str, stamp: str) -> Sequence[Values]:
        record = {self.table.start: after, "LMTS": stamp}
        listing = Transaction(self.table.listing, record, self.fields[LISTED])
        return self.client.read(self.table.program, listing, most=self.settings.page_size + 1)

    def _refused(self, rows: Sequence[Values]) -> list[tuple[str, str]]:
        """Rows that cannot be keyed, by their names."""
        faults = ((row.get(self.names["name"], ""), key_fault(row.get(self.table.key))) for row in rows)
        return [(name[:60] or "a record", f"It was left out because {why}.") for name, why in faults if why]

    def _exported(self, after: str, since: datetime) -> Iterator[Stretch]:
        keys = [key for key in changes.exported_keys(self.client, self.table, since) if key > after]
        size = self.settings.page_size
        for start in range(0, len(keys), size):
            some = keys[start : start + size]
            yield Stretch(list(self.by_key(some).items()), some[-1], last=False)
        yield Stretch((), keys[-1] if keys else after, last=True)

    def _detailed(self, listed: Mapping[str, Values]) -> dict[str, Raw]:
        """The raw records of listed rows, with whatever else is to be read of them."""
        values = {key: dict(row) for key, row in listed.items()}
        keys = list(values)
        self._add_details(values, keys)
        self._add_extension(values, keys)
        asked = self.table is CUSTOMERS and asks_for_orders(self.settings)
        latest = self.last_orders(keys) if asked else {}
        return {key: self.raw(row, latest.get(key), asked=asked) for key, row in values.items()}

    def _add_details(self, values: dict[str, Values], keys: Sequence[str]) -> None:
        wanted = {name: fields for name, fields in self.fields.items() if name in self.table.details}
        asked = [(key, name) for key in keys for name in wanted]
        transactions = [Transaction(name, {self.table.key: key}, wanted[name]) for key, name in asked]
        found = self.client.read_many(self.table.program, transactions) if asked else []
        for (key, _), result in zip(asked, found, strict=True):
            for row in _rows(result):
                values[key].update(row)

    def _add_extension(self, values: dict[str, Values], keys: Sequence[str]) -> None:
        if not (wanted := self.fields.get(self.table.file)):
            return
        records = [{"FILE": self.table.file, "PK01": key} for key in keys]
        transactions = [Transaction("GetFieldValue", record, wanted) for record in records]
        found = self.client.read_many(self.settings.custom_program, transactions)
        for key, result in zip(keys, found, strict=True):
            for row in _rows(result):
                values[key].update({name: row[name] for name in wanted if name in row})

    def last_orders(self, keys: Sequence[str]) -> dict[str, date]:
        """The date of the latest order (or invoice) of each customer who has one."""
        program, name, column = (
            ("ARS200MI", "LstInvoices", "IVDT")
            if self.settings.last_order == "invoices"
            else ("OIS100MI", "LstHead", "ORDT")
        )
        asked = [Transaction(name, {"CUNO": key}, (column,)) for key in keys]
        found = self.client.read_many(program, asked, at_once=ORDERS_AT_ONCE)
        days = {key: _latest(_rows(result), column) for key, result in zip(keys, found, strict=True)}
        return {key: latest for key, latest in days.items() if latest}


def _latest(rows: Sequence[Values], column: str) -> date | None:
    return max(filter(None, (day(row.get(column)) for row in rows)), default=None)


def _rows(result: Result) -> Sequence[Values]:
    """The rows; none for a record that is gone, or never was."""
    if result.fault and result.fault.code != NOT_FOUND:
        raise result.fault
    return () if result.fault else result.rows
