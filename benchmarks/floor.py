"""The floor: a bare `requests` loop that reads the same pages, sends the same bodies and keeps nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

import requests

from benchmarks.ground import Call, Vendor

JSON = {"Content-Type": "application/json"}
PATIENCE = 120


class Floor:
    """One account at each vendor, one connection each, nothing else."""

    def __init__(self, source: Vendor, mailchimp: Vendor) -> None:
        self.source, self.mailchimp = source, mailchimp
        self.reading, self.writing = requests.Session(), requests.Session()
        for session in (self.reading, self.writing):
            session.trust_env = False
        self.writing.auth = ("any", mailchimp.access["api_key"])

    def read(self, calls: Sequence[Call]) -> float:
        """Ask the same of the ERP; the seconds it took, logging in included."""
        start = time.perf_counter()
        LOG_INS[self.source.name](self.reading, self.source.access)
        _repeat(self.reading, self.source.url, calls)
        return time.perf_counter() - start

    def send(self, calls: Sequence[Call]) -> float:
        """Send the same to Mailchimp; the seconds it took."""
        start = time.perf_counter()
        _repeat(self.writing, self.mailchimp.url, calls)
        return time.perf_counter() - start


def _repeat(session: requests.Session, url: str, calls: Sequence[Call]) -> None:
    for call in calls:
        target = url + quote(call.path, safe="/;,=()'$&@:!*+") + (f"?{call.query}" if call.query else "")
        headers = {**call.headers, **(JSON if call.body else {})}
        answer = session.request(
            call.method, target, data=call.body or None, headers=headers, timeout=PATIENCE
        )
        if answer.status_code >= 400:
            raise RuntimeError(f"{call.method} {call.path}: {answer.text[:300]}")
        if answer.content:
            json.loads(answer.content)


def _ifs_cloud(session: requests.Session, access: Mapping[str, str]) -> None:
    realm = f"{access['url']}/auth/realms/{access['realm']}"
    known = {"client_id": access["client_id"], "client_secret": access["client_secret"]}
    _bearer(session, f"{realm}/protocol/openid-connect/token", {"grant_type": "client_credentials", **known})


def _infor(session: requests.Session, access: Mapping[str, str]) -> None:
    file = json.loads(access["ionapi"])
    grant = {"grant_type": "password", "username": file["saak"], "password": file["sask"]}
    _bearer(session, f"{file['pu']}{file['ot']}", grant, (file["ci"], file["cs"]))


def _bearer(
    session: requests.Session, url: str, form: dict[str, str], client: tuple[str, str] | None = None
) -> None:
    session.headers.pop("Authorization", None)
    answer = session.post(url, data=form, auth=client, timeout=PATIENCE)
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def _qad(session: requests.Session, access: Mapping[str, str]) -> None:
    session.auth = access["username"], access["password"]


def _syspro(session: requests.Session, access: Mapping[str, str]) -> None:
    session.auth = access["odata_user"], access["odata_password"]


LOG_INS: Mapping[str, Callable[[requests.Session, Mapping[str, str]], None]] = {
    "ifs_cloud": _ifs_cloud,
    "infor": _infor,
    "qad": _qad,
    "syspro": _syspro,
}
