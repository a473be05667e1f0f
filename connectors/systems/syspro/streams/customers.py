"""Customers, with their balances where those are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

from connectors.records import Customer
from connectors.sdk.errors import ConfigProblem, RetryLater
from connectors.sdk.paging import prefetched
from connectors.sdk.system import Page, Position, Row, Stream, System
from connectors.systems.syspro import columns as names
from connectors.systems.syspro.addresses import address_columns, address_of
from connectors.systems.syspro.odata import ODataTables
from connectors.systems.syspro.people import chosen_email, person_name
from connectors.systems.syspro.question import Json, Question, Tables, Term
from connectors.systems.syspro.settings import SysproSettings, settings_of
from connectors.systems.syspro.standing import noted, standing_of
from connectors.systems.syspro.streams.reading import (
    Reading,
    after_all,
    begun,
    change_of,
    condition,
    under_way,
)
from connectors.systems.syspro.tables import Beside, Ways, by_key, endless
from connectors.systems.syspro.values import key_fault, key_of, kind_of, plain, tidy

CUSTOMER, CUSTOM, NOTES = "customer", "custom", "notes"
_NOT_KEPT = frozenset({names.LAST_SALE})
"""Read for what it says today, and not part of what the customer is: it changes with every sale."""

PLENTY = 0.7
"""A reading that met a smaller share of the customers than ping counted is believed in what it met only."""


class Customers(Stream[Customer]):
    """`raw` is `{"customer", "notes"}` and, where the settings ask for them, `custom`.

    Everything is read in the order of customer numbers, each page beginning behind the last one's end:
    positions lose and repeat rows when others come and go. Only what changed is read where ping has proved a
    column for it.
    """

    name = "customers"
    record = Customer

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.settings = settings_of(system.account)
        self.findings = system.account.findings
        self.key = self.settings.key_column

    # -- reading ---------------------------------------------------------------------------------------------

    def pages(self, start: Position | None, run_start: datetime) -> Iterator[Page]:
        """See `Stream.pages`. Through OData one page is read ahead; e.net is asked for what is wanted now."""
        position = dict(start or {})
        pages = self._pages(position, run_start)
        return prefetched(pages) if self.settings.read_through == "odata" else pages

    def fetch(self, keys: Sequence[str]) -> Page:
        """See `Stream.fetch`."""
        asked = list(dict.fromkeys(keys))
        with self._ways() as ways:
            tables = ways.to(self.settings.read_through)
            found = by_key(tables, self._question(tables, 0), asked)
            self._check_shown(list(found.values()))
            rows = self._rows(ways, [found[key] for key in asked if key in found], consecutive=False)
        return Page(rows, {}, done=True, total=len(rows), missing=[key for key in asked if key not in found])

    def _pages(self, position: Position, run_start: datetime) -> Iterator[Page]:
        change = change_of(self.settings, self.findings)
        reading, is_new = begun(position, change, self.settings, run_start)
        longest, before = self._proven, frozenset[str]()
        while True:
            with self._ways() as ways:
                tables = ways.to(self.settings.read_through)
                if is_new:
                    reading, is_new = replace(reading, mark=self._mark(tables, reading)), False
                read = self._read(tables, reading)
                self._check_shown(read)
                longest = max(longest, len(read))
                last = len(read) < min(self._size, longest) or not read
                if last and read:  # an answer may also be cut short
                    beyond = replace(reading, after=key_of(read[-1].get(self.key)))
                    last = not self._read(tables, beyond)
                rows, refused = self._keyed(read)
                fresh = [row for row in rows if key_of(row[self.key]) not in before]
                if read and not fresh:
                    raise endless(self.settings.customers_table)
                found = self._rows(ways, fresh, consecutive=reading.is_sweep)
            keys = [row.key for row in found]
            reading = replace(
                reading,
                after=keys[-1] if keys else reading.after,
                seen=reading.seen + len(keys),
                ordered=reading.ordered and len(fresh) == len(rows) and in_order(keys),
            )
            before = frozenset(keys)
            if last:
                self._refuse_emptiness(reading, position)
            # In no order, partly met by another run, or having met far fewer than ping counted, it proves
            # nobody gone.
            steady = reading.ordered and reading.began == run_start.isoformat()
            plenty = not last or reading.seen >= PLENTY * (self._total(reading) or 0)
            sweep = reading.is_sweep and steady and plenty
            left = after_all(reading, position) if last else under_way(reading, position)
            yield Page(found, left, done=last, sweep=sweep, total=self._total(reading), refused=refused)
            if last:
                return

    def _read(self, tables: Tables, reading: Reading) -> list[Json]:
        """The next page. An empty one is asked for twice: SYSPRO gives such without a reason, too."""
        question = self._question(tables, self._size, self._where(reading))
        return tables.rows(question) or tables.rows(question)

    def _where(self, reading: Reading) -> tuple[Term, ...]:
        overlap = timedelta(minutes=self.settings.overlap_minutes)
        beyond = (Term(self.key, "gt", reading.after),) if reading.after else ()
        return (*condition(reading, overlap), *beyond)

    def _mark(self, tables: Tables, reading: Reading) -> str:
        """What the next run's changes are newer than: measured by the server's own newest value, whatever its
        clock and whatever changes while we read.
        """
        if not reading.by:
            return ""
        if reading.by == names.ADDED:
            return reading.began
        question = Question(self.settings.customers_table, (reading.by,), reading.by, 1, downwards=True)
        newest = tables.rows(question)
        value = newest[0].get(reading.by) if newest else None
        return str(plain(value)) if kind_of(value) == reading.kind else ""

    def _keyed(self, read: Sequence[Json]) -> tuple[list[Json], list[tuple[str, str]]]:
        rows, refused = [], []
        for row in read:
            if fault := key_fault(key_of(row.get(self.key))):
                shown = str(row.get(names.NAME) or "a customer")[:100]
                refused.append((shown, f"It was left out because {fault} ({self.key})."))
            else:
                rows.append(row)
        return rows, refused

    def _refuse_emptiness(self, reading: Reading, position: Position) -> None:
        """An empty answer where there were customers is no news about customers."""
        before = int(position.get("count") or 0)
        if reading.is_sweep and not reading.seen and before:
            raise RetryLater(
                f"SYSPRO shows no customers at all, although there were {before:,}. Nothing was changed. "
                "Check company and rights of the operator; we look again.",
                after=900,
                code="suspiciously_empty",
            )

    def _check_shown(self, rows: Sequence[Json]) -> None:
        """SYSPRO leaves out what an operator may not see, without a word: a column that nobody has is not
        empty, it is withheld.
        """
        needed = (self.key, self.settings.email_column, *self._standing_columns)
        hidden = [column for column in needed if rows and not any(column in row for row in rows)]
        if hidden:
            raise ConfigProblem(
                f"SYSPRO no longer shows {' and '.join(hidden)} of {self.settings.customers_table}. Nothing "
                "was changed. Let the operator see it again, or ping, so that we go on without it.",
                code="column_hidden",
            )

    # -- rows ------------------------------------------------------------------------------------------------

    def _rows(self, ways: Ways, read: Sequence[Json], *, consecutive: bool) -> list[Row]:
        keys = [key_of(row[self.key]) for row in read]
        balances = self._beside(ways, self._balances, keys, consecutive=consecutive)
        custom = self._beside(ways, self._custom, keys, consecutive=consecutive)
        out = []
        for row, key in zip(read, keys, strict=True):
            balance = None if balances is None else balances.get(key, {})
            raw: dict[str, Any] = {
                CUSTOMER: {**self._kept(row, self._wanted), self.key: key},
                NOTES: noted(row, balance, self.settings, today()),
            }
            if custom is not None:
                raw[CUSTOM] = self._kept(custom.get(key, {}), self.settings.custom_columns)
            out.append(Row(key, raw))
        return out

    def _kept(self, row: Json, wanted: Sequence[str]) -> dict[str, object]:
        return {name: plain(row[name]) for name in wanted if name in row and name not in _NOT_KEPT}

    def _beside(
        self, ways: Ways, place: Beside | None, keys: Sequence[str], *, consecutive: bool
    ) -> Mapping[str, Json] | None:
        if place is None or not keys:
            return None
        size = self.settings.page_size if place.through == "odata" else self.settings.enet_page_size
        return place.of(ways.to(place.through), keys, consecutive=consecutive, size=size)

    @cached_property
    def _balances(self) -> Beside | None:
        found = self.findings.get("balances")
        if self.settings.balances == "off" or not isinstance(found, Mapping):
            return None
        shown = tuple(
            column for column in self.settings.overdue_columns if column in found.get("columns", ())
        )
        if not shown or self.settings.balances not in {"auto", found["through"]}:
            return None
        return Beside(self.settings.balances_table, self.key, shown, found["through"])

    @cached_property
    def _custom(self) -> Beside | None:
        settings = self.settings
        if not (settings.custom_table and settings.custom_columns):
            return None
        return Beside(settings.custom_table, self.key, settings.custom_columns, settings.read_through)

    # -- what is asked for -----------------------------------------------------------------------------------

    def _question(self, tables: Tables, top: int, where: Sequence[Term] = ()) -> Question:
        # Without a ping OData is asked for everything, as nobody knows which columns this release has.
        columns = self._wanted if self._shown or tables.through == "enet" else ()
        return Question(self.settings.customers_table, columns, self.key, top, where)

    @cached_property
    def _wanted(self) -> tuple[str, ...]:
        wanted = wanted_columns(self.settings)
        return tuple(c for c in wanted if c in self._shown) if self._shown else wanted

    @cached_property
    def _shown(self) -> frozenset[str]:
        """The columns ping has seen, empty where there was none."""
        found = self.findings.get(f"{self.settings.read_through}_columns")
        return frozenset(found) | {self.key, self.settings.email_column} if found else frozenset()

    @cached_property
    def _standing_columns(self) -> tuple[str, ...]:
        return tuple(column for column in names.STANDING if column in self._shown)

    @property
    def _size(self) -> int:
        settings = self.settings
        return settings.page_size if settings.read_through == "odata" else settings.enet_page_size

    @property
    def _proven(self) -> int:
        """How many rows ping got in one answer: a shorter page proves the end only where longer ones are."""
        found = self.findings.get("full_page")
        return int(found.get(self.settings.read_through) or 0) if isinstance(found, Mapping) else 0

    def _total(self, reading: Reading) -> int | None:
        known = self.findings.get("customers")
        return known if reading.is_sweep and isinstance(known, int) and known >= reading.seen else None

    def _ways(self) -> Ways:
        return Ways(self.system.account, lambda: self._odata)

    @cached_property
    def _odata(self) -> ODataTables:
        return ODataTables(self.system.account)

    # -- the record ------------------------------------------------------------------------------------------

    def canonical(self, raw: dict[str, Any]) -> Customer:
        """See `Stream.canonical`."""
        settings = self.settings
        key = key_of(raw[CUSTOMER].get(self.key))
        who = f"customer {key}"
        source = tidy(raw[CUSTOMER], who)
        name = source.get(names.NAME, "")
        first, last = self._person(source)
        standing, reason = standing_of(source, raw.get(NOTES, {}), settings)
        parent = source.get(names.PARENT, "")
        extra = {column: value for column, value in source.items() if column not in self._used and value}
        return Customer(
            key=key,
            name=name,
            email=chosen_email(source.get(settings.email_column, ""), settings, who),
            first_name=first,
            last_name=last,
            company="" if settings.names_from == "name" and last else name,
            phone=source.get(names.PHONE, ""),
            language=source.get(names.LANGUAGE, ""),
            currency=source.get(names.CURRENCY, ""),
            category=source.get(names.CATEGORY, ""),
            group=source.get(names.GROUP, ""),
            branch=source.get(names.BRANCH, ""),
            tax_id=source.get(settings.tax_column, ""),
            standing=standing,
            standing_reason=reason,
            parent_key=parent if parent != key else "",
            address=address_of(source, settings),
            created_on=source.get(names.ADDED, "")[:10],
            extra={**extra, **tidy(raw.get(CUSTOM, {}), who)},
        )

    def _person(self, source: Mapping[str, str]) -> tuple[str, str]:
        match self.settings.names_from:
            case "contact":
                return person_name(source.get(names.CONTACT, ""))
            case "name":
                return person_name(source.get(names.NAME, ""))
            case "nowhere":
                return "", ""

    @cached_property
    def _used(self) -> frozenset[str]:
        """The columns that have a place of their own in the record."""
        settings = self.settings
        used = (self.key, settings.email_column, settings.tax_column, *names.FIELDS)
        return frozenset(used) | frozenset(address_columns(settings))


def wanted_columns(settings: SysproSettings) -> tuple[str, ...]:
    """The columns of a customer we have a use for, under these settings."""
    tax = () if settings.tax_column == "nothing" else (settings.tax_column,)
    wanted = (
        settings.key_column,
        settings.email_column,
        *names.FIELDS,
        *names.STANDING,
        *tax,
        *address_columns(settings),
        *names.EXTRA,
        *settings.extra_columns,
    )
    return tuple(dict.fromkeys(wanted))


def in_order(keys: Sequence[str]) -> bool:
    """Whether keys follow one another, in either of the orders servers use."""
    pairs = list(pairwise(keys))
    return all(a < b for a, b in pairs) or all(a.casefold() < b.casefold() for a, b in pairs)


def today() -> date:
    """The day that counts for who is dormant."""
    return datetime.now(UTC).date()
