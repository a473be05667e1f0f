"""QAD as a system: what it must be told, what it can be read for, what can be written to it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from connectors.sdk.ratelimit import Limits
from connectors.sdk.settings import Settings
from connectors.sdk.system import Check, System
from connectors.systems.qad.ping import Ping
from connectors.systems.qad.places import BASIC, QadCredentials
from connectors.systems.qad.settings import QadSettings
from connectors.systems.qad.sinks.sales_orders import SalesOrders
from connectors.systems.qad.streams.customers import Customers
from connectors.systems.qad.streams.items import Items
from connectors.systems.qad.streams.orders import Orders


class Qad(System):
    """Customers, items and sales orders out; sales orders in."""

    code = "qad"
    name = "QAD"
    settings_model = QadSettings
    credentials_model = QadCredentials
    streams = {"customers": Customers, "items": Items, "orders": Orders}
    sinks = {"sales_orders": SalesOrders}

    @classmethod
    def limits(cls, settings: Settings) -> Limits:
        """What the settings allow; QAD publishes no limit. With Basic one call at a time, so that a password
        that was changed costs one failure, not as many as there are workers.
        """
        assert isinstance(settings, QadSettings)  # noqa: S101  our own settings model
        concurrent = 1 if settings.session_kind == BASIC else settings.concurrent
        per_minute = settings.requests_per_minute
        return Limits(per_minute=per_minute, burst=max(2, per_minute / 6), concurrent=concurrent)

    @classmethod
    def account_key(cls, settings: Settings, credentials: Settings) -> str:
        """Host and user: workspaces of one user share its patience."""
        assert isinstance(settings, QadSettings)  # noqa: S101
        assert isinstance(credentials, QadCredentials)  # noqa: S101
        return f"{urlsplit(settings.base_url).netloc.lower()}/{credentials.username.lower()}"

    def ping(self) -> Iterator[Check]:
        """See `Ping`."""
        return Ping(self.account).checks()
