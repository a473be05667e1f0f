"""How a vendor calls us: what its webhooks look like, which are genuine, and what they hint at.

A webhook is a hint, not data: it names records that are then read again from their system, unless the
vendor gives no way to read them (then it brings the rows along). A `Hook` judges and reads deliveries with
pure class methods, for they arrive before anything is known of the account but its secrets; a
`RegisteredHook` can also be set up and taken down at the vendor by us.

Streams that are hinted at should give their rows a time of change: that is what keeps a late page from
overwriting what a webhook made us read in between.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from connectors.sdk.settings import Settings

if TYPE_CHECKING:
    from connectors.sdk.system import Row, System

KEY_LIMIT = 400


class Unreadable(ValueError):
    """A delivery whose content makes no sense; the text says what is wrong with it."""


class Verdict(StrEnum):
    """What the signature says of a delivery."""

    GENUINE = "genuine"
    UNSIGNED = "unsigned"
    """It carries no signature and need not: the secret address is all there is."""
    FORGED = "forged"
    """The signature is missing or wrong."""
    STALE = "stale"
    """Genuine once, but too old: somebody may be playing it back."""
    KEYLESS = "keyless"
    """Signed, and we have not been told the key."""

    @property
    def is_accepted(self) -> bool:
        """Whether the delivery may be acted upon."""
        return self in {Verdict.GENUINE, Verdict.UNSIGNED}


@dataclass(frozen=True, slots=True)
class Inbound:
    """One call from a vendor.

    `url` is the address as the vendor knows it; header names are lower case; `at` is when it came.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Hint:
    """Records somebody should read again: `keys` of each of `streams`.

    `rows` only where the vendor gives no way to read them again; they are taken as read. `former` is the key
    that the one record of `keys` was known by until now, where the vendor has given it another.
    """

    event: str
    streams: tuple[str, ...]
    keys: tuple[str, ...] = ()
    at: datetime | None = None
    rows: tuple[Row, ...] = ()
    former: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """A webhook as it stands at the vendor; `id` is all that `RegisteredHook.remove` needs."""

    id: str
    url: str
    secrets: tuple[str, ...] = ()
    """What signs its deliveries; known in the moment it is made, empty for one that is not signed."""


class Hook(ABC):
    """A kind of webhook of a system."""

    name: ClassVar[str]
    title: ClassVar[str]
    """What people call it ("audience webhook")."""
    streams: ClassVar[frozenset[str]]
    """The streams it hints at: it is wanted where one of them is read."""
    instructions: ClassVar[str] = ""
    """Where a person enters the address at the vendor; for hooks that we do not register ourselves."""
    keyed_by_connection: ClassVar[bool] = False
    """Whether what signs its deliveries is part of the connection's credentials."""
    kept_headers: ClassVar[frozenset[str]] = frozenset()
    """Headers to keep with the delivery, besides its type and sender; in lower case."""

    def __init__(self, system: System) -> None:
        self.system = system

    @classmethod
    def is_probe(cls, inbound: Inbound) -> bool:
        """Whether the vendor only asks if somebody is there; it is told so, and nothing is kept."""
        return inbound.method in {"GET", "HEAD"}

    @classmethod
    def secrets_of(cls, credentials: Settings) -> tuple[str, ...]:
        """The signing secrets among a connection's credentials; asked only where `keyed_by_connection`."""
        return ()

    @classmethod
    @abstractmethod
    def verify(cls, inbound: Inbound, secrets: Sequence[str]) -> Verdict:
        """Judge a delivery by any of these secrets, in constant time; no content may make it raise."""

    @classmethod
    def delivery_id(cls, inbound: Inbound) -> str:
        """What repeats of a delivery have in common: its digest, where the vendor gives it no id."""
        return hashlib.blake2b(inbound.body, digest_size=20).hexdigest()

    @classmethod
    @abstractmethod
    def hints(cls, inbound: Inbound) -> Sequence[Hint]:
        """What a delivery says; a hint without keys and rows is an event we do nothing with.

        Raises `Unreadable`.
        """


class RegisteredHook(Hook):
    """A webhook that we set up and take down ourselves."""

    @abstractmethod
    def register(self, url: str) -> Registered:
        """Have the vendor call this address; raises `SystemFault`."""

    @abstractmethod
    def registered(self) -> Sequence[Registered]:
        """All webhooks of this kind that the account has, anybody's; without their secrets."""

    @abstractmethod
    def remove(self, id_: str) -> None:
        """Take one down; one that is gone already is fine."""
