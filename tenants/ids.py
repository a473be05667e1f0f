"""Time-ordered ids (UUIDv7, RFC 9562): rows made later sort later, and nobody can guess or count them."""

import os
import threading
import time
from uuid import UUID

_COUNTER_BITS = (
    42  # 12 bits of rand_a and the first 30 of rand_b count within a millisecond (RFC 9562, 6.2, method 1)
)
_TAIL_BITS = 32
_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62


class _Clock:
    """The last millisecond and count that were given out. It never goes back, as a machine's clock may."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.millisecond = 0
        self.count = 0

    def tick(self) -> tuple[int, int]:
        now = time.time_ns() // 1_000_000
        with self.lock:
            if now > self.millisecond:
                self.millisecond, self.count = now, _fresh_count()
            else:
                self.count += 1
                if self.count >> _COUNTER_BITS:
                    self.millisecond, self.count = self.millisecond + 1, _fresh_count()
            return self.millisecond, self.count


def _fresh_count() -> int:
    """A random start whose highest bit is clear, so that a millisecond has room for two trillion ids."""
    return int.from_bytes(os.urandom(6)) >> (48 - _COUNTER_BITS + 1)


_clock = _Clock()


def _forget_the_parent() -> None:
    # A forked child must neither share its parent's count nor inherit a lock that some thread held.
    _clock.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_forget_the_parent)


def uuid7() -> UUID:
    """A new id, larger than every id this process made before."""
    millisecond, count = _clock.tick()
    high, low = count >> 30, count & 0x3FFFFFFF
    tail = int.from_bytes(os.urandom(_TAIL_BITS // 8))
    return UUID(int=millisecond << 80 | _VERSION | high << 64 | _VARIANT | low << _TAIL_BITS | tail)
