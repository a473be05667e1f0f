"""A cache that outlives Redis: while that is away, each process keeps what it needs by itself.

Limits of log-ins live in the cache. Without Redis they hold per process: better than no log-in at all, and
better than no limit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


class SurvivingCache(RedisCache):
    """Django's cache in Redis, with a small one of this process behind it."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._own = LocMemCache("while_redis_is_away", {**params, "OPTIONS": {"MAX_ENTRIES": 10_000}})

    def _either(self, method: str, *args: Any, **kwargs: Any) -> Any:
        in_redis: Callable[..., Any] = getattr(super(), method)
        try:
            return in_redis(*args, **kwargs)
        except (RedisError, OSError) as error:
            log.warning("cache_away", error=repr(error))
            return getattr(self._own, method)(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        """As Django's; likewise all below."""
        return self._either("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Get a value."""
        return self._either("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        """Set a value."""
        return self._either("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        """Renew a value's time."""
        return self._either("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Delete a value."""
        return self._either("delete", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        """Get several."""
        return self._either("get_many", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        """Whether a value is there."""
        return self._either("has_key", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        """Count up."""
        return self._either("incr", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        """Set several."""
        return self._either("set_many", *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        """Delete several."""
        return self._either("delete_many", *args, **kwargs)
