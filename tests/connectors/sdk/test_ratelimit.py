"""One budget for all workers of an account: rate, calls in flight, pauses the vendor asks for, a breaker."""

from __future__ import annotations

import threading

import pytest
import redis

from connectors.sdk.errors import RetryLater
from connectors.sdk.ratelimit import BREAKER_THRESHOLD, Limits, RedisBudget, in_flight
from tests.connectors.sdk.vendor import Reply, Vendor

MANY = Limits(per_minute=600_000, burst=1000, concurrent=100)


def budget(broker: redis.Redis, account: str = "acme:1", limits: Limits = MANY) -> RedisBudget:
    """A worker's view of the account's budget."""
    return RedisBudget(broker, account, limits)


def test_two_workers_share_one_burst(broker: redis.Redis) -> None:
    limits = Limits(per_minute=1, burst=4, concurrent=100)
    one, other = budget(broker, limits=limits), budget(broker, limits=limits)
    granted = [worker.admit() for worker in (one, other, one, other)]
    assert granted == [0.0] * 4
    assert 0 < one.admit() <= 60
    assert 0 < other.admit() <= 60


def test_another_account_has_a_budget_of_its_own(broker: redis.Redis) -> None:
    limits = Limits(per_minute=1, burst=1, concurrent=100)
    assert budget(broker, limits=limits).admit() == 0
    assert budget(broker, limits=limits).admit() > 0
    assert budget(broker, "acme:2", limits).admit() == 0


def test_a_dear_call_costs_more_and_what_is_not_granted_costs_nothing(broker: redis.Redis) -> None:
    worker = budget(broker, limits=Limits(per_minute=1, burst=10, concurrent=100))
    assert worker.admit(6) == 0
    assert worker.admit(6) > 0
    assert worker.admit(4) == 0


def test_no_more_calls_at_once_than_the_account_allows(broker: redis.Redis) -> None:
    limits = Limits(per_minute=600_000, burst=1000, concurrent=2)
    workers = [budget(broker, limits=limits) for _ in range(3)]
    assert [worker.admit() == 0 for worker in workers] == [True, True, False]
    with in_flight(workers[0]):
        pass
    assert workers[2].admit() == 0


def test_threads_of_one_client_each_have_a_place(broker: redis.Redis) -> None:
    worker = budget(broker, limits=Limits(per_minute=600_000, burst=1000, concurrent=1))
    assert worker.admit() == 0
    seen: list[float] = []
    thread = threading.Thread(target=lambda: seen.append(worker.admit()))
    thread.start()
    thread.join(10)
    assert seen[0] > 0


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_the_vendor_asks_for_holds_for_everybody(broker: redis.Redis, status: int) -> None:
    budget(broker).learn(status, 30)
    wait = budget(broker).admit()
    assert 29 < wait <= 30


def test_a_shorter_pause_does_not_shorten_a_longer_one(broker: redis.Redis) -> None:
    worker = budget(broker)
    worker.learn(429, 30)
    worker.learn(429, 1)
    assert worker.admit() > 28


def test_a_429_without_a_word_pauses_for_a_moment(broker: redis.Redis) -> None:
    budget(broker).learn(429, None)
    assert 0 < budget(broker).admit() <= 1


def test_failures_in_a_row_open_the_breaker_and_a_success_closes_it(broker: redis.Redis) -> None:
    workers = [budget(broker), budget(broker)]
    for number in range(BREAKER_THRESHOLD - 1):
        workers[number % 2].learn(500, None)
    assert workers[0].admit() == 0
    workers[0].learn(0, None)
    first = workers[1].admit()
    assert 4 < first <= 5
    workers[0].learn(502, None)
    assert workers[1].admit() > first, "it waits longer each time"
    broker.delete("budget:acme:1:pause")  # the wait is over
    workers[0].learn(200, None)
    workers[0].learn(500, None)
    assert workers[0].admit() == 0, "it counts from the beginning again"


def test_refusals_are_no_failures(broker: redis.Redis) -> None:
    worker = budget(broker)
    for _ in range(BREAKER_THRESHOLD * 2):
        worker.learn(400, None)
    assert worker.admit() == 0


def test_without_the_shared_count_nothing_is_called() -> None:
    away = redis.Redis(port=1, socket_connect_timeout=1)
    worker = budget(away)
    with pytest.raises(RetryLater) as fault:
        worker.admit()
    assert fault.value.after
    worker.done()
    worker.learn(500, None)


def test_a_used_up_budget_parks_the_call_instead_of_sleeping(vendor: Vendor, broker: redis.Redis) -> None:
    limits = Limits(per_minute=1, burst=1, concurrent=10)
    client = vendor.client(budget=budget(broker, limits=limits))
    client.get("/a")
    with pytest.raises(RetryLater) as fault:
        client.get("/a")
    assert fault.value.code == "budget"
    assert fault.value.after
    assert fault.value.after > 30
    assert len(vendor.asked) == 1


def test_a_call_gives_its_place_back_whatever_comes_of_it(vendor: Vendor, broker: redis.Redis) -> None:
    client = vendor.client(budget=budget(broker, limits=Limits(per_minute=600_000, burst=1000, concurrent=1)))
    vendor.will(Reply(silent=True))
    for _ in range(2):
        with pytest.raises(Exception, match="broke the connection"):
            client.call("POST", "/a", json={})
    assert broker.zcard("budget:acme:1:flight") == 0


def test_two_clients_of_an_account_stop_together_when_the_vendor_asks(
    vendor: Vendor, broker: redis.Redis
) -> None:
    vendor.will(Reply(429, headers={"Retry-After": "40"}))
    with pytest.raises(RetryLater):
        vendor.client(budget=budget(broker)).get("/a")
    with pytest.raises(RetryLater) as fault:
        vendor.client(budget=budget(broker)).get("/a")
    assert fault.value.code == "budget"
    assert len(vendor.asked) == 1
