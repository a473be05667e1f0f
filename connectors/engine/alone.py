"""Mutual exclusion over all workers, for vendors whose sessions exclude each other.

An advisory lock of PostgreSQL on a database connection of its own: whoever dies lets go of it.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper

from connectors.sdk.errors import RetryLater

PATIENCE_SECONDS = 20.0
LOOK_SECONDS = 0.05


@contextmanager
def alone(account: str, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold what only one may hold per vendor account.

    Raises `RetryLater` where others have not let go after `patience` seconds.
    """
    digest = hashlib.blake2b(account.encode(), digest_size=8, person=b"mlc-alone").digest()
    key = int.from_bytes(digest, "big", signed=True)
    deadline = time.monotonic() + patience
    with closing(connection.copy()) as held, held.cursor() as cursor:
        while not _took(cursor, key):
            if time.monotonic() > deadline:
                raise RetryLater(
                    "Another of our workers is still talking to this account, which serves one at a time. "
                    "Work goes on by itself.",
                    after=5,
                    code="busy",
                )
            time.sleep(LOOK_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311  spreads the waiting
        yield


def _took(cursor: CursorWrapper, key: int) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
    return bool(cursor.fetchone()[0])
