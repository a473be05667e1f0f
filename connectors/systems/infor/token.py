"""Access tokens: one for all workers, and no more log-ins than Infor's ration bears.

Infor gives an app about a hundred tokens a day and locks it out beyond. So what is shared is not only the
token: the times of the log-ins are kept beside it, and outlive it. A log-in that would go beyond the ration
waits, whoever asks for it, and whatever made the last token useless.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from connectors.sdk.auth import Auth, NoAuth, SharedToken, Token, TokenStore, basic
from connectors.sdk.decoding import read_json
from connectors.sdk.errors import ConfigProblem, OutcomeUnknown, RetryLater, SystemFault
from connectors.sdk.system import Account
from connectors.systems.infor.errors import BUDGET_SPENT, NAME, TOKEN_RULES, words_of
from connectors.systems.infor.ionapi import IonApi
from connectors.systems.infor.settings import InforSettings, file_of, settings_of

DAY = 86_400.0
MINUTE = 60.0
PER_MINUTE = 10
"""Infor allows a tenant 20 log-ins a minute; others need some, too."""
UNTOLD_SECONDS = 600.0
"""The life of a token whose server does not tell: far shorter than the usual two hours."""


class InforToken(SharedToken):
    """Kept as long as the server says: fetching sooner than needed would only spend the ration."""

    LONGEST_SECONDS = int(DAY)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the shared store holds: the token, until when it is good, and when log-ins were made."""

    token: str = ""
    until: float = 0.0
    log_ins: tuple[float, ...] = ()

    def to_text(self) -> str:
        """The stored form."""
        return json.dumps({"token": self.token, "until": self.until, "log_ins": self.log_ins})

    @classmethod
    def from_text(cls, stored: str | None) -> Kept:
        """Read the stored form back; what cannot be read counts as nothing."""
        try:
            found = json.loads(stored or "")
            return cls(str(found["token"]), float(found["until"]), tuple(map(float, found["log_ins"])))
        except (ValueError, KeyError, TypeError):
            return cls()

    def since(self, moment: float) -> tuple[float, ...]:
        """The log-ins after a moment."""
        return tuple(made for made in self.log_ins if made > moment)


class RationedStore:
    """A `TokenStore` that also counts log-ins, over all workers, in the store it wraps."""

    def __init__(self, store: TokenStore, per_day: int) -> None:
        self._store, self._per_day = store, per_day

    def current(self) -> str | None:
        """See `TokenStore.current`."""
        kept = self._kept()
        return kept.token if kept.token and kept.until > time.time() else None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """See `TokenStore.lock`."""
        with self._store.lock():
            yield

    def put(self, token: Token, keep: float) -> None:
        """See `TokenStore.put`."""
        self._keep(replace(self._kept(), token=token.value, until=time.time() + keep))

    def drop(self, rejected: str) -> None:
        """See `TokenStore.drop`; the log-ins are remembered."""
        with self._store.lock():
            kept = self._kept()
            if kept.token == rejected:
                self._keep(replace(kept, token="", until=0.0))

    def spend(self) -> None:
        """Take one log-in from the ration; call it under the lock, before logging in.

        Raises `RetryLater` where none is left.
        """
        kept, now = self._kept(), time.time()
        today, lately = kept.since(now - DAY), kept.since(now - MINUTE)
        for made, allowed, period in ((lately, PER_MINUTE, MINUTE), (today, self._per_day, DAY)):
            if len(made) >= allowed:
                raise RetryLater(
                    f"We have logged in to Infor {len(made)} times within {_spelled(period)}, which "
                    "is all the "
                    "ration allows. Work goes on by itself later. If this repeats, the tokens of "
                    "your app live "
                    "too briefly: raise their life (two hours are usual) under API Gateway, Authorized Apps.",
                    after=made[-allowed] + period - now,
                    code=BUDGET_SPENT,
                )
        self._keep(replace(kept, log_ins=(*today, now)))

    def spent_today(self) -> int:
        """How many log-ins were made within a day."""
        return len(self._kept().since(time.time() - DAY))

    def newest_log_in(self) -> float:
        """When the last one was made (seconds since 1970); 0.0 for never."""
        return max(self._kept().log_ins, default=0.0)

    def _kept(self) -> Kept:
        return Kept.from_text(self._store.current())

    def _keep(self, kept: Kept) -> None:
        self._store.put(Token(kept.to_text(), DAY), DAY)


def store_of(account: Account) -> RationedStore:
    """The account's token store with its ration."""
    return RationedStore(account.tokens, settings_of(account).log_ins_per_day)


def shared_token(account: Account) -> SharedToken:
    """The account's token, fetched when needed and allowed."""
    store = store_of(account)
    return InforToken(store, lambda: fetch_token(account, store))


def fetch_token(account: Account, store: RationedStore) -> Token:
    """Log in, within the ration.

    The faults carry Infor's words: `ReconnectNeeded` for app and service account, `ConfigProblem` for
    addresses and scope, `RetryLater` where a ration is used up.
    """
    settings, file = settings_of(account), file_of(account)
    store.spend()
    form = {"grant_type": "password", "username": file.access_key, "password": file.secret_key}
    if settings.scope:
        form["scope"] = settings.scope
    try:
        body = _asked(account, settings, file, file.token_url, form)
    except OutcomeUnknown as fault:  # unknown is only whether a token was spent; nothing else was tried
        raise RetryLater(fault.text, detail=fault.detail, code=fault.code) from fault
    body = body if isinstance(body, dict) else {}
    value = body.get("access_token")
    if not isinstance(value, str) or not value or not value.isprintable() or not value.isascii():
        raise ConfigProblem(
            f"The log-in of {NAME} answered without an access token. Upload the .ionapi file unchanged.",
            code="no_token",
        )
    life = body.get("expires_in")
    return Token(value, float(life) if isinstance(life, int | float) and life > 0 else UNTOLD_SECONDS)


def revoke_token(account: Account) -> None:
    """End the shared token, as whoever disconnects should. Never fails: it ends by itself anyway."""
    settings, file, store = settings_of(account), file_of(account), store_of(account)
    token = store.current()
    if not token or not file.revoke_url:
        return
    store.drop(token)
    try:
        _asked(account, settings, file, file.revoke_url, {"token": token, "token_type_hint": "access_token"})
    except SystemFault:
        return


def _asked(account: Account, settings: InforSettings, file: IonApi, url: str, form: dict[str, str]) -> object:
    in_header = settings.client_auth == "basic"
    auth: Auth = basic(file.client_id, file.client_secret) if in_header else NoAuth()
    if not in_header:
        form = {**form, "client_id": file.client_id, "client_secret": file.client_secret}
    parts = urlsplit(url)
    http = account.connect(
        base_url=f"{parts.scheme}://{parts.netloc}", auth=auth, rules=TOKEN_RULES, words_of=words_of
    )
    path = parts.path.replace("{", "{{").replace("}", "}}")
    # A token is spent whether or not its answer arrives, so asking is not repeated like a reading.
    return read_json(http.call("POST", path, form=form), NAME)


def _spelled(period: float) -> str:
    return "a minute" if period == MINUTE else "a day"
