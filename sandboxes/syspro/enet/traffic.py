"""Calls under way, by session: a second one on a session that is busy is refused, or has to wait."""

import time
from threading import Condition

LONGEST_WAIT = 60.0


class Traffic:
    """A call whose answer is withheld keeps its session busy until the answer would be sent."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._inside: dict[str, int] = {}
        self._until: dict[str, float] = {}

    def busy(self, session: str) -> bool:
        with self._changed:
            return self._is_busy(session)

    def enter(self, session: str, *, wait: bool) -> bool:
        """Whether the session was busy. Without `wait` a busy session is not entered."""
        with self._changed:
            was_busy = self._is_busy(session)
            if was_busy and not wait:
                return True
            deadline = time.monotonic() + LONGEST_WAIT
            while self._is_busy(session) and time.monotonic() < deadline:
                # Somebody who lingers gives no sign when it is over.
                left = self._until.get(session, 0.0) - time.monotonic()
                self._changed.wait(min(left, LONGEST_WAIT) if left > 0 else LONGEST_WAIT)
            self._inside[session] = self._inside.get(session, 0) + 1
            return was_busy

    def leave(self, session: str, lingering: float) -> None:
        with self._changed:
            self._inside[session] -= 1
            self._until = {name: until for name, until in self._until.items() if until > time.monotonic()}
            if lingering > 0:
                self._until[session] = time.monotonic() + min(lingering, LONGEST_WAIT)
            if not self._inside[session]:
                del self._inside[session]
            self._changed.notify_all()

    def _is_busy(self, session: str) -> bool:
        return self._inside.get(session, 0) > 0 or self._until.get(session, 0.0) > time.monotonic()
