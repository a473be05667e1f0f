"""Infor CloudSuite as a system: what it must be told, what it can be read for, what can be written to it."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.sdk.ratelimit import Limits
from connectors.sdk.settings import Settings
from connectors.sdk.system import Check, System
from connectors.systems.infor.ping import Ping
from connectors.systems.infor.settings import InforCredentials, InforSettings
from connectors.systems.infor.sinks.customers import CustomerConsent, CustomerContacts
from connectors.systems.infor.sinks.messages import MessageLog
from connectors.systems.infor.sinks.receivables import ArTransactions
from connectors.systems.infor.streams.parties import Customers, Suppliers


class Infor(System):
    """Customers and suppliers out; contacts, consent, receivables and a log of messages in."""

    code = "infor"
    name = "Infor CloudSuite"
    settings_model = InforSettings
    credentials_model = InforCredentials
    streams = {"customers": Customers, "suppliers": Suppliers}
    sinks = {
        "customer_contacts": CustomerContacts,
        "customer_consent": CustomerConsent,
        "ar_transactions": ArTransactions,
        "message_log": MessageLog,
    }

    @classmethod
    def limits(cls, settings: Settings) -> Limits:
        """What the settings allow. A burst never brings a minute above the rate by more than a tenth."""
        assert isinstance(settings, InforSettings)  # noqa: S101  our own settings model
        per_minute = settings.requests_per_minute
        return Limits(per_minute=per_minute, burst=max(1, per_minute / 10), concurrent=settings.concurrent)

    @classmethod
    def account_key(cls, settings: Settings, credentials: Settings) -> str:
        """Host and tenant: Infor's limits are the tenant's, whatever app calls."""
        assert isinstance(credentials, InforCredentials)  # noqa: S101
        file = credentials.file
        return f"{file.host}/{file.tenant}".lower()

    def ping(self) -> Iterator[Check]:
        """See `Ping`."""
        return Ping(self.account).checks()
