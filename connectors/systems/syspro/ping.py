"""Trying the real thing, cheapest first: both services, then what they show of customers and balances.

What the streams go by afterwards: `odata_columns`, `enet_columns`, `full_page`, `customers`, `change`,
`added`, `balances`, `enet_either`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from connectors.sdk.errors import ConfigProblem, SystemFault
from connectors.sdk.system import Account, Check, Outcome
from connectors.systems.syspro import discovery, enet
from connectors.systems.syspro.columns import ADDED
from connectors.systems.syspro.errors import NOT_REACHED
from connectors.systems.syspro.question import Question, Through
from connectors.systems.syspro.settings import credentials_of, settings_of
from connectors.systems.syspro.streams.customers import in_order, wanted_columns
from connectors.systems.syspro.tables import Ways
from connectors.systems.syspro.values import key_of

Found = tuple[str, dict[str, Any]]
"""What a step has to say, and its findings."""
_READS_ALL = "Every run reads all customers and sends only what changed."


class Trouble(Exception):
    """A step found something a person should know, though nothing failed."""

    def __init__(self, text: str, advice: str = "", found: dict[str, Any] | None = None) -> None:
        super().__init__(text)
        self.text, self.advice, self.found = text, advice, found or {}


class Ping:
    """One ping of one account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.settings = settings_of(account)
        self.has_operator = bool(self.settings.enet_url and credentials_of(account).operator)
        self._works: set[Through] = set()

    def checks(self) -> Iterator[Check]:
        """The checks as they are done. Stops where going on makes no sense."""
        settings = self.settings
        if settings.odata_url:
            yield from self._service("odata", "OData address", self.odata_address, "OData log-in")
        if settings.enet_url:
            yield from self._service("enet", "e.net address", self.enet_address, "e.net log-on")
        if settings.read_through not in self._works:
            return
        for name, step, needed in self._steps():
            check = self._tried(name, step, needed=needed)
            yield check
            if name == "Customers" and check.outcome is Outcome.FAILED:
                return

    def _service(
        self, through: Through, name: str, address: Callable[[], Found], log_in: str
    ) -> Iterator[Check]:
        needed = through in {self.settings.read_through, self.settings.balances}
        check = self._tried(name, address, needed=needed)
        yield check
        if check.outcome is not Outcome.OK:
            return
        check = self._tried(log_in, partial(self.log_in, through), needed=needed)
        if check.outcome is Outcome.OK:
            self._works.add(through)
        yield check

    def _steps(self) -> Iterator[tuple[str, Callable[[], Found], bool]]:
        settings = self.settings
        yield "Customers", self.customers, True
        yield "Pages", self.pages, True
        yield "Changed customers", self.change, False
        if settings.balances != "off":
            yield "Overdue balances", self.balances, settings.balances != "auto"
        if settings.custom_table:
            yield "Custom form fields", self.custom, True

    def _tried(self, name: str, step: Callable[[], Found], *, needed: bool = True) -> Check:
        start = time.perf_counter()
        advice, outcome = "", Outcome.OK
        found: dict[str, Any] = {}
        try:
            text, found = step()
        except Trouble as trouble:
            text, advice, found, outcome = trouble.text, trouble.advice, trouble.found, Outcome.WARNING
        except SystemFault as fault:
            text, outcome = fault.text, Outcome.FAILED if needed else Outcome.WARNING
        return Check(name, outcome, text, advice, found, (time.perf_counter() - start) * 1000)

    def odata_address(self) -> Found:
        """Whether anything answers. What it says does not matter: we ask without a log-in."""
        try:
            self.account.connect(base_url=self.settings.odata_url).get("/")
        except SystemFault as fault:
            if fault.code in NOT_REACHED:
                raise
        return f"{self.settings.odata_url} answers.", {}

    def enet_address(self) -> Found:
        """The version, which the service tells anybody."""
        said = enet.version(self.account)
        if not said or said.startswith("<"):
            raise ConfigProblem(
                f"{self.settings.enet_url} answers, but not as the e.net service does. Check port and path."
            )
        return f"The e.net service answers: {said}.", {}

    def log_in(self, through: Through) -> Found:
        """A real call as the user: the first customer number."""
        settings = self.settings
        with Ways(self.account) as ways:
            ways.to(through).rows(
                Question(settings.customers_table, (settings.key_column,), settings.key_column, 1)
            )
        if through == "odata":
            return f"Logged in; company {settings.odata_company or settings.company} shows its customers.", {}
        operator = credentials_of(self.account).operator
        return f"{operator} logged on to company {settings.company}, asked, and logged off again.", {}

    def customers(self) -> Found:
        """Which columns of a customer can be read here."""
        settings, through = self.settings, self.settings.read_through
        wanted = wanted_columns(settings)
        with Ways(self.account) as ways:
            shown = discovery.columns_of(
                ways.to(through), settings.customers_table, settings.key_column, wanted
            )
        found = {f"{through}_columns": list(shown)}
        missing = [column for column in wanted if column not in shown]
        for needed in (settings.key_column, settings.email_column):
            if needed in missing:
                raise ConfigProblem(
                    f"{settings.customers_table} shows no column {needed}. Name the right one "
                    "in the settings, or let the operator see it.",
                    code="no_column",
                )
        named = {settings.tax_column, *settings.extra_columns} & set(missing)
        if named:
            raise Trouble(
                f"{settings.customers_table} shows no {', '.join(sorted(named))}; they stay empty.",
                "Correct the names in the settings, or let the operator see the columns.",
                found,
            )
        left = f" This release does not show {', '.join(missing)}; we do without." if missing else ""
        return f"{len(shown)} columns of {settings.customers_table} can be read.{left}", found

    def pages(self) -> Found:
        """How many customers come in one answer, in which order, and what their e-mail fields are like."""
        settings, through = self.settings, self.settings.read_through
        size = settings.page_size if through == "odata" else settings.enet_page_size
        key = settings.key_column
        start = time.perf_counter()
        with Ways(self.account) as ways:
            tables = ways.to(through)
            rows = tables.rows(Question(settings.customers_table, (key, settings.email_column), key, size))
            found: dict[str, Any] = {
                "full_page": {through: len(rows)},
                "customers": len(rows) if len(rows) < size else None,
            }
            if through == "enet":
                found[enet.CHOICE] = discovery.understands_alternatives(tables, settings.customers_table, key)
        milliseconds = (time.perf_counter() - start) * 1000
        if not rows:
            raise Trouble(
                f"Company {settings.company} shows no customers.",
                "Check the company, and what the user may see.",
                found,
            )
        if not in_order([key_of(row.get(key)) for row in rows]):
            raise Trouble(
                "SYSPRO does not give customers in the order of their numbers. All are read, but whoever "
                "disappears from SYSPRO is not noticed.",
                "Report it to whoever runs your SYSPRO: something between us leaves out our $orderby.",
                found,
            )
        emails = discovery.count_emails(rows, settings)
        return f"{emails} That took {milliseconds:,.0f} ms.", found

    def change(self) -> Found:
        """The column that tells what changed, or was added, if there is one."""
        settings = self.settings
        found: dict[str, Any] = {"change": None, "added": None}
        if settings.change_column:
            return self._proved("change", settings.change_column, discovery.proved_change, found)
        if settings.between_full_reads == "added":
            return self._proved("added", ADDED, discovery.proved_added, found)
        return f"SYSPRO keeps no time of last change. {_READS_ALL}", found

    def _proved(self, finding: str, column: str, prove: Callable[..., str], found: dict[str, Any]) -> Found:
        settings, through = self.settings, self.settings.read_through
        advice = "Name a column that can be asked by, or leave the setting as it is."
        if finding == "change" and through != "odata":
            raise Trouble(f"Through e.net one cannot ask by {column}. {_READS_ALL}", advice, found)
        try:
            with Ways(self.account) as ways:
                said = prove(ways.to(through), settings.customers_table, settings.key_column, column)
        except ConfigProblem as fault:
            said = fault.text
        if said not in {"number", "moment", "date"}:
            raise Trouble(f"One cannot ask for changes by {column}: {said} {_READS_ALL}", advice, found)
        what = "changed" if finding == "change" else "added"
        text = f"Runs read the customers {what} since the last one, by {column}, and all of them every "
        return f"{text}{settings.full_read_hours:,} hours.", {
            **found,
            finding: {"column": column, "kind": said, "through": through},
        }

    def balances(self) -> Found:
        """Where overdue balances can be read."""
        settings, reasons = self.settings, []
        ways_in: tuple[Through, ...] = ("odata", "enet")
        chosen = [w for w in ways_in if settings.balances in {"auto", w} and w in self._works]
        for through in chosen:
            try:
                return self._balances(through)
            except ConfigProblem as fault:
                reasons.append(fault.text)
        why = " ".join(reasons) or "Neither OData nor e.net can be asked."
        if settings.balances != "auto":
            raise ConfigProblem(f"Overdue balances cannot be read: {why}", code="no_balances")
        raise Trouble(
            f"Overdue balances cannot be read, so nobody counts as delinquent because of them. {why}",
            "Expose the balance table to OData, name its columns in the settings, or switch balances off.",
            {"balances": None},
        )

    def _balances(self, through: Through) -> Found:
        settings = self.settings
        table, key = settings.balances_table, settings.key_column
        found: dict[str, Any] = {}
        with Ways(self.account) as ways:
            tables = ways.to(through)
            shown = discovery.columns_of(tables, table, key, (key, *settings.overdue_columns))[1:]
            if through == "enet":
                found[enet.CHOICE] = discovery.understands_alternatives(tables, table, key)
        missing = [column for column in settings.overdue_columns if column not in shown]
        if not shown:
            raise ConfigProblem(f"{table} shows none of {', '.join(missing)}.", code="no_column")
        found["balances"] = {"through": through, "columns": list(shown)}
        if missing:
            raise Trouble(
                f"{table} shows no {', '.join(missing)}; the other overdue balances are read.",
                "Correct the names of the overdue balances in the settings.",
                found,
            )
        spoken = {"odata": "OData", "enet": "e.net"}[through]
        return f"{', '.join(shown)} of {table} are read through {spoken}.", found

    def custom(self) -> Found:
        """Whether the custom form fields can be read."""
        settings = self.settings
        wanted = (settings.key_column, *settings.custom_columns)
        with Ways(self.account) as ways:
            tables = ways.to(settings.read_through)
            shown = discovery.columns_of(tables, settings.custom_table, settings.key_column, wanted)
        if missing := [column for column in wanted if column not in shown]:
            raise ConfigProblem(
                f"{settings.custom_table} shows no {', '.join(missing)}. Correct the names in the settings.",
                code="no_column",
            )
        return f"{len(settings.custom_columns)} fields of {settings.custom_table} are read.", {}
