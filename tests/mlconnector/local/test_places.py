"""Where local state may live."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlconnector.local import places
from mlconnector.local.errors import LocalError
from mlconnector.local.keys import load_or_create
from mlconnector.local.places import Place, enterable, folders, place
from mlconnector.local.process import Account

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as somebody else")


def test_an_ordinary_folder_holds_everything(home: Path) -> None:
    found = place(home)

    assert (found.home, found.data, found.sockets) == (home, home, home / "run")


@as_root
def test_what_nobody_cannot_enter_moves_to_a_stable_place(home: Path) -> None:
    home.chmod(0o700)

    found = folders(home / "state")

    assert not enterable(home)
    assert found.home == home / "state"
    assert found.data.parent == Path("/var/tmp")  # noqa: S108
    assert folders(home / "state") == found
    assert folders(home / "other").data != found.data


def test_a_folder_planted_by_somebody_else_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = home / "planted"
    planted.symlink_to(home)
    monkeypatch.setattr(places, "folders", lambda _: Place(home, home, planted / "run", None))

    with pytest.raises(LocalError, match="made by somebody else"):
        place(home)


def test_a_folder_others_can_write_to_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_to_all = home / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    monkeypatch.setattr(places, "folders", lambda _: Place(home, home, open_to_all / "run", None))

    with pytest.raises(LocalError, match="made by somebody else"):
        place(home)


@as_root
def test_programs_nobody_can_reach_are_copied_and_compared(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlconnector.local import binaries  # noqa: PLC0415

    packages = home / "closed" / "packages"
    program = packages / "tool" / "bin" / "server"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    (home / "closed").chmod(0o700)
    here = Place(home, home, home / "run", Account(65534, 65534))

    first = binaries._reachable(packages, (Path("tool/bin/server"),), here)
    (first / "tool/bin/server").write_text("something else\n")
    second = binaries._reachable(packages, (Path("tool/bin/server"),), here)

    assert first == second != packages
    assert (second / "tool/bin/server").read_text() == "#!/bin/sh\n"
    assert (second / "tool/bin/server").stat().st_mode & 0o777 == 0o755


@pytest.fixture
def strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("strict_umask")
def test_a_strict_umask_does_not_lock_the_servers_out(home: Path) -> None:
    for state in (home / "new", home / "made_by_mkdir"):
        if state.name == "made_by_mkdir":
            state.mkdir()

        assert place(state).data == state
        assert enterable(state) or os.geteuid() != 0


def test_secrets_are_made_once_and_closed_to_others(home: Path) -> None:
    made = load_or_create(home)

    assert load_or_create(home) == made
    assert (home / "secrets.json").stat().st_mode & 0o077 == 0


def test_damaged_secrets_are_not_replaced(home: Path) -> None:
    (home / "secrets.json").write_text("{")

    with pytest.raises(LocalError, match="damaged"):
        load_or_create(home)
