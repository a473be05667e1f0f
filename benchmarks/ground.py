"""Where a round is played: sandboxes in a process of their own, workers as in production, a fresh tenant."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from benchmarks import trail
from connectors.engine import sweeper
from connectors.management.demo import scene
from connectors.models import Connection, Integration, SyncJob, SyncRun
from connectors.services import connections, integrations, runs
from mlconnector.local.process import bind_to_parent
from tenants.ids import uuid7
from tenants.models import Tenant
from tenants.scope import across_tenants, tenant_scope

ROOT = Path(__file__).resolve().parent.parent
WORKER = (
    *("-m", "celery", "--app", "mlconnector", "worker", "--concurrency", "2", "--loglevel", "WARNING"),
    *("--queues", "webhooks,interactive,polls,backfills", "--without-gossip", "--without-mingle"),
)
SWEPT_EVERY = 60.0
CHANGES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it was made, to be made again."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Vendor:
    """A sandbox in another process: its address, what it takes to log in, its control."""

    name: str
    access: dict[str, str]

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.access["url"]

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

    def mutate(self, action: str, **arguments: Any) -> Any:
        """Somebody at the vendor does something; what came of it."""
        return self.tell("mutate", action=action, **arguments)["result"]

    def last(self) -> int:
        """The number of the latest call it got."""
        number: int = self.ask("health")["last"]
        return number

    def calls(self, since: int) -> list[Call]:
        """What was asked of it after that number, log-ins left out."""
        found = self.ask(f"journal?since={since}&limit=10000000")["calls"]
        return [
            Call(one["method"], one["path"], one["query"], one["headers"], (one["body"] or "").encode())
            for one in found
            if "/token" not in one["path"]
        ]

    def written(self) -> dict[str, dict[str, int]]:
        """How records were written, by kind."""
        summary: dict[str, dict[str, int]] = self.ask("journal/writes")["summary"]
        return summary


@dataclass(frozen=True, slots=True)
class Measured:
    """A run that has ended: how long it took, what of that was the trail, what was asked of the vendors.

    `picked_up`: how often nobody worked on it any more until the sweeper came by.
    """

    run: SyncRun
    seconds: float
    picked_up: int
    trail: dict[str, float]
    reads: list[Call]
    calls: list[Call]

    @property
    def share_of_trail(self) -> float:
        """Of the run's time. Reading and writing may go on at once, each with its trail."""
        return sum(self.trail.values()) / self.seconds

    @property
    def writes(self) -> list[Call]:
        """What was sent to change something at Mailchimp."""
        return [one for one in self.calls if one.method in CHANGES]

    @property
    def changed(self) -> int:
        """Source records that were written."""
        return self.run.created + self.run.updated


@dataclass(slots=True)
class Ground:
    """Both vendors and the worker's process."""

    source: Vendor
    mailchimp: Vendor
    worker: subprocess.Popen[bytes]
    folder: Path

    def peak_megabytes(self) -> float:
        """The largest resident size any of the worker's processes has had."""
        pids = [self.worker.pid, *_children(self.worker.pid)]
        return max((_peak(pid) for pid in pids), default=0.0)

    @contextmanager
    def tenant(self) -> Iterator[Tenant]:
        """A tenant that has never run anything."""
        with fresh_tenant() as tenant:
            yield tenant

    def join(self, recipe: str, options: Mapping[str, Any], settings: Mapping[str, Any]) -> Integration:
        """Connect both sandboxes by a recipe and turn it on."""
        source = connect(self.source, settings)
        destination = connect(self.mailchimp, {"requests_per_minute": 1_000_000, "concurrent": 8})
        for connection in (source, destination):
            checks = connections.ping(connection)
            assert connection.state == Connection.State.OK, checks
        chosen = {"audience_id": self.mailchimp.access["audience"], **options}
        made = integrations.create_integration(recipe, source, destination, options=chosen)
        return integrations.turn_on(made)

    def measure(self, integration: Integration, flow: str) -> Measured:
        """Run one job of an integration on the workers until it has ended."""
        job = integration.jobs.select_related("integration").get(flow_code=flow)
        before = self.source.last(), self.mailchimp.last(), trail.spent(self.folder)
        run, seconds, picked_up = run_to_end(job)
        assert run.adds_up, run.note
        after = trail.spent(self.folder)
        spent = {name: after[name] - before[2][name] for name in after}
        return Measured(
            run, seconds, picked_up, spent, self.source.calls(before[0]), self.mailchimp.calls(before[1])
        )


@contextmanager
def fresh_tenant() -> Iterator[Tenant]:
    """A tenant that has never run anything, in scope."""
    with across_tenants("a benchmark makes a tenant"):
        tenant = Tenant.objects.create(name="Bench", slug=f"bench-{uuid7().hex}")
    with tenant_scope(tenant):
        yield tenant


def connect(vendor: Vendor, settings: Mapping[str, Any]) -> Connection:
    """A connection to a sandbox, as the demonstration makes it, with some settings of our own."""
    usual, credentials = scene.SYSTEMS[vendor.name](vendor.access)
    return connections.create_connection(vendor.name, vendor.name, {**usual, **settings}, credentials)


def run_to_end(job: SyncJob, *, patience: float = 3600) -> tuple[SyncRun, float, int]:
    """Run a job on the workers; returns the ended run, its seconds, and how often it had to be picked up.

    The sweeper comes by every minute, as in production; what beat schedules is left out.
    """
    began = swept = time.perf_counter()
    picked_up = 0
    run = runs.start(job)
    while run.is_open:
        now = time.perf_counter()
        if now - began > patience:
            raise TimeoutError(f"{run} has not ended: {run.waiting_text or run.state}")
        if now - swept > SWEPT_EVERY:
            picked_up, swept = picked_up + bool(sweeper.sweep()), now
        time.sleep(0.02)
        run = SyncRun.objects.get(pk=run.pk)
    return run, time.perf_counter() - began, picked_up


@contextmanager
def ground(source: str, customers: int, orders: int) -> Iterator[Ground]:
    """An ERP, Mailchimp and a worker, running."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ports = folder / "ports.json"
        sizes = ("--customers", str(customers), "--orders", str(orders))
        sandboxes = start(
            stack,
            folder,
            ("manage.py", "sandbox", "--port-file", str(ports), "--only", f"{source},mailchimp", *sizes),
        )
        worker = start(stack, folder, WORKER, **{trail.FOLDER: str(folder / "trail")})
        (folder / "trail").mkdir()
        wait_for(ports, sandboxes, folder)
        access = json.loads(ports.read_text(encoding="utf-8"))["sandboxes"]
        vendors = {name: Vendor(name, access[name]) for name in (source, "mailchimp")}
        for vendor in vendors.values():
            vendor.tell("journal", keep_bodies=True)
        yield Ground(vendors[source], vendors["mailchimp"], worker, folder / "trail")


def start(
    stack: ExitStack, folder: Path, arguments: tuple[str, ...], **environment: str
) -> subprocess.Popen[bytes]:
    """A program of ours in a process that ends with the stack."""
    log = stack.enter_context((folder / "log").open("ab"))
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        preexec_fn=bind_to_parent(signal.SIGTERM),
        env={**os.environ, "MLC_LOG_LEVEL": "WARNING", **environment},
        stdout=log,
        stderr=log,
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return process


def wait_for(file: Path, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Until the process has written a file, or has fallen."""
    while not file.exists():
        if process.poll() is not None:
            raise RuntimeError((folder / "log").read_text(encoding="utf-8")[-2000:])
        time.sleep(0.05)


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
