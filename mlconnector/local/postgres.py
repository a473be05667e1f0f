"""The embedded PostgreSQL: created on first use, reached through a unix socket, stopped with us."""

import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from mlconnector.local import process
from mlconnector.local.binaries import PostgresPrograms, embedded_postgres
from mlconnector.local.errors import LocalError
from mlconnector.local.places import Place

SUPERUSER, OWNER, APP = "postgres", "mlc_owner", "mlc_app"
DATABASE = "ml_connector"
PATIENCE = 10.0  # seconds for a server of before, whose parent was killed, to finish
_STOP_NOW = signal.SIGINT  # PostgreSQL's "fast" shutdown: ends sessions and writes everything down


class Postgres:
    """`with Postgres(place):` runs the server. Tests turn `durable` off: faster, lost on a power cut."""

    def __init__(
        self, place: Place, *, durable: bool = True, programs: PostgresPrograms | None = None
    ) -> None:
        self.place = place
        self.programs = programs
        self.durable = durable
        self.log = place.home / "logs" / "postgres.log"
        self._folder = place.data / "postgres"
        self._lock = process.Lock(place.home / "postgres.lock")
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, role: str, database: str = DATABASE) -> str:
        return server_url(self.place, role, database)

    def is_running(self) -> bool:
        """Whether some program, perhaps another one, runs this server now."""
        if not self._lock.acquire():
            return True
        self._lock.release()
        return False

    def __enter__(self) -> Self:
        if not self._lock.acquire(PATIENCE):
            raise LocalError(f"The database in {self._folder} is in use by another program.")
        try:
            programs = self.programs or embedded_postgres(self.place)
            self._create_files(programs)
            self._start(programs)
            self._create_roles()
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
            process.stop(self._process, _STOP_NOW, patience=30)
            self._process = None
        self._lock.release()

    def _create_files(self, programs: PostgresPrograms) -> None:
        version = self._folder / "PG_VERSION"
        if self._folder.exists():
            found = version.read_text(encoding="ascii").strip() if version.exists() else "an unknown version"
            if found != str(programs.major):
                raise LocalError(
                    f"{self._folder} was made by PostgreSQL {found}, and this is {programs.major};"
                    " move it away to start anew."
                )
            return
        # Made beside and renamed when complete, so that an interrupted first start leaves nothing half done.
        draft = self.place.server_folder("postgres.new")
        for leftover in draft.iterdir():
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        # The same text rules on every machine; from 17 on they come with the server.
        rules = "C --locale-provider builtin --builtin-locale C.UTF-8" if programs.major >= 17 else "C.UTF-8"
        # An empty database that a power cut takes in its first seconds is no loss: no sync.
        options = f"--username {SUPERUSER} --auth trust --encoding UTF8 --no-sync --locale {rules}"
        command: list[str | Path] = [programs.folder / "initdb", "--pgdata", draft, *options.split()]
        with process.append_log(self.log) as log:
            status = process.start(command, log=log, account=self.place.account, folder=draft).wait()
        if status:
            raise LocalError(self._explained("PostgreSQL could not create its files"))
        draft.rename(self._folder)

    def _start(self, programs: PostgresPrograms) -> None:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.place.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "shared_buffers": "128MB",
            "max_wal_size": "2GB",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # Statements can carry personal data; the log is for the server's own troubles.
            "log_min_error_statement": "panic",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        # We hold the lock that every process of a server holds, so what a killed one left behind is stale.
        (self._folder / "postmaster.pid").unlink(missing_ok=True)
        command: list[str | Path] = [programs.folder / "postgres", "-D", self._folder]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with process.append_log(self.log) as log:
            self._process = process.start(
                command,
                log=log,
                account=self.place.account,
                death_signal=_STOP_NOW,
                keep=[self._lock.descriptor],
                folder=self._folder,
            )
        self._wait_until_ready(self._process)

    def _wait_until_ready(self, server: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if server.poll() is not None:
                raise LocalError(self._explained("PostgreSQL did not start"))
            try:
                psycopg.connect(self.url(SUPERUSER, "postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        raise LocalError(self._explained("PostgreSQL did not answer within a minute"))

    def _create_roles(self) -> None:
        """The owner makes tables; the other role only uses them, so row-level security binds it."""
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
            for name, rights in ((OWNER, "LOGIN CREATEDB"), (APP, "LOGIN")):
                if name not in roles:
                    connection.execute(sql.SQL(f"CREATE ROLE {{}} {rights}").format(sql.Identifier(name)))
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not known:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(OWNER)
                    )
                )

    def _explained(self, what: str) -> str:
        said = process.last_line(self.log)
        if "No space left" in self.log.read_text(encoding="utf-8", errors="replace")[-4000:]:
            return f"{what}: the disk that holds {self.place.data} is full."
        return f"{what}: {said} (more in {self.log})"


def server_url(place: Place, role: str, database: str = DATABASE) -> str:
    """Known before the server runs, and by whoever only wants to join it."""
    return f"postgresql://{role}@/{database}?host={quote(str(place.sockets), safe='')}"
