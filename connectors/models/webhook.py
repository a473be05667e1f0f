"""Webhooks. Answer: where may a vendor call us, what did it say, is it believed, and what became of it?"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence

from django.db import models
from django.db.models import Q
from django.utils import timezone

from connectors.models.connection import Connection
from connectors.models.integration import Integration, SyncJob
from connectors.models.run import SyncRun
from connectors.sdk.hooks import Hook
from connectors.sdk.hooks import Verdict as Said
from tenants.fields import SealedTextField
from tenants.models import TenantOwned
from tenants.models.base import TenantKey


def hash_of(token: str) -> str:
    """What a token is looked up by; it is long and random, so a plain digest keeps it."""
    return hashlib.sha256(token.encode()).hexdigest()


class WebhookEndpoint(TenantOwned):
    """An address of ours that one connection's vendor calls, known to nobody else.

    `wanted` is what the jobs ask for, `state` how far that is at the vendor; `settle_at` is when somebody
    next sees to it (None: nothing to see to). While an address is being replaced the previous one still
    works. An endpoint without an integration speaks for its whole connection.
    """

    class State(models.TextChoices):
        OFF = "off", "Off"
        PENDING = "pending", "Being set up"
        ON = "on", "On"
        BY_HAND = "by_hand", "To be entered at the vendor"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="webhooks")
    integration = models.ForeignKey(Integration, models.CASCADE, null=True, related_name="webhooks")
    hook = models.CharField(max_length=40)
    token = SealedTextField()
    token_hash = models.CharField(max_length=64, unique=True)
    previous_hash = models.CharField(max_length=64, blank=True, db_index=True)
    previous_until = models.DateTimeField(null=True, blank=True)
    signing = SealedTextField(blank=True)
    vendor_id = models.CharField(max_length=200, blank=True)
    wanted = models.BooleanField(default=True)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    text = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    settle_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "integration", "hook"],
                nulls_distinct=False,
                name="one_endpoint_per_hook",
            )
        ]
        indexes = [
            models.Index(
                fields=["settle_at"], condition=Q(settle_at__isnull=False), name="endpoint_to_settle"
            )
        ]
        ordering = ["connection", "hook"]

    def __str__(self) -> str:
        return f"{self.connection}: {self.kind.title}"

    @property
    def kind(self) -> type[Hook]:
        """The hook it is an address for."""
        return self.connection.system_class.hooks[self.hook]

    def renew(self) -> None:
        """Give it a new address."""
        fresh = secrets.token_urlsafe(32)
        self.token, self.token_hash = fresh, hash_of(fresh)

    def seal_secrets(self, values: Sequence[str]) -> None:
        """Encrypt what signs its deliveries."""
        self.signing = json.dumps(list(values)) if values else ""

    def signing_secrets(self) -> tuple[str, ...]:
        """What signs its deliveries; raises `SealedValueUnreadable`."""
        if self.kind.keyed_by_connection:
            return self.kind.secrets_of(self.connection.unseal())
        return tuple(json.loads(self.signing.reveal())) if self.signing else ()


class WebhookReceipt(TenantOwned):
    """A call as it came, stored before it is believed.

    `delivery_id` is what its repeats have in common; they only count up. Calls that are refused keep no body,
    and those of one endpoint and minute share a row.
    """

    class State(models.TextChoices):
        NEW = "new", "Waiting"
        READ = "read", "Read"
        IGNORED = "ignored", "Nothing to do"
        FAILED = "failed", "Could not be read"
        REFUSED = "refused", "Refused"

    # Rows come by the hundred thousand, and each delays an answer: no index that nothing reads.
    tenant = TenantKey(
        "tenants.Tenant",
        models.PROTECT,
        related_name="+",
        editable=False,
        blank=True,
        db_index=False,
        db_constraint=False,
    )
    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="receipts", db_index=False)
    delivery_id = models.CharField(max_length=200, db_collation="C")
    state = models.CharField(max_length=8, choices=State)
    verdict = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Said])
    headers = models.JSONField(default=dict)
    body = models.BinaryField(null=True)
    received_at = models.DateTimeField()
    repeats = models.PositiveIntegerField(default=0)
    repeated_at = models.DateTimeField(null=True)
    event = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "delivery_id"], name="one_receipt_once")]
        indexes = [
            models.Index(fields=["tenant", "id"], condition=Q(state="new"), name="receipt_new"),
            models.Index(fields=["received_at"], name="receipt_age"),
            models.Index(fields=["endpoint", "-id"], name="receipt_latest"),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.event or 'A call'} at {self.received_at:%Y-%m-%d %H:%M:%S}"


class WebhookHint(TenantOwned):
    """A record of a job that a receipt named, waiting to be read again, or what became of that.

    `raw` is the record itself, as JSON, where its system gives no way to read it; kept until it is brought
    in.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        READ = "read", "Read"
        GONE = "gone", "Not there any more"

    tenant = TenantKey(
        "tenants.Tenant",
        models.PROTECT,
        related_name="+",
        editable=False,
        blank=True,
        db_index=False,
        db_constraint=False,
    )
    receipt = models.ForeignKey(WebhookReceipt, models.CASCADE, related_name="hints")
    job = models.ForeignKey(SyncJob, models.CASCADE, related_name="hints", db_index=False)
    key = models.CharField(max_length=400)
    event = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField(null=True)
    raw = models.TextField(blank=True)  # jsonb would refuse a nought character
    version = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    run = models.ForeignKey(SyncRun, models.SET_NULL, null=True, related_name="hints")

    class Meta:
        indexes = [models.Index(fields=["job", "id"], condition=Q(state="waiting"), name="hint_waiting")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.event} {self.key}"
