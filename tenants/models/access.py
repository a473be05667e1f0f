"""Ways in that are not a log-in: invitations for people, keys for programs. Only their hashes are stored."""

import hashlib
import hmac

from django.db import models
from django.db.models import Q
from django.utils import timezone

from tenants.models.base import TenantOwned
from tenants.models.people import EmailKey
from tenants.models.tenant import Role


def digest_of(secret: str) -> str:
    """A plain hash is enough: these secrets have 256 random bits, so there is nothing to guess slowly."""
    return hashlib.sha256(secret.encode()).hexdigest()


class HashedSecret(models.Model):
    digest = models.CharField(max_length=64, unique=True, editable=False)

    class Meta:
        abstract = True

    def opens_with(self, secret: str) -> bool:
        return hmac.compare_digest(self.digest, digest_of(secret))


PENDING = Q(accepted=None, withdrawn=None)


class Invitation(HashedSecret, TenantOwned):
    """Who was asked to join, as what, and did they?"""

    email = EmailKey("e-mail address")
    role = models.CharField(max_length=10, choices=Role.choices)
    invited_by = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now, editable=False)
    expires = models.DateTimeField()
    accepted = models.DateTimeField(null=True, editable=False)
    withdrawn = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "email"],
                condition=PENDING,
                name="invitation_pending_once_per_address",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"

    @property
    def is_open(self) -> bool:
        return self.accepted is None and self.withdrawn is None and timezone.now() < self.expires


class ApiKey(HashedSecret, TenantOwned):
    """Which program is this, and what may it do? `prefix` is the part of the key that may be shown."""

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, unique=True, editable=False)
    scopes = models.JSONField(
        default=list, help_text="The actions of tenants/permissions.py that it may take."
    )
    created_by = models.ForeignKey("tenants.User", on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now, editable=False)
    expires = models.DateTimeField(null=True)
    last_used = models.DateTimeField(null=True, editable=False)
    revoked = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_usable(self) -> bool:
        return self.revoked is None and (self.expires is None or timezone.now() < self.expires)
