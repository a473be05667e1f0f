"""Integrations and their jobs: create, choose options, schedule, map, turn on and off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from celery.schedules import ParseException, crontab
from django.db import transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule
from pydantic import ValidationError

from audit import actors
from audit import services as trail
from connectors.engine.nudge import nudge
from connectors.engine.schedule import reschedule
from connectors.models import Connection, Integration, Lane, MappingVersion, RecordLink, SyncJob
from connectors.recipes import RECIPES, Cadence, recipe
from connectors.sdk.mapping import Override
from connectors.services import webhooks
from connectors.services.connections import validated
from connectors.services.errors import Refused
from tenants.scope import current_tenant_id

# Options that decide where records go: after a change, what was confirmed there says nothing about here.
PLACE_OPTIONS = frozenset({"audience_id", "store_id", "supplier_audience_id"})


def create_integration(
    code: str,
    source: Connection,
    destination: Connection,
    *,
    name: str = "",
    options: Mapping[str, Any] | None = None,
) -> Integration:
    """Join two connections by a recipe.

    Its jobs get their default schedules, and nothing runs before it is turned on.
    """
    if code not in RECIPES:
        raise Refused(f"There is no integration called {code}.")
    chosen = recipe(code)
    for connection, system in ((source, chosen.source), (destination, chosen.destination)):
        if connection.system != system:
            raise Refused(
                f"{connection.name} is not a connection to the system this integration needs ({system})."
            )
    with transaction.atomic():
        integration = Integration.objects.create(
            tenant_id=current_tenant_id(),
            recipe_code=code,
            name=name.strip() or chosen.name,
            source=source,
            destination=destination,
        )
        for flow in chosen.flows:
            job = SyncJob.objects.create(
                integration=integration, flow_code=flow.code, is_on=flow.on_by_default
            )
            MappingVersion.objects.create(job=job, version=1, overrides={})
            _apply_cadence(job, flow.cadence)
        trail.append("integration_created", subject=integration, data={"recipe": code})
    if options:
        set_options(integration, options)
    return integration


def set_options(integration: Integration, options: Mapping[str, Any]) -> Integration:
    """Replace the options.

    Records are mapped anew by the next run; a changed audience or store is filled from the beginning.
    """
    chosen = validated(integration.recipe.options_model, options)
    before, after = integration.options, chosen.model_dump(mode="json")
    moved = [name for name in PLACE_OPTIONS if before.get(name) and before.get(name) != after.get(name)]
    with transaction.atomic():
        integration.options = after
        integration.save(update_fields=["options"])
        if moved:
            RecordLink.objects.filter(job__integration=integration).update(
                confirmed_digest=None, external_id="", external_version="", source_digest=None
            )
        SyncJob.objects.filter(integration=integration).exclude(paused_reason="").update(paused_reason="")
        trail.append(
            "options_changed", subject=integration, data={"before": before, "after": after, "moved": moved}
        )
    webhooks.follow(integration)
    return integration


def turn_on(integration: Integration) -> Integration:
    """Let the jobs run on their schedules.

    Raises `Refused` while a connection does not work or options are missing.
    """
    for connection in (integration.source, integration.destination):
        if connection.state != Connection.State.OK:
            raise Refused(f"Ping {connection.name} first: it has to work before anything can move.")
    try:
        integration.typed_options()
    except ValidationError as error:
        missing = {".".join(map(str, problem["loc"])): problem["msg"] for problem in error.errors()}
        raise Refused("Some options are still to be chosen.", missing) from error
    return _switch(integration, on=True)


def turn_off(integration: Integration) -> Integration:
    """Stop starting runs; an open run rests where it is and goes on when turned on again."""
    return _switch(integration, on=False)


def switch_job(job: SyncJob, *, on: bool) -> SyncJob:
    """Turn one job of an integration on or off."""
    with transaction.atomic():
        job.is_on = on
        job.save(update_fields=["is_on"])
        reschedule(job)
        trail.append("job_switched", subject=job, job_id=job.pk, data={"on": on})
        if on:
            _wake(job)
    webhooks.follow(job.integration)
    return job


def pause(job: SyncJob, reason: str) -> SyncJob:
    """Let a job rest, with a reason people will read."""
    with transaction.atomic():
        job.paused_reason = reason
        job.save(update_fields=["paused_reason"])
        trail.append("job_paused", subject=job, job_id=job.pk, data={"text": reason})
    return job


def resume(job: SyncJob) -> SyncJob:
    """Let a resting job go on."""
    with transaction.atomic():
        job.paused_reason = ""
        job.save(update_fields=["paused_reason"])
        reschedule(job)
        trail.append("job_resumed", subject=job, job_id=job.pk)
        _wake(job)
    return job


def set_schedule(
    job: SyncJob,
    *,
    every_minutes: int = 0,
    cron: str = "",
    blackout_days: Sequence[str | int] = (),
    busy_minutes: int = 0,
    busy_records: int = 100,
) -> SyncJob:
    """Run every N minutes, or by a five-field cron line in the tenant's zone; neither: only by hand.

    `blackout_days` are ISO dates or weekday numbers (1 Monday to 7). `busy_minutes`: come back that soon
    after a run that wrote at least `busy_records`. Raises `Refused`.
    """
    if every_minutes and cron:
        raise Refused("Choose either an interval or a time of day.")
    if every_minutes and not 1 <= every_minutes <= 60 * 24 * 31:
        raise Refused("Choose between one minute and 31 days.", {"every_minutes": "Between 1 and 44640."})
    with transaction.atomic():
        _apply_cadence(job, Cadence(every_minutes=every_minutes, cron=cron))
        job.blackout_days, job.busy_minutes, job.busy_records = (
            list(blackout_days),
            busy_minutes,
            busy_records,
        )
        job.save(update_fields=["blackout_days", "busy_minutes", "busy_records"])
        reschedule(job)
        trail.append(
            "schedule_changed",
            subject=job,
            job_id=job.pk,
            data={
                "every_minutes": every_minutes,
                "cron": cron,
                "blackout_days": job.blackout_days,
                "busy_minutes": busy_minutes,
            },
        )
    return job


def set_overrides(job: SyncJob, sink: str, rules: Sequence[Mapping[str, Any]]) -> SyncJob:
    """Replace the tenant's field rules for a sink of this job; the next run maps every record anew."""
    if sink not in {target.sink for target in job.flow.targets}:
        raise Refused(f"This job does not write to {sink}.")
    try:
        checked = [Override.model_validate(dict(rule)).model_dump() for rule in rules]
    except ValidationError as error:
        fields = {
            ".".join(map(str, problem["loc"])): problem["msg"].removeprefix("Value error, ")
            for problem in error.errors()
        }
        raise Refused("Some rules need another look.", fields) from error
    with transaction.atomic():
        before = job.overrides
        job.overrides = {**before, sink: checked}
        job.mapping_version += 1
        job.save(update_fields=["overrides", "mapping_version"])
        MappingVersion.objects.create(
            job=job,
            version=job.mapping_version,
            overrides=job.overrides,
            created_by=actors.current_actor().label,
        )
        trail.append(
            "mapping_changed",
            subject=job,
            job_id=job.pk,
            data={"sink": sink, "before": before.get(sink, []), "after": checked},
        )
    return job


def set_removal(job: SyncJob, *, remove: bool) -> SyncJob:
    """What happens over there to records that are gone here.

    Kept (the default) or removed, behind the removal guard.
    """
    with transaction.atomic():
        job.removal = "remove" if remove else "keep"
        job.save(update_fields=["removal"])
        trail.append("removal_changed", subject=job, job_id=job.pk, data={"removal": job.removal})
    return job


def _switch(integration: Integration, *, on: bool) -> Integration:
    with transaction.atomic():
        integration.is_on = on
        integration.save(update_fields=["is_on"])
        for job in integration.jobs.select_related("interval", "crontab", "tenant"):
            job.integration = integration
            reschedule(job)
            if on and job.is_on:
                _wake(job)
        trail.append("integration_switched", subject=integration, data={"on": on})
    webhooks.follow(integration)
    return integration


def _wake(job: SyncJob) -> None:
    nudge(job, Lane.Kind.OBSERVE)
    nudge(job, Lane.Kind.DELIVER)


def _apply_cadence(job: SyncJob, cadence: Cadence) -> None:
    interval = by_clock = None
    if cadence.every_minutes:
        interval, _ = IntervalSchedule.objects.get_or_create(
            every=cadence.every_minutes, period=IntervalSchedule.MINUTES
        )
    elif cadence.cron:
        by_clock = _crontab(cadence.cron, job.tenant.time_zone)
    job.interval, job.crontab = interval, by_clock
    job.save(update_fields=["interval", "crontab"])


def _crontab(line: str, zone: str) -> CrontabSchedule:
    parts = line.split()
    advice = {"cron": "Five fields: minute, hour, day of month, month, day of week. Example: 0 6 * * 1-5"}
    if len(parts) != 5:
        raise Refused("This is not a cron line.", advice)
    names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
    fields = dict(zip(names, parts, strict=True))
    try:
        crontab(**fields)
    except (ParseException, ValueError) as error:
        raise Refused(f"This cron line cannot be read: {error}.", advice) from error
    schedule = CrontabSchedule.objects.filter(**fields, timezone=zone).first()
    return schedule or CrontabSchedule.objects.create(**fields, timezone=ZoneInfo(zone))
