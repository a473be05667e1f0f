"""An IFS Cloud environment on loopback, and accounts at it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from connectors.sdk.calls import Call
from connectors.sdk.settings import Settings
from connectors.sdk.system import Account, Check, Page, Position
from connectors.systems.ifs_cloud.settings import IfsCloudCredentials, IfsCloudSettings
from connectors.systems.ifs_cloud.system import IfsCloud
from sandboxes.ifs_cloud import IfsCloud as Sandbox
from sandboxes.kit import Server
from tests.connectors.systems.accounts import account

RUN_START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass
class Environment:
    """A sandbox, the calls made to it, and what is configured for it."""

    sandbox: Sandbox
    server: Server
    settings: dict[str, Any] = field(default_factory=dict)
    credentials: dict[str, Any] = field(default_factory=dict)
    options: Settings | None = None
    findings: dict[str, Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def account(self, **settings: Any) -> Account:
        """An account with these settings on top of the usual ones."""
        options = self.sandbox.options
        usual = {"base_url": self.server.url, "realm": options.realm, "server_time_zone": options.server_zone}
        known = {"client_id": options.client_id, "client_secret": options.client_secret}
        return account(
            IfsCloudSettings(**{**usual, **self.settings, **settings}),
            IfsCloudCredentials(**{**known, **self.credentials}),
            options=self.options,
            findings=self.findings,
            calls=self.calls,
            system="IFS Cloud",
        )

    def system(self, **settings: Any) -> IfsCloud:
        """The system of such an account."""
        return IfsCloud(self.account(**settings))

    def ping(self, **settings: Any) -> dict[str, Check]:
        """The checks by name; what they found is what streams go by from now on."""
        checks = {check.name: check for check in self.system(**settings).ping()}
        for check in checks.values():
            self.findings |= check.found
        return checks

    def read(
        self, stream: str, start: Position | None = None, at: datetime = RUN_START, **settings: Any
    ) -> list[Page]:
        """All pages of a run."""
        return list(self.system(**settings).stream(stream).pages(start, at))

    def asked(self, of: str = "*") -> list[str]:
        """The decoded queries of the calls whose path ends so, oldest first."""
        return [unquote(call.query) for call in self.sandbox.journal.calls(path=f"*{of}")]


Maker = Callable[..., Environment]


def keys_of(pages: list[Page]) -> list[str]:
    """The keys of all rows, in order."""
    return [row.key for page in pages for row in page.rows]
