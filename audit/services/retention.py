"""Lets go of bodies that have outlived their tenant's retention. The digests stay, so chains still verify."""

from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from audit.services.entries import append
from tenants.models import Tenant
from tenants.scope import across_tenants, tenant_scope

BATCH = 2000
WHY = "retention"


def prune(now: datetime | None = None) -> int:
    """Prune the bodies of every tenant; returns how many. Works in small transactions of its own."""
    with across_tenants("payload retention"):
        tenants = list(Tenant.objects.all())
    return sum(prune_tenant(tenant, now) for tenant in tenants)


def prune_tenant(tenant: Tenant, now: datetime | None = None) -> int:
    """Erase what this tenant has not stored again within its `payload_days`."""
    moment = (now or timezone.now()).astimezone(UTC)
    oldest = moment.date() - timedelta(days=tenant.payload_days)
    pruned = 0
    with tenant_scope(tenant):
        while batch := _prune_batch(tenant, moment, oldest):
            pruned += batch
    return pruned


@transaction.atomic
def _prune_batch(tenant: Tenant, now: datetime, oldest: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_payload SET body = NULL, encoding = 0, erased_at = %s, erased_why = %s"
            " WHERE tenant_id = %s AND digest IN"
            " (SELECT digest FROM audit_payload WHERE tenant_id = %s AND last_seen < %s AND body IS NOT NULL"
            " LIMIT %s FOR UPDATE SKIP LOCKED)",
            [now, WHY, tenant.pk, tenant.pk, oldest, BATCH],
        )
        pruned: int = cursor.rowcount
    if pruned:
        append("payloads_pruned", data={"count": pruned, "last_seen_before": oldest})
    return pruned
