"""When a job is due, also on nights when the clocks change; and that each slot is claimed once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connections, transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule
from hypothesis import given
from hypothesis import strategies as st

from connectors.engine import runs
from connectors.engine.schedule import (
    claim_due,
    cron_slots,
    next_slot,
    reschedule,
    slots_after,
    soon_while_busy,
)
from connectors.models import SyncJob, SyncRun
from tests.connectors.engine.conftest import JobsOf

BERLIN = ZoneInfo("Europe/Berlin")
GAP, DOUBLED = datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 10, 25, tzinfo=BERLIN)
NOON = datetime(2026, 6, 3, 12, 0, tzinfo=UTC)


def cron(line: str) -> CrontabSchedule:
    """A line of five fields."""
    names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
    return CrontabSchedule(**dict(zip(names, line.split(), strict=True)))


def slots(line: str, start: datetime, *, days: float, zone: ZoneInfo = BERLIN) -> list[datetime]:
    """The slots of a line in so many days."""
    return list(cron_slots(cron(line), zone, start, start + timedelta(days=days)))


def local(moments: list[datetime]) -> list[str]:
    """What the clock on the wall in Berlin shows."""
    return [f"{moment.astimezone(BERLIN):%d. %H:%M}" for moment in moments]


def hourly(every: int = 1) -> IntervalSchedule:
    """Every so many hours."""
    return IntervalSchedule.objects.get_or_create(every=every, period=IntervalSchedule.HOURS)[0]


# Nights on which the clocks change.


def test_a_time_the_clocks_jump_over_runs_once_when_they_have_jumped() -> None:
    assert local(slots("30 2 * * *", GAP - timedelta(hours=12), days=2)) == ["29. 03:30", "30. 02:30"]


def test_a_time_that_comes_twice_runs_once() -> None:
    found = slots("30 2 * * *", DOUBLED - timedelta(hours=12), days=2)
    assert local(found) == ["25. 02:30", "26. 02:30"]
    assert found[0] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "the first of the two"


@pytest.mark.parametrize("night", [GAP, DOUBLED])
@pytest.mark.parametrize("line", ["0 * * * *", "*/15 * * * *", "30 * * * *"])
def test_an_hourly_line_runs_each_real_hour_of_such_a_night(line: str, night: datetime) -> None:
    found = slots(line, night.astimezone(UTC) - timedelta(hours=2), days=1)
    [step] = {later - earlier for earlier, later in pairwise(found)}
    assert step in {timedelta(hours=1), timedelta(minutes=15)}


def test_two_times_that_meet_after_the_jump_run_once() -> None:
    assert local(slots("30 2,3 * * *", GAP - timedelta(hours=1), days=1)) == ["29. 03:30"]


def test_days_of_the_week_and_of_the_month_are_days_of_the_tenants_zone() -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    found = slots("15 8 * * 1", NOON, days=14, zone=auckland)
    assert [f"{moment.astimezone(auckland):%a %H:%M}" for moment in found] == ["Mon 08:15", "Mon 08:15"]
    assert [f"{moment:%a}" for moment in found] == ["Sun", "Sun"], "in UTC it is still Sunday"
    assert local(slots("0 0 1 * *", NOON, days=60)) == ["01. 00:00", "01. 00:00"]


HOURS = st.sampled_from(["*", "2", "2,3", "1-3", "*/2", "0", "23", "3"])
MINUTES = st.sampled_from(["0", "30", "*/20", "59"])
ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"]
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(hour=HOURS, minute=MINUTES, zone=ZONES, moment=MOMENTS)
def test_going_on_from_any_slot_misses_none_and_doubles_none(
    hour: str, minute: str, zone: str, moment: datetime
) -> None:
    line, there = f"{minute} {hour} * * *", ZoneInfo(zone)
    found = slots(line, moment, days=3, zone=there)
    assert all(slot > moment for slot in found)
    assert all(earlier < later for earlier, later in pairwise(found))
    for index, slot in enumerate(found[:5]):
        rest = list(cron_slots(cron(line), there, slot, moment + timedelta(days=3)))
        assert rest == found[index + 1 :]


@given(hour=st.integers(0, 23), minute=st.integers(0, 59), zone=ZONES, moment=MOMENTS)
def test_a_daily_line_runs_exactly_once_on_each_day(
    hour: int, minute: int, zone: str, moment: datetime
) -> None:
    there = ZoneInfo(zone)
    start = moment.astimezone(there).replace(hour=0, minute=0, second=0, microsecond=0)
    found = slots(f"{minute} {hour} * * *", start.astimezone(UTC) - timedelta(seconds=1), days=9, zone=there)
    days = [slot.astimezone(there).date() for slot in found]
    assert days[:8] == [start.date() + timedelta(days=day) for day in range(8)]


# Intervals, blackout days, the busy rule.


def test_jobs_of_one_interval_are_spread_over_it(jobs: JobsOf) -> None:
    made = jobs(20, interval=hourly())
    first = [next_slot(job, NOON) for job in made]
    assert len(set(first)) > 15
    assert all(slot and NOON < slot <= NOON + timedelta(hours=1) for slot in first)


def test_slots_of_an_interval_are_as_far_apart_as_it_says(jobs: JobsOf) -> None:
    [job] = jobs(interval=hourly(6))
    found = list(islice(slots_after(job, NOON), 50))
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(hours=6)}
    assert next_slot(job, found[0]) == found[1], "strictly after"
    assert next_slot(job, found[1] - timedelta(microseconds=1)) == found[1]


@pytest.mark.parametrize(("days", "left"), [([6, 7], "Mon"), (["2026-06-05", "2026-06-06"], "Sun")])
def test_nothing_runs_on_blackout_days_of_the_tenants_zone(
    jobs: JobsOf, days: list[int | str], left: str
) -> None:
    line = CrontabSchedule.objects.create(minute="30", hour="0", timezone=BERLIN)
    [job] = jobs(crontab=line, blackout_days=days)
    friday = datetime(2026, 6, 4, 23, 0, tzinfo=UTC)  # one in the morning of Friday in Berlin
    slot = next_slot(job, friday)
    assert slot
    assert f"{slot.astimezone(BERLIN):%a}" == ("Mon" if days == [6, 7] else left)


def test_a_job_that_never_may_run_has_no_slot(jobs: JobsOf) -> None:
    never = CrontabSchedule.objects.create(
        minute="0", hour="0", day_of_month="30", month_of_year="2", timezone=BERLIN
    )
    by_hand, impossible = jobs(1)[0], jobs(1, crontab=never)[0]
    assert next_slot(by_hand, NOON) is None
    assert next_slot(impossible, NOON) is None
    assert reschedule(impossible, NOON) is None


@pytest.mark.parametrize(("moved", "comes_back"), [(9, False), (10, True)])
def test_a_run_that_moved_much_is_followed_soon(jobs: JobsOf, moved: int, *, comes_back: bool) -> None:
    [job] = jobs(interval=hourly(24), busy_minutes=5, busy_records=10)
    before = reschedule(job, datetime.now(UTC) + timedelta(hours=1))
    run = SyncRun.objects.create(job=job, trigger=SyncRun.Trigger.MANUAL, created=moved - 1, updated=1)
    soon_while_busy(run)
    job.refresh_from_db()
    assert job.next_slot
    assert before
    assert (job.next_slot < before) == comes_back
    assert not comes_back or job.next_slot <= datetime.now(UTC) + timedelta(minutes=5)


def test_busy_or_not_nothing_is_brought_forward_into_a_blackout_day(jobs: JobsOf) -> None:
    [job] = jobs(interval=hourly(24), busy_minutes=5, busy_records=1, blackout_days=[1, 2, 3, 4, 5, 6, 7])
    soon_while_busy(SyncRun.objects.create(job=job, trigger=SyncRun.Trigger.MANUAL, created=100))
    job.refresh_from_db()
    assert job.next_slot is None


# Claiming.


def slots_run() -> dict[object, list[datetime | None]]:
    """The slots that have a run, by job."""
    found: dict[object, list[datetime | None]] = {}
    for job, slot in SyncRun.objects.values_list("job_id", "slot"):
        found.setdefault(job, []).append(slot)
    return found


def test_five_hundred_due_jobs_are_claimed_in_one_call(jobs: JobsOf) -> None:
    made = jobs(500, interval=hourly(), next_slot=NOON)
    assert claim_due(NOON) == 500
    assert claim_due(NOON) == 0
    assert slots_run() == {job.pk: [NOON] for job in made}
    assert not SyncJob.objects.filter(next_slot__lte=NOON).exists()


def test_two_dispatchers_at_once_claim_each_slot_once(jobs: JobsOf) -> None:
    made = jobs(60, interval=hourly(), next_slot=NOON)
    claimed: list[int] = []
    start = threading.Barrier(4)

    def dispatch() -> None:
        try:
            start.wait(10)
            claimed.append(claim_due(NOON))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=dispatch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(claimed) == 60
    assert slots_run() == {job.pk: [NOON] for job in made}


def test_a_job_somebody_else_is_claiming_is_left_to_them(jobs: JobsOf) -> None:
    first, second = jobs(2, interval=hourly(), next_slot=NOON)
    seen: list[int] = []

    def dispatch() -> None:
        try:
            seen.append(claim_due(NOON))
        finally:
            connections.close_all()

    with transaction.atomic():
        SyncJob.objects.select_for_update().get(pk=first.pk)
        thread = threading.Thread(target=dispatch)
        thread.start()
        thread.join(30)
    assert seen == [1]
    assert slots_run() == {second.pk: [NOON]}


class Crash(Exception):
    """The dispatcher dies."""


def claim_and_die() -> None:
    """Claim what is due, and be gone before it is committed."""
    with transaction.atomic():
        assert claim_due(NOON) == 3
        raise Crash


def test_a_dispatcher_that_dies_has_claimed_nothing_and_the_next_one_claims_all(jobs: JobsOf) -> None:
    made = jobs(3, interval=hourly(), next_slot=NOON)
    with pytest.raises(Crash):
        claim_and_die()
    assert slots_run() == {}
    assert claim_due(NOON) == 3
    assert slots_run() == {job.pk: [NOON] for job in made}


def test_a_slot_that_was_run_already_is_not_run_again(jobs: JobsOf) -> None:
    [job] = jobs(interval=hourly(), next_slot=NOON)
    claim_due(NOON)
    runs.stop(SyncRun.objects.get(job=job), SyncRun.Verdict.OK, "")
    SyncJob.objects.filter(pk=job.pk).update(next_slot=NOON)  # an old backup, a clock put back
    claim_due(NOON)
    assert slots_run() == {job.pk: [NOON]}


def test_slots_nobody_claimed_for_days_become_one_run(jobs: JobsOf) -> None:
    [job] = jobs(interval=hourly(), next_slot=NOON - timedelta(days=3))
    assert claim_due(NOON) == 1
    job.refresh_from_db()
    assert slots_run() == {job.pk: [NOON - timedelta(days=3)]}
    assert job.next_slot
    assert NOON < job.next_slot <= NOON + timedelta(hours=1)


def test_a_job_that_is_still_at_work_gets_no_second_run(jobs: JobsOf) -> None:
    [job] = jobs(interval=hourly(), next_slot=NOON)
    by_hand, _ = runs.open_run(job, SyncRun.Trigger.MANUAL)
    assert claim_due(NOON) == 1
    assert list(SyncRun.objects.filter(job=job)) == [by_hand]
    job.refresh_from_db()
    assert job.next_slot
    assert job.next_slot > NOON


@pytest.mark.parametrize("field", [{"is_on": False}, {"paused_reason": "It rests."}])
def test_what_is_off_or_paused_is_not_claimed(jobs: JobsOf, field: dict[str, Any]) -> None:
    jobs(interval=hourly(), next_slot=NOON, **field)
    assert claim_due(NOON) == 0


def test_nothing_of_an_integration_that_is_off_is_claimed(jobs: JobsOf) -> None:
    [job] = jobs(interval=hourly(), next_slot=NOON)
    type(job.integration).objects.update(is_on=False)
    assert claim_due(NOON) == 0
    job.integration.is_on = False
    assert reschedule(job, NOON) is None
