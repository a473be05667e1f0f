"""Telling the workers of receipts without making a vendor wait for the broker.

A thread of this process sends what is to be told. It takes its time: receipts that come within a moment are
told of once per tenant. Whatever it cannot deliver, or takes with it when the process dies, the sweeper finds
within a minute.
"""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from uuid import UUID

import structlog

from connectors.engine.hints import send

log = structlog.get_logger(__name__)

MOMENT_SECONDS = 0.05
IDLE_SECONDS = 30.0

_lock = Lock()
_waiting: set[UUID] = set()
_calls: SimpleQueue[UUID] = SimpleQueue()
_thread: list[Thread] = []


def tell(tenant_id: UUID) -> None:
    """A receipt of this tenant is waiting; returns at once."""
    with _lock:
        if tenant_id not in _waiting:
            _waiting.add(tenant_id)
            _calls.put(tenant_id)
        # A thread does not survive a fork: it may be there and not alive.
        if not _thread or not _thread[0].is_alive():
            _thread[:] = [Thread(target=_work, name="webhook-notifier", daemon=True)]
            _thread[0].start()


def _work() -> None:
    while True:
        try:
            tenant_id = _calls.get(timeout=IDLE_SECONDS)
        except Empty:
            with _lock:
                if _waiting:
                    continue
                _thread.clear()
                return
        time.sleep(MOMENT_SECONDS)
        with _lock:
            _waiting.discard(tenant_id)
        try:
            send("receipts", tenant_id)
        except Exception as error:  # noqa: BLE001  the next receipt must be told of all the same
            log.warning("notifier_failed", error=type(error).__name__)
