"""The embedded servers: real ones, started and stopped, on folders that behave and folders that do not."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings

from mlconnector.local.binaries import PostgresPrograms
from mlconnector.local.errors import LocalError
from mlconnector.local.places import folders, place
from mlconnector.local.postgres import APP, OWNER, Postgres
from mlconnector.local.services import local_services
from mlconnector.local.valkey import Valkey

pytestmark = pytest.mark.usefixtures("no_servers_of_ones_own")


def count_up(env: dict[str, str]) -> tuple[int, int]:
    with psycopg.connect(env["DATABASE_OWNER_URL"]) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS visits (at timestamptz DEFAULT now())")
        owner.execute("INSERT INTO visits DEFAULT VALUES")
        row = owner.execute("SELECT count(*) FROM visits").fetchone()
    with redis.Redis.from_url(env["REDIS_URL"]) as broker:
        return (row[0] if row else 0), int(str(broker.incr("visits")))


def test_data_is_found_again(used_home: Path) -> None:
    with local_services(used_home) as env:
        tables, keys = count_up(env)
    with local_services(used_home) as env:
        assert count_up(env) == (tables + 1, keys + 1)


def test_nothing_listens_on_the_network(used_home: Path) -> None:
    with local_services(used_home, durable=False) as env:
        with psycopg.connect(env["DATABASE_URL"]) as app:
            assert app.execute("SHOW listen_addresses").fetchone() == ("",)
        with redis.Redis.from_url(env["REDIS_URL"]) as broker:
            assert broker.config_get("port") == {"port": "0"}


def test_the_broker_never_throws_messages_away(used_home: Path) -> None:
    with Valkey(place(used_home)) as server, redis.Redis.from_url(server.url()) as broker:
        found = broker.config_get("maxmemory-policy", "appendonly")

    assert found == {"maxmemory-policy": "noeviction", "appendonly": "yes"}


def test_servers_run_as_a_plain_user_in_folders_closed_to_others(used_home: Path) -> None:
    with Postgres(place(used_home), durable=False) as server:
        folder = used_home / "postgres"
        pid = int((folder / "postmaster.pid").read_text().split()[0])

        assert Path(f"/proc/{pid}").stat().st_uid != 0
        for closed in (folder, server.place.sockets):
            assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_the_applications_role_is_plain(used_home: Path) -> None:
    query = """
        SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole, rolcreatedb
          FROM pg_roles WHERE rolname = %s
    """
    with Postgres(place(used_home), durable=False) as server, psycopg.connect(server.url(APP)) as connection:
        assert connection.execute(query, [APP]).fetchone() == (APP, False, False)
        assert connection.execute(query, [OWNER]).fetchone() == (OWNER, False, True)


def test_text_follows_the_same_rules_everywhere(used_home: Path) -> None:
    with Postgres(place(used_home), durable=False) as server, psycopg.connect(server.url(APP)) as connection:
        assert connection.execute("SELECT lower('ÄÖŁ'), 'Z' < 'a'").fetchone() == ("äöł", True)


def test_a_second_server_on_the_same_folder_is_refused(
    used_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlconnector.local.postgres.PATIENCE", 0)
    monkeypatch.setattr("mlconnector.local.valkey.PATIENCE", 0)
    with local_services(used_home, durable=False):
        with pytest.raises(LocalError, match="in use by another program"), Postgres(place(used_home)):
            pass
        with pytest.raises(LocalError, match="in use by another program"), Valkey(place(used_home)):
            pass


def test_who_joins_uses_the_running_servers_and_leaves_them_running(used_home: Path) -> None:
    with local_services(used_home, durable=False) as env:
        with local_services(used_home, join=True) as joined:
            tables, keys = count_up(joined)
        assert count_up(env) == (tables + 1, keys + 1)


def test_servers_of_ones_own_are_used_instead(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@db.example/shop")
    monkeypatch.setenv("REDIS_URL", "redis://cache.example/0")

    with local_services(home) as env:
        assert (env["DATABASE_URL"], env["REDIS_URL"]) == (
            os.environ["DATABASE_URL"],
            os.environ["REDIS_URL"],
        )
    assert not (home / "postgres").exists()


_PARENT = """
import sys, signal
from pathlib import Path
from mlconnector.local.services import local_services
with local_services(Path(sys.argv[1])) as env:
    print(Path(sys.argv[1], "postgres", "postmaster.pid").read_text().split()[0])
    import redis
    print(redis.Redis.from_url(env["REDIS_URL"]).info()["process_id"], flush=True)
    signal.pause()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent was killed")
def test_killing_the_parent_ends_the_servers_and_the_next_start_works(
    used_home: Path, ended: Callable[[int], bool]
) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, used_home], cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    servers = [int(parent.stdout.readline()), int(parent.stdout.readline())]
    parent.send_signal(signal.SIGKILL)
    parent.communicate()

    assert [ended(pid) for pid in servers] == [True, True]
    with local_services(used_home) as env:
        count_up(env)


_BREAKS_HALF_WAY = """#!/bin/sh
while [ "$1" != --pgdata ]; do shift; done
mkdir "$2/base" && echo 18 >"$2/PG_VERSION" && echo "lights out" && exit 1
"""


def test_an_interrupted_first_start_is_begun_anew(home: Path) -> None:
    initdb = home / "programs" / "initdb"
    initdb.parent.mkdir()
    initdb.write_text(_BREAKS_HALF_WAY)
    initdb.chmod(0o755)
    breaking = PostgresPrograms(initdb.parent, 18)

    with pytest.raises(LocalError, match="could not create its files: lights out"):
        Postgres(place(home), programs=breaking).__enter__()

    with Postgres(place(home), durable=False) as server:
        psycopg.connect(server.url(APP)).close()


def test_a_stale_note_about_a_living_process_does_not_block_the_start(used_home: Path) -> None:
    with Postgres(place(used_home), durable=False):
        note = (used_home / "postgres" / "postmaster.pid").read_text()
    with Valkey(place(used_home)) as other, redis.Redis.from_url(other.url()) as broker:
        reused = str(broker.info()["process_id"])
        (used_home / "postgres" / "postmaster.pid").write_text(note.replace(note.split()[0], reused, 1))

        with Postgres(place(used_home), durable=False) as server:
            psycopg.connect(server.url(APP)).close()


def test_files_of_another_postgresql_are_named_not_touched(home: Path) -> None:
    folder = place(home).server_folder("postgres")
    (folder / "PG_VERSION").write_text("12\n")

    with pytest.raises(LocalError, match="made by PostgreSQL 12, and this is 18"), Postgres(place(home)):
        pass
    assert (folder / "PG_VERSION").read_text() == "12\n"


def test_a_server_that_cannot_start_says_why(used_home: Path) -> None:
    options = used_home / "postgres" / "postgresql.auto.conf"
    before = options.read_text()
    options.write_text("shared_buffers = 'none'\n")

    with (
        pytest.raises(LocalError, match=r"PostgreSQL did not start: .*contains errors"),
        Postgres(place(used_home)),
    ):
        pass
    options.write_text(before)


def test_a_very_long_path_gets_short_sockets_and_keeps_its_data(home: Path) -> None:
    long = home / ("long" * 20) / ("name" * 20)
    try:
        with local_services(long, durable=False) as env:
            assert count_up(env) == (1, 1)
        assert (long / "postgres").is_dir()
    finally:
        folders(long).sockets.rmdir()
        folders(long).sockets.parent.rmdir()
