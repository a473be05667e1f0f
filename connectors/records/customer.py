"""People and companies one sells to, and what they have said about being written to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from connectors.records.base import Address, Need, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Record):
    """A customer. `email` is the one address chosen by the connection's rule, empty where there is none."""

    kind: ClassVar[str] = "customer"

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
    address: Address = field(default_factory=Address)
    created_on: str = ""

    @property
    def handle(self) -> str:
        """The e-mail address, or the customer number of somebody without one."""
        return self.email.lower() or self.key


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
