"""When a job is due.

Slots of its schedule in the tenant's time zone, claimed in the database so that none is missed or doubled.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from celery.schedules import crontab_parser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule

from connectors.engine.runs import open_run
from connectors.models import SyncJob, SyncRun
from tenants.scope import across_tenants, tenant_scope

HORIZON_DAYS = 366 * 5
CLAIM_AT_ONCE = 200


def slots_after(job: SyncJob, moment: datetime) -> Iterator[datetime]:
    """The job's slots strictly after a moment, in UTC.

    Blackout days are left out; a job without a schedule has none.
    """
    for slot in _slots(job, moment):
        if not job.is_blackout(slot):
            yield slot


def next_slot(job: SyncJob, moment: datetime) -> datetime | None:
    """The next slot after a moment, None where there is none within five years."""
    limit = moment + timedelta(days=HORIZON_DAYS)
    for slot in slots_after(job, moment):
        return slot if slot < limit else None
    return None


def _slots(job: SyncJob, moment: datetime) -> Iterator[datetime]:
    limit = moment + timedelta(days=HORIZON_DAYS)
    if job.interval is not None:
        period = job.interval.schedule.run_every.total_seconds()
        # Jobs of equal period are spread over it by their id, so that a thousand of them do not start in the
        # same second.
        offset = job.pk.int % max(1, int(period))
        count = int((moment.timestamp() - offset) // period) + 1
        while (slot := datetime.fromtimestamp(offset + count * period, UTC)) < limit:
            yield slot
            count += 1
    elif job.crontab is not None:
        yield from cron_slots(job.crontab, job.zone, moment, limit)


def cron_slots(
    schedule: CrontabSchedule, zone: ZoneInfo, moment: datetime, limit: datetime
) -> Iterator[datetime]:
    """Slots of a crontab in a zone, strictly after `moment`, in UTC.

    A time that does not exist on the night the clocks go forward runs when they have; one that exists twice
    runs once, the first time, unless the line runs every hour.
    """
    months = crontab_parser(12, 1).parse(schedule.month_of_year)
    month_days = crontab_parser(31, 1).parse(schedule.day_of_month)
    week_days = crontab_parser(7).parse(schedule.day_of_week)
    hours, minutes = crontab_parser(24).parse(schedule.hour), crontab_parser(60).parse(schedule.minute)
    times = [
        time(hour, minute, fold=fold)
        for hour in hours
        for minute in minutes
        for fold in ((0, 1) if len(hours) == 24 else (0,))
    ]
    day = moment.astimezone(zone).date() - timedelta(days=1)
    last = limit.astimezone(zone).date()
    while day <= last:
        if day.month in months and day.day in month_days and day.isoweekday() % 7 in week_days:
            slots = {datetime.combine(day, wall, zone).astimezone(UTC) for wall in times}
            yield from sorted(slot for slot in slots if moment < slot < limit)
        day += timedelta(days=1)


def claim_due(now: datetime | None = None) -> int:
    """Open a run for every due job; returns how many slots were claimed.

    Safe to run anywhere, any number of times. Slots missed while nobody dispatched count as one.
    """
    now = now or timezone.now()
    claimed = 0
    with across_tenants("dispatch due jobs"):
        while batch := _claim_batch(now):
            claimed += batch
    return claimed


def _claim_batch(now: datetime) -> int:
    with transaction.atomic():
        due = list(
            SyncJob.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("integration", "tenant", "interval", "crontab")
            .filter(is_on=True, integration__is_on=True, paused_reason="", next_slot__lte=now)
            .order_by("next_slot")[:CLAIM_AT_ONCE]
        )
        for job in due:
            with tenant_scope(job.tenant_id):
                open_run(job, SyncRun.Trigger.SCHEDULE, slot=job.next_slot)
                SyncJob.objects.filter(pk=job.pk).update(next_slot=next_slot(job, now))
    return len(due)


def reschedule(job: SyncJob, now: datetime | None = None) -> datetime | None:
    """Set the next slot after a change of schedule, or of on and off; returns it."""
    job.next_slot = next_slot(job, now or timezone.now()) if job.is_on and job.integration.is_on else None
    SyncJob.objects.filter(pk=job.pk).update(next_slot=job.next_slot)
    return job.next_slot


def soon_while_busy(run: SyncRun) -> None:
    """After a run that moved much, come back sooner, if the job asks for that."""
    job = run.job
    if not job.busy_minutes or run.created + run.updated < job.busy_records:
        return
    soon = timezone.now() + timedelta(minutes=job.busy_minutes)
    if not job.is_blackout(soon):
        SyncJob.objects.filter(pk=job.pk, is_on=True).filter(
            Q(next_slot=None) | Q(next_slot__gt=soon)
        ).update(next_slot=soon)
