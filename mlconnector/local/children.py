"""The product's own processes here: started, watched, started again when they fall, stopped together."""

import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlconnector.local import process
from mlconnector.local.errors import LocalError
from mlconnector.local.services import CHECKOUT

_FALLS, _WITHIN = (
    5,
    60.0,
)  # so many falls within so many seconds: something is wrong that starting again does not cure


def module(line: str, *arguments: str | Path) -> list[str]:
    """`python -m` with our own interpreter; the line is split at its blanks, the arguments are not."""
    return [sys.executable, "-m", *line.split(), *map(str, arguments)]


def manage(*arguments: str | Path) -> list[str]:
    return [sys.executable, str(CHECKOUT / "manage.py"), *map(str, arguments)]


@dataclass
class Child:
    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    revive: bool = True
    process: subprocess.Popen[bytes] | None = None
    falls: deque[float] = field(default_factory=lambda: deque(maxlen=_FALLS))

    def start(self) -> None:
        with process.append_log(self.log) as log:
            # With us the servers die too, and a worker that ends in good order would wait for them for ever.
            self.process = process.start(
                self.command,
                log=log,
                environment=self.environment,
                folder=CHECKOUT,
                death_signal=signal.SIGKILL,
            )

    def fell(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def start_again(self) -> None:
        now = time.monotonic()
        if not self.revive or (len(self.falls) == _FALLS and now - self.falls[0] < _WITHIN):
            raise LocalError(
                f"The {self.name} process stopped: {process.last_line(self.log)} (more in {self.log})."
                " Stopping the rest."
            )
        self.falls.append(now)
        self.kill()
        self.start()

    def ask_to_end(self) -> None:
        if self.process is not None:
            self.process.terminate()

    def kill(self) -> None:
        """The whole group, so that a fallen parent leaves no workers behind."""
        if self.process is not None:
            process.stop(self.process, signal.SIGKILL, patience=5)


class Children:
    """`with Children(...) as children:`; leaving the block stops every one."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self.logs = logs
        self.environment = dict(environment)
        self._all: list[Child] = []

    def start(self, name: str, command: Sequence[str], *, revive: bool = True, **variables: str) -> Child:
        child = Child(name, command, self.logs / f"{name}.log", {**self.environment, **variables}, revive)
        child.start()
        self._all.append(child)
        return child

    def named(self, name: str) -> Child:
        return next(child for child in self._all if child.name == name)

    def revive(self) -> list[str]:
        """Start again what fell; returns the names."""
        fallen = [child for child in self._all if child.fell()]
        for child in fallen:
            child.start_again()
        return [child.name for child in fallen]

    def stop(self, patience: float = 15) -> None:
        """All are asked at once and given the same time; then their groups are killed."""
        for child in self._all:
            child.ask_to_end()
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and not all(child.fell() for child in self._all):
            time.sleep(0.05)
        for child in self._all:
            child.kill()
        self._all.clear()
