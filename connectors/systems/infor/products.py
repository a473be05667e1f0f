"""Which product answers: the one place that knows there are two."""

from __future__ import annotations

from connectors.sdk.system import Account
from connectors.systems.infor.csi.messages import CsiTable
from connectors.systems.infor.csi.reader import CsiReader
from connectors.systems.infor.csi.receivables import CsiReceivables
from connectors.systems.infor.csi.writer import CsiWriter
from connectors.systems.infor.m3.messages import M3Table, M3Text
from connectors.systems.infor.m3.reader import M3Reader
from connectors.systems.infor.m3.receivables import M3Receivables
from connectors.systems.infor.m3.writer import M3Writer
from connectors.systems.infor.options import message_options
from connectors.systems.infor.reader import PartyReader
from connectors.systems.infor.settings import settings_of
from connectors.systems.infor.writer import CustomerWriter, MessageBook, Receivables


def reader_of(account: Account, what: str) -> PartyReader:
    """How customers or suppliers are read."""
    return M3Reader(account, what) if settings_of(account).is_m3 else CsiReader(account, what)


def writer_of(account: Account) -> CustomerWriter:
    """How fields of customers are changed."""
    return M3Writer(account) if settings_of(account).is_m3 else CsiWriter(account)


def receivables_of(account: Account) -> Receivables:
    """How AR transactions are posted."""
    return M3Receivables(account) if settings_of(account).is_m3 else CsiReceivables(account)


def messages_of(account: Account) -> MessageBook:
    """Where messages are noted."""
    if not settings_of(account).is_m3:
        return CsiTable(account)
    return M3Text(account) if message_options(account).message_log == "text" else M3Table(account)
