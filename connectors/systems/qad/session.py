"""One session for all workers, with the two clocks a QAD session has: how long it lives and may rest.

The session is kept in the shared token store with what is needed to judge it. A log-in that was refused is
kept there as well, so that no other worker tries the same password: QAD disables users after a few failures.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field

from connectors.sdk.auth import Token, TokenStore
from connectors.sdk.errors import ReconnectNeeded
from connectors.systems.qad.errors import REFUSED

REMEMBERED_SECONDS = 7 * 86400.0
"""How long a refused log-in is remembered: until a person has pinged or entered other credentials."""
REFRESH_SECONDS = 12 * 3600.0
"""How long a refresh token is kept beyond the session it came with."""
SHARE = 0.9
"""How much of either clock we use, so that ours need not agree with the server's to the second."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a log-in gave: a secret to call with and how long it is good for."""

    secret: str
    lives: float
    rests: float
    refresh: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class State:
    """The stored form. `place` tells for which address, user and kind of session it holds."""

    place: str
    secret: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    ends: float = 0.0
    rests: float = 0.0
    used: float = 0.0
    refused: str = ""

    def is_good(self, now: float) -> bool:
        """Whether neither clock has run out."""
        return bool(self.secret) and now < self.ends and now < self.used + SHARE * self.rests

    def to_text(self) -> str:
        """For the store."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> State | None:
        """From the store; None for what another version of us left there."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None


class SharedSession:
    """An `Auth`. `log_in` gets the refresh token of the session before ("" where there is none)."""

    def __init__(
        self,
        store: TokenStore,
        place: str,
        log_in: Callable[[str], Grant],
        headers: Callable[[str], Mapping[str, str]],
        *,
        renewable: bool = True,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._place, self._log_in, self._headers = store, place, log_in, headers
        self._renewable, self._now = renewable, now

    def token(self) -> str:
        """The shared session; begun by one worker while the others wait for it.

        Raises `ReconnectNeeded` without any call where a log-in has been refused before.
        """
        state = self._state()
        if not state.is_good(self._now()) or self._is_stale(state):
            with self._store.lock():
                state = self._state()
                if not state.is_good(self._now()):
                    return self._begin(state).secret
                if self._is_stale(state):
                    self._keep(_used(state, self._now()))
        return state.secret

    def headers(self, token: str) -> Mapping[str, str]:
        """See `Auth.headers`."""
        return self._headers(token)

    def renew(self, rejected: str) -> bool:
        """See `Auth.renew`. Where every call carries the password, a refusal is one of the password."""
        with self._store.lock():
            state = self._read()
            if self._renewable:
                if state.secret == rejected:
                    self._keep(State(self._place, refresh=state.refresh))
            else:
                self._refuse("QAD does not accept user and password any more.")
        return self._renewable

    def begin_anew(self) -> Grant:
        """Log in whatever is kept, as a person has asked for it; a refusal is remembered."""
        with self._store.lock():
            state = self._begin(State(self._place))
        return Grant(state.secret, state.ends - state.used, state.rests)

    def refuse(self, text: str) -> None:
        """Remember that user and password were refused elsewhere, so that nobody tries them again."""
        with self._store.lock():
            self._refuse(text)

    def _begin(self, before: State) -> State:
        try:
            grant = self._log_in(before.refresh)
        except ReconnectNeeded as fault:
            self._refuse(fault.text)
            raise
        now = self._now()
        ends = now + SHARE * grant.lives
        state = State(self._place, grant.secret, grant.refresh, ends, grant.rests, now)
        self._keep(state)
        return state

    def _is_stale(self, state: State) -> bool:
        """Whether others have to be told that the session is in use: now and then is enough."""
        return self._now() > state.used + state.rests / 4

    def _state(self) -> State:
        state = self._read()
        if state.refused:
            raise ReconnectNeeded(
                f"{state.refused} We do not try again by ourselves: enter the right credentials, or have the "
                "user unlocked in QAD and ping again.",
                code=REFUSED,
            )
        return state

    def _read(self) -> State:
        text = self._store.current()
        state = State.from_text(text) if text else None
        return state if state and state.place == self._place else State(self._place)

    def _refuse(self, text: str) -> None:
        self._store.put(
            Token(State(self._place, refused=text).to_text(), REMEMBERED_SECONDS), REMEMBERED_SECONDS
        )

    def _keep(self, state: State) -> None:
        seconds = max(0.0, state.ends - self._now()) + REFRESH_SECONDS
        self._store.put(Token(state.to_text(), seconds), seconds)


def _used(state: State, now: float) -> State:
    return State(state.place, state.secret, state.refresh, state.ends, state.rests, now)
