"""Where a round is played: sandboxes in a process of their own, workers as in production, a fresh tenant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from connectors.engine.lanes import HOST
from connectors.models import Integration, SyncJob, SyncRun
from connectors.services import connections, integrations, runs
from tenants.ids import uuid7
from tenants.models import Tenant
from tenants.scope import across_tenants, tenant_scope

ROOT = Path(__file__).resolve().parent.parent
QUEUES = "webhooks,interactive,polls,backfills"


@dataclass(slots=True)
class Vendor:
    """A sandbox in another process: its address, what it takes to log in, its control."""

    url: str
    access: dict[str, str]

    def ask(self, path: str) -> Any:
        """A question to its control."""
        with urlopen(Request(f"{self.url}/_sandbox/{path}"), timeout=300) as answer:  # noqa: S310
            return json.load(answer)

    def tell(self, path: str, **body: Any) -> Any:
        """An order to its control."""
        request = Request(  # noqa: S310
            f"{self.url}/_sandbox/{path}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
            method="POST",
        )
        with urlopen(request, timeout=300) as answer:  # noqa: S310
            return json.load(answer)


@dataclass(slots=True)
class Ground:
    """Both vendors and the worker's process."""

    ifs: Vendor
    mailchimp: Vendor
    worker: subprocess.Popen[bytes]

    def peak_megabytes(self) -> float:
        """The largest resident size any of the worker's processes has had."""
        pids = [self.worker.pid, *_children(self.worker.pid)]
        return max((_peak(pid) for pid in pids), default=0.0)

    @contextmanager
    def tenant(self) -> Iterator[Tenant]:
        """A tenant that has never run anything."""
        with across_tenants("a benchmark makes a tenant"):
            tenant = Tenant.objects.create(name="Bench", slug=f"bench-{uuid7().hex}")
        with tenant_scope(tenant):
            yield tenant

    def join(self, recipe: str, options: dict[str, Any]) -> Integration:
        """Connect both sandboxes by a recipe and turn it on."""
        ifs, mailchimp = self.ifs.access, self.mailchimp.access
        source = connections.create_connection(
            "ifs_cloud",
            "IFS",
            {
                "base_url": self.ifs.url,
                "realm": ifs["realm"],
                "requests_per_minute": 100_000,
                "concurrent": 8,
            },
            {"client_id": ifs["client_id"], "client_secret": ifs["client_secret"]},
        )
        destination = connections.create_connection(
            "mailchimp",
            "Mailchimp",
            {"base_url": self.mailchimp.url, "requests_per_minute": 1_000_000, "concurrent": 8},
            {"api_key": mailchimp["api_key"]},
        )
        for connection in (source, destination):
            checks = connections.ping(connection)
            assert connection.state == "ok", checks
        made = integrations.create_integration(recipe, source, destination, options=options)
        return integrations.turn_on(made)


def run_to_end(job: SyncJob, *, patience: float = 1800) -> tuple[SyncRun, float]:
    """Run a job on the workers; returns the ended run and its seconds."""
    job = SyncJob.objects.select_related("integration").get(pk=job.pk)
    start = time.perf_counter()
    run = runs.start(job)
    while SyncRun.objects.get(pk=run.pk).is_open:
        if time.perf_counter() - start > patience:
            raise TimeoutError(f"{run} on {HOST} has not ended")
        time.sleep(0.05)
    return SyncRun.objects.get(pk=run.pk), time.perf_counter() - start


@contextmanager
def ground(customers: int, orders: int) -> Iterator[Ground]:
    """Sandboxes and a worker, running."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ports = folder / "ports.json"
        sizes = ["--customers", str(customers), "--orders", str(orders)]
        _start(stack, folder, ["manage.py", "sandbox", "--port-file", str(ports), *sizes])
        worker = _start(
            stack,
            folder,
            [
                "-m",
                "celery",
                "--app",
                "mlconnector",
                "worker",
                "--concurrency",
                "2",
                "--queues",
                QUEUES,
                "--loglevel",
                "WARNING",
            ],
        )
        while not ports.exists():
            time.sleep(0.05)
        vendors = {
            name: Vendor(access["url"], access)
            for name, access in json.loads(ports.read_text())["sandboxes"].items()
        }
        yield Ground(vendors["ifs_cloud"], vendors["mailchimp"], worker)


def _start(stack: ExitStack, folder: Path, arguments: list[str]) -> subprocess.Popen[bytes]:
    log = stack.enter_context((folder / "log").open("ab"))
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "MLC_LOG_LEVEL": "WARNING"},
        stdout=log,
        stderr=log,
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return process


def _children(pid: int) -> list[int]:
    try:
        return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _peak(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)
