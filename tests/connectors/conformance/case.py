"""What a system tells the suite about itself: how its sandbox is started, what it holds, how it goes wrong.

A case declares and does not test. `cases/ifs_cloud.py` is the one to copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from connectors.records import Record
from connectors.records.base import Need
from connectors.sdk.calls import Call
from connectors.sdk.system import Account, Check, Sink, Stream, System
from sandboxes.kit import Sandbox
from tests.connectors.systems.accounts import MemoryTokens

Raw = dict[str, Any]
Json = Any


@dataclass(frozen=True, slots=True)
class Misdeed:
    """A planned fault: which calls (`match`, as `sandboxes/README.md` tells), what happens to them."""

    match: str | Mapping[str, str]
    kind: str
    args: Mapping[str, Any] = field(default_factory=dict)

    def plan(self, sandbox: Sandbox, *, times: int | None = 1, after: int = 0) -> Any:
        """Have it happen."""
        return sandbox.faults.add(self.match, self.kind, times=times, after=after, **self.args)


@dataclass(slots=True)
class Bench:
    """One running sandbox and our side of it.

    `make` gives an account at it: credentials and settings as given, on top of right ones. All accounts are
    those of one connection: they share what a ping found, and the store of tokens.
    """

    case: Case
    sandbox: Sandbox
    url: str
    make: Callable[[Mapping[str, Any], Mapping[str, Any]], Account]
    calls: list[Call]
    findings: dict[str, Any] = field(default_factory=dict)
    tokens: MemoryTokens = field(default_factory=MemoryTokens)

    def account(self, credentials: Mapping[str, Any] | None = None, **settings: Any) -> Account:
        """An account as another worker would get it; with `credentials` (`{}` for the right ones) one of a
        connection that nobody has logged in with yet.
        """
        made = self.make(credentials or {}, {**self.case.settings, **settings})
        made.findings = {**made.findings, **self.findings}
        made.tokens = self.tokens if credentials is None else MemoryTokens()
        return made

    def system(self, credentials: Mapping[str, Any] | None = None, **settings: Any) -> System:
        """A new system of a new account."""
        return self.case.system(self.account(credentials, **settings))

    def ping(self, credentials: Mapping[str, Any] | None = None) -> list[Check]:
        """All checks; what they found is remembered."""
        checks = list(self.system(credentials).ping())
        for check in checks:
            self.findings |= check.found
        return checks

    def stream(
        self, spec: StreamCase, *, small: bool = False, credentials: Mapping[str, Any] | None = None
    ) -> Stream[Any]:
        """The stream, bound to a new account; `small`: with pages of a few rows."""
        system = self.system(credentials, **(spec.small_settings if small else {}))
        stream = system.stream(spec.name)
        if small and spec.small_page:
            stream.page_size = spec.small_page  # type: ignore[misc]  # for this object alone
        return stream

    def sink(self, spec: SinkCase) -> Sink[Any]:
        """The sink, bound to a new account."""
        return self.system().sink(spec.name)

    def now(self) -> datetime:
        """The vendor's time, so that nothing depends on today's date."""
        return self.sandbox.clock.now()

    def asked(self, since: int = 0, path: str = "") -> int:
        """How many calls the vendor has got."""
        return len(self.sandbox.journal.calls(since=since, path=path))

    def worked(self, since: int) -> int:
        """How many calls the vendor did work for: without log-ins and what an ended session cost."""
        calls = self.sandbox.journal.calls(since=since, where=lambda call: call.status < 400)
        by_log_in = self.case.log_ins if self.case.end_session else ""
        return sum(not fnmatchcase(call.path, by_log_in) for call in calls)

    def secrets(self) -> tuple[str, ...]:
        """What must never be seen."""
        account = self.account()
        return (*account.credentials.secrets(), *account.settings.secrets())


Happening = Callable[[Bench], str]
"""Changes something at the vendor, and says the key of the record that must come with the next run."""


def _nothing(bench: Bench) -> None:
    """Nothing to prepare."""


@dataclass(frozen=True, kw_only=True)
class StreamCase:
    """One stream. `held`: the keys the sandbox holds for it, asked from its state, not from our client.

    `changes`: what may happen between two runs, in words; at least one of them a *late* record (committed
    after the run, with a time from before its end) where the stream goes by time of change. `reads`: the
    calls that bring its rows. `small_settings` or `small_page` make pages of a few rows; `overlaps` where
    they begin with rows of the page before. `silence`: the vendor's way to answer with nothing although there
    is something. `samples`: rows as a webhook brings them, for a stream that cannot be read at all.
    """

    name: str
    held: Callable[[Bench], Iterable[str]] = lambda _: ()
    changes: Mapping[str, Happening] = field(default_factory=dict)
    reads: str | Mapping[str, str] = "GET *"
    small_settings: Mapping[str, Any] = field(default_factory=dict)
    small_page: int = 0
    overlaps: bool = False
    silence: Misdeed | None = None
    frame: Sequence[str] = ()
    samples: Sequence[Raw] = ()


@dataclass(frozen=True, kw_only=True)
class SinkCase:
    """One sink. `records`: a few to write, with needs met. `held`: what the sandbox then holds of them.

    `held` maps a key to what stands there, without times and numbers the vendor makes up. `writes`: the calls
    that change something. `refusal` has the vendor refuse the first of the records and only that one.
    `steals`: another writer is faster (`Misdeed` on a write), where the vendor has versions.
    `removes` False: removing leaves it as it is.
    """

    name: str
    records: Callable[[Bench], Sequence[Record]]
    held: Callable[[Bench], Mapping[str, Json]]
    writes: str | Mapping[str, str]
    fill: Callable[[Bench], None] = _nothing
    needs: Callable[[Bench, Record], Mapping[Need, tuple[str, ...]]] = lambda _bench, _record: {}
    refusal: Callable[[Bench], None] | None = None
    steals: Misdeed | None = None
    removes: bool = True


@dataclass(frozen=True, kw_only=True)
class Case:
    """One system at one kind of vendor environment.

    `start` starts the sandbox, small. `settings` are given to every account. `wrong_credentials` are refused
    by the vendor; `secret_fields` name the credentials that are secret. `log_ins`: the path of the call that
    proves who we are (every call where the vendor has no log-in); `most_log_ins` is how often wrong
    credentials may be tried (1 where the vendor locks users). `end_session` ends what a log-in gave us.
    `known` maps the name of a check (or `check[stream]`) to why it is not passed yet.
    """

    name: str
    system: type[System]
    start: Callable[[Case], AbstractContextManager[Bench]]
    settings: Mapping[str, Any] = field(default_factory=dict)
    streams: Sequence[StreamCase] = ()
    sinks: Sequence[SinkCase] = ()
    log_ins: str = "*"
    most_log_ins: int = 1
    wrong_credentials: Callable[[Bench], Mapping[str, Any]] = lambda _: {}
    secret_fields: Sequence[str] = ()
    end_session: Callable[[Bench], None] | None = None
    known: Mapping[str, str] = field(default_factory=dict)
    is_main: bool = True

    def session(self) -> AbstractContextManager[Bench]:
        """The sandbox, for one test."""
        return self.start(self)
