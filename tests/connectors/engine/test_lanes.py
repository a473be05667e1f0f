"""One worker at a time on each side of a job; whoever comes late, or back from the dead, does no harm."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta

import pytest
import redis
from django.db import connections, transaction
from django.test import override_settings
from django.utils import timezone

from connectors.engine import lanes
from connectors.engine.advance import advance
from connectors.engine.deliver import Delivery
from connectors.engine.pages import PageWriter
from connectors.engine.route import route_of
from connectors.engine.sweeper import sweep
from connectors.models import Lane, RecordLink, SyncJob, SyncRun
from connectors.sdk.system import Page, Row
from connectors.services import integrations, runs
from tests.connectors.engine.conftest import JobsOf
from tests.connectors.engine.patience import work_on
from tests.connectors.engine.steps import hold, read_only
from tests.worlds import World

OBSERVE, DELIVER = Lane.Kind.OBSERVE, Lane.Kind.DELIVER


@pytest.fixture
def job(jobs: JobsOf) -> SyncJob:
    return jobs()[0]


def taken(job: SyncJob, kind: Lane.Kind = OBSERVE, **when: object) -> lanes.Held:
    """The lane, which must be free."""
    held = lanes.take(job, kind, **when)  # type: ignore[arg-type]
    assert held
    return held


def test_a_lane_has_one_holder_at_a_time_and_each_side_its_own(job: SyncJob) -> None:
    held = taken(job)
    assert lanes.take(job, OBSERVE) is None
    assert lanes.take(job, DELIVER)
    lanes.leave(held)
    assert lanes.take(job, OBSERVE)


def test_of_many_workers_that_reach_for_a_lane_one_gets_it(job: SyncJob, jobs: JobsOf) -> None:
    got: list[lanes.Held | None] = []
    start = threading.Barrier(4)

    def reach() -> None:
        from tenants.scope import tenant_scope  # noqa: PLC0415  a thread enters the scope by itself

        try:
            start.wait(10)
            with tenant_scope(job.tenant_id):
                got.append(lanes.take(job, OBSERVE))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=reach) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(got) == 4
    assert sum(one is not None for one in got) == 1


def test_the_fence_grows_with_each_holder(job: SyncJob) -> None:
    fences = []
    for _ in range(3):
        held = taken(job)
        fences.append(held.fence)
        lanes.leave(held)
    assert fences == [1, 2, 3]


def test_a_lease_that_ran_out_is_taken_over_and_the_late_holder_is_refused(job: SyncJob) -> None:
    late = taken(job)
    after = timezone.now() + timedelta(seconds=lanes.lease_seconds() + 1)
    assert lanes.take(job, OBSERVE, now=after - timedelta(seconds=2)) is None
    now_holding = taken(job, now=after)
    with pytest.raises(lanes.LeaseLost), transaction.atomic():
        lanes.hold(late)
    lanes.leave(late)
    lanes.moved(late)
    lanes.park(late, 3600)
    lane = Lane.objects.get(pk=now_holding.lane_id)
    assert lane.lease_until
    assert lane.lease_until > after
    assert lane.wake_at is None
    assert lane.fence == now_holding.fence


def test_each_commit_renews_the_lease(job: SyncJob) -> None:
    held = taken(job, now=timezone.now() - timedelta(seconds=80))
    before = Lane.objects.get(pk=held.lane_id).lease_until
    with transaction.atomic():
        lanes.hold(held)
    after = Lane.objects.get(pk=held.lane_id).lease_until
    assert before
    assert after
    assert after - before > timedelta(seconds=60)


def test_a_holder_that_died_on_this_host_is_followed_at_once(job: SyncJob) -> None:
    held = taken(job)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as gone:
        mine = f"{lanes.HOST}/{lanes._boot()}/{gone.pid}/{lanes._started(gone.pid)}"
        Lane.objects.filter(pk=held.lane_id).update(holder=mine)
        assert lanes.take(job, OBSERVE) is None, "it lives"
        gone.kill()
    assert taken(job).fence == held.fence + 1


@pytest.mark.parametrize(
    "holder",
    [
        "another-host/boot/1/1",
        f"{lanes.HOST}/another-boot/1/1",
        f"{lanes.HOST}/{lanes._boot()}/not-a-number/1",
        "",
    ],
)
def test_a_holder_we_cannot_look_at_keeps_its_lease(job: SyncJob, holder: str) -> None:
    held = taken(job)
    Lane.objects.filter(pk=held.lane_id).update(holder=holder)
    assert lanes.take(job, OBSERVE) is None


def test_a_process_that_only_has_the_number_of_the_dead_one_does_not_count(job: SyncJob) -> None:
    held = taken(job)
    ours = Lane.objects.get(pk=held.lane_id).holder
    Lane.objects.filter(pk=held.lane_id).update(holder=ours + "1")  # another start time
    assert lanes.take(job, OBSERVE)


def test_a_parked_lane_is_free_only_when_its_time_has_come(job: SyncJob) -> None:
    wake_at = lanes.park(taken(job), 60)
    assert lanes.take(job, OBSERVE) is None
    assert lanes.take(job, OBSERVE, now=wake_at - timedelta(seconds=1)) is None
    again = taken(job, now=wake_at)
    assert Lane.objects.get(pk=again.lane_id).wake_at is None


def test_waits_without_a_word_from_the_vendor_double_up_to_an_hour_and_start_small_again(
    job: SyncJob,
) -> None:
    waits = []
    for _ in range(13):
        held = taken(job, now=timezone.now() + timedelta(days=1))
        before = timezone.now()
        waits.append(round((lanes.park(held, None) - before).total_seconds()))
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-3:] == [3600, 3600, 3600]
    held = taken(job, now=timezone.now() + timedelta(days=1))
    lanes.moved(held)
    assert round((lanes.park(held, None) - timezone.now()).total_seconds()) == 5


def test_the_sweeper_finds_what_is_parked_when_its_time_has_come(jobs: JobsOf) -> None:
    [job] = jobs()
    SyncRun.objects.create(job=job, trigger=SyncRun.Trigger.MANUAL)
    wake_at = lanes.park(taken(job), 600)
    assert sweep() == 0
    assert sweep(wake_at) == 1


# What a late holder may not do.


def test_a_page_of_a_late_holder_changes_nothing(scene: World) -> None:
    run = runs.start(scene.job("customers"))
    late = hold(scene, "customers", OBSERVE)
    writer = PageWriter(route_of(scene.job("customers")), run, late)
    taken(scene.job("customers"), now=timezone.now() + timedelta(hours=1))
    page = Page(rows=[Row("10001", {"customer": {"CustomerId": "10001"}})], position={"after": "10001"})
    with pytest.raises(lanes.LeaseLost):
        writer.bring_in(page, timezone.now())
    run.refresh_from_db()
    assert (run.read, run.position) == (0, None)
    assert not RecordLink.objects.exists()


def test_answers_that_a_late_holder_got_are_looked_up_by_the_next_one(scene: World) -> None:
    read_only(scene)
    late = hold(scene, "customers", DELIVER)
    delivery = Delivery(route_of(scene.job("customers")), late, is_observing=False, is_load=False)
    batch = delivery._next(delivery.route.legs[0], looking=False)
    assert batch
    words = list(batch.leg.sink.write(batch.changes))
    assert len(words) == 12
    Lane.objects.filter(pk=late.lane_id).update(lease_until=timezone.now())
    hold(scene, "customers", DELIVER)
    with pytest.raises(lanes.LeaseLost):
        delivery.writer.commit(batch.leg, batch.claimed, words, (), lookup=False)
    assert scene.states("customers", "audience_members") == {"sending": 12}
    Lane.objects.update(lease_until=None)
    scene.work()
    assert scene.states("customers", "audience_members") == {"clean": 12}
    assert scene.mailchimp.journal.repeated("members") == {}


def test_a_slice_ends_at_its_time_and_the_next_one_goes_on(scene: World) -> None:
    with override_settings(SLICE_SECONDS=0.005):
        run = scene.run("customers")
    assert run.verdict == SyncRun.Verdict.OK
    assert run.created == run.read == 12
    assert Lane.objects.get(job=scene.job("customers"), kind=DELIVER).fence > 1, "it took several slices"


def test_a_mistake_of_ours_is_tried_a_few_times_then_pauses_the_job_and_loses_nothing(
    scene: World, broker: redis.Redis
) -> None:
    scene.run("customers")
    SyncJob.objects.filter(pk=scene.job("customers").pk).update(cursor={"reading": {}})
    run = runs.start(scene.job("customers"))
    advance(scene.job("customers"), Lane.Kind.OBSERVE)
    run.refresh_from_db()
    assert run.is_open
    assert "mistake of our own" in run.waiting_text
    work_on(scene, broker)
    run.refresh_from_db()
    job = scene.job("customers")
    assert run.verdict == SyncRun.Verdict.FAILED
    assert "when you resume the job" in job.paused_reason
    SyncJob.objects.filter(pk=job.pk).update(cursor=None)
    integrations.resume(scene.job("customers"))
    again = scene.run("customers")
    assert again.adds_up
    assert again.unchanged == again.read
