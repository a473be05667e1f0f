"""People and companies one trades with, what they have said about being written to, and how they respond."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from connectors.records.base import Address, Need, Record


class Standing(StrEnum):
    """Where an account stands with the company that keeps it; what makes it so is the source's to say."""

    ACTIVE = "active"
    DORMANT = "dormant"
    DELINQUENT = "delinquent"
    ON_HOLD = "on_hold"
    INACTIVE = "inactive"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party(Record):
    """Somebody one trades with.

    `email` is the one address chosen by the connection's rule, empty where there is none. `parent_key` names
    the party it belongs to (a head office), `marketing_id` is the id a marketing system gave it, as far as
    the source keeps one.
    """

    kind: ClassVar[str] = "party"

    name: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    phone: str = ""
    language: str = ""
    currency: str = ""
    category: str = ""
    group: str = ""
    branch: str = ""
    tax_id: str = ""
    standing: Standing = Standing.UNKNOWN
    standing_reason: str = ""
    parent_key: str = ""
    marketing_id: str = ""
    address: Address = field(default_factory=Address)
    created_on: str = ""

    @property
    def handle(self) -> str:
        """The e-mail address, or the number of somebody without one."""
        return self.email.lower() or self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Party):
    """Somebody one sells to."""

    kind: ClassVar[str] = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier(Party):
    """Somebody one buys from."""

    kind: ClassVar[str] = "supplier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(Record):
    """What a person's subscription has become in a marketing system; `key` is its id of the person."""

    kind: ClassVar[str] = "consent"

    email: str = ""
    status: str = ""
    reason: str = ""
    changed_at: datetime | None = None

    @property
    def handle(self) -> str:
        """The e-mail address."""
        return self.email.lower() or self.key

    def needs(self) -> tuple[Need, ...]:
        """The customer this person is; found by the marketing system's id."""
        return (("member", self.key),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement(Record):
    """How a person responds to mailings; rates are fractions of 1, `key` as in `Consent`."""

    kind: ClassVar[str] = "engagement"

    email: str = ""
    open_rate: float = 0.0
    click_rate: float = 0.0

    @property
    def handle(self) -> str:
        """The e-mail address."""
        return self.email.lower() or self.key

    def needs(self) -> tuple[Need, ...]:
        """The customer this person is; found by the marketing system's id."""
        return (("member", self.key),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Consent):
    """A person as a marketing system knows them: subscription and profile; `key` as in `Consent`."""

    kind: ClassVar[str] = "contact"

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    phone: str = ""
    language: str = ""
    address: Address = field(default_factory=Address)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEvent(Record):
    """What became of one message to one person: sent, bounced, opened, clicked.

    `key` is the vendor's id of the event; `member_key` the person's id, as in `Consent`.
    """

    kind: ClassVar[str] = "message_event"

    member_key: str
    event: str
    email: str = ""
    subject: str = ""
    message_id: str = ""
    detail: str = ""
    happened_at: datetime | None = None

    @property
    def handle(self) -> str:
        """The e-mail address."""
        return self.email.lower() or self.key

    def needs(self) -> tuple[Need, ...]:
        """The customer this person is; found by the marketing system's id."""
        return (("member", self.member_key),)
