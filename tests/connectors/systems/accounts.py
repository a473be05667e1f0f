"""An `Account` without a database: real HTTP to loopback, its calls collected, its token in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from audit.redaction import Redactor
from connectors.sdk.auth import Token
from connectors.sdk.calls import Call
from connectors.sdk.http import HttpClient
from connectors.sdk.net import NetworkPolicy
from connectors.sdk.settings import Settings
from connectors.sdk.system import Account

LOOPBACK = NetworkPolicy.allowing(["127.0.0.0/8"])


class MemoryTokens:
    """A `TokenStore` in memory; `fetched` counts the tokens put."""

    def __init__(self) -> None:
        self.value: str | None = None
        self.fetched = 0
        self._lock = threading.Lock()

    def current(self) -> str | None:
        return self.value

    @contextmanager
    def lock(self) -> Iterator[None]:
        with self._lock:
            yield

    def put(self, token: Token, keep: float) -> None:
        self.value = token.value
        self.fetched += 1

    def drop(self, rejected: str) -> None:
        if self.value == rejected:
            self.value = None


def account(
    settings: Settings,
    credentials: Settings,
    *,
    options: Settings | None = None,
    findings: Mapping[str, Any] | None = None,
    calls: list[Call] | None = None,
    system: str = "",
    seconds: float = 10.0,
) -> Account:
    """An account whose calls go to loopback and end up in `calls`, redacted."""
    log = [] if calls is None else calls

    def connect(**about: Any) -> HttpClient:
        return HttpClient(
            system=system,
            policy=LOOPBACK,
            redactor=Redactor((*credentials.secrets(), *settings.secrets())),
            on_call=log.append,
            seconds=seconds,
            **about,
        )

    return Account(settings, credentials, connect, MemoryTokens(), findings or {}, options)
