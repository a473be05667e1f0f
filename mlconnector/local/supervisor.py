"""`./dev run`: the whole product on this machine, from nothing to a first sync, until Ctrl-C."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from mlconnector.local import process
from mlconnector.local.children import Child, Children, manage, module
from mlconnector.local.errors import LocalError
from mlconnector.local.services import CHECKOUT, local_services

USUAL_PORT = 8000
_QUEUES = "webhooks,interactive,polls,backfills"


class Stopped(BaseException):
    """Somebody pressed Ctrl-C or sent SIGTERM. Like KeyboardInterrupt it passes every `except Exception`."""


def say(text: str) -> None:
    with suppress(BrokenPipeError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def run(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    state = home / "run.json"
    lock = process.Lock(home / "run.lock")
    if not lock.acquire():
        raise LocalError(f"ml-connector is already running from this folder{_where(state)}.")
    try:
        with _until_stopped():
            _serve(home, state)
        say("Stopped.")
    finally:
        state.unlink(missing_ok=True)
        lock.release()


def _serve(home: Path, state: Path) -> None:
    port = choose_port()
    say("Starting the database and the queue ...")
    with local_services(home) as environment:
        address = f"http://127.0.0.1:{port}"
        environment["MLC_PUBLIC_URL"] = address
        environment["MLC_SANDBOX_FILE"] = str(home / "sandboxes.json")
        children = Children(home / "logs", environment)
        try:
            say("Bringing the tables up to date ...")
            must(manage("migrate", "--verbosity", "0"), environment)
            _start_sandboxes(children, home / "sandboxes.json")
            say("Setting up the demo tenant ...")
            log_ins = must(manage("demo_setup"), environment, capture=True)
            _start_product(children, port)
            _wait_for_web(children, port)
            state.write_text(json.dumps({"address": address, "pid": os.getpid()}), encoding="utf-8")
            say(f"\nml-connector runs at {address}\n{log_ins.rstrip()}\n")
            _watch_first_runs(children, environment)
            say(f"\nServing at {address}; the logs are in {home / 'logs'}. Ctrl-C stops everything.")
            _watch(children)
        finally:
            with _undisturbed():
                say("Stopping ...")
                children.stop()


# --- parts ---


def _start_sandboxes(children: Children, port_file: Path) -> None:
    port_file.unlink(missing_ok=True)
    # What they remember survives in a folder beside the database that knows what was sent to them.
    command = manage("sandbox", "--port-file", port_file, "--state", port_file.with_name("sandboxes"))
    sandboxes = children.start("sandboxes", command, revive=False)
    _wait("The sandboxes", sandboxes, port_file.exists)


def _start_product(children: Children, port: int) -> None:
    address = f"127.0.0.1:{port}"
    web = f"gunicorn mlconnector.wsgi --bind {address} --worker-class gthread --workers 2 --threads 4"
    worker = f"celery --app mlconnector worker --concurrency 2 --pool {_pool()} --queues {_QUEUES}"
    children.start("web", module(f"{web} --graceful-timeout 5 --no-control-socket"))
    children.start(
        "worker",
        module(f"{worker} --loglevel INFO --without-gossip --without-mingle"),
        REMAP_SIGTERM="SIGQUIT",  # at the end, put unfinished work back at once instead of waiting for it
    )
    children.start("beat", module("celery --app mlconnector beat --loglevel INFO --pidfile="))


def _pool() -> str:
    # Prefork needs semaphores in shared memory, which some containers do not offer.
    return "prefork" if sys.platform != "linux" or os.access("/dev/shm", os.W_OK) else "threads"  # noqa: S108


def _wait_for_web(children: Children, port: int) -> None:
    def answers() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    _wait("The web server", children.named("web"), answers)


def _watch_first_runs(children: Children, environment: Mapping[str, str]) -> None:
    watcher = subprocess.Popen(
        manage("watch_runs"),
        env=environment,
        cwd=CHECKOUT,
        process_group=0,
        preexec_fn=process.bind_to_parent(signal.SIGTERM),
    )
    try:
        while watcher.poll() is None:
            _revive(children)
            time.sleep(0.2)
    finally:
        process.stop(watcher, patience=3)


def _watch(children: Children) -> None:
    while True:
        _revive(children)
        time.sleep(0.5)


def _revive(children: Children) -> None:
    for name in children.revive():
        say(f"The {name} process fell and was started again.")


def _wait(what: str, child: Child, ready: Callable[[], bool], patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while not ready():
        if child.fell():
            raise LocalError(f"{what} did not start: {process.last_line(child.log)} (more in {child.log})")
        if time.monotonic() > deadline:
            raise LocalError(f"{what} did not answer within {patience:.0f} seconds (more in {child.log})")
        time.sleep(0.05)


def must(command: list[str], environment: Mapping[str, str], *, capture: bool = False) -> str:
    """Run to the end; what it printed is shown only when it fails, or returned."""
    finished = subprocess.Popen(
        command,
        env=environment,
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
        preexec_fn=process.bind_to_parent(signal.SIGTERM),
    )
    try:
        output, errors = finished.communicate()
    finally:
        process.stop(finished, patience=3)
    if finished.returncode:
        raise LocalError(
            f"{errors.strip() or output.strip()}\n{' '.join(command[1:])} failed; the reason is above."
        )
    return output if capture else ""


# --- ports and signals ---


def choose_port() -> int:
    """8000 or, when that is taken, any free one. A port that was asked for is not replaced by another."""
    wanted = os.environ.get("MLC_PORT")
    if wanted is not None:
        if not wanted.isdecimal() or not 0 < int(wanted) < 65536:
            raise LocalError(f"MLC_PORT must be a number from 1 to 65535, not {wanted!r}.")
        if not _is_free(int(wanted)):
            raise LocalError(
                f"Port {wanted} (MLC_PORT) cannot be used: another program has it, or it needs root."
            )
        return int(wanted)
    if _is_free(USUAL_PORT):
        return USUAL_PORT
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    say(f"Port {USUAL_PORT} is taken by another program, so this uses {port}.")
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def _until_stopped() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Stopped

    before = {
        number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        with suppress(Stopped):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C must not leave half of the processes behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    yield


def _where(state: Path) -> str:
    with suppress(OSError, ValueError):
        return f", at {json.loads(state.read_text(encoding='utf-8'))['address']}"
    return " and still starting"
