"""Starting server processes so that none outlives us, none runs as root, and no two share a folder."""

import ctypes
import fcntl
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mlconnector.local.errors import LocalError

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int


def server_account() -> Account | None:
    """PostgreSQL refuses to run as root, so root's servers run as nobody; all others run as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise LocalError(
            "Running as root needs the system user nobody for PostgreSQL, and there is none."
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def bind_to_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    """For Popen's preexec_fn: the kernel signals the child when the thread that started it ends somehow."""
    if _libc is None:
        return None
    prctl, parent = _libc.prctl, os.getpid()

    def bind() -> None:
        prctl(_PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return bind


def start(
    command: Sequence[str | Path],
    *,
    log: IO[bytes] | int,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    keep: Sequence[int] = (),
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """A child in its own process group: Ctrl-C reaches us alone, and we stop the children in order."""
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=environment,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        pass_fds=keep,
        process_group=0,
        preexec_fn=bind_to_parent(death_signal),
    )


def stop(
    process: subprocess.Popen[Any], first: signal.Signals = signal.SIGTERM, patience: float = 15
) -> None:
    """Ask, wait, then kill the whole group."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.send_signal(first)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    with suppress(ProcessLookupError, PermissionError):  # what the process itself left behind
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Lock:
    """An exclusive lock on a file. Servers inherit it, so it is held until the last of them is gone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def acquire(self, patience: float = 0) -> bool:
        path, deadline = self.path, time.monotonic() + patience
        file = path.open("ab")
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    file.close()
                    return False
                time.sleep(0.05)
            else:
                self._file = file
                return True

    @property
    def descriptor(self) -> int:
        if self._file is None:
            raise RuntimeError("The lock is not held.")
        return self._file.fileno()

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def append_log(path: Path, limit: int = 10 * 1024 * 1024) -> IO[bytes]:
    """A log file to append to; one old generation is kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > limit:
        path.replace(path.with_suffix(".old.log"))
    return path.open("ab")


def last_line(path: Path) -> str:
    """What a server said before it gave up."""
    lines = path.read_bytes().decode("utf-8", "replace").splitlines() if path.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
