"""Who may come in: the operators as they are, and as the OData service remembers them."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from hmac import compare_digest

from sandboxes.kit import MutationFailed
from sandboxes.syspro.options import Operator


@dataclass(slots=True)
class Account:
    """An operator now. `failures` counts wrong passwords in a row; a locked one is refused even the right."""

    name: str
    password: str
    enet: bool
    odata: bool
    failures: int = 0
    locked: bool = False
    mfa: bool = False


class Operators:
    def __init__(self, operators: Iterable[Operator], lock_after: int) -> None:
        self.lock_after = lock_after
        self.accounts = {one.name: Account(one.name, one.password, one.enet, one.odata) for one in operators}

    def get(self, name: str) -> Account | None:
        return self.accounts.get(name)

    def named(self, name: str) -> Account:
        if name not in self.accounts:
            raise MutationFailed(f"no operator {name!r}; there are {', '.join(self.accounts)}")
        return self.accounts[name]

    def failed(self, account: Account) -> None:
        account.failures += 1
        if self.lock_after and account.failures >= self.lock_after:
            account.locked = True


def same(given: str, held: str) -> bool:
    return compare_digest(given.encode(), held.encode())


class Frozen:
    """The OData service's own list, read when the service starts. A changed password needs a restart."""

    def __init__(self, operators: Operators) -> None:
        self._operators = operators
        self.refused = 0
        self.restarts = -1
        self._passwords: dict[str, str] = {}
        self._failures: dict[str, int] = {}
        self.restart()

    def restart(self) -> None:
        self.restarts += 1
        self._passwords = {
            account.name: account.password
            for account in self._operators.accounts.values()
            if account.odata and not account.locked
        }
        self._failures.clear()

    @property
    def names(self) -> list[str]:
        return sorted(self._passwords)

    @property
    def locked(self) -> list[str]:
        return sorted(name for name in self._failures if self._is_locked(name))

    def admits(self, authorization: str) -> bool:
        name, password = _basic(authorization)
        held = self._passwords.get(name)
        good = held is not None and same(password, held)
        if good and not self._is_locked(name):
            self._failures.pop(name, None)
            return True
        self.refused += 1
        if held is not None and not good:
            self._failures[name] = self._failures.get(name, 0) + 1
        return False

    def _is_locked(self, name: str) -> bool:
        most = self._operators.lock_after
        return bool(most) and self._failures.get(name, 0) >= most


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, credential = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        text = base64.b64decode(credential, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    name, _, password = text.partition(":")
    return name, password
