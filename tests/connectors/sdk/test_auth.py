"""A token shared by all: fetched by one, kept sealed, renewed before it ends."""

from __future__ import annotations

import threading

import pytest
import redis

from connectors.engine.tokens import RedisTokens
from connectors.models import Connection
from connectors.sdk.auth import SharedToken, Token
from connectors.sdk.errors import RetryLater

LIVES = 180.0


@pytest.fixture
def account() -> Connection:
    """A connection that is nowhere stored."""
    return Connection(system="ifs_cloud", name="Ours")


class Fetched:
    """Counts the tokens that were fetched."""

    def __init__(self, lives: float = LIVES) -> None:
        self.count = 0
        self.lives = lives

    def __call__(self) -> Token:
        self.count += 1
        return Token(f"token-{self.count}", self.lives)


def shared(broker: redis.Redis, account: Connection, fetch: Fetched) -> SharedToken:
    """A worker's way to the token."""
    return SharedToken(RedisTokens(broker, account), fetch)


def test_one_worker_fetches_and_all_use_it(broker: redis.Redis, account: Connection) -> None:
    fetch = Fetched()
    start, got = threading.Barrier(6), []

    def work() -> None:
        start.wait(10)
        got.append(shared(broker, account, fetch).token())

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert got == ["token-1"] * 6
    assert fetch.count == 1


@pytest.mark.parametrize(("lives", "kept"), [(180, 162), (3600, 3240), (86_400, 3300)])
def test_it_is_kept_for_less_than_the_server_says(
    broker: redis.Redis, account: Connection, lives: float, kept: float
) -> None:
    shared(broker, account, Fetched(lives)).token()
    [key] = broker.keys("token:*")
    assert kept * 1000 - 2000 < broker.pttl(key) <= kept * 1000


def test_a_refused_token_is_forgotten_only_if_it_still_is_the_one(
    broker: redis.Redis, account: Connection
) -> None:
    fetch = Fetched()
    first, other = shared(broker, account, fetch), shared(broker, account, fetch)
    assert first.token() == "token-1"
    assert first.renew("token-1")
    assert other.token() == "token-2"
    assert first.renew("token-1"), "somebody else has renewed it already"
    assert first.token() == "token-2"
    assert fetch.count == 2


def test_no_token_is_kept_in_clear(broker: redis.Redis, account: Connection) -> None:
    shared(broker, account, Fetched()).token()
    [key] = broker.keys("token:*")
    assert b"token-1" not in (broker.get(key) or b"")


def test_what_was_tampered_with_is_fetched_again(broker: redis.Redis, account: Connection) -> None:
    fetch = Fetched()
    shared(broker, account, fetch).token()
    [key] = broker.keys("token:*")
    broker.set(key, b"nonsense")
    assert shared(broker, account, fetch).token() == "token-2"


def test_a_fault_of_fetching_passes_through_and_locks_nobody_out(
    broker: redis.Redis, account: Connection
) -> None:
    def refuse() -> Token:
        raise RetryLater("not today")

    with pytest.raises(RetryLater, match="not today"):
        SharedToken(RedisTokens(broker, account), refuse).token()
    assert shared(broker, account, Fetched()).token() == "token-1"


def test_while_the_store_is_away_work_waits(account: Connection) -> None:
    away = redis.Redis(port=1, socket_connect_timeout=1)
    with pytest.raises(RetryLater):
        shared(away, account, Fetched()).token()
