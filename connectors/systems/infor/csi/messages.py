"""Messages noted in CloudSuite Industrial: rows of a table of the customer's own."""

from __future__ import annotations

from connectors.sdk.errors import ConfigProblem
from connectors.sdk.system import Account
from connectors.systems.infor.csi.client import CsiClient
from connectors.systems.infor.csi.values import all_of, compared, padded
from connectors.systems.infor.options import message_options
from connectors.systems.infor.settings import settings_of
from connectors.systems.infor.writer import Message, MessageBook


class CsiTable(MessageBook):
    """The IDO and the properties the options name."""

    def __init__(self, account: Account) -> None:
        self.settings = settings_of(account)
        self.options = message_options(account)
        self.client = CsiClient(account)

    def check(self) -> None:
        """See `MessageBook.check`."""
        if not self.options.csi_message_ido:
            raise ConfigProblem(
                "Name the IDO messages are noted in, in the options of the integration: CloudSuite "
                "Industrial "
                "has none of its own for it.",
                code="no_ido",
            )

    def has(self, message: Message) -> bool:
        """See `MessageBook.has`."""
        values = self._values(message)
        keys = [name for name, what in self._table.items() if what in {"customer", "reference"}]
        where = all_of(*(compared(name, "=", values[name]) for name in keys))
        return bool(self.client.load(self.options.csi_message_ido, keys, where=where, most=1).items)

    def add(self, message: Message) -> None:
        """See `MessageBook.add`."""
        if not self.has(message):
            self.client.insert(self.options.csi_message_ido, self._values(message))

    @property
    def _table(self) -> dict[str, str]:
        return self.options.csi_message_properties

    def _values(self, message: Message) -> dict[str, str]:
        known = {
            **message.values,
            "customer": padded(message.customer, self.settings.csi_key_width),
            "reference": message.reference,
        }
        return {name: known[what] for name, what in self._table.items() if known.get(what)}
