"""The `.ionapi` file: what an administrator downloads for an authorized app, and all we need to log in."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

NOT_A_FILE = (
    "This is no .ionapi file. Upload the file as it was downloaded from Infor OS (API Gateway, Authorized "
    "Apps, Download Credentials); its content begins with { and names ti, ci, cs, iu and pu."
)
NO_SERVICE_ACCOUNT = (
    "This file has no service account (saak and sask), so it belongs to a web or mobile app, or was "
    "downloaded "
    "without one. In Infor OS open API Gateway, Authorized Apps, create an app of the type Backend Service, "
    "choose Download Credentials, tick Create Service Account, and upload that file."
)
_NEEDED = {
    "ti": "the tenant",
    "ci": "the client id",
    "cs": "the client secret",
    "iu": "the address of ION API",
    "pu": "the address of the log-in",
    "ot": "the path of the token service",
}
_TENANT = re.compile(r"[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True, slots=True)
class IonApi:
    """What the file says, under names one can read."""

    tenant: str
    app: str
    client_id: str
    client_secret: str
    access_key: str
    secret_key: str
    gateway: str
    token_url: str
    revoke_url: str

    @property
    def base_url(self) -> str:
        """What every API address begins with."""
        return f"{self.gateway}/{self.tenant}"

    @property
    def host(self) -> str:
        """Where it leads, for people: the same file exists for production and for training."""
        return urlsplit(self.gateway).netloc


def parsed(text: str) -> IonApi:
    """Read the file.

    Raises `ValueError`, worded for whoever uploaded it, where it is not the file of a backend service.
    """
    found = _object(text)
    value = {name: text.strip() for name, text in found.items() if isinstance(text, str)}
    if not any(value.get(name) for name in _NEEDED):
        raise ValueError(NOT_A_FILE)
    if not (value.get("saak") and value.get("sask")):
        raise ValueError(NO_SERVICE_ACCOUNT)
    if missing := [f"{what} ({name})" for name, what in _NEEDED.items() if not value.get(name)]:
        raise ValueError(f"The file lacks {', '.join(missing)}. Download it again and upload it unchanged.")
    if not _TENANT.fullmatch(value["ti"]):
        raise ValueError("The tenant (ti) in the file is none. Download it again and upload it unchanged.")
    log_in = _address(value["pu"])
    return IonApi(
        tenant=value["ti"],
        app=value.get("cn", ""),
        client_id=value["ci"],
        client_secret=value["cs"],
        access_key=value["saak"],
        secret_key=value["sask"],
        gateway=_address(value["iu"]),
        token_url=f"{log_in}/{value['ot'].lstrip('/')}",
        revoke_url=f"{log_in}/{value['or'].lstrip('/')}" if value.get("or") else "",
    )


def _object(text: str) -> dict[str, object]:
    try:
        found = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _address(url: str) -> str:
    """Addresses come with and without a slash at their end."""
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"The address {url[:100]} in the file is none. Upload the file unchanged.")
    return url.rstrip("/")
