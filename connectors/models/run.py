"""SyncRun and Lane. Answer: what happened in one execution, and who is working on a job right now?"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from connectors.models.integration import SyncJob
from tenants.models import TenantOwned

COUNTED = ("created", "updated", "unchanged", "skipped", "rejected", "conflict", "removed")


class SyncRun(TenantOwned):
    """One execution of a job. The row is the truth; tasks only carry it forward.

    A run reads (`observing`), then waits for what it found to be delivered (`delivering`), then ends with a
    verdict. `read` and the outcomes count source records; they must add up (`adds_up`). `slot` is the
    schedule's slot it was claimed for. `position` is where reading resumes. `followed_by` is the trigger of a
    run that was asked for while this one, which reads single records, was in its way.
    `waiting_until`/`waiting_text` say why it is not moving, if it is not.
    """

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", "Schedule"
        WEBHOOK = "webhook", "Webhook"
        MANUAL = "manual", "Started by hand"
        REPLAY = "replay", "Replay"
        BACKFILL = "backfill", "Full read"
        NEED = "need", "Needed by another record"

    class State(models.TextChoices):
        OBSERVING = "observing", "Reading"
        DELIVERING = "delivering", "Writing"
        ENDED = "ended", "Ended"

    class Verdict(models.TextChoices):
        OK = "ok", "Complete"
        PARTIAL = "partial", "Some records need you"
        DEGRADED = "degraded", "Does not add up"
        FAILED = "failed", "Stopped"
        CANCELLED = "cancelled", "Cancelled"
        HELD = "held", "Waits for your decision"

    job = models.ForeignKey(SyncJob, models.CASCADE, related_name="runs")
    trigger = models.CharField(max_length=10, choices=Trigger)
    state = models.CharField(max_length=12, choices=State, default=State.OBSERVING)
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True)
    slot = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    observed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField(null=True, blank=True)
    followed_by = models.CharField(max_length=10, choices=Trigger, blank=True, default="", db_default="")
    generation = models.PositiveIntegerField(default=0)
    position = models.JSONField(null=True, blank=True)
    full = models.BooleanField(default=False)
    mapping_version = models.PositiveIntegerField(default=1)
    replay = models.ForeignKey(
        "connectors.Replay", models.SET_NULL, null=True, blank=True, related_name="runs"
    )
    expected = models.PositiveIntegerField(null=True, blank=True)
    read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(
        default=0, help_text="Rows without a usable key; part of rejected when the run ends."
    )
    conflict = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    pending = models.PositiveIntegerField(default=0)
    api_calls = models.PositiveIntegerField(default=0)
    waiting_until = models.DateTimeField(null=True, blank=True)
    waiting_text = models.TextField(blank=True)
    note = models.TextField(blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job"], condition=~Q(state="ended"), name="one_open_run_per_job"),
            models.UniqueConstraint(fields=["job", "slot"], name="one_run_per_slot"),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="run_newest"),
            models.Index(fields=["job", "-created_at"], name="run_of_job"),
        ]
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.job} at {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.state != self.State.ENDED

    @property
    def settled(self) -> int:
        """Records whose outcome is known."""
        return sum(getattr(self, name) for name in COUNTED)

    @property
    def adds_up(self) -> bool:
        """read = created + updated + unchanged + skipped + rejected + conflict + removed + pending."""
        return self.read == self.settled + self.pending

    @property
    def seconds(self) -> float:
        """How long it took (or has taken so far, by the last movement)."""
        end = self.ended_at or self.moved_at
        return (end - self.started_at).total_seconds() if end and self.started_at else 0.0


class Lane(TenantOwned):
    """The right to work on one side of a job, held for a while by one worker.

    `fence` grows with each holder; whatever a holder writes checks that the fence is still its own, so a
    worker that was thought dead cannot do harm when it wakes up. `wake_at`: not before then (a vendor asked
    us to wait).
    """

    class Kind(models.TextChoices):
        OBSERVE = "observe"
        DELIVER = "deliver"

    job = models.ForeignKey(SyncJob, models.CASCADE, related_name="lanes")
    kind = models.CharField(max_length=10, choices=Kind)
    fence = models.BigIntegerField(default=0)
    holder = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    wake_at = models.DateTimeField(null=True, blank=True)
    waits = models.PositiveSmallIntegerField(default=0)
    missed = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "kind"], name="one_lane_per_side")]
