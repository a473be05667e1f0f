"""The embedded Valkey (or an installed Redis): broker and cache, behind a unix socket, stopped with us."""

import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

import redis

from mlconnector.local import process
from mlconnector.local.binaries import valkey_program
from mlconnector.local.errors import LocalError
from mlconnector.local.places import Place

PATIENCE = 10.0  # seconds for a server of before, whose parent was killed, to finish
_SOCKET = "valkey.sock"


class Valkey:
    """`with Valkey(place):` runs the server. What it holds is written down every second if `durable`."""

    def __init__(self, place: Place, *, durable: bool = True, program: Path | None = None) -> None:
        self.place = place
        self.program = program
        self.durable = durable
        self.log = place.home / "logs" / "valkey.log"
        self._lock = process.Lock(place.home / "valkey.lock")
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, index: int = 0) -> str:
        return server_url(self.place, index)

    def is_running(self) -> bool:
        """Whether some program, perhaps another one, runs this server now."""
        if not self._lock.acquire():
            return True
        self._lock.release()
        return False

    def __enter__(self) -> Self:
        if not self._lock.acquire(PATIENCE):
            raise LocalError(f"The queue in {self.place.data / 'valkey'} is in use by another program.")
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        if self._process is not None:
            process.stop(self._process)
            self._process = None
        self._lock.release()

    def _start(self) -> None:
        folder = self.place.server_folder("valkey")
        command = [
            self.program or valkey_program(self.place),
            *("--port", "0", "--unixsocket", self.place.sockets / _SOCKET, "--unixsocketperm", "700"),
            *("--dir", folder, "--save", "", "--appendonly", "yes" if self.durable else "no"),
            *("--maxmemory-policy", "noeviction", "--databases", "64", "--daemonize", "no"),
        ]
        with process.append_log(self.log) as log:
            self._process = process.start(
                command, log=log, account=self.place.account, keep=[self._lock.descriptor], folder=folder
            )
        self._wait_until_ready(self._process)

    def _wait_until_ready(self, server: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 60
        with redis.Redis.from_url(self.url(), socket_timeout=5) as client:
            while time.monotonic() < deadline:
                if server.poll() is not None:
                    raise LocalError(self._explained("Valkey did not start"))
                try:
                    client.ping()
                except redis.RedisError:  # the socket is not there yet, or the file is still being read
                    time.sleep(0.02)
                else:
                    return
        raise LocalError(self._explained("Valkey did not answer within a minute"))

    def _explained(self, what: str) -> str:
        said = process.last_line(self.log)
        if "No space left" in said:
            return f"{what}: the disk that holds {self.place.data} is full."
        return f"{what}: {said} (more in {self.log})"


def server_url(place: Place, index: int = 0) -> str:
    return f"unix://{place.sockets / _SOCKET}?db={index}"


def with_index(url: str, offset: int) -> str:
    """The address of another database of the same server, counted from the one named."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        index = int(parse_qs(parts.query).get("db", ["0"])[-1])
        return f"unix://{parts.path}?db={index + offset}"
    return parts._replace(path=f"/{int(parts.path.strip('/') or 0) + offset}").geturl()
