"""A SYSPRO site on loopback, and accounts at it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from urllib.parse import unquote

from connectors.records import Customer
from connectors.sdk.calls import Call
from connectors.sdk.system import Account, Check, Page, Position
from connectors.systems.syspro.settings import SysproCredentials, SysproSettings
from connectors.systems.syspro.streams.customers import Customers
from connectors.systems.syspro.system import Syspro
from sandboxes.kit import Server
from sandboxes.syspro import Syspro as Sandbox
from tests.connectors.systems.accounts import account

RUN_START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BALANCE = {"overdue_columns": ("CurrentBalance1",)}
"""The sandbox's balance table has this column alone."""


@dataclass
class Environment:
    """A sandbox, the calls made to it, and what is configured for it. `lock` is what makes `alone` alone."""

    sandbox: Sandbox
    server: Server
    settings: dict[str, Any] = field(default_factory=dict)
    credentials: dict[str, Any] = field(default_factory=dict)
    findings: dict[str, Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    lock: Any = field(default_factory=Lock)

    def account(self, **settings: Any) -> Account:
        """An account with these settings on top of the usual ones."""
        options = self.sandbox.options
        usual = {
            "company": options.companies[0],
            "odata_url": f"{self.server.url}{options.odata_root}",
            "enet_url": f"{self.server.url}{options.enet_root}",
        }
        by_name = {operator.name: operator.password for operator in options.operators}
        known = {
            "odata_user": "MLODATA",
            "odata_password": by_name["MLODATA"],
            "operator": "MLCONN",
            "operator_password": by_name["MLCONN"],
        }
        made = account(
            SysproSettings(**{**usual, **self.settings, **settings}),
            SysproCredentials(**{**known, **self.credentials}),
            findings=self.findings,
            calls=self.calls,
            system="SYSPRO",
        )
        return replace(made, alone=self.alone)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One at a time, as over all workers; a second entry from within would hang, so it fails."""
        assert self.lock.acquire(timeout=5)
        try:
            yield
        finally:
            self.lock.release()

    def system(self, **settings: Any) -> Syspro:
        """The system of such an account."""
        return Syspro(self.account(**settings))

    def stream(self, **settings: Any) -> Customers:
        """Its customers."""
        return Customers(self.system(**settings))

    def ping(self, **settings: Any) -> dict[str, Check]:
        """The checks by name; what they found is what streams go by from now on."""
        checks = {check.name: check for check in self.system(**settings).ping()}
        for check in checks.values():
            self.findings |= check.found
        return checks

    def read(self, start: Position | None = None, at: datetime = RUN_START, **settings: Any) -> list[Page]:
        """All pages of a run."""
        return list(self.stream(**settings).pages(start, at))

    def record(self, key: str, **settings: Any) -> Customer:
        """One customer, fetched."""
        stream = self.stream(**settings)
        (row,) = stream.fetch([key]).rows
        return stream.canonical(row.raw)

    def sessions(self) -> dict[str, Any]:
        """What the site counted of our operator's sessions."""
        found: Any = self.sandbox.state("sessions")
        return {
            **found["operators"]["MLCONN"],
            "overlapping": found["overlapping"],
            "taken": found["seats"]["taken"],
        }

    def customers(self) -> list[dict[str, Any]]:
        """The customers the site holds."""
        found: Any = self.sandbox.state("customers")
        return list(found)

    def ids(self) -> list[str]:
        """Their numbers in order."""
        return sorted(one["Customer"] for one in self.customers())

    def asked(self, path: str = "*/ArCustomer") -> list[str]:
        """The decoded queries of the calls to a path, oldest first."""
        return [unquote(call.query) for call in self.sandbox.journal.calls(path=path)]


Maker = Callable[..., Environment]


def keys_of(pages: list[Page]) -> list[str]:
    """The keys of all rows, in order."""
    return [row.key for page in pages for row in page.rows]
