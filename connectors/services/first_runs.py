"""The runs that turning an integration on begins with."""

from __future__ import annotations

from connectors.models import Integration, SyncJob, SyncRun
from connectors.services import runs


def start_first_runs(integration: Integration) -> list[SyncRun]:
    """Start each job that is on and has never run, in the recipe's order, instead of waiting for its slot."""
    jobs = {
        job.flow_code: job
        for job in SyncJob.objects.filter(
            integration=integration, is_on=True, paused_reason="", runs=None
        ).select_related("integration", "tenant")
    }
    return [runs.start(jobs[flow.code]) for flow in integration.recipe.flows if flow.code in jobs]
