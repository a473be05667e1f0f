"""Tenants and their members."""

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone

from tenants.ids import uuid7
from tenants.models.base import TenantManager, TenantOwned


@lru_cache(maxsize=1)
def time_zones() -> list[str]:
    """The zones a person may choose: places, plus UTC. The rest of the database is aliases and history."""
    places = (
        "Africa/",
        "America/",
        "Antarctica/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    return ["UTC", *sorted(zone for zone in available_timezones() if zone.startswith(places))]


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(
            "%(name)s is not a known time zone. Choose one such as Europe/Berlin.", params={"name": name}
        )


class Tenant(models.Model):
    """Whose is this? A company that uses the product."""

    class State(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True, editable=False)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    audit_days = models.PositiveSmallIntegerField(
        "days the trail is kept", default=400, validators=[MinValueValidator(1)]
    )
    payload_days = models.PositiveSmallIntegerField(
        "days payloads are kept", default=90, validators=[MinValueValidator(1)]
    )
    created = models.DateTimeField(default=timezone.now, editable=False)

    objects = TenantManager("id")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Role(models.TextChoices):
    OWNER = "owner"
    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"


class Membership(TenantOwned):
    """What may this person do here? tenants/permissions.py says what each role allows."""

    user = models.ForeignKey("tenants.User", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="membership_once_per_tenant")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"
