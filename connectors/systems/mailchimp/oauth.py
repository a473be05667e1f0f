"""Logging in at Mailchimp instead of pasting a key: the authorization code flow, as functions without state.

The caller keeps `new_state()` with the person's session, sends them to `authorize_url()`, checks what comes
back with `is_same_state()` (and forgets it, whether it fits or not), and exchanges the code. The token
neither expires nor can be refreshed: `expires_in` is 0 for "never".
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from connectors.sdk.auth import FixedHeader
from connectors.sdk.classify import Rule
from connectors.sdk.decoding import read_json
from connectors.sdk.errors import ConfigProblem, OutcomeUnknown, ReconnectNeeded, RecordRejected, RetryLater
from connectors.sdk.http import HttpClient
from connectors.systems.mailchimp.errors import words_of
from connectors.systems.mailchimp.settings import DATA_CENTRE

LOGIN = "https://login.mailchimp.com"
START_AGAIN = "Mailchimp did not complete the log-in. Start it again; each try works once, for some minutes."

Connect = Callable[..., HttpClient]
"""The factory of `Account.connect`."""

_RULES = (Rule(range(400, 500), ReconnectNeeded, START_AGAIN, name="login_refused"),)


@dataclass(frozen=True, slots=True)
class App:
    """The application registered at Mailchimp; `redirect_uri` is spelled exactly as it was registered."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose token it is and where its account answers. An empty `dc`: at the one address for all."""

    dc: str
    account_name: str
    role: str
    user_id: str
    login_email: str


def new_state() -> str:
    """A value nobody can guess, for one try."""
    return secrets.token_urlsafe(32)


def is_same_state(kept: str, returned: str) -> bool:
    """Whether the answer belongs to the try that was begun here; takes equally long for every answer."""
    return bool(kept) and hmac.compare_digest(kept.encode(), returned.encode())


def authorize_url(app: App, state: str, *, login: str = LOGIN) -> str:
    """Where to send the person."""
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "state": state,
    }
    return f"{login}/oauth2/authorize?{urlencode(query)}"


def exchange(connect: Connect, app: App, code: str, *, login: str = LOGIN) -> str:
    """The access token for a code.

    Raises `ReconnectNeeded` where the log-in has to be started again: a code works once, whatever became of
    the call that used it.
    """
    client = connect(base_url=login, rules=_RULES, words_of=words_of)
    form = {
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "redirect_uri": app.redirect_uri,
        "code": code,
    }
    try:
        found = read_json(client.call("POST", "/oauth2/token", form=form), "Mailchimp")
    except (OutcomeUnknown, RetryLater, RecordRejected) as error:
        raise ReconnectNeeded(START_AGAIN, detail=error.detail, code="login_failed") from error
    token = found.get("access_token") if isinstance(found, dict) else None
    if not token or not isinstance(token, str):
        raise ReconnectNeeded(START_AGAIN, detail="no access_token in the answer", code="login_failed")
    return token


def identify(connect: Connect, token: str, *, login: str = LOGIN) -> Identity:
    """Whose token it is; raises `ReconnectNeeded` where it is refused."""
    client = connect(base_url=login, auth=FixedHeader(f"OAuth {token}"), rules=_RULES, words_of=words_of)
    found: Any = read_json(client.get("/oauth2/metadata"), "Mailchimp")
    if not isinstance(found, dict):
        raise ConfigProblem(
            "Mailchimp did not say whose account this is. Start the log-in again.", code="no_metadata"
        )
    dc = str(found.get("dc") or "")
    login_of = found.get("login") if isinstance(found.get("login"), dict) else {}
    return Identity(
        dc=dc if re.fullmatch(DATA_CENTRE, dc) else "",
        account_name=str(found.get("accountname") or ""),
        role=str(found.get("role") or ""),
        user_id=str(found.get("user_id") or ""),
        login_email=str((login_of or {}).get("login_email") or ""),
    )
