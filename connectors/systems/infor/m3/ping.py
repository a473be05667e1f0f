"""What ping tries of M3: user and company, the fields the settings name, and how changes can be found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from connectors.sdk.errors import ConfigProblem, RecordRejected
from connectors.sdk.system import Account
from connectors.systems.infor.errors import NOT_FOUND
from connectors.systems.infor.m3 import changes
from connectors.systems.infor.m3.client import M3Client, Transaction
from connectors.systems.infor.m3.reader import M3Reader
from connectors.systems.infor.m3.receivables import LEDGER, PROGRAM, M3Receivables
from connectors.systems.infor.m3.tables import LISTED, asks_for_orders
from connectors.systems.infor.m3.writer import M3Writer
from connectors.systems.infor.options import (
    MessageLogOptions,
    ReceivableOptions,
    customer_options,
    message_options,
)
from connectors.systems.infor.settings import settings_of
from connectors.systems.infor.steps import Found, Step, Trouble


class M3Steps:
    """The steps of one ping; what each finds out, the streams go by."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.settings = settings_of(account)
        self.client = M3Client(account)
        self._firsts: dict[str, str] = {}

    def steps(self) -> Iterator[Step]:
        """See `Steps.steps`."""
        yield Step("M3", self.user, stops=True)
        yield Step("Company", self.company, stops=True)
        yield Step("Customers", partial(self.parties, "customers"))
        yield Step("Customer details", partial(self.details, "customers"))
        if asks_for_orders(self.settings):
            yield Step("Last orders", self.last_orders)
        yield Step("Changed customers", partial(self.changes, "customers"), needed=False)
        yield Step("Suppliers", partial(self.parties, "suppliers"), needed=False)
        yield Step("Supplier details", partial(self.details, "suppliers"), needed=False)
        yield Step("Changed suppliers", partial(self.changes, "suppliers"), needed=False)
        yield Step("Fields for what comes back", self.fields_back, needed=False)
        if isinstance(self.account.options, ReceivableOptions):
            yield Step("AR transactions", self.receivables, needed=False)
        if isinstance(self.account.options, MessageLogOptions):
            yield Step("Message log", self.messages, needed=False)

    def user(self) -> Found:
        """Who we are in M3, and which company and division a call without one works in."""
        rows = self.client.read("MNS150MI", Transaction("GetUserData"), company=False)
        found = rows[0] if rows else {}
        user, own, division = found.get("USID", "?"), found.get("CONO", "?"), found.get("DIVI", "")
        said = f"We work as {user}, whose own company is {own}{f', division {division}' if division else ''}."
        if own.lstrip("0") != self.settings.company.lstrip("0"):
            said += f" Every call names company {self.settings.company} instead."
        return said, {"m3_user": user, "m3_user_company": own, "m3_user_division": division}

    def company(self) -> Found:
        """Whether the user may work in company and division of the settings."""
        self._first("customers")
        division = self.settings.division
        if not division:
            raise Trouble(
                f"Company {self.settings.company} may be used. No division is set: credit figures and "
                "receivables are those of the user's own division.",
                "Enter the division in the settings.",
            )
        return f"Company {self.settings.company} and division {division} may be used.", {}

    def parties(self, what: str) -> Found:
        """Whether the list can be read, with every field the settings name."""
        reader = M3Reader(self.account, what)
        key = self._first(what)
        if not key:
            raise Trouble(f"There are no {what} in company {self.settings.company}.", "Check the company.")
        return f"{what.capitalize()} can be read; the first is {key}.", {
            f"{what}_fields": reader.fields[LISTED]
        }

    def details(self, what: str) -> Found:
        """Whether each transaction that brings further fields works, asked of the first record."""
        key, reader = self._first(what), M3Reader(self.account, what)
        places = [place for place in reader.fields if place != LISTED]
        if not key or not places:
            return "Nothing beyond the list is needed.", {}
        for place in places:
            if place == reader.table.file:
                self._extension(reader, key)
            else:
                record = {reader.table.key: key}
                transaction = Transaction(place, record, reader.fields[place])
                self.client.read(reader.table.program, transaction)
        said = ", ".join(
            self.settings.custom_program if place == reader.table.file else place for place in places
        )
        return f"Details come from {said}, in bulk.", {}

    def last_orders(self) -> Found:
        """Whether the orders (or invoices) of a customer can be listed."""
        key = self._first("customers")
        if key:
            M3Reader(self.account, "customers").last_orders([key])
        return f"The date of the last order comes from {self.settings.last_order}.", {}

    def changes(self, what: str) -> Found:
        """How changes can be found."""
        wanted = self.settings.m3_changes
        finding = f"{what}_change"
        everything = f"Every run reads all {what} and sends only what changed."
        if wanted == "none":
            return everything, {finding: None}
        reader = M3Reader(self.account, what)
        now = datetime.now(UTC)
        found = changes.discovered(self.client, reader.table, now, allows=lambda by: wanted in {"auto", by})
        if not found:
            raise Trouble(
                f"No way to find changed {what} works here. {everything}",
                "Nothing needs to be done; a run only takes longer. To speed it up, let the service account "
                "use EXPORTMI, and choose the unit of the timestamp filter in the settings.",
                {finding: None},
            )
        told: dict[str, Any] = {finding: found}
        if found["by"] == changes.EXPORT:
            return f"Changed {what} are found through EXPORTMI, by the day of their last change.", told
        return f"Changed {what} are found by the timestamp filter ({found['unit']}).", told

    def fields_back(self) -> Found:
        """Whether the fields exist that receive what comes back, and hold it."""
        writer = M3Writer(self.account)
        fields = [field for what in ("marketing_id", "consent") if (field := writer.names.get(what))]
        if key := self._first("customers"):
            writer.read(key, fields)
        room = writer.longest(writer.names.get("consent", ""))
        codes = customer_options(self.account).consent_codes.values()
        if too_long := sorted(code for code in codes if room and len(code) > room):
            raise Trouble(
                f"{', '.join(too_long)} would not fit into {writer.names['consent']}, which holds {room}.",
                "Shorten the words for the subscription in the options, or choose a longer field.",
            )
        return f"What comes back goes into {' and '.join(fields)}.", {}

    def receivables(self) -> Found:
        """Whether journals can be posted and looked up; nothing is posted."""
        takes = self._inputs(PROGRAM, "AddBatchLine")
        if key := self._first("customers"):
            M3Receivables(self.account).find(key, "-")
        return f"Journals go through {PROGRAM} and are looked up in {LEDGER}.", {"journal_fields": takes}

    def messages(self) -> Found:
        """Whether the fields exist that messages are noted in."""
        options = message_options(self.account)
        if options.message_log == "text":
            self._inputs("CRS610MI", "AddText")
            return "Messages become lines in the text of the customer.", {}
        takes = self._inputs(self.settings.custom_program, "AddFieldValue")
        if absent := [field for field in options.message_fields if field not in takes]:
            raise Trouble(
                f"{self.settings.custom_program} knows no {', '.join(absent)}.",
                "Correct the fields of the message log in the options.",
            )
        return f"Messages are noted in {options.message_table}, one row for each event.", {}

    def _inputs(self, program: str, name: str) -> list[str]:
        """What a transaction takes, by M3's own description of it."""
        record = {"MINM": program, "TRNM": name, "TRTP": "I"}
        rows = self.client.read("MRS001MI", Transaction("LstAdtFieldInf", record, ("FLNM",)))
        return [row["FLNM"] for row in rows if row.get("FLNM")]

    def _first(self, what: str) -> str:
        if what not in self._firsts:
            reader = M3Reader(self.account, what)
            listing = Transaction(reader.table.listing, {}, reader.fields[LISTED])
            try:
                rows = self.client.read(reader.table.program, listing, most=1)
            except RecordRejected as fault:
                raise ConfigProblem(
                    f"The list of {what} cannot be read: {fault.text} Check the fields named in the "
                    "settings.",
                    detail=fault.detail,
                    code=fault.code,
                ) from fault
            self._firsts[what] = rows[0].get(reader.table.key, "") if rows else ""
        return self._firsts[what]

    def _extension(self, reader: M3Reader, key: str) -> None:
        record = {"FILE": reader.table.file, "PK01": key}
        transaction = Transaction("GetFieldValue", record, reader.fields[reader.table.file])
        try:
            self.client.read(self.settings.custom_program, transaction)
        except RecordRejected as fault:
            if fault.code != NOT_FOUND:
                raise
