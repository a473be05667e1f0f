"""What all canonical records have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

Need = tuple[str, str]
"""Something a record must find at the destination before it can go there: (kind of record, source key)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; every part may be empty, `country` is ISO 3166-1 alpha-2 where it is known."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether no part is filled."""
        return not (self.line1 or self.city or self.postal_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One business record, identified by its key in the system it came from."""

    kind: ClassVar[str] = "record"

    key: str
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def handle(self) -> str:
        """The name people search this record by (an e-mail address, an order number)."""
        return self.key

    def needs(self) -> tuple[Need, ...]:
        """What must be at the destination first, most important first."""
        return ()
