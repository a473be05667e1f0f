"""SYSPRO as a system: what it must be told and what it can be read for. Nothing is written into it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from connectors.sdk.ratelimit import Limits
from connectors.sdk.settings import Settings
from connectors.sdk.system import Check, System
from connectors.systems.syspro.ping import Ping
from connectors.systems.syspro.settings import SysproCredentials, SysproSettings
from connectors.systems.syspro.streams.customers import Customers


class Syspro(System):
    """Customers out."""

    code = "syspro"
    name = "SYSPRO"
    settings_model = SysproSettings
    credentials_model = SysproCredentials
    streams = {"customers": Customers}

    @classmethod
    def limits(cls, settings: Settings) -> Limits:
        """What the settings allow, bursts included; SYSPRO publishes no limit. One call at a time."""
        assert isinstance(settings, SysproSettings)  # noqa: S101  our own settings model
        burst = max(1, settings.requests_per_minute // 6)
        return Limits(per_minute=settings.requests_per_minute - burst, burst=burst, concurrent=1)

    @classmethod
    def account_key(cls, settings: Settings, credentials: Settings) -> str:
        """The operator, where there is one: SYSPRO gives each one session, whatever the company."""
        assert isinstance(settings, SysproSettings)  # noqa: S101
        assert isinstance(credentials, SysproCredentials)  # noqa: S101
        by_enet = bool(settings.enet_url and credentials.operator)
        url, user = (
            (settings.enet_url, credentials.operator)
            if by_enet
            else (settings.odata_url, credentials.odata_user)
        )
        return f"{urlsplit(url).netloc.lower()}/{user.casefold()}"

    def ping(self) -> Iterator[Check]:
        """See `Ping`."""
        return Ping(self.account).checks()
