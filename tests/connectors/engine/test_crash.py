"""Kill the workers in the middle, empty the broker.

The run completes, each record stands once, none was written twice.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from celery import current_app
from django.test import override_settings

from connectors.models import RecordLink, SyncRun
from connectors.services import runs
from sandboxes.ifs_cloud.options import Options
from tests.workers import kill, until, worker
from tests.worlds import STORE, World, world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
CUSTOMERS = int(os.environ.get("MLC_CRASH_CUSTOMERS", "1500"))


@pytest.fixture
def scene() -> Iterator[World]:
    with world(Options(customers=CUSTOMERS, orders=0)) as standing, override_settings(NUDGES_OFF=False):
        standing.connect()
        yield standing


def test_a_run_survives_the_death_of_every_worker_and_an_empty_broker(
    scene: World, broker: redis.Redis, tmp_path: Path
) -> None:
    run = runs.start(scene.job("customers"))
    for share in (0.1, 0.4, 0.7):
        with worker(tmp_path / "worker.log") as process:
            until(_more_written(scene, share * CUSTOMERS), f"{share:.0%} are written", patience=200)
            kill(process)
        broker.flushdb()
    with worker(tmp_path / "worker.log"):
        until(lambda: _tick() and _ended(run), "the run has ended by itself", patience=200)
    run.refresh_from_db()
    # The invalid addresses need a person.
    assert run.verdict == SyncRun.Verdict.PARTIAL, (run.note, run.detail)
    assert run.adds_up
    assert run.read == CUSTOMERS
    summary = scene.ifs.state()
    assert isinstance(summary, dict)
    _each_stands_once(scene, summary["emails"])
    assert not RecordLink.objects.filter(state__in=["dirty", "sending", "unknown"]).exists()


def _each_stands_once(scene: World, emails: dict[str, int]) -> None:
    audience = next(iter(scene.mailchimp.account.audiences.values()))
    store = scene.mailchimp.account.stores[STORE]
    assert len(audience.members) == emails["valid"]
    assert len(store.customers) == emails["valid"] + emails["duplicate"]
    assert scene.mailchimp.journal.needless() == {}
    repeated = scene.mailchimp.journal.repeated("customer")
    assert {key: held for key, held in repeated.items() if held.updated} == {}


def _more_written(scene: World, count: float) -> Callable[[], bool]:
    return lambda: _tick() and _written(scene) > count


def _written(scene: World) -> int:
    audience = next(iter(scene.mailchimp.account.audiences.values()))
    stores = scene.mailchimp.account.stores
    return min(len(audience.members), len(stores[STORE].customers) if STORE in stores else 0)


def _tick() -> bool:
    """What beat does every minute, every second."""
    if time.monotonic() - _ticked[0] > 1:
        current_app.send_task("connectors.sweep", queue="interactive")
        _ticked[0] = time.monotonic()
    return True


_ticked = [0.0]


def _ended(run: SyncRun) -> bool:
    return SyncRun.objects.get(pk=run.pk).state == SyncRun.State.ENDED
