"""The secrets of this machine's installation: made once, kept in a file only we can read."""

import json
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet

from mlconnector.local.errors import LocalError


def load_or_create(home: Path) -> dict[str, str]:
    path = home / "secrets.json"
    if path.exists():
        try:
            known: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise LocalError(
                f"{path} is damaged, and without it the stored credentials cannot be opened;"
                " delete the folder to start anew."
            ) from None
        return known
    made = {"SECRET_KEY": secrets.token_urlsafe(48), "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(made, file)
    draft.replace(path)
    return made
