"""Real workers on a scene: several at once, one of them killed at a moment that is chosen."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event

import redis
from celery import current_app
from django.utils import timezone

from connectors.models import Lane, RecordLink, SyncJob, SyncRun
from sandboxes.kit import Request
from sandboxes.kit.sandbox import Sandbox
from tests.workers import until, worker

PATIENCE = 60.0


@contextmanager
def workers(folder: Path, count: int = 4) -> Iterator[None]:
    """So many workers of two processes each."""
    with ExitStack() as standing:
        for number in range(count):
            standing.enter_context(worker(folder / f"worker-{number}.log"))
        yield


@dataclass
class Stop:
    """Holds a call back at the vendor, whose sandbox stands still meanwhile, until `go` is set."""

    takes: Callable[[Request], bool]
    request: Request | None = None
    reached: Event = field(default_factory=Event)
    go: Event = field(default_factory=Event)

    def __call__(self, request: Request) -> bool:
        """Never a fault: only the moment."""
        if not self.reached.is_set() and self.takes(request):
            self.request = request
            self.reached.set()
            self.go.wait(PATIENCE)
        return False


def stop_at(sandbox: Sandbox, takes: Callable[[Request], bool]) -> Stop:
    """Stop at the first call that `takes` takes."""
    stop = Stop(takes)
    sandbox.faults.add(stop, "status", times=None)
    return stop


def kill_holder(job: SyncJob, kind: Lane.Kind) -> int:
    """kill -9 of the process that works on this side of a job; its number."""
    holder = Lane.objects.get(job=job, kind=kind).holder
    pid = int(holder.split("/")[2])
    os.kill(pid, signal.SIGKILL)
    until(lambda: not _lives(pid), "the killed process is gone")
    return pid


def pass_flight(broker: redis.Redis) -> None:
    """The places in flight of calls whose caller is dead run out: minutes, which nobody waits for here."""
    for key in broker.scan_iter("budget:*:flight"):
        broker.delete(key)


def until_ended(runs: list[SyncRun], *, hurried: bool = False) -> None:
    """Wait until these runs have ended by themselves; `hurried`: what waits for a later time need not."""
    ids = [run.pk for run in runs]

    def ended() -> bool:
        tick()
        if hurried:
            pass_settling()
        return not SyncRun.objects.filter(pk__in=ids).exclude(state=SyncRun.State.ENDED).exists()

    try:
        until(ended, f"{len(ids)} runs have ended", patience=PATIENCE)
    except AssertionError as late:
        standing = SyncRun.objects.filter(pk__in=ids).values("state", "read", "waiting_text", "waiting_until")
        held = Lane.objects.values("kind", "holder", "lease_until", "wake_at", "waits")
        raise AssertionError(f"{late}: {list(standing)}, {list(held)}") from late
    for run in runs:
        run.refresh_from_db()


def tick() -> None:
    """What beat does every minute, every second."""
    if time.monotonic() - _ticked[0] > 1:
        current_app.send_task("connectors.sweep", queue="interactive")
        _ticked[0] = time.monotonic()


def pass_settling() -> None:
    """What waits to be looked up is due now, as if hours had passed."""
    now = timezone.now()
    RecordLink.objects.filter(not_before__gt=now).update(not_before=now)
    RecordLink.objects.filter(state="unknown").update(sent_at=now - timedelta(hours=2))
    Lane.objects.filter(wake_at__gt=now).update(wake_at=now)


_ticked = [0.0]


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"
