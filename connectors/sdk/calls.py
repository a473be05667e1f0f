"""The record of one call to a vendor, made by the HTTP layer and kept by the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Call:
    """One request and what came of it; texts are redacted already.

    `template` is the path with placeholders ("/lists/{list}/members/{id}"), so that calls can be grouped and
    no key ends up in a log line. `status` is 0 where no answer came.
    """

    at: datetime
    system: str
    method: str
    template: str
    status: int
    duration_ms: float
    bytes_out: int
    bytes_in: int
    attempt: int
    vendor_request_id: str = ""
    error_class: str = ""
    error_text: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A vendor's complete answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300
