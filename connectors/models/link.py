"""RecordLink and LinkNeed: what should this record look like there, and what has the vendor confirmed?"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from connectors.models.integration import SyncJob
from connectors.models.run import SyncRun
from tenants.models import TenantOwned
from tenants.models.base import TenantKey


class RecordLink(TenantOwned):
    """One record of a job at one sink. The links whose desired and confirmed sides differ are the work to do.

    Digests point into the payload store; fingerprints compare. `sent_*` is what is on its way. `source_at`
    orders observations: an older one never replaces a newer one. `handle` is what people search by. `run` is
    the run that last touched the link, `outcome` what came of it there.
    """

    class State(models.TextChoices):
        CLEAN = "clean", "In step"
        DIRTY = "dirty", "To be written"
        SENDING = "sending", "Being written"
        HELD = "held", "Waits for another record"
        UNKNOWN = "unknown", "Answer missing, being looked up"
        REJECTED = "rejected", "Not accepted"
        CONFLICT = "conflict", "Changed on both sides"
        SKIPPED = "skipped", "Not meant to go there"
        REMOVED = "removed", "Removed"
        WANTED = "wanted", "Asked for by another record"

    # Rows come by the hundred thousand: no index or constraint that nothing reads. Keys sort by their bytes,
    # as keys do.
    tenant = TenantKey(
        "tenants.Tenant",
        models.PROTECT,
        related_name="+",
        editable=False,
        blank=True,
        db_index=False,
        db_constraint=False,
    )
    job = models.ForeignKey(SyncJob, models.CASCADE, related_name="links", db_index=False)
    sink = models.CharField(max_length=40)
    source_key = models.CharField(max_length=400, db_collation="C")
    target_key = models.CharField(max_length=400, blank=True, db_collation="C")
    handle = models.CharField(max_length=400, blank=True, db_collation="C")
    state = models.CharField(max_length=10, choices=State)
    outcome = models.CharField(max_length=10, blank=True)
    run = models.ForeignKey(SyncRun, models.SET_NULL, null=True, related_name="links", db_constraint=False)
    source_digest = models.BinaryField(null=True)
    source_version = models.CharField(max_length=400, blank=True)
    source_at = models.DateTimeField()
    mapping_version = models.PositiveIntegerField(default=0)
    trace_digest = models.BinaryField(null=True)
    desired_digest = models.BinaryField(null=True)
    sent_digest = models.BinaryField(null=True)
    confirmed_digest = models.BinaryField(null=True)
    remove = models.BooleanField(default=False)
    external_id = models.CharField(max_length=400, blank=True)
    external_version = models.CharField(max_length=400, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    generation = models.PositiveIntegerField(default=0)
    fence = models.BigIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=60, blank=True)
    text = models.TextField(blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "sink", "source_key"], name="one_link_per_record")
        ]
        indexes = [
            models.Index(fields=["target_key", "job", "sink"], name="link_target"),
            models.Index(fields=["tenant", "handle"], name="link_handle"),
            models.Index(
                fields=["external_id", "job", "sink"],
                condition=~Q(external_id="") & ~Q(external_id=F("target_key")),
                name="link_elsewhere",
            ),
            models.Index(fields=["job", "sink", "id"], condition=Q(state="dirty"), name="link_dirty"),
            models.Index(
                fields=["job", "state"],
                condition=~Q(state__in=["clean", "skipped", "dirty"]),
                name="link_odd",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_key} -> {self.sink}"


class LinkNeed(TenantOwned):
    """A record waits for another of its integration.

    `link` cannot be written before `kind`/`key` is at the destination.
    """

    link = models.ForeignKey(RecordLink, models.CASCADE, related_name="needs")
    provider_job = models.ForeignKey(SyncJob, models.CASCADE, related_name="+")
    provider_sink = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=400)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "kind", "key"], name="one_need_once")]
        indexes = [models.Index(fields=["provider_job", "provider_sink", "key"], name="need_of")]
