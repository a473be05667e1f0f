"""`manage.py watch_runs`: start the demonstration's first runs and show them until they end."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from connectors.management.demo import scene, show
from connectors.models import Integration, SyncRun
from connectors.services import runs
from connectors.services.errors import Refused
from tenants.models import Tenant
from tenants.scope import across_tenants, tenant_scope


class Command(BaseCommand):
    """The workers do the work; this only asks for it and watches."""

    help = "Run every job of the demonstration tenant and show live progress."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the jobs one after the other, as a person would the first time."""
        with across_tenants("the demonstration finds its tenant"):
            tenant = Tenant.objects.filter(name=scene.ORGANISATION).first()
        if tenant is None:
            return
        with tenant_scope(tenant):
            ended: list[SyncRun] = []
            for job in scene.jobs_of(scene.Scene(tenant, list(Integration.objects.all()))):
                try:
                    run = runs.start(job)
                except Refused as refusal:
                    self.stdout.write(f"{job.flow.title}: {refusal.text}")
                    continue
                ended.append(
                    show.follow(
                        SyncRun.objects.select_related("job__integration").get(pk=run.pk), out=sys.stdout
                    )
                )
            if ended:
                self.stdout.write("\n" + show.table(ended))
