"""How a call proves whose it is. One object per connection; the HTTP layer asks it before each attempt."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from connectors.sdk.errors import ReconnectNeeded


class Auth(Protocol):
    """Credentials in the shape of request headers."""

    def token(self) -> str:
        """What the next call will be made with (opaque; "" where nothing changes between calls)."""
        ...

    def headers(self, token: str) -> Mapping[str, str]:
        """The headers that carry it."""
        ...

    def renew(self, rejected: str) -> bool:
        """The vendor answered 401 to `rejected`: whether trying once more, with a new token, makes sense."""
        ...


class NoAuth:
    """No credentials."""

    def token(self) -> str:
        """Nothing."""
        return ""

    def headers(self, token: str) -> Mapping[str, str]:
        """None."""
        return {}

    def renew(self, rejected: str) -> bool:
        """Never."""
        return False


class FixedHeader(NoAuth):
    """A header that stays as it is: an API key, a token that does not expire."""

    def __init__(self, value: str, name: str = "Authorization") -> None:
        self._headers = {name: value}

    def headers(self, token: str) -> Mapping[str, str]:
        """The one header."""
        return self._headers


def basic(user: str, password: str) -> FixedHeader:
    """HTTP Basic (RFC 7617), UTF-8."""
    return FixedHeader("Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())


def bearer(token: str) -> FixedHeader:
    """A bearer token that does not expire."""
    return FixedHeader(f"Bearer {token}")


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and how long the server says it lives (seconds)."""

    value: str
    expires_in: float


class TokenStore(Protocol):
    """Where a connection's access token is kept for all workers: one token, one refresh at a time."""

    def current(self) -> str | None:
        """The token, if one is known that need not be refreshed yet."""
        ...

    def lock(self) -> AbstractContextManager[None]:
        """Held by the one worker that refreshes."""
        ...

    def put(self, token: Token, keep: float) -> None:
        """Keep a token for `keep` seconds."""
        ...

    def drop(self, rejected: str) -> None:
        """Forget the token if it still is this one."""
        ...


class SharedToken:
    """A bearer token fetched on demand, shared through a `TokenStore`, refreshed ahead of its end.

    `fetch` gets a new one (its faults pass through). It is refreshed after 90 % of the life the server gave
    it, at the latest after 55 minutes, whatever a document promises (IFS contract, section 2: `expires_in` is
    what counts).
    """

    LONGEST_SECONDS = 55 * 60

    def __init__(self, store: TokenStore, fetch: Callable[[], Token]) -> None:
        self._store = store
        self._fetch = fetch
        self._refused: ReconnectNeeded | None = None

    def token(self) -> str:
        """The shared token; fetched by one worker while the others wait for it."""
        if known := self._store.current():
            return known
        with self._store.lock():
            if known := self._store.current():
                return known
            if self._refused:  # who waited for the lock would only be the next to be refused
                raise ReconnectNeeded(
                    self._refused.text, detail=self._refused.detail, code=self._refused.code
                )
            try:
                fresh = self._fetch()
            except ReconnectNeeded as fault:
                self._refused = fault
                raise
            self._store.put(fresh, min(self.LONGEST_SECONDS, 0.9 * fresh.expires_in))
            return fresh.value

    def headers(self, token: str) -> Mapping[str, str]:
        """`Authorization: Bearer`."""
        return {"Authorization": f"Bearer {token}"}

    def renew(self, rejected: str) -> bool:
        """Forget the refused token; the next `token()` fetches another."""
        self._store.drop(rejected)
        return True
