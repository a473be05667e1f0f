"""An Infor tenant on loopback, and accounts at it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.sdk.calls import Call
from connectors.sdk.settings import Settings
from connectors.sdk.system import Account, Change, Check, Page, Position, Written
from connectors.systems.infor.settings import InforCredentials, InforSettings
from connectors.systems.infor.system import Infor
from sandboxes.infor import Infor as Sandbox
from sandboxes.kit import Server
from tests.connectors.systems.accounts import MemoryTokens, account

# The sandbox's data is of June 2026; streams ask their own clock only for the day, and so does it.
RUN_START = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@dataclass
class Environment:
    """A sandbox, the calls made to it, and what is configured for it."""

    sandbox: Sandbox
    server: Server
    settings: dict[str, Any] = field(default_factory=dict)
    ionapi: str = ""
    options: Settings | None = None
    findings: dict[str, Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    tokens: MemoryTokens = field(default_factory=MemoryTokens)

    def account(self, **settings: Any) -> Account:
        """An account with these settings on top of the usual ones; all share one token store."""
        usual = {"company": "100", "division": "AAA", "csi_config": self.sandbox.options.csi_config}
        found = account(
            InforSettings(**{**usual, **self.settings, **settings}),
            InforCredentials(ionapi=self.ionapi or self.sandbox.options.ionapi(self.server.url)),
            options=self.options,
            findings=self.findings,
            calls=self.calls,
            system="Infor CloudSuite",
        )
        found.tokens = self.tokens
        return found

    def system(self, **settings: Any) -> Infor:
        """The system of such an account."""
        return Infor(self.account(**settings))

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

    def write(self, sink: str, *changes: Change, **settings: Any) -> list[Written]:
        """What became of these changes."""
        return list(self.system(**settings).sink(sink).write(changes))

    def row(self, table: str, key: str) -> dict[str, Any]:
        """The row of a table of the tenant, with everything on it."""
        rows: Any = self.sandbox.state(table, key)
        assert len(rows) == 1, (table, key, len(rows))
        return dict(rows[0])

    def state(self) -> dict[str, Any]:
        """The tenant in brief."""
        found: Any = self.sandbox.state()
        return dict(found)


Maker = Callable[..., Environment]


def keys_of(pages: list[Page]) -> list[str]:
    """The keys of all rows, in order."""
    return [row.key for page in pages for row in page.rows]


def raw_of(pages: list[Page]) -> dict[str, dict[str, Any]]:
    """The raw of all rows by key."""
    return {row.key: row.raw for page in pages for row in page.rows}
