"""`manage.py demo`: every recipe once against fresh sandboxes, judged by what they hold at the end."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from connectors.engine.advance import advance
from connectors.engine.sweeper import to_deliver, to_observe
from connectors.management.demo import check, scene, show
from connectors.models import Lane, SyncJob, SyncRun
from connectors.services import runs
from tenants.scope import tenant_scope

PATIENCE_SECONDS = 600


class Command(BaseCommand):
    """Sandboxes and engine in one process: no worker, no web server, nothing stays."""

    help = "Run every recipe once against fresh sandboxes and check what arrived there."

    def add_arguments(self, parser: CommandParser) -> None:
        """How much, and how it is shown."""
        parser.add_argument("--json", action="store_true", help="print one JSON document")
        parser.add_argument("--customers", type=int, default=500)
        parser.add_argument("--orders", type=int, default=200)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, show, judge."""
        from sandboxes.kit import serve  # noqa: PLC0415  an installation without sandboxes still starts
        from sandboxes.serve import Scale, build_worlds  # noqa: PLC0415

        settings.NUDGES_OFF = True  # the work is done right here
        worlds = build_worlds(Scale(options["customers"], options["orders"]))
        servers = {name: serve(world.sandbox) for name, world in worlds.items()}
        try:
            vendors = {name: world.shown(servers[name].url) for name, world in worlds.items()}
            standing = scene.set_up(vendors, people=False)
            with tenant_scope(standing.tenant):
                ended = [self._run(job, quiet=options["json"]) for job in scene.jobs_of(standing)]
            problems = check.wrong(vendors) + [
                f"{run}: {run.note or 'it does not add up'}" for run in ended if _is_bad(run)
            ]
        finally:
            for server in servers.values():
                server.close()
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not problems, "jobs": [show.row_of(run) for run in ended]}))
        else:
            self.stdout.write("\n" + show.table(ended))
            agreed = (
                "The sandboxes hold exactly what they must."
                if not problems
                else "The sandboxes do not hold what they must:"
            )
            self.stdout.write("\n".join(["", agreed, *problems]))
        if problems:
            raise SystemExit(1)

    def _run(self, job: SyncJob, *, quiet: bool) -> SyncRun:
        run = runs.start(job)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while run.is_open:
            if time.monotonic() > deadline:
                raise CommandError(
                    f"{job} has not ended within {PATIENCE_SECONDS} seconds: "
                    f"{run.waiting_text or run.get_state_display()}"
                )
            if not _work_once():
                time.sleep(0.1)
            run = SyncRun.objects.select_related("job__integration").get(pk=run.pk)
            if not quiet and sys.stdout.isatty():
                self.stdout.write(f"\r\x1b[K{show.moving(run)}", ending="")
                self.stdout.flush()
        if not quiet and sys.stdout.isatty():
            self.stdout.write("\r\x1b[K", ending="")
        return run


def _work_once() -> bool:
    """A slice of every lane that has work; whether there was any."""
    now, worked = timezone.now(), False
    for kind, jobs in ((Lane.Kind.OBSERVE, to_observe()), (Lane.Kind.DELIVER, to_deliver(now))):
        for job in jobs.select_related("integration__source", "integration__destination", "tenant"):
            if not Lane.objects.filter(job=job, kind=kind, wake_at__gt=now).exists():
                advance(job, kind)
                worked = True
    return worked


def _is_bad(run: SyncRun) -> bool:
    return run.verdict not in {SyncRun.Verdict.OK, SyncRun.Verdict.PARTIAL} or not run.adds_up
