"""Celery's doorways to the trail."""

import structlog
from celery import shared_task
from django.utils import timezone

from audit import partitions
from audit.services import prune

log = structlog.get_logger(__name__)


@shared_task
def maintain() -> None:
    """Daily: let go of expired bodies, and say in time when the months' partitions run out."""
    pruned = prune()
    log.info("payloads_pruned", count=pruned)
    for table in partitions.lacking_months(timezone.now()):
        log.warning("trail_month_missing", table=table, hint="run manage.py audit_maintenance as the owner")
