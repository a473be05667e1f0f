"""Names the application for Django, and ties it to what happens elsewhere."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils import timezone


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        from audit.receivers import on_acted  # noqa: PLC0415  models are there only now
        from tenants.signals import acted  # noqa: PLC0415

        acted.connect(on_acted)
        post_migrate.connect(_make_months, sender=self)


def _make_months(using: str, **_: Any) -> None:
    """Every deployment makes the coming months of the trail; `audit_maintenance` does it in between."""
    from audit import partitions  # noqa: PLC0415

    if partitions.owns_tables(connections[using]):
        partitions.make_months(timezone.now(), alias=using)
