"""What ping tries of CloudSuite Industrial: the configuration, and the properties the settings name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from connectors.sdk.errors import ConfigProblem, RecordRejected
from connectors.sdk.system import Account
from connectors.systems.infor.csi.client import CsiClient
from connectors.systems.infor.csi.reader import KEYS
from connectors.systems.infor.options import MessageLogOptions, ReceivableOptions
from connectors.systems.infor.settings import settings_of
from connectors.systems.infor.steps import Found, Step, Trouble


class CsiSteps:
    """The steps of one ping; what each finds out, the streams go by."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.settings = settings_of(account)
        self.client = CsiClient(account)

    def steps(self) -> Iterator[Step]:
        """See `Steps.steps`."""
        settings = self.settings
        customers = partial(
            self.parties, "customers", settings.csi_customers, settings.csi_customer_properties
        )
        suppliers = partial(
            self.parties, "suppliers", settings.csi_suppliers, settings.csi_supplier_properties
        )
        yield Step("Customers", customers, stops=True)
        yield Step("Suppliers", suppliers, needed=False)
        options = self.account.options
        if isinstance(options, ReceivableOptions):
            needed = ("CustNum", "InvNum", "InvSeq", "Type", "InvDate", "DueDate", "Amount", "CurrCode")
            yield Step("AR transactions", partial(self.table, options.csi_ar_ido, needed), needed=False)
        if isinstance(options, MessageLogOptions) and options.csi_message_ido:
            table = partial(self.table, options.csi_message_ido, tuple(options.csi_message_properties))
            yield Step("Message log", table, needed=False)

    def parties(self, what: str, ido: str, table: dict[str, str]) -> Found:
        """Whether the IDO can be read, which properties it lacks, whether it tells when a row changed."""
        there = self._properties(ido)
        change = self.settings.csi_change_property
        wanted = [*table.values(), *self.settings.more_fields, *([change] if change else [])]
        missing = [name for name in dict.fromkeys(wanted) if name not in there]
        found: dict[str, Any] = {f"{what}_missing_properties": missing}
        if KEYS[what] not in there:
            raise ConfigProblem(
                f"{ido} has no {KEYS[what]}, so it is not the IDO of {what}. Correct the settings."
            )
        loaded = self.client.load(ido, [KEYS[what]], most=1)
        if change and change in there:
            found[f"{what}_change"] = {"by": change}
        if missing:
            raise Trouble(
                f"{ido} can be read, but has no {', '.join(missing)}; that is done without.",
                "Correct the table of properties in the settings, or create user-extended fields of "
                "that name.",
                found,
            )
        if not loaded.items:
            raise Trouble(f"{ido} is empty.", "Check the configuration in the settings.", found)
        said = (
            f"Only what changed is read, by {change}." if change in there else "Every run reads everything."
        )
        return f"{ido} can be read. {said}", found

    def table(self, ido: str, needed: tuple[str, ...]) -> Found:
        """Whether an IDO we add rows to has the properties we fill."""
        there = self._properties(ido)
        if absent := [name for name in needed if name not in there]:
            raise Trouble(
                f"{ido} has no {', '.join(absent)}.",
                "Name another IDO in the options of the integration, or have its properties extended.",
            )
        return f"Rows can be added to {ido}.", {}

    def _properties(self, ido: str) -> frozenset[str]:
        try:
            return self.client.properties(ido)
        except RecordRejected as fault:
            raise ConfigProblem(
                f"There is no IDO {ido}, or the service account may not use it: {fault.text} Name it in the "
                "settings, and give the account's user its permissions.",
                detail=fault.detail,
            ) from fault
