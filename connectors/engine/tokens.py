"""Access tokens shared by all workers: kept sealed in Redis, refreshed by one of them under a lock."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from redis.exceptions import LockError

from connectors.models import Connection
from connectors.sdk.auth import Token
from connectors.sdk.errors import RetryLater

REFRESH_SECONDS = 60


class RedisTokens:
    """The token of one connection, or what all connections to a vendor account share (given its name).

    New credentials mean a new key, so an old token is never used with them.
    """

    def __init__(self, client: redis.Redis, owner: Connection | str) -> None:
        self._client = client
        self._key = f"token:{_account_key(owner) if isinstance(owner, str) else _connection_key(owner)}"

    def current(self) -> str | None:
        """See `TokenStore.current`."""
        try:
            sealed = self._client.get(self._key)
        except redis.RedisError as error:
            raise RetryLater(
                "Our store of access tokens is away; work goes on by itself when it is back.", after=5
            ) from error
        if not isinstance(sealed, bytes):
            return None
        try:
            return _box().decrypt(sealed).decode()
        except InvalidToken:
            return None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """See `TokenStore.lock`."""
        lock = self._client.lock(
            f"{self._key}:lock", timeout=REFRESH_SECONDS, blocking_timeout=REFRESH_SECONDS
        )
        try:
            with lock:
                yield
        except LockError as error:
            raise RetryLater("Another worker is still fetching an access token.", after=2) from error

    def put(self, token: Token, keep: float) -> None:
        """See `TokenStore.put`."""
        self._client.set(self._key, _box().encrypt(token.value.encode()), px=max(1000, int(keep * 1000)))

    def drop(self, rejected: str) -> None:
        """See `TokenStore.drop`."""
        if self.current() == rejected:
            self._client.delete(self._key)


def _connection_key(connection: Connection) -> str:
    sealed = connection.sealed.token if connection.sealed else ""
    return f"{connection.pk}:{hashlib.blake2b(sealed.encode(), digest_size=8).hexdigest()}"


def _account_key(account: str) -> str:
    return hashlib.blake2b(account.encode(), digest_size=16).hexdigest()


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEY])
