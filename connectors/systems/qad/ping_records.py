"""What ping finds out about the records a connection is to read: counts, columns, order, change stamps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.sdk.errors import ConfigProblem, SystemFault
from connectors.sdk.system import Account
from connectors.systems.qad import columns, order_lines
from connectors.systems.qad.checks import Found, Trouble
from connectors.systems.qad.client import QadClient
from connectors.systems.qad.probe import Probe
from connectors.systems.qad.settings import date_format, settings_of
from connectors.systems.qad.values import text


class RecordChecks:
    """The steps of one ping that look at browses; later ones go by what earlier ones saw."""

    def __init__(self, account: Account, client: QadClient) -> None:
        self.settings = settings_of(account)
        self.client = client
        self.ordered: list[str] = []
        self.spelling = date_format(account)
        self.customers_seen: Probe | None = None
        self.orders_seen: Probe | None = None

    def customers(self) -> Found:
        """Count, columns, order and change columns of customers."""
        settings = self.settings
        probe = self._probed(settings.customers_browse, settings.customer, "customer")
        self.customers_seen = probe
        return self._told(probe, "customers", settings.customer_change_columns, [settings.customer])

    def emails(self) -> Found:
        """Where e-mail addresses come from."""
        settings = self.settings
        shown = self.customers_seen
        if shown is None or not shown.rows:
            raise Trouble("Cannot be looked for, as there are no customers to look at.")
        named = settings.customer["email"]
        found = named if named in shown.shown else "" if named else columns.email_column(shown.shown)
        if named and not found and settings.email_source != "entity":
            raise ConfigProblem(
                f"The browse {settings.customers_browse} does not show {named}, where e-mail addresses are "
                "said "
                "to be. Add the column, or name another one.",
                code="no_column",
            )
        if found and settings.email_source != "entity":
            always = [*shown.always, *([found] if all(found in row for row in shown.rows) else [])]
            return f"Read from {found}.", {"email_column": found, "customers_columns": sorted(set(always))}
        if settings.email_source == "browse":
            raise ConfigProblem(
                f"No column of {settings.customers_browse} looks like an e-mail address. Add one to the "
                "browse "
                "and name it in the settings, or have addresses read from each customer.",
                code="no_column",
            )
        return self._emails_by_record(text(shown.rows[0].get(settings.customer["key"])))

    def _emails_by_record(self, key: str) -> Found:
        settings = self.settings
        if not settings.shared_set:
            raise ConfigProblem(
                f"{settings.customers_browse} shows no e-mail addresses, so they have to be read customer by "
                "customer, for which we need the customer shared set. Enter it, or name a browse with them.",
                code="no_shared_set",
            )
        keys = (("sharedSetCode", settings.shared_set), ("customerCode", key))
        record = self.client.entity(settings.customers_collection, settings.customer_view, keys)
        if record is None:
            raise ConfigProblem(
                f"There is no customer {key} in the shared set {settings.shared_set}. Check the shared set "
                "of "
                f"domain {settings.domain}.",
                code="no_shared_set",
            )
        if "EMail" not in record:
            raise ConfigProblem(
                "Customer records show no EMail. Check the view of customer records in the settings.",
                code="no_email",
            )
        raise Trouble(
            f"{settings.customers_browse} shows none, so each customer costs a call at every full read.",
            "Much faster: add the e-mail column to the browse, or name a browse over customer records "
            "(urn:browse:bebrowse: ... customerV2s) in the settings.",
            {"email_column": "", "customers_change": list(settings.customer_change_columns)},
        )

    def items(self) -> Found:
        """The same of items."""
        settings = self.settings
        probe = self._probed(settings.items_browse, settings.item, "item")
        said, found = self._told(probe, "items", settings.item_change_columns, [settings.item])
        if settings.item["price"] in probe.shown and not (
            settings.item_currency or settings.item["currency"]
        ):
            raise Trouble(
                f"{said} Their prices name no currency, so products carry no price.",
                "Enter the domain's base currency in the settings.",
                found,
            )
        return said, found

    def orders(self) -> Found:
        """The same of orders."""
        settings = self.settings
        probe = self._probed(settings.orders_browse, settings.order, "order")
        self.orders_seen = probe
        used = [settings.order, settings.line]
        own = settings.order_change_columns
        said, found = self._told(probe, "orders", own, used)
        if not own and not columns.tables([settings.line["item"]]) <= columns.tables(probe.shown):
            found["orders_change"] = []  # lines change without their order
        return said, found

    def lines(self) -> Found:
        """Where order lines come from: the cheapest place that shows them."""
        settings = self.settings
        shown = self.orders_seen
        wanted = columns.needed(settings.line, "line")
        if shown is not None and shown.rows and wanted <= shown.shown:
            return f"Read from {settings.orders_browse}.", {"order_lines": order_lines.ROWS}
        if settings.lines_browse:
            probe = Probe(self.client, settings.lines_browse, settings.line)
            try:
                probe.look()
            except SystemFault:
                probe.rows = []
            # Some browses of lines show the order's own number, not the line's copy of it.
            numbers = (settings.line["order"], settings.order["key"])
            column = next((name for name in numbers if name in probe.shown), "")
            if probe.rows and column and wanted <= probe.shown:
                probe.key = column
                self._remember_order(probe)
                found = {
                    "order_lines": order_lines.BROWSE,
                    "line_order_column": column,
                    "ordered": list(self.ordered),
                }
                return f"Read from {settings.lines_browse}.", found
        raise Trouble(
            "Read order by order: expect a call for each.",
            "Much faster: name a browse that shows sales order lines in the settings.",
            {"order_lines": order_lines.RECORD},
        )

    def _probed(self, browse: str, wanted: Mapping[str, str], kind: str) -> Probe:
        probe = Probe(self.client, browse, wanted)
        probe.look()
        probe.check(kind)
        self._remember_order(probe)
        if self.settings.dates == "auto" and (spelling := probe.date_format):
            self.spelling = spelling
        return probe

    def _remember_order(self, probe: Probe) -> None:
        if probe.is_ordered:
            self.ordered.append(probe.browse)

    def _told(self, probe: Probe, what: str, own: tuple[str, ...], used: list[Mapping[str, str]]) -> Found:
        count = probe.total if probe.total is not None else len(probe.rows)
        found: dict[str, Any] = {
            what: count,
            f"{what}_columns": probe.always,
            f"{what}_change": probe.changes(own, used, self.spelling),
            "ordered": list(self.ordered),
            "date_format": self.spelling,
        }
        if not probe.rows:
            if probe.total:
                raise ConfigProblem(
                    f"QAD says that {probe.browse} has {probe.total:,} rows and shows none. Check the user's "
                    "access, and ping again.",
                    code="suspicious_empty",
                )
            raise Trouble(
                f"The user sees no {what} in {self.settings.workspace_id}.",
                "Check domain and entity, and the user's access to this browse.",
                found,
            )
        if own and not found[f"{what}_change"]:
            raise Trouble(
                f"{count:,} {what}; they cannot be filtered by {', '.join(own)}, so every run reads all of "
                "them.",
                "Name columns that hold the day of the last change of every row, or leave the setting empty.",
                found,
            )
        how = (
            "Only changed ones are read."
            if found[f"{what}_change"]
            else "Every run reads all and sends what changed."
        )
        missing = f" Not shown: {', '.join(probe.absent)}." if probe.absent else ""
        return f"{count:,} {what}. {how}{missing}", found
