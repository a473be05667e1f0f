"""`./dev run` as a person meets it: the whole product from an empty folder, nothing left after Ctrl-C."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

_NEEDS = {"demo_setup", "sandbox", "watch_runs"}

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("no_servers_of_ones_own"),
    pytest.mark.skipif(not get_commands().keys() >= _NEEDS, reason=f"needs the commands {sorted(_NEEDS)}"),
]


def environment(home: Path) -> dict[str, str]:
    """What a fresh terminal has: none of the variables that the test settings have set."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "MLC_HOME": str(home)}


def start(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mlconnector.local", "run"],
        cwd=settings.BASE_DIR,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def address_of(run: subprocess.Popen[str]) -> str:
    assert run.stdout is not None
    said = []
    for line in run.stdout:
        said.append(line)
        if found := re.match(r"Serving at (http://\S+);", line):
            return found[1]
    pytest.fail("".join(said))


def processes_under(pid: int) -> set[int]:
    """The children of a process, their children, and so on."""
    found = {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    return found.union(*(processes_under(child) for child in found))


def open_page(address: str) -> int:
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310
        return int(answer.status)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_product_runs_from_nothing_and_ends_without_a_trace(
    home: Path, ended: Callable[[int], bool]
) -> None:
    run = start(home)
    address = address_of(run)
    everything = processes_under(run.pid)

    assert open_page(f"{address}/healthz") == 200
    assert open_page(f"{address}/accounts/login/") == 200
    assert len(everything) > 8

    second = subprocess.run(
        [sys.executable, "-m", "mlconnector.local", "run"],
        cwd=settings.BASE_DIR,
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr == f"ml-connector is already running from this folder, at {address}.\n"

    run.send_signal(signal.SIGINT)
    last_words, _ = run.communicate()

    assert run.returncode == 0
    assert last_words.endswith("Stopping ...\nStopped.\n")
    assert all(ended(pid) for pid in everything)

    again = start(home)
    address_of(again)
    everything = processes_under(again.pid)
    again.kill()
    again.communicate()

    assert all(ended(pid) for pid in everything)
