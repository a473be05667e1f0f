"""The processes that `./dev run` keeps alive, and their end."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from mlconnector.local import supervisor
from mlconnector.local.children import Child, Children
from mlconnector.local.errors import LocalError
from mlconnector.local.supervisor import choose_port

_STUBBORN = "trap '' TERM; sleep 600 & echo $!; wait"


def shell(script: str) -> list[str]:
    return ["/bin/sh", "-c", script]


def wait_for_line(child: Child, pattern: str) -> str:
    """Follows the log like `tail -f`; ends with the child."""
    with subprocess.Popen(["tail", "-n", "+1", "-F", child.log], stdout=subprocess.PIPE, text=True) as tail:
        assert tail.stdout is not None
        found = next(line for line in tail.stdout if re.search(pattern, line))
        tail.kill()
    return found


@pytest.fixture
def children(home: Path) -> Children:
    return Children(home / "logs", dict(os.environ))


def test_a_fallen_process_is_started_again(children: Children) -> None:
    child = children.start("web", shell("echo here; exec sleep 600"))
    first = child.process
    assert first is not None
    first.kill()
    first.wait()

    assert children.revive() == ["web"]
    assert child.process is not None
    assert child.process.pid != first.pid
    assert children.revive() == []
    children.stop(patience=5)


def test_a_process_that_keeps_falling_is_given_up_with_its_last_words(children: Children) -> None:
    child = children.start("worker", shell("echo cannot reach the moon; exit 3"))

    def fall() -> None:
        assert child.process is not None
        child.process.wait()
        children.revive()

    for _ in range(5):
        fall()
    with pytest.raises(LocalError, match="The worker process stopped: cannot reach the moon"):
        fall()
    children.stop()


def test_a_process_with_state_is_not_started_again(children: Children) -> None:
    child = children.start("sandboxes", shell("exit 0"), revive=False)
    assert child.process is not None
    child.process.wait()

    with pytest.raises(LocalError, match="The sandboxes process stopped"):
        children.revive()


def test_stopping_reaches_processes_that_will_not_and_their_children(
    children: Children, ended: Callable[[int], bool]
) -> None:
    child = children.start("web", shell(_STUBBORN))
    grandchild = int(wait_for_line(child, r"^\d+$"))

    children.stop(patience=0)

    assert ended(grandchild)
    assert child.fell()


_PARENT = """
import os, signal, sys
from pathlib import Path
from mlconnector.local import supervisor
from mlconnector.local.children import Children
child = Children(Path(sys.argv[1]), os.environ).start("web", ["/bin/sleep", "600"])
print(child.process.pid, flush=True)
signal.pause()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent was killed")
def test_killing_us_ends_them(home: Path, ended: Callable[[int], bool]) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, home], cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.communicate()

    assert ended(child)


@pytest.mark.parametrize("wanted", ["0", "65536", "http", "-1", "1e3"])
def test_a_port_that_is_none_is_refused(wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLC_PORT", wanted)

    with pytest.raises(LocalError, match="MLC_PORT must be a number"):
        choose_port()


def test_a_port_that_was_asked_for_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("MLC_PORT", str(port))

        with pytest.raises(LocalError, match=f"Port {port} .* another program has it"):
            choose_port()


def test_another_port_is_chosen_when_the_usual_one_is_taken_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MLC_PORT", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        usual = taken.getsockname()[1]
        monkeypatch.setattr(supervisor, "USUAL_PORT", usual)

        port = choose_port()

    assert port != usual
    assert f"Port {usual} is taken by another program, so this uses {port}." in capsys.readouterr().err
