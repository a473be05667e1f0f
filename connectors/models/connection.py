"""Connection: a tenant's account at a system. Answers: where is it, are we let in, since when not?"""

from __future__ import annotations

import json

from django.db import models

from connectors.sdk.settings import Settings
from connectors.sdk.system import System
from connectors.systems import system_class
from tenants.fields import SealedTextField
from tenants.models import TenantOwned


class Connection(TenantOwned):
    """Settings and sealed credentials of one account, and its health.

    `findings` is what the last ping found out (plain JSON); `ping` its checks as shown. In `attention` a
    person is asked for: where the account refused us its jobs are paused until somebody has pinged it again,
    where only a check failed they go on.
    """

    class State(models.TextChoices):
        NEW = "new", "Not pinged yet"
        OK = "ok", "Working"
        ATTENTION = "attention", "Needs you"

    system = models.CharField(max_length=40)  # of the registry, which grows without migrations
    name = models.CharField(max_length=120)
    settings = models.JSONField(default=dict)
    sealed = SealedTextField(blank=True)
    credentials_set_at = models.DateTimeField(null=True, blank=True)
    credentials_set_by = models.CharField(max_length=254, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.NEW)
    attention_text = models.TextField(blank=True)
    attention_since = models.DateTimeField(null=True, blank=True)
    findings = models.JSONField(default=dict, blank=True)
    ping = models.JSONField(default=list, blank=True)
    pinged_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="connection_name_per_tenant")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def system_class(self) -> type[System]:
        """The system this is an account of."""
        return system_class(self.system)

    @property
    def system_name(self) -> str:
        """The system's name as people know it."""
        return self.system_class.name

    def typed_settings(self) -> Settings:
        """The settings as the system's model.

        Raises pydantic's `ValidationError` where a release made them invalid.
        """
        return self.system_class.settings_model.model_validate(self.settings)

    def seal(self, credentials: Settings) -> None:
        """Encrypt credentials. They are bound to this very row: a copy elsewhere does not open."""
        self.sealed = json.dumps(credentials.revealed())

    def unseal(self) -> Settings:
        """The credentials.

        Raises `SealedValueUnreadable` where the key is wrong or the text was sealed elsewhere.
        """
        values = json.loads(self.sealed.reveal()) if self.sealed else {}
        return self.system_class.credentials_model.model_validate(values)
