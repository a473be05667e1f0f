"""The script `./dev` on machines that lack something. Python is played by a script that answers as asked."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

_TOOLS = ("sh", "dirname", "cat", "cksum", "mkdir", "awk", "tail", "grep", "pwd", "make")
_GOOD = 'case "$*" in *"import sys; sys.exit"*) exit 0;; *ensurepip*) exit 0;; esac'
_OLD = 'case "$*" in *python_version*) echo 3.9.2;; *) exit 1;; esac'


class Machine:
    """A checkout, and a PATH with the few tools every system has."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.tools = folder / "bin"
        self.checkout.mkdir()
        self.tools.mkdir()
        for name in ("dev", "Makefile", "requirements.lock"):
            shutil.copy(settings.BASE_DIR / name, self.checkout)
        for name in _TOOLS:
            if found := shutil.which(name):
                (self.tools / name).symlink_to(found)

    def install(self, name: str, script: str, folder: Path | None = None) -> Path:
        path = (folder or self.tools) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.checkout,
            env={"PATH": str(self.tools), **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def pretend_installed(self) -> None:
        self.install("python", 'echo "called with: $* HOME=$HOME"', self.checkout / ".venv" / "bin")
        stamp = self.run("sh", "-c", 'printf "%s\n" "$(pwd -P) $(cksum <requirements.lock)"').stdout
        (self.checkout / ".venv" / "installed").write_text(stamp)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_help_needs_nothing_and_names_every_command(machine: Machine) -> None:
    done = machine.run("./dev", "help")

    assert done.returncode == 0
    for command in ("run", "demo", "test", "check", "bench", "fmt", "manage", "sandbox"):
        assert f"./dev {command}" in done.stdout


def test_an_unknown_command_is_named(machine: Machine) -> None:
    done = machine.run("./dev", "tset")

    assert done.returncode == 1
    assert 'There is no command "tset".' in done.stderr


def test_an_old_python_is_named_with_what_to_install(machine: Machine) -> None:
    machine.install("python3", _OLD)
    machine.install("apt-get", "")
    machine.install("apt-cache", "exit 1")

    done = machine.run("./dev", "test")

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ml-connector needs Python 3.11 or newer, and python3 here is 3.9.2. "
        "Install it with: apt-get update && apt-get install python3.11 python3.11-venv"
    )


def test_a_missing_python_is_said(machine: Machine) -> None:
    done = machine.run("./dev", "run")

    assert done.returncode == 1
    assert "needs Python 3.11 or newer, and none was found." in done.stderr


def test_a_newer_python_beside_the_old_one_is_used(machine: Machine) -> None:
    machine.install("python3", _OLD)
    machine.install("python3.12", f'{_GOOD}\necho "chosen" >&2; exit 1')

    done = machine.run("./dev", "test")

    assert "chosen" in (machine.checkout / ".local" / "logs" / "setup.log").read_text()
    assert "needs Python" not in done.stderr


def test_a_python_without_venv_is_told_which_package_brings_it(machine: Machine) -> None:
    machine.install(
        "python3", 'case "$*" in *ensurepip*) exit 1;; *sys.exit*) exit 0;; *version_info*) echo 3.11;; esac'
    )
    machine.install("apt-get", "")

    done = machine.run("./dev", "test")

    assert done.returncode == 1
    assert (
        "lacks its venv module. Install it with: apt-get update && apt-get install python3.11-venv"
        in done.stderr
    )


def test_a_full_disk_is_said_in_one_sentence(machine: Machine) -> None:
    machine.install("python3", f'{_GOOD}\necho "OSError: [Errno 28] No space left on device"; exit 1')

    done = machine.run("./dev", "test")

    assert done.returncode == 1
    assert done.stderr.splitlines()[1:] == [
        f"The disk is full: the dependencies need about 600 MB in {machine.checkout}."
    ]


def test_what_pip_said_is_shown_when_installing_fails(machine: Machine) -> None:
    machine.install("python3", f'{_GOOD}\necho "could not reach the index"; exit 1')

    done = machine.run("./dev", "test")

    assert done.returncode == 1
    assert "could not reach the index" in done.stderr
    assert not (machine.checkout / ".venv" / "installed").exists()


def test_an_installed_checkout_starts_at_once_and_passes_arguments_on(machine: Machine) -> None:
    machine.pretend_installed()

    assert "called with: -m mlconnector.local demo --json" in machine.run("./dev", "demo", "--json").stdout
    assert "called with: -m pytest -k two words" in machine.run("./dev", "test", "-k", "two words").stdout
    assert (
        "called with: -m mlconnector.local servers -- -x"
        in machine.run("./dev", "test", "--servers", "-x").stdout
    )


def test_a_changed_lock_file_installs_again(machine: Machine) -> None:
    machine.pretend_installed()
    with (machine.checkout / "requirements.lock").open("a") as lock:
        lock.write("\n")

    assert "Installing the dependencies" in machine.run("./dev", "test").stderr


def test_a_machine_without_a_home_folder_gets_one(machine: Machine) -> None:
    machine.pretend_installed()

    for variables in ({}, {"HOME": ""}, {"HOME": "/nonexistent"}):
        done = machine.run("./dev", "demo", **variables)
        assert f"HOME={machine.checkout}/.local/home" in done.stdout


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_calls_the_same_commands(machine: Machine) -> None:
    machine.pretend_installed()

    assert "mlconnector.local run" in machine.run("make", "run").stdout
    assert "mlconnector.local demo --json" in machine.run("make", "demo", "JSON=1").stdout


@pytest.mark.skipif(shutil.which("dash") is None, reason="dash is not installed")
def test_the_script_is_plain_posix_shell() -> None:
    assert subprocess.run(["dash", "-n", settings.BASE_DIR / "dev"], check=False).returncode == 0
    assert os.access(settings.BASE_DIR / "dev", os.X_OK)
