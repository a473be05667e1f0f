"""Secrets at rest: a value that prints as dots and opens only on purpose, with `reveal()`."""

from dataclasses import dataclass, replace
from typing import Self

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from encrypted_model_fields.fields import get_crypter

_FORMAT = "1"
MASK = "••••••••"


class SealedValueUnreadable(Exception):
    """A stored secret cannot be opened. The text says why, and what to do about it."""


@dataclass(frozen=True, slots=True, repr=False)
class Sealed:
    """A ciphertext and the row it belongs to. The row's id is sealed in: a copy in another row stays shut."""

    token: str
    column: str = "a sealed value"
    row: str | None = None

    @classmethod
    def around(cls, text: str, *, column: str, row: str) -> Self:
        plain = f"{_FORMAT}:{row}:{text}".encode()
        return cls(get_crypter().encrypt(plain).decode(), column, row)

    def reveal(self) -> str:
        """The secret in clear: for the one place that sends it to its vendor."""
        if self.row is None:
            raise SealedValueUnreadable(
                f"{self.column} was read without its row. Load the object and ask that."
            )
        sealed_format, _, rest = self._opened().partition(":")
        row, _, text = rest.partition(":")
        if sealed_format != _FORMAT or row != self.row:
            raise self._unreadable("it was sealed for another row. Enter the secret again.")
        return text

    def resealed(self) -> Self | None:
        """The same under the first key, or None where it is already."""
        if _first_key_opens(self.token):
            return None
        self._opened()
        return replace(self, token=get_crypter().rotate(self.token).decode())

    def _opened(self) -> str:
        try:
            return str(get_crypter().decrypt(self.token.encode()), "utf-8")
        except InvalidToken:
            # Every Fernet token starts with the version byte 0x80, which base64 shows so.
            if not self.token.startswith("gAAAA"):
                raise self._unreadable(
                    "the column holds text that was never sealed. Enter the secret again through the product."
                ) from None
            raise self._unreadable(
                "no key of FIELD_ENCRYPTION_KEYS fits. Put the key that sealed it back at the end of the "
                "list, or enter the secret again."
            ) from None

    def _unreadable(self, why: str) -> SealedValueUnreadable:
        return SealedValueUnreadable(f"{self.column} of {self.row or 'a row'} cannot be opened: {why}")

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__


def _first_key_opens(token: str) -> bool:
    # Read when needed, as get_crypter() does: the package's own CRYPTER is frozen when it is imported.
    try:
        Fernet(settings.FIELD_ENCRYPTION_KEY[0]).decrypt(token.encode())
    except InvalidToken:
        return False
    return True
