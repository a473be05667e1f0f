"""IFS Cloud as a system: what it must be told, what it can be read for, what can be written to it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from connectors.sdk.ratelimit import Limits
from connectors.sdk.settings import Settings
from connectors.sdk.system import Check, System
from connectors.systems.ifs_cloud.ping import Ping
from connectors.systems.ifs_cloud.settings import IfsCloudCredentials, IfsCloudSettings
from connectors.systems.ifs_cloud.sinks.flags import CustomerConsent, CustomerEngagement
from connectors.systems.ifs_cloud.streams.customers import Customers
from connectors.systems.ifs_cloud.streams.orders import Orders
from connectors.systems.ifs_cloud.streams.sales_parts import SalesParts


class IfsCloud(System):
    """Customers, orders and sales parts out; flags on customers in."""

    code = "ifs_cloud"
    name = "IFS Cloud"
    settings_model = IfsCloudSettings
    credentials_model = IfsCloudCredentials
    streams = {"customers": Customers, "orders": Orders, "sales_parts": SalesParts}
    sinks = {"customer_consent": CustomerConsent, "customer_engagement": CustomerEngagement}

    @classmethod
    def limits(cls, settings: Settings) -> Limits:
        """What the settings allow; IFS publishes no limit. A burst never brings a minute above the rate by
        more than a twentieth.
        """
        assert isinstance(settings, IfsCloudSettings)  # noqa: S101  our own settings model
        per_minute = settings.requests_per_minute
        return Limits(per_minute=per_minute, burst=max(1, per_minute / 20), concurrent=settings.concurrent)

    @classmethod
    def account_key(cls, settings: Settings, credentials: Settings) -> str:
        """Host and client: IFS counts nothing, and one customer's client must not use up another's budget."""
        assert isinstance(settings, IfsCloudSettings)  # noqa: S101
        assert isinstance(credentials, IfsCloudCredentials)  # noqa: S101
        return f"{urlsplit(settings.base_url).netloc.lower()}/{credentials.client_id}"

    def ping(self) -> Iterator[Check]:
        """See `Ping`."""
        return Ping(self.account).checks()
