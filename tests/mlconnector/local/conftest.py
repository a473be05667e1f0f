"""A short folder that server processes can enter, which pytest's own temporary folders are not."""

import os
import select
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlconnector.local.places import folders, place
from mlconnector.local.postgres import Postgres


@pytest.fixture
def home() -> Iterator[Path]:
    yield from _folder()


@pytest.fixture(scope="module")
def used_home() -> Iterator[Path]:
    """A home whose servers have run before; one for all tests of a module, for making one takes time."""
    for path in _folder():
        with Postgres(place(path), durable=False):
            pass
        yield path


def _folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="mlc-"))
    path.chmod(0o755)
    yield path
    here = folders(path)
    for folder in {path, here.data, here.sockets.parent}:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def no_servers_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def ended() -> Callable[[int], bool]:
    """Waits for a process that is not our child to be gone."""

    def wait(pid: int) -> bool:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return True
        try:
            return bool(select.select([descriptor], [], [], 30)[0])
        finally:
            os.close(descriptor)

    return wait
