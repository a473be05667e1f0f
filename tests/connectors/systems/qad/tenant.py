"""A QAD tenant on loopback, and accounts at it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from connectors.sdk.calls import Call
from connectors.sdk.settings import Settings
from connectors.sdk.system import Account, Check, Page, Position
from connectors.systems.qad.places import QadCredentials
from connectors.systems.qad.settings import QadSettings
from connectors.systems.qad.system import Qad
from sandboxes.kit import Server
from sandboxes.qad import Qad as Sandbox
from tests.connectors.systems.accounts import MemoryTokens, account

RUN_START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BROWSES = "*/api/qracore/browses"


@dataclass
class Tenant:
    """A sandbox, the calls made to it, and what is configured for it. All its accounts share one session."""

    sandbox: Sandbox
    server: Server
    settings: dict[str, Any] = field(default_factory=dict)
    credentials: dict[str, Any] = field(default_factory=dict)
    options: Settings | None = None
    findings: dict[str, Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    tokens: MemoryTokens = field(default_factory=MemoryTokens)

    def account(self, **settings: Any) -> Account:
        """An account with these settings on top of the usual ones."""
        options = self.sandbox.options
        usual = {
            "base_url": self.server.url + options.context_root,
            "domain": "10USA",
            "entity": "10USACO",
            "shared_set": "NAM",
            "client_id": options.client_id,
            "server_time_zone": options.server_zone,
            "item_currency": "USD",
            "page_size": 25,
        }
        known = {"username": options.username, "password": options.password}
        made = account(
            QadSettings(**{**usual, **self.settings, **settings}),
            QadCredentials(**{**known, **self.credentials}),
            options=self.options,
            findings=self.findings,
            calls=self.calls,
            system="QAD",
        )
        made.tokens = self.tokens
        return made

    def system(self, **settings: Any) -> Qad:
        """The system of such an account."""
        return Qad(self.account(**settings))

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

    def asked(self, of: str = BROWSES) -> list[str]:
        """The decoded queries of the calls to a path, oldest first."""
        return [unquote(call.query) for call in self.sandbox.journal.calls(path=of)]

    def state(self, collection: str, key: str = "") -> Any:
        """What the tenant holds."""
        return self.sandbox.state(collection, key)

    def log_ins(self) -> int:
        """How often somebody tried to log in."""
        return len(self.sandbox.journal.calls(path="*/oauth/token"))


Maker = Callable[..., Tenant]


def keys_of(pages: list[Page]) -> list[str]:
    """The keys of all rows, in order."""
    return [row.key for page in pages for row in page.rows]
