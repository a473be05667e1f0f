"""What the sinks ask of either product: fields of a customer, receivables, a log of messages."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Current:
    """A customer as it is: the fields asked for, and what a change must name to be made to just this."""

    values: Mapping[str, str]
    version: str = ""
    lacking: frozenset[str] = frozenset()
    """Transactions or tables in which this customer has no record yet."""


class CustomerWriter(ABC):
    """Changes fields of customers that exist; never creates one."""

    @property
    @abstractmethod
    def names(self) -> Mapping[str, str]:
        """Which field is what."""

    @abstractmethod
    def longest(self, name: str) -> int:
        """How many characters a field holds; 0 where nobody tells."""

    @abstractmethod
    def read(self, customer: str, fields: Sequence[str]) -> Current:
        """The customer as it is. Raises `RecordRejected` (code not_found) where there is none."""

    @abstractmethod
    def change(self, customer: str, current: Current, values: Mapping[str, str]) -> None:
        """Write these fields, to the version just read. Raises `Conflict` where it is another one by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One order as an AR transaction; `reference` is the invoice number it is known by."""

    reference: str
    customer: str
    currency: str
    total: Decimal
    tax: Decimal
    shipping: Decimal
    on: date
    due: date
    order: str
    text: str


@dataclass(frozen=True, slots=True)
class Posted:
    """An AR transaction as it stands in the books."""

    id: str
    total: Decimal
    currency: str


class Receivables(ABC):
    """Adds AR transactions. What is there is never changed."""

    reference_length: int

    @abstractmethod
    def find(self, customer: str, reference: str) -> Posted | None:
        """The customer's transaction with our number, None where there is none."""

    @abstractmethod
    def post(self, posting: Posting) -> str:
        """Add one, which `find` did not find; its id. Raises `OutcomeUnknown` where no answer tells."""


@dataclass(frozen=True, slots=True)
class Message:
    """One event of one message to one customer, by the words of `MESSAGE_VALUES`."""

    customer: str
    reference: str
    values: Mapping[str, str] = field(default_factory=dict)


class MessageBook(ABC):
    """Notes messages, an entry each."""

    can_look_up: bool = True
    """Whether the product can be asked for an entry."""

    @abstractmethod
    def check(self) -> None:
        """Raises `ConfigProblem` where the settings name no place for entries."""

    @abstractmethod
    def has(self, message: Message) -> bool:
        """Whether the entry is there."""

    @abstractmethod
    def add(self, message: Message) -> None:
        """Add the entry; one that is there already is fine."""
