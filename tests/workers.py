"""Real Celery worker processes on this test's database and broker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from django.db import connections

ROOT = Path(__file__).resolve().parent.parent
QUEUES = "webhooks,interactive,polls,backfills"


@contextmanager
def worker(log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker with two processes; killed, children and all, at the end."""
    command = [sys.executable, "-m", "celery", "--app", "mlconnector", "worker", "--loglevel", "INFO"]
    command += ["--concurrency", "2", "--queues", QUEUES, "--without-gossip", "--without-mingle"]
    product = {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **product, **environment},
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 of the worker and all its children."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(condition: Callable[[], bool], what: str, *, patience: float = 90) -> None:
    """Wait for something to come true."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience:.0f} s in vain until {what}")
        time.sleep(0.02)  # between two looks, not instead of one


def database_url() -> str:
    """The URL of the database these tests run on."""
    chosen = connections["default"].settings_dict
    options = {**chosen["OPTIONS"], "host": chosen["HOST"], "port": chosen["PORT"]}
    query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in options.items() if value)
    password = f":{quote(chosen['PASSWORD'], safe='')}" if chosen["PASSWORD"] else ""
    return f"postgresql://{quote(chosen['USER'], safe='')}{password}@/{chosen['NAME']}?{query}"
