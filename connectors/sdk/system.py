"""The contract of a system. Start here.

A `System` is a vendor product we can talk to: what it must be told (`settings_model`, `credentials_model`),
how it is pinged, and its `Stream`s (kinds of record it can be read for) and `Sink`s (kinds it can be written
to). A system is a folder of plain Python; it knows nothing of tenants, tables or tasks. The engine gives it
an `Account` and calls it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from connectors.records import Record
from connectors.sdk.auth import Auth, Token, TokenStore
from connectors.sdk.errors import Conflict as ConflictFault
from connectors.sdk.errors import OutcomeUnknown, RecordRejected, SystemFault
from connectors.sdk.hooks import Hook
from connectors.sdk.http import HttpClient
from connectors.sdk.mapping import Desired, FieldRule
from connectors.sdk.ratelimit import Limits
from connectors.sdk.settings import Settings

R = TypeVar("R", bound=Record)
Position = dict[str, Any]
"""Where a stream stands: small JSON, understood by the stream alone."""


@dataclass(slots=True)
class Account:
    """One connection, as a system sees it.

    `settings`/`credentials` are instances of the system's models, `options` of the recipe's; `findings` is
    what the last ping found out (plain JSON); `connect` makes an `HttpClient` for a base URL with budget,
    guard, redaction and trail in place; `tokens` is the shared token store; `alone` is held while doing what
    the vendor lets one caller do at a time (over all workers; it waits its turn for a while, then raises
    `RetryLater`), so a vendor whose sessions exclude each other is never met by two. `shared` keeps, as
    `tokens` does, what all connections to the same vendor account have to know: what is held `alone`, say.
    """

    settings: Settings
    credentials: Settings
    connect: Callable[..., HttpClient]
    tokens: TokenStore
    findings: Mapping[str, Any] = field(default_factory=dict)
    options: Settings | None = None
    alone: Callable[[], AbstractContextManager[None]] = nullcontext
    shared: TokenStore | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One source record as read.

    `raw` is JSON; `version` is the vendor's (an ETag), `changed_at` its own time of change, if it has one.
    """

    key: str
    raw: dict[str, Any]
    version: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows and where to go on.

    `position` resumes after this page; on the last page (`done`) it is where the next run starts.

    `sweep`: this run reads everything there is, so what it does not meet is gone. `missing`: keys asked for
    by `fetch` that do not exist. `refused`: rows that could not even be keyed, with the reason. `total`: how
    many records the run will read, if known.
    """

    rows: Sequence[Row]
    position: Position
    done: bool = False
    sweep: bool = False
    total: int | None = None
    missing: Sequence[str] = ()
    refused: Sequence[tuple[str, str]] = ()


class Stream(ABC, Generic[R]):
    """A kind of record a system can be read for."""

    name: ClassVar[str]
    record: ClassVar[type[Record]]
    page_size: ClassVar[int] = 1000
    on_demand: ClassVar[bool] = False
    """Only read for keys somebody needs (and re-read for those known); never swept."""

    def __init__(self, system: System) -> None:
        self.system = system

    @abstractmethod
    def pages(self, start: Position | None, run_start: datetime) -> Iterator[Page]:
        """Pages from `start` (None: from the beginning), the last one `done`.

        The strategy is the stream's: `incremental` where the connection has a change field, else a `snapshot`
        in key order. The next run's position never lies beyond `run_start` minus a margin. Raises
        `SystemFault`.
        """

    @abstractmethod
    def fetch(self, keys: Sequence[str]) -> Page:
        """These records as they are now (hints, dependencies, replays); `missing`: keys that do not exist."""

    @abstractmethod
    def canonical(self, raw: dict[str, Any]) -> R:
        """The record of a row as it is kept: pure. Numbers that were read as `Decimal` come as text.

        Raises `RecordRejected` where the row makes no sense, `RecordSkipped` where it is not meant.
        """


class Action(StrEnum):
    """What became of one change."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"
    REMOVED = "removed"
    LATER = "later"
    """Refused for now, for this record alone.

    Tried again after `Written.after` seconds (None: the engine's backoff).
    """


@dataclass(frozen=True, slots=True)
class Change:
    """One record to bring to the destination.

    `target_key` identifies it there (see `Sink.target_key`); `external_id` is the id the vendor confirmed
    earlier, empty for a record never confirmed; `version` the vendor's version then; `confirmed` what was
    last confirmed (None: never); `needs` maps (kind, source key) of what it depends on to the ids it is known
    by on the sink's side (one, but for look-ups by target); `remove` asks for its removal; `may_echo`: since
    it was confirmed, something was carried from the destination to its source, so what is news may be none.
    """

    id: str
    key: str
    target_key: str
    desired: Desired
    external_id: str = ""
    version: str = ""
    confirmed: Desired | None = None
    needs: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    remove: bool = False
    may_echo: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """The vendor's word on one change; `id` is the change's."""

    id: str
    action: Action
    external_id: str = ""
    version: str = ""
    code: str = ""
    text: str = ""
    detail: str = ""
    answer: Any = None
    after: float | None = None


class Sink(ABC, Generic[R]):
    """A kind of record a system can be written to. Writing twice must equal writing once."""

    name: ClassVar[str]
    accepts: ClassVar[type[Record]]
    title: ClassVar[str]
    """What people call its records ("audience members")."""
    batch_size: ClassVar[int] = 25
    parallel: ClassVar[int] = 4
    settle_seconds: ClassVar[float] = 2.0
    """How long a write that went unanswered may still be at work before it is looked up."""
    repeatable: ClassVar[bool] = True
    """Sending a write twice makes one record. Where it would make two, a write whose sender died is given
    `settle_seconds` as well before it is looked up: the vendor may still be at it.
    """
    partial: ClassVar[bool] = False
    """What a payload leaves out stays as it stands there, so one that only says less costs no call."""
    telling: ClassVar[frozenset[str]] = frozenset()
    """Fields of a `partial` sink that tell something by not being there as well."""
    one_owner: ClassVar[bool] = False
    """Two source records with the same `target_key` are one record there.

    The first to come owns it, the others are skipped. Such a sink's external id is the target key.
    """

    def __init__(self, system: System) -> None:
        self.system = system

    @abstractmethod
    def rules(self) -> Sequence[FieldRule]:
        """The default mapping of a record.

        Pure functions; may depend on settings and options, never on the vendor.
        """

    @abstractmethod
    def target_key(self, record: R, desired: Desired) -> str:
        """What identifies the record at the destination, computed from what we want there."""

    @abstractmethod
    def write(self, changes: Sequence[Change]) -> Iterator[Written]:
        """Bring changes to the vendor; yield one `Written` each, in any order, as soon as it is known.

        What was yielded counts even if the sink then fails. A `SystemFault` other than `RetryLater` speaks of
        every change not yet yielded: `OutcomeUnknown` may have been done, `RecordRejected` refuses the batch
        as a whole (the engine then halves it).
        """

    @abstractmethod
    def look_up(self, changes: Sequence[Change], sent_at: datetime) -> Iterator[Written]:
        """Read back writes that went unanswered since `sent_at`: yield UPDATED/CREATED for those as desired.

        What is not yielded was not done and is sent again.
        """

    def prepare(self) -> None:
        """Whatever must stand before the first write (a store, a field).

        Idempotent; called once per slice that has work.
        """

    def begin_load(self) -> None:
        """A first or full fill begins: hold back what would tell people of old records.

        Called once per slice.
        """

    def end_load(self) -> None:
        """The fill is complete; idempotent, and called again until it succeeds."""


class Outcome(StrEnum):
    """How one check of a ping ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a ping: what was tried, how it went, what to do about it; `found` becomes findings."""

    name: str
    outcome: Outcome
    text: str
    advice: str = ""
    found: Mapping[str, Any] = field(default_factory=dict)
    milliseconds: float = 0.0


class System(ABC):
    """A vendor product."""

    code: ClassVar[str]
    name: ClassVar[str]
    settings_model: ClassVar[type[Settings]]
    credentials_model: ClassVar[type[Settings]]
    streams: ClassVar[Mapping[str, type[Stream[Any]]]] = {}
    sinks: ClassVar[Mapping[str, type[Sink[Any]]]] = {}
    hooks: ClassVar[Mapping[str, type[Hook]]] = {}

    def __init__(self, account: Account) -> None:
        self.account = account

    @classmethod
    @abstractmethod
    def limits(cls, settings: Settings) -> Limits:
        """The call budget of an account with these settings."""

    @classmethod
    @abstractmethod
    def account_key(cls, settings: Settings, credentials: Settings) -> str:
        """What the vendor counts calls by (a host, an account, a user); no secret.

        Connections that share it share the budget.
        """

    @abstractmethod
    def ping(self) -> Iterator[Check]:
        """Try the real thing, cheapest first.

        Yield each check as it is done and stop where going on makes no sense.
        """

    def stream(self, name: str) -> Stream[Any]:
        """One of the streams, bound to this account."""
        return self.streams[name](self)

    def sink(self, name: str) -> Sink[Any]:
        """One of the sinks, bound to this account."""
        return self.sinks[name](self)


def one_by_one(changes: Sequence[Change], send: Callable[[Change], Written]) -> Iterator[Written]:
    """The shape of a sink without a bulk call.

    Each change by itself, each fault of a record kept to that record.

    `RetryLater`, `ReconnectNeeded` and `ConfigProblem` concern the connection and pass through.
    """
    for change in changes:
        try:
            yield send(change)
        except RecordRejected as fault:
            yield told(change, Action.REJECTED, fault)
        except ConflictFault as fault:
            yield told(change, Action.CONFLICT, fault)
        except OutcomeUnknown as fault:
            yield told(change, Action.UNKNOWN, fault)


def told(change: Change, action: Action, fault: SystemFault) -> Written:
    """A fault as the word on one change."""
    return Written(change.id, action, code=fault.code, text=fault.text, detail=fault.detail)


__all__ = [
    "Account", "Action", "Auth", "Change", "Check", "Outcome", "Page", "Position", "Row", "Sink", "Stream",
    "System", "Token", "Written", "one_by_one", "told",
]  # fmt: skip
