"""The tables of the trail.

The three that grow with every run are partitioned by month and append-only: in the database their primary key
is (id, at), and the application's role may neither change nor remove a row. Their ids sort by time.
"""

from typing import Any, NoReturn

from django.db import models
from django.utils import timezone

from audit.actors import ActorKind
from audit.rows import EventKind
from tenants.models.base import TenantKey, TenantOwned

GENESIS = bytes(32)
"""What the first entry of a chain continues from."""


class TrailIsAppendOnly(Exception):
    """Rows of the trail are written by `audit.services` alone, and never changed."""


class Trail(TenantOwned):
    """Base of the trail's tables: a constraint and an index on the tenant would cost more than the row."""

    tenant = TenantKey(
        "tenants.Tenant",
        on_delete=models.DO_NOTHING,  # the trail outlives whom it tells of
        related_name="+",
        editable=False,
        blank=True,
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        abstract = True

    def save(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TrailIsAppendOnly

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TrailIsAppendOnly


class AuditEntry(Trail):
    """What was done, by whom, to what? An element of the tenant's chain: its hash covers all the rest."""

    at = models.DateTimeField()
    seq = models.BigIntegerField()
    kind = models.TextField()
    actor_kind = models.TextField(choices=ActorKind.choices)
    actor_id = models.TextField(blank=True)
    actor_label = models.TextField(blank=True)
    subject_type = models.TextField(blank=True)
    subject_id = models.TextField(blank=True)
    job_id = models.UUIDField(null=True)
    run_id = models.UUIDField(null=True)
    data = models.JSONField(default=dict)
    prev_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        db_table = "audit_entry"
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["tenant", "seq"], name="audit_entry_by_seq"),
            models.Index(fields=["tenant", "kind", "seq"], name="audit_entry_by_kind"),
            models.Index(fields=["subject_type", "subject_id", "seq"], name="audit_entry_by_subject"),
            models.Index(
                fields=["run_id", "seq"], name="audit_entry_by_run", condition=models.Q(run_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} (no. {self.seq})"


class ChainHead(Trail):
    """Where does a tenant's chain end, and from where on is it still kept? Locked while an entry is added.

    `base_*` name the last entry that retention removed; only the owner's role may move them.
    """

    id = None  # type: ignore[assignment]
    tenant = models.OneToOneField(
        "tenants.Tenant",
        on_delete=models.DO_NOTHING,
        related_name="+",
        primary_key=True,
        db_constraint=False,
    )
    seq = models.BigIntegerField(default=0)
    hash = models.BinaryField(default=GENESIS)
    at = models.DateTimeField(default=timezone.now)
    base_seq = models.BigIntegerField(default=0)
    base_hash = models.BinaryField(default=GENESIS)

    class Meta:
        db_table = "audit_chain_head"

    def __str__(self) -> str:
        return f"no. {self.seq}"


class ApiCall(Trail):
    """What did we ask which vendor, and how did it go? `path` is the template, without keys or names."""

    at = models.DateTimeField()
    connection_id = models.UUIDField(null=True)
    system = models.TextField()
    method = models.TextField()
    path = models.TextField()
    status = models.SmallIntegerField(help_text="0 where no answer came.")
    duration_ms = models.IntegerField()
    run_id = models.UUIDField(null=True)
    job_id = models.UUIDField(null=True)
    bytes_in = models.BigIntegerField()
    bytes_out = models.BigIntegerField()
    attempt = models.SmallIntegerField()
    vendor_request_id = models.TextField(blank=True)
    error_class = models.TextField(blank=True)
    error_text = models.TextField(blank=True)
    request_digest = models.BinaryField(null=True)
    answer_digest = models.BinaryField(null=True)

    class Meta:
        db_table = "audit_api_call"
        verbose_name = "API call"
        indexes = [
            models.Index(
                fields=["run_id", "id"], name="audit_call_by_run", condition=models.Q(run_id__isnull=False)
            ),
            models.Index(fields=["connection_id", "id"], name="audit_call_by_connection"),
            models.Index(
                fields=["vendor_request_id"],
                name="audit_call_by_request",
                condition=~models.Q(vendor_request_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.status or 'no answer'}"


class RecordEvent(Trail):
    """What happened to this record? The digests lead to what was read, mapped, sent and answered."""

    at = models.DateTimeField()
    kind = models.TextField(choices=EventKind.choices)
    job_id = models.UUIDField()
    sink = models.TextField()
    source_key = models.TextField()
    link_id = models.UUIDField(null=True)
    run_id = models.UUIDField(null=True)
    outcome = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    text = models.TextField(blank=True)
    source_digest = models.BinaryField(null=True)
    payload_digest = models.BinaryField(null=True)
    trace_digest = models.BinaryField(null=True)
    answer_digest = models.BinaryField(null=True)
    mapping_version = models.IntegerField(null=True)
    replay_id = models.UUIDField(null=True)
    call_id = models.UUIDField(null=True, help_text="The API call that carried it.")

    class Meta:
        db_table = "audit_record_event"
        indexes = [
            models.Index(fields=["link_id", "at"], name="audit_event_by_link"),
            models.Index(
                fields=["run_id", "id"], name="audit_event_by_run", condition=models.Q(run_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_key} {self.kind}"


class Payload(Trail):
    """What exactly was read, sent or answered? Once per tenant and content; erasable, but for the digest.

    The primary key is (tenant, digest); within a tenant's scope the digest alone names a body.
    """

    class Encoding(models.IntegerChoices):
        PLAIN = 0
        ZLIB = 1

    id = None  # type: ignore[assignment]
    digest = models.BinaryField(primary_key=True)
    size = models.IntegerField(help_text="Bytes, before compression.")
    encoding = models.SmallIntegerField(choices=Encoding.choices)
    body = models.BinaryField(null=True)
    first_seen = models.DateField()
    last_seen = models.DateField()
    erased_at = models.DateTimeField(null=True)
    erased_why = models.TextField(blank=True)

    class Meta:
        db_table = "audit_payload"
        indexes = [
            models.Index(
                fields=["last_seen"], name="audit_payload_by_age", condition=models.Q(body__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return bytes(self.digest).hex()
