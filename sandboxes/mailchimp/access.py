"""Who is calling, whether he may, and how many calls of his are under way."""

import base64
import binascii
import time
from threading import Lock

from sandboxes.mailchimp.errors import forbidden, key_invalid, key_missing, user_disabled
from sandboxes.mailchimp.state import Account

MOST_CONNECTIONS = 10
# So many calls at once are refused without even a body.
EXCEPTIONAL = 20
SERVER_TIMEOUT = 120.0
READERS = frozenset({"viewer"})


def check_access(account: Account, tokens: set[str], authorization: str, method: str) -> None:
    """Basic with any user name and the key, or Bearer with a key or a token. Raises what is wrong."""
    if not authorization:
        raise key_missing()
    if not _is_known(account, tokens, authorization):
        raise key_invalid()
    if not account.active:
        raise user_disabled()
    if account.role in READERS and method != "GET":
        raise forbidden()


def _is_known(account: Account, tokens: set[str], authorization: str) -> bool:
    scheme, _, credential = authorization.partition(" ")
    match scheme.lower():
        case "bearer":
            return credential in account.keys or credential in tokens
        case "basic":
            _, _, secret = _decoded(credential).partition(":")
            # A token with the data centre glued to it passes for a key.
            token, _, dc = secret.rpartition("-")
            return secret in account.keys or (dc == account.dc and token in tokens)
        case _:
            return False


def _decoded(credential: str) -> str:
    try:
        return base64.b64decode(credential, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""


class Gate:
    """Counts the calls under way. A call whose answer is withheld keeps its place until it would be sent."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._lingering: list[float] = []  # when each of these places becomes free

    def enter(self) -> int:
        """Takes a place and says how many are taken now."""
        with self._lock:
            self._inside += 1
            now = time.monotonic()
            self._lingering = [until for until in self._lingering if until > now]
            return self._inside + len(self._lingering)

    def leave(self, lingering: float = 0.0) -> None:
        with self._lock:
            self._inside -= 1
            if lingering > 0:
                self._lingering.append(time.monotonic() + min(lingering, SERVER_TIMEOUT))

    def clear(self) -> None:
        with self._lock:
            self._lingering.clear()
