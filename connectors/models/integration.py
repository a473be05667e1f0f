"""Integration and SyncJob. Answer: which two accounts are joined, what flows between them, when and how?"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django_celery_beat.models import CrontabSchedule, IntervalSchedule

from connectors.models.connection import Connection
from connectors.recipes import Flow, Recipe, Side, recipe
from connectors.sdk.settings import Settings
from tenants.models import TenantOwned


class Integration(TenantOwned):
    """Two connections joined by a recipe, with the options a person chose."""

    recipe_code = models.CharField(max_length=60)  # of the catalogue, which grows without migrations
    name = models.CharField(max_length=120)
    source = models.ForeignKey(Connection, models.PROTECT, related_name="+")
    destination = models.ForeignKey(Connection, models.PROTECT, related_name="+")
    options = models.JSONField(default=dict, blank=True)
    is_on = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def recipe(self) -> Recipe:
        """The catalogue entry."""
        return recipe(self.recipe_code)

    def typed_options(self) -> Settings:
        """The options as the recipe's model."""
        return self.recipe.options_model.model_validate(self.options)

    def connection(self, side: Side) -> Connection:
        """The connection on that side."""
        return self.source if side is Side.SOURCE else self.destination


class SyncJob(TenantOwned):
    """One flow of an integration: its schedule, cursor and field rules.

    The schedule is one of django-celery-beat's (`interval`, or `crontab` with the tenant's time zone);
    `next_slot` is when the dispatcher will claim it next. `cursor` is where the next run starts and moves
    only with a completed run. `overrides` are the tenant's field rules per sink; `mapping_version` counts
    their changes. `paused_reason` says why the job rests although it is on.
    """

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="jobs")
    flow_code = models.CharField(max_length=60)
    is_on = models.BooleanField(default=True)
    interval = models.ForeignKey(IntervalSchedule, models.PROTECT, null=True, blank=True)
    crontab = models.ForeignKey(CrontabSchedule, models.PROTECT, null=True, blank=True)
    blackout_days = models.JSONField(default=list, blank=True)
    busy_minutes = models.PositiveSmallIntegerField(default=0)
    busy_records = models.PositiveIntegerField(default=100)
    next_slot = models.DateTimeField(null=True, blank=True)
    cursor = models.JSONField(null=True, blank=True)
    generation = models.PositiveIntegerField(default=0)
    overrides = models.JSONField(default=dict, blank=True)
    mapping_version = models.PositiveIntegerField(default=1)
    removal = models.CharField(
        max_length=10, choices=[("keep", "Keep them"), ("remove", "Remove them")], default="keep"
    )
    paused_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["integration", "flow_code"], name="one_job_per_flow"),
            models.CheckConstraint(
                condition=models.Q(interval=None) | models.Q(crontab=None), name="job_has_one_schedule"
            ),
        ]
        indexes = [models.Index(fields=["next_slot"], condition=models.Q(is_on=True), name="job_due")]
        ordering = ["integration", "id"]

    def __str__(self) -> str:
        return f"{self.integration}: {self.flow.title}"

    @property
    def flow(self) -> Flow:
        """The recipe's declaration of this job."""
        return self.integration.recipe.flow(self.flow_code)

    @property
    def reads(self) -> Connection:
        """The connection this job reads."""
        return self.integration.connection(self.flow.reads)

    @property
    def writes(self) -> Connection:
        """The connection this job writes to."""
        return self.integration.connection(Recipe.writes_to(self.flow))

    @property
    def zone(self) -> ZoneInfo:
        """The tenant's time zone."""
        return ZoneInfo(self.tenant.time_zone)

    @property
    def may_run(self) -> bool:
        """Whether runs may start or go on: switched on, not paused."""
        return self.is_on and self.integration.is_on and not self.paused_reason

    def is_blackout(self, moment: datetime) -> bool:
        """Whether that moment's day, in the tenant's zone, is one on which nothing runs.

        Those are ISO dates or weekday numbers 1-7.
        """
        day = moment.astimezone(self.zone).date()
        days: list[Any] = self.blackout_days
        return day.isoformat() in days or day.isoweekday() in days


class MappingVersion(TenantOwned):
    """The field rules of a job at one version: what a decision made then was based on. Never changed."""

    job = models.ForeignKey(SyncJob, models.CASCADE, related_name="mapping_versions")
    version = models.PositiveIntegerField()
    overrides = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "version"], name="mapping_version_once")]
