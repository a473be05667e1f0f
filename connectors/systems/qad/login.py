"""Logging in to QAD, in the three ways its tenants offer. One refusal is final: nothing here tries twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

from connectors.sdk.auth import basic
from connectors.sdk.calls import Answer
from connectors.sdk.decoding import read_json
from connectors.sdk.errors import ConfigProblem, OutcomeUnknown, ReconnectNeeded, RetryLater
from connectors.sdk.http import HttpClient
from connectors.sdk.system import Account
from connectors.systems.qad.errors import NAME, REFUSED, RULES, TOKEN_RULES, token_words, words_of
from connectors.systems.qad.places import BASIC, OAUTH_QUERY
from connectors.systems.qad.session import Grant, SharedSession
from connectors.systems.qad.settings import credentials_of, settings_of

TOKEN_PATH = "/oauth/token"  # noqa: S105  a path
COOKIE_PATH = "/j_spring_security_check"
SECURITY_PATH = "/api/qracore/securityControl"
UNTOLD_LENGTH = 20 * 60.0
"""Seconds a session lives whose length nobody tells."""
UNTOLD_REST = 10 * 60.0
PROVEN_SECONDS = 10 * 60.0
"""How long a password that was accepted once counts as good where it goes with every call."""


@dataclass(frozen=True, slots=True)
class Control:
    """What the security control says of sessions; minutes, 0 where it does not."""

    client_id: str = ""
    session_minutes: int = 0
    idle_minutes: int = 0


def session_of(account: Account, *, client_id: str = "") -> SharedSession:
    """The account's session, of the kind its settings name."""
    settings, credentials = settings_of(account), credentials_of(account)
    client_id = client_id or client_id_of(account)
    mark = (settings.base_url, settings.session_kind, client_id, credentials.username)
    place = blake2b("\n".join(mark).encode(), digest_size=8).hexdigest()
    match settings.session_kind:
        case "basic":
            password = credentials.password.get_secret_value()
            carried = basic(credentials.username, password).headers("")
            return SharedSession(
                account.tokens, place, lambda _: _proven(account), lambda _: carried, renewable=False
            )
        case "cookie":
            return SharedSession(
                account.tokens, place, lambda _: _cookie(account), lambda cookie: {"Cookie": cookie}
            )
        case _:
            return SharedSession(account.tokens, place, _granting(account, client_id), _bearer)


def client_id_of(account: Account) -> str:
    """The client id of the settings, else the one ping read."""
    return settings_of(account).client_id or str(account.findings.get("client_id") or "")


def read_control(account: Account) -> Control:
    """The security control, read with Basic. Raises a `SystemFault` where the user may not."""
    credentials = credentials_of(account)
    auth = basic(credentials.username, credentials.password.get_secret_value())
    http = account.connect(base_url=settings_of(account).base_url, auth=auth, rules=RULES, words_of=words_of)
    body = read_json(http.get(SECURITY_PATH), NAME)
    listed: Any = body.get("data") if isinstance(body, dict) else None
    controls = listed.get("securityControls") if isinstance(listed, dict) else None
    first = controls[0] if isinstance(controls, list) and controls else None
    if not isinstance(first, dict):
        raise ConfigProblem("QAD tells nothing in its security control.", code="no_control")
    return Control(
        str(first.get("clientId") or ""),
        _minutes(first.get("sessionLength")),
        _minutes(first.get("timeoutMinutes")),
    )


def _granting(account: Account, client_id: str) -> Callable[[str], Grant]:
    def log_in(refresh: str) -> Grant:
        if not client_id:
            raise ConfigProblem(
                "OAuth 2 needs a client id. Take it from the screen Client IDs in QAD, or ping: it can often "
                "be read there.",
                code="no_client_id",
            )
        if refresh:
            try:
                return _granted(account, client_id, {"grant_type": "refresh_token", "refresh_token": refresh})
            except ReconnectNeeded:  # the session is over for good; that says nothing of the password
                pass
        credentials = credentials_of(account)
        password = credentials.password.get_secret_value()
        asked = {"grant_type": "password", "username": credentials.username, "password": password}
        return _granted(account, client_id, asked)

    return log_in


def _granted(account: Account, client_id: str, asked: Mapping[str, str]) -> Grant:
    settings = settings_of(account)
    http = account.connect(base_url=settings.base_url, rules=TOKEN_RULES, words_of=token_words)
    form = {"client_id": client_id, **asked}
    if settings.session_kind == OAUTH_QUERY:
        answer = _once(http, TOKEN_PATH, query=tuple(form.items()))
    else:
        answer = _once(http, TOKEN_PATH, form=form)
    body = read_json(answer, NAME)
    secret = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(secret, str) or not secret.isprintable() or not secret.isascii():
        raise ConfigProblem("The log-in of QAD answered without an access token.", code="no_token")
    told, refresh = body.get("expires_in"), body.get("refresh_token")
    lives = float(told) if isinstance(told, int | float) and told > 0 else 0.0
    return _clocked(account, secret, lives, refresh if isinstance(refresh, str) else "")


def _cookie(account: Account) -> Grant:
    settings, credentials = settings_of(account), credentials_of(account)
    http = account.connect(base_url=settings.base_url, rules=TOKEN_RULES, words_of=token_words)
    query = (("j_username", credentials.username), ("j_password", credentials.password.get_secret_value()))
    # Those log-in pages answer a good log-in with a redirect.
    answer = _once(http, COOKIE_PATH, query=query, accept=range(300, 400))
    cookie = _cookie_in(answer, settings.cookie_name)
    if not cookie or _leads_back(answer):
        raise ReconnectNeeded(
            "QAD showed its log-in page again: it did not accept user and password. We tried once and "
            "stopped, because QAD disables a user after a few failures. Check the password, then ping again.",
            code=REFUSED,
        )
    return _clocked(account, cookie, 0.0, "")


def _proven(account: Account) -> Grant:
    """Ask once, alone, before the password goes with many calls at a time."""
    try:
        read_control(account)
    except ConfigProblem:  # there may be no such thing; but the password was not what was wrong
        pass
    except ReconnectNeeded as fault:
        if fault.code == REFUSED:
            raise
    return Grant(BASIC, PROVEN_SECONDS, PROVEN_SECONDS)


def _once(
    http: HttpClient,
    path: str,
    *,
    query: tuple[tuple[str, str], ...] = (),
    form: Mapping[str, str] | None = None,
    accept: Collection[int] = (),
) -> Answer:
    """A log-in, sent once: one that went unanswered may have been counted as a failure."""
    try:
        return http.call("POST", path, query=query, form=form, writes=True, accept=accept)
    except OutcomeUnknown as fault:
        raise RetryLater(
            "QAD did not answer our log-in; we try again later.", after=60, detail=fault.detail, code="log_in"
        ) from fault


def _clocked(account: Account, secret: str, lives: float, refresh: str) -> Grant:
    """A grant with both clocks: the shortest of what is known of each."""
    settings, findings = settings_of(account), account.findings
    length = 60.0 * (settings.session_minutes or _minutes(findings.get("session_minutes")))
    rest = 60.0 * (settings.idle_minutes or _minutes(findings.get("idle_minutes")))
    known = [seconds for seconds in (lives, length) if seconds]
    return Grant(secret, min(known, default=UNTOLD_LENGTH), rest or UNTOLD_REST, refresh)


def _cookie_in(answer: Answer, name: str) -> str:
    found = re.search(rf"(?:^|[,;\s]){re.escape(name)}=([^;,\s]+)", answer.headers.get("set-cookie", ""))
    return f"{name}={found[1]}" if found else ""


def _leads_back(answer: Answer) -> bool:
    """Whether this is the log-in page, or the way to it. Its first visit gets a cookie too."""
    if answer.status // 100 == 3:
        to = urlsplit(answer.headers.get("location", ""))
        return bool(re.search(r"log-?in|error", f"{to.path}?{to.query}", re.IGNORECASE))
    return b"j_spring_security_check" in answer.body or b"j_password" in answer.body


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _minutes(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
