"""Budgets: how much of a vendor account's patience we may spend, shared by every worker.

One budget per vendor account (not per process), kept in Redis by its own clock: a rate (requests or cost
points a second, with a burst), a number of calls at the same time, and a circuit breaker. Waits come back as
seconds; who asked decides whether to sleep or to park.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import redis

from connectors.sdk.errors import RetryLater


@dataclass(frozen=True, slots=True)
class Limits:
    """What one vendor account allows: calls or points `per_minute`, a `burst`, and calls in flight."""

    per_minute: float = 300
    burst: float = 20
    concurrent: int = 4


class Budget(Protocol):
    """What the HTTP layer asks before and after each call."""

    def admit(self, cost: float = 1.0) -> float:
        """Take `cost` from the budget and a place in flight.

        0.0 when granted, else seconds to wait (nothing taken).
        """
        ...

    def done(self) -> None:
        """Give the place in flight back."""
        ...

    def learn(self, status: int, retry_after: float | None) -> None:
        """Tell the budget how a call went.

        429 and `Retry-After` pause everybody, failures in a row open the breaker.
        """
        ...


class Unlimited:
    """A budget that grants everything: for systems on loopback in tests, never for a vendor."""

    def admit(self, cost: float = 1.0) -> float:
        """Always 0."""
        return 0.0 * cost

    def done(self) -> None:
        """Nothing to give back."""

    def learn(self, status: int, retry_after: float | None) -> None:
        """Nothing to learn."""


# KEYS: rate, flight, pause. ARGV: per second, burst, cost, concurrent, holder, flight ttl.
# Generic cell rate: one number (the theoretical arrival time) per account. Times are the server's, in
# microseconds.
_ADMIT = """
local t = redis.call('TIME'); local now = t[1] * 1000000 + t[2]
local pause = tonumber(redis.call('GET', KEYS[3]) or '0')
if pause > now then return tostring((pause - now) / 1000000) end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4]) then return '0.05' end
local step = 1000000 / tonumber(ARGV[1]); local cost = math.max(1, tonumber(ARGV[3])) * step
local tat = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local early = tat + cost - tonumber(ARGV[2]) * step - now
if early > 0 then return tostring(early / 1000000) end
local keep = string.format('%d', (tat + cost - now) / 1000 + 60000)
redis.call('SET', KEYS[1], string.format('%d', tat + cost), 'PX', keep)
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[6]) * 1000000, ARGV[5])
redis.call('PEXPIRE', KEYS[2], string.format('%d', tonumber(ARGV[6]) * 1000))
return '0'
"""

# KEYS: pause, failures. ARGV: failed (0/1), asked pause in seconds, breaker threshold.
# The wait doubles with each failure beyond the threshold, from 5 s to 10 minutes; one success closes the
# breaker.
_LEARN = """
local t = redis.call('TIME'); local now = t[1] * 1000000 + t[2]
local wait = tonumber(ARGV[2])
if ARGV[1] == '1' then
  local failures = redis.call('INCR', KEYS[2]); redis.call('EXPIRE', KEYS[2], 3600)
  local over = failures - tonumber(ARGV[3])
  if over >= 0 then wait = math.max(wait, math.min(600, 5 * 2 ^ math.min(over, 10))) end
else
  redis.call('DEL', KEYS[2])
end
if wait > 0 then
  local till = now + wait * 1000000
  if till > tonumber(redis.call('GET', KEYS[1]) or '0') then
    redis.call('SET', KEYS[1], string.format('%d', till), 'PX', string.format('%d', wait * 1000 + 1000))
  end
end
return tostring(wait)
"""

BREAKER_THRESHOLD = 8
FLIGHT_SECONDS = 150


class RedisBudget:
    """The budget of one vendor account. `account` must not be a secret: it ends up in Redis keys."""

    def __init__(self, client: redis.Redis, account: str, limits: Limits) -> None:
        self._client = client
        self._limits = limits
        self._keys = {name: f"budget:{account}:{name}" for name in ("rate", "flight", "pause", "failures")}
        self._admit = client.register_script(_ADMIT)
        self._learn = client.register_script(_LEARN)
        self._holder = secrets.token_hex(8)
        self._failing = False

    def admit(self, cost: float = 1.0) -> float:
        """See `Budget.admit`.

        Raises `RetryLater` while Redis is away: without the shared count we do not call.
        """
        keys, limits = self._keys, self._limits
        try:
            wait = self._admit(
                keys=[keys["rate"], keys["flight"], keys["pause"]],
                args=[
                    limits.per_minute / 60,
                    limits.burst,
                    cost,
                    limits.concurrent,
                    self._place(),
                    FLIGHT_SECONDS,
                ],
            )
        except redis.RedisError as error:
            raise RetryLater(
                "Our own call counter is away; work goes on by itself when it is back.", after=5
            ) from error
        return float(wait)

    def done(self) -> None:
        """See `Budget.done`; a place that cannot be given back expires by itself."""
        try:
            self._client.zrem(self._keys["flight"], self._place())
        except redis.RedisError:
            return

    def learn(self, status: int, retry_after: float | None) -> None:
        """See `Budget.learn`. Success after success costs no round trip."""
        failed = status == 0 or status >= 500
        if not failed and not self._failing and status != 429 and not retry_after:
            return
        self._failing = failed
        pause = (retry_after or 1.0) if status == 429 else (retry_after or 0.0)
        try:
            self._learn(
                keys=[self._keys["pause"], self._keys["failures"]],
                args=[int(failed), pause, BREAKER_THRESHOLD],
            )
        except redis.RedisError:
            return

    def _place(self) -> str:
        # One place per thread: a client is shared by the threads of a batch.
        return f"{self._holder}:{threading.get_ident()}"


@contextmanager
def in_flight(budget: Budget) -> Iterator[None]:
    """Give the place back however the call ends."""
    try:
        yield
    finally:
        budget.done()
