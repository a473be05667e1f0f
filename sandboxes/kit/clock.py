"""The sandbox's own time: real by default, and it can be moved forward or frozen."""

from datetime import UTC, datetime, timedelta
from threading import Lock


class Clock:
    """Real time plus an offset. `freeze()` stops it; `advance()` moves it either way it runs."""

    def __init__(self, frozen_at: datetime | None = None) -> None:
        self._lock = Lock()
        self._offset = timedelta()
        self._frozen = frozen_at

    def now(self) -> datetime:
        with self._lock:
            return self._frozen or datetime.now(UTC) + self._offset

    def timestamp(self) -> float:
        return self.now().timestamp()

    def advance(self, seconds: float) -> datetime:
        with self._lock:
            if self._frozen:
                self._frozen += timedelta(seconds=seconds)
            else:
                self._offset += timedelta(seconds=seconds)
        return self.now()

    def set(self, moment: datetime) -> datetime:
        with self._lock:
            if self._frozen:
                self._frozen = moment
            else:
                self._offset = moment - datetime.now(UTC)
        return self.now()

    def freeze(self) -> datetime:
        moment = self.now()
        with self._lock:
            self._frozen = moment
        return moment

    def reset(self) -> None:
        with self._lock:
            self._offset = timedelta()
            self._frozen = None
