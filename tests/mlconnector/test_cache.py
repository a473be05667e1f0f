"""People get in while Redis is away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache, caches
from django.test import Client, override_settings
from django.urls import reverse

from mlconnector.cache import SurvivingCache
from tenants.services.accounts import sign_up

NOWHERE = {
    "default": {
        "BACKEND": "mlconnector.cache.SurvivingCache",
        "LOCATION": "redis://127.0.0.1:9/0",
        "KEY_PREFIX": "t",
    }
}


@pytest.fixture
def without_redis() -> Iterator[SurvivingCache]:
    with override_settings(CACHES=NOWHERE):
        found = caches["default"]
        assert isinstance(found, SurvivingCache)
        yield found


def test_values_are_kept_by_the_process_itself(without_redis: SurvivingCache) -> None:
    assert without_redis.get("a", 7) == 7
    without_redis.set("a", 1)
    assert without_redis.incr("a") == 2
    assert not without_redis.add("a", 5)
    assert without_redis.has_key("a")
    without_redis.set_many({"b": 2, "c": 3})
    assert without_redis.get_many(["a", "b", "x"]) == {"a": 2, "b": 2}
    without_redis.delete_many(["a", "b"])
    assert without_redis.delete("c")
    assert without_redis.get_many(["a", "b", "c"]) == {}


def test_with_redis_there_values_are_shared() -> None:
    cache.set("shared", 1, 10)
    assert SurvivingCache(cache._servers[0], {"KEY_PREFIX": cache.key_prefix}).get("shared") == 1  # type: ignore[attr-defined]
    assert cache.delete("shared")


@pytest.mark.django_db
def test_somebody_logs_in_while_redis_is_away(without_redis: SurvivingCache, client: Client) -> None:
    sign_up(
        email="ada@x.example", password="tulip-Orchard-7", organisation="X", time_zone="UTC", verified=True
    )
    form = {"login": "ada@x.example", "password": "tulip-Orchard-7"}
    assert client.post(reverse("account_login"), form).status_code == 302
    assert client.get("/app/").status_code < 500


@pytest.mark.django_db
def test_who_guesses_is_slowed_down_all_the_same(without_redis: SurvivingCache, client: Client) -> None:
    sign_up(
        email="ada@x.example", password="tulip-Orchard-7", organisation="X", time_zone="UTC", verified=True
    )
    answers = [
        client.post(reverse("account_login"), {"login": "ada@x.example", "password": f"guess-{number}"})
        for number in range(40)
    ]
    assert any(answer.status_code == 429 or b"Too many" in answer.content for answer in answers)
