"""Where local state lives, given that servers must be able to reach it and socket names must be short."""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mlconnector.local.errors import LocalError
from mlconnector.local.process import Account, server_account

# The kernel's limit is 107 bytes on Linux and 103 on macOS.
_LONGEST_SOCKET = 100
_SOCKET_NAME = ".s.PGSQL.5432"


@dataclass(frozen=True)
class Place:
    home: Path  # secrets, logs, locks: ours alone
    data: Path  # the servers' files
    sockets: Path
    account: Account | None  # whom the servers run as, when not as us

    def server_folder(self, name: str) -> Path:
        """A folder only the server and we can enter."""
        path = self.data / name
        _private(path, self.account)
        return path


def folders(home: Path) -> Place:
    """Everything below `home`, except what cannot work there: that goes to a folder derived from its name."""
    home = home.absolute()
    account = server_account()
    data = home if account is None or enterable(home.parent) else _substitute(home, Path("/var/tmp"))  # noqa: S108
    sockets = data / "run"
    if len(os.fsencode(sockets / _SOCKET_NAME)) > _LONGEST_SOCKET:
        sockets = _substitute(home, Path(_short_temp())) / "run"
    return Place(home, data, sockets, account)


def place(home: Path) -> Place:
    """The same, with the folders made."""
    here = folders(home)
    try:
        here.home.mkdir(parents=True, exist_ok=True)
        if here.account is not None:  # whatever the umask, the servers' user passes through
            here.home.chmod(here.home.stat().st_mode | stat.S_IXOTH)
        for substitute in {here.data, here.sockets.parent} - {here.home}:
            _make_ours(substitute)
        _private(here.sockets, here.account)
    except PermissionError as error:
        raise LocalError(
            f"{error.filename} belongs to somebody else; delete it, or set MLC_HOME to another folder."
        ) from None
    return here


def enterable(path: Path) -> bool:
    """Whether any user may pass through every folder down to this one."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents) if folder.exists())


def _short_temp() -> str:
    # Both servers and clients must agree on the folder in every later call, so TMPDIR is not asked.
    return "/tmp" if os.access("/tmp", os.W_OK) else tempfile.gettempdir()  # noqa: S108


def _substitute(home: Path, parent: Path) -> Path:
    """The same folder every time for the same home."""
    digest = hashlib.blake2b(os.fsencode(home), digest_size=6).hexdigest()
    return parent / f"mlc-{os.geteuid()}-{digest}"


def _make_ours(path: Path) -> None:
    """Its name can be guessed and its parent is open to all, so it must prove to be ours."""
    if not path.is_symlink() and not path.exists():
        path.mkdir()
        path.chmod(0o755)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise LocalError(f"{path} was made by somebody else; delete it, or set MLC_HOME to another folder.")


def _private(path: Path, account: Account | None) -> None:
    path.mkdir(mode=0o700, exist_ok=True)
    if account is not None and path.stat().st_uid != account.uid:
        os.chown(path, account.uid, account.gid)
