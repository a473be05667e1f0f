"""Messages noted in M3: rows of an extension table under keys of ours, or lines in the customer's text."""

from __future__ import annotations

from connectors.sdk.errors import ConfigProblem, RecordRejected
from connectors.sdk.system import Account
from connectors.systems.infor.errors import EXISTS, NOT_FOUND
from connectors.systems.infor.m3.client import M3Client, Transaction
from connectors.systems.infor.options import message_options
from connectors.systems.infor.settings import settings_of
from connectors.systems.infor.writer import Message, MessageBook

_LONGEST_TEXT, _LONGEST_LINE = 30, 60


class M3Table(MessageBook):
    """A row for each event: customer and event are its key, so adding it again finds it there."""

    def __init__(self, account: Account) -> None:
        self.settings = settings_of(account)
        self.options = message_options(account)
        self.client = M3Client(account)

    def check(self) -> None:
        """See `MessageBook.check`."""
        if not self.options.message_fields:
            raise ConfigProblem(
                "Name the fields of the table messages are noted in, in the options of the integration.",
                code="no_fields",
            )

    def has(self, message: Message) -> bool:
        """See `MessageBook.has`."""
        try:
            rows = self.client.read(
                self.settings.custom_program, Transaction("GetFieldValue", self._key(message))
            )
        except RecordRejected as fault:
            if fault.code != NOT_FOUND:
                raise
            return False
        return bool(rows)

    def add(self, message: Message) -> None:
        """See `MessageBook.add`."""
        values = {
            field: value[:_LONGEST_TEXT] if field[0] == "A" else value
            for field, what in self.options.message_fields.items()
            if (value := message.values.get(what, ""))
        }
        try:
            self.client.write(
                self.settings.custom_program, Transaction("AddFieldValue", self._key(message) | values)
            )
        except RecordRejected as fault:
            if fault.code != EXISTS:
                raise

    def _key(self, message: Message) -> dict[str, str]:
        return {"FILE": self.options.message_table, "PK01": message.customer, "PK02": message.reference}


class M3Text(MessageBook):
    """A line in the text of the customer, which nobody can be asked for again."""

    can_look_up = False

    def __init__(self, account: Account) -> None:
        self.client = M3Client(account)

    def check(self) -> None:
        """See `MessageBook.check`."""

    def has(self, message: Message) -> bool:
        """Never known."""
        return False

    def add(self, message: Message) -> None:
        """See `MessageBook.add`."""
        told = (message.values.get(what, "") for what in ("date", "event", "subject"))
        line = " ".join(part for part in told if part)[:_LONGEST_LINE].rstrip()
        self.client.write("CRS610MI", Transaction("AddText", {"CUNO": message.customer, "PARM": line}))
