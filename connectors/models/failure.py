"""Failure and Replay. Answer: what did not arrive, why, and what was done about it?"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from connectors.models.integration import SyncJob
from connectors.models.link import RecordLink
from connectors.models.run import SyncRun
from tenants.models import TenantOwned


class Failure(TenantOwned):
    """A link that needs somebody: open until a run, a replay or a person resolves it. Grouped by `cause`."""

    class Resolution(models.TextChoices):
        DELIVERED = "delivered", "Delivered later"
        SUPERSEDED = "superseded", "No longer wanted"
        IGNORED = "ignored", "Ignored by a person"

    job = models.ForeignKey(SyncJob, models.CASCADE, related_name="failures")
    link = models.ForeignKey(RecordLink, models.CASCADE, related_name="failures")
    run = models.ForeignKey(SyncRun, models.SET_NULL, null=True, related_name="failures")
    state = models.CharField(
        max_length=10,
        choices=[("rejected", "Not accepted"), ("conflict", "Conflict"), ("unknown", "Unknown")],
    )
    cause = models.CharField(max_length=60)
    text = models.TextField()
    detail = models.TextField(blank=True)
    times = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolution = models.CharField(max_length=12, choices=Resolution, blank=True)
    resolution_note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["link"], condition=Q(resolved_at=None), name="one_open_failure_per_link"
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "cause", "-last_at"], condition=Q(resolved_at=None), name="failure_open"
            )
        ]
        ordering = ["-last_at"]

    def __str__(self) -> str:
        return self.text


class Replay(TenantOwned):
    """Trying again, as a row: what was chosen, how, by whom, how far it is. Resumable and cancellable.

    `source` "stored" maps the record as it was read, "fresh" reads it again. `mapping` "today" or "original".
    """

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    scope = models.CharField(max_length=20)
    criteria = models.JSONField(default=dict)
    source = models.CharField(
        max_length=6, choices=[("stored", "As it was read"), ("fresh", "Read again")], default="fresh"
    )
    mapping = models.CharField(
        max_length=8, choices=[("today", "Today's rules"), ("original", "The rules of then")], default="today"
    )
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    total = models.PositiveIntegerField(default=0)
    superseded = models.PositiveIntegerField(default=0)
    by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]


class ReplayItem(TenantOwned):
    """One link of a replay, taken off the list when it has been put to work."""

    replay = models.ForeignKey(Replay, models.CASCADE, related_name="items")
    link = models.ForeignKey(RecordLink, models.CASCADE, related_name="+")
    job = models.ForeignKey(SyncJob, models.CASCADE, related_name="+")
    chosen_at = models.DateTimeField()
    done = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["replay", "link"], name="one_item_per_link")]
        indexes = [models.Index(fields=["replay", "job"], condition=Q(done=False), name="replay_todo")]
