"""Changing customers of CloudSuite Industrial: the row just read, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from connectors.sdk.errors import RecordRejected
from connectors.sdk.system import Account
from connectors.systems.infor.csi.client import ITEM, CsiClient
from connectors.systems.infor.csi.reader import BILL_TO, SEQUENCE
from connectors.systems.infor.csi.values import all_of, compared, padded
from connectors.systems.infor.errors import NOT_FOUND
from connectors.systems.infor.settings import settings_of
from connectors.systems.infor.values import text
from connectors.systems.infor.writer import Current, CustomerWriter


class CsiWriter(CustomerWriter):
    """The IDO of customers; the id of a row carries the date the change is made to."""

    def __init__(self, account: Account) -> None:
        self.settings = settings_of(account)
        self.client = CsiClient(account)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """See `CustomerWriter.names`."""
        return self.settings.csi_customer_properties

    def longest(self, name: str) -> int:
        """See `CustomerWriter.longest`: the site decides."""
        return 0

    def read(self, customer: str, fields: Sequence[str]) -> Current:
        """See `CustomerWriter.read`."""
        key = compared("CustNum", "=", padded(customer, self.settings.csi_key_width))
        where = all_of(f"{SEQUENCE} = {BILL_TO}", key)
        loaded = self.client.load(self.settings.csi_customers, fields, where=where, most=1)
        if not loaded.items:
            raise RecordRejected(f"There is no customer {customer}.", code=NOT_FOUND)
        item = loaded.items[0]
        return Current({name: text(item.get(name)) for name in fields}, str(item.get(ITEM) or ""))

    def change(self, customer: str, current: Current, values: Mapping[str, str]) -> None:
        """See `CustomerWriter.change`."""
        self.client.update(self.settings.csi_customers, current.version, values)
