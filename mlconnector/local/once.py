"""Commands that run something and end: the demo, the benchmarks, `manage.py`, tests on other servers."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mlconnector.local import postgres, valkey
from mlconnector.local.binaries import installed_postgres, installed_redis
from mlconnector.local.children import manage, module
from mlconnector.local.errors import LocalError
from mlconnector.local.places import place
from mlconnector.local.process import bind_to_parent
from mlconnector.local.services import CHECKOUT, local_services
from mlconnector.local.supervisor import must, say


def demo(arguments: Sequence[str]) -> int:
    """Fresh servers, fresh sandboxes, every recipe once; nothing of it stays."""
    with _throwaway_home() as home, local_services(home, durable=False) as environment:
        must(manage("migrate", "--verbosity", "0"), environment)
        return foreground(manage("demo", *arguments), environment)


def bench(arguments: Sequence[str]) -> int:
    """Like the demo, but with servers that write to disk as in production."""
    with _throwaway_home() as home, local_services(home) as environment:
        must(manage("migrate", "--verbosity", "0"), environment)
        return foreground(module("benchmarks", *arguments), environment)


def django(home: Path, arguments: Sequence[str]) -> int:
    """Django's command line beside a running `./dev run`, or with servers of its own."""
    with local_services(home, join=True) as environment:
        return foreground(manage(*arguments), environment)


def tests_on_installed_servers(arguments: Sequence[str]) -> int:
    """The same tests on the PostgreSQL and Redis of the system's packages, in throwaway clusters."""
    _install(_missing_packages())
    programs, redis = installed_postgres(), installed_redis()
    if programs is None or redis is None:
        missing = " ".join(_missing_packages())
        say(f"Skipped: there are no servers here to test against (as root: apt-get install {missing}).")
        return 0
    with _throwaway_home() as home, ExitStack() as running:
        here = place(home)
        database = running.enter_context(postgres.Postgres(here, durable=False, programs=programs))
        broker = running.enter_context(valkey.Valkey(here, durable=False, program=redis))
        say(f"Testing on PostgreSQL {programs.major} and {redis.name}.")
        urls = {
            "DATABASE_URL": database.url(postgres.APP),
            "DATABASE_OWNER_URL": database.url(postgres.OWNER),
            "REDIS_URL": broker.url(),
        }
        return foreground(module("pytest", *arguments), {**os.environ, **urls})


def _missing_packages() -> list[str]:
    found = {"postgresql": installed_postgres(), "redis-server": installed_redis()}
    return [package for package, program in found.items() if program is None]


def _install(packages: Sequence[str]) -> None:
    if not packages or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    say(f"Installing {' and '.join(packages)} with apt-get ...")
    # In run level 1 the packages do not start servers of their own.
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (
        ["apt-get", "update"],
        ["apt-get", "install", "--yes", "--no-install-recommends", *packages],
    ):
        if subprocess.run(command, env=quiet, capture_output=True, check=False).returncode:
            raise LocalError(f"{' '.join(command)} failed.")


def foreground(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run with our terminal. Ctrl-C reaches it directly; we wait until it is done with that."""
    child = subprocess.Popen(
        command, env=environment, cwd=CHECKOUT, preexec_fn=bind_to_parent(signal.SIGTERM)
    )
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return child.wait()
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()
        signal.signal(signal.SIGINT, before)


@contextmanager
def _throwaway_home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="mlc-"))
    home.chmod(0o755)  # the servers' user passes through; their own folders are closed
    try:
        yield home
    finally:
        here = place(home)
        for folder in {home, here.data, here.sockets.parent}:
            shutil.rmtree(folder, ignore_errors=True)
