"""The queues, on a real broker."""

import pytest
import redis
from celery.exceptions import Retry
from django.conf import settings

from mlconnector.celery import app

QUEUES = ("webhooks", "interactive", "polls", "backfills")


@app.task(name="tests.nothing")
def nothing() -> None:
    """Never run: no worker listens here."""


def lengths(broker: redis.Redis) -> dict[str, int]:
    prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    return {queue: int(str(broker.llen(f"{prefix}{queue}"))) for queue in QUEUES}


@pytest.mark.parametrize("queue", QUEUES)
def test_a_message_reaches_its_queue_and_no_other(queue: str, broker: redis.Redis) -> None:
    nothing.apply_async(queue=queue)

    assert lengths(broker) == {name: int(name == queue) for name in QUEUES}


def test_a_task_without_a_queue_waits_among_the_polls(broker: redis.Redis) -> None:
    nothing.delay()

    assert lengths(broker)["polls"] == 1
    assert sum(lengths(broker).values()) == 1


def test_a_queue_nobody_serves_cannot_be_named() -> None:
    with pytest.raises(KeyError):
        nothing.apply_async(queue="pols")


def test_a_task_tried_again_stays_in_its_queue(broker: redis.Redis) -> None:
    nothing.push_request(
        id="an-earlier-try",
        retries=0,
        is_eager=False,
        called_directly=False,
        delivery_info={"exchange": "", "routing_key": "backfills"},
    )
    try:
        with pytest.raises(Retry):
            nothing.retry(countdown=1)
    finally:
        nothing.pop_request()

    assert lengths(broker)["backfills"] == 1
    assert sum(lengths(broker).values()) == 1


def test_messages_arrive_after_the_broker_lost_everything(broker: redis.Redis) -> None:
    nothing.apply_async(queue="polls")
    broker.flushdb()

    nothing.apply_async(queue="polls")

    assert lengths(broker)["polls"] == 1
