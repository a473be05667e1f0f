"""Leases with fencing: one worker at a time on each side of a job, and a late one can do no harm.

A holder renews its lease with every commit. When it dies, the lease runs out (or, on the same host, its
process is seen to be gone) and the next one takes over with a higher fence; whatever the old one still tries
to commit is refused.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from connectors.engine import sql
from connectors.models import Lane, SyncJob

HOST = socket.gethostname()
LONGEST_WAIT = timedelta(hours=1)


class LeaseLost(Exception):
    """Another worker holds the lane now; nothing of ours may be written any more."""


@dataclass(frozen=True, slots=True)
class Held:
    """A lane we hold: `fence` goes into whatever we write."""

    lane_id: UUID
    fence: int


def lease_seconds() -> float:
    """How long a lease lasts without being renewed; longer than any single vendor call."""
    return float(getattr(settings, "LEASE_SECONDS", 90))


def take(job: SyncJob, kind: Lane.Kind, *, now: datetime | None = None) -> Held | None:
    """The lane, if nobody works on it and it need not wait; None otherwise."""
    now = now or timezone.now()
    with transaction.atomic():
        lane, _ = Lane.objects.get_or_create(job=job, kind=kind)
        lane = Lane.objects.select_for_update().get(pk=lane.pk)
        if not is_free(lane, now):
            # Whoever holds it may be about to leave without having seen what we were called for.
            Lane.objects.filter(pk=lane.pk).update(missed=True)
            return None
        lane.fence += 1
        lane.holder = _me()
        lane.lease_until = now + timedelta(seconds=lease_seconds())
        lane.wake_at = None
        lane.missed = False
        lane.save(update_fields=["fence", "holder", "lease_until", "wake_at", "missed"])
        return Held(lane.pk, lane.fence)


def is_free(lane: Lane, now: datetime) -> bool:
    """Whether somebody may take the lane.

    It need not wait, and its holder has let go, run out of time or died.
    """
    if lane.wake_at and lane.wake_at > now:
        return False
    return not lane.lease_until or lane.lease_until <= now or _is_gone(lane.holder)


_HOLD = f"""
    UPDATE {Lane._meta.db_table} SET lease_until = %s WHERE id = %s AND fence = %s RETURNING waits
"""  # noqa: S608, SLF001  built from a table name


def hold(held: Held) -> None:
    """Renew within the caller's transaction; raises `LeaseLost` where the fence is no longer ours."""
    until = timezone.now() + timedelta(seconds=lease_seconds())
    if not sql.rows(_HOLD, [until, held.lane_id, held.fence]):
        raise LeaseLost


def moved(held: Held) -> None:
    """Something got through: the next wait starts small again."""
    Lane.objects.filter(pk=held.lane_id, fence=held.fence).exclude(waits=0).update(waits=0)


def leave(held: Held) -> bool:
    """Give the lane back; harmless when it is no longer ours.

    True when somebody was called in vain meanwhile.
    """
    with transaction.atomic():
        lane = Lane.objects.select_for_update().filter(pk=held.lane_id, fence=held.fence).first()
        if lane is None:
            return False
        lane.lease_until, lane.holder = None, ""
        lane.save(update_fields=["lease_until", "holder"])
        return lane.missed


def park(held: Held, after: float | None) -> datetime:
    """Give the lane back; nobody takes it before `after` seconds (None: 5 s, doubling up to an hour)."""
    lane = Lane.objects.get(pk=held.lane_id)
    wait = (
        timedelta(seconds=after)
        if after is not None
        else min(timedelta(seconds=5 * 2 ** min(lane.waits, 12)), LONGEST_WAIT)
    )
    wake_at = timezone.now() + wait
    Lane.objects.filter(pk=held.lane_id, fence=held.fence).update(
        lease_until=None, holder="", wake_at=wake_at, waits=min(lane.waits + 1, 1000)
    )
    return wake_at


def _me() -> str:
    return f"{HOST}/{_boot()}/{os.getpid()}/{_started(os.getpid())}"


def _is_gone(holder: str) -> bool:
    """Whether the holder certainly runs no more.

    Same host, same boot, and no process of that number and start time.
    """
    host, _, rest = holder.partition("/")
    boot, _, process = rest.partition("/")
    pid, _, started = process.partition("/")
    if host != HOST or boot != _boot() or not boot or not pid.isdigit():
        return False
    return _started(int(pid)) != started


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _started(pid: int) -> str:
    """A process's start time in clock ticks since boot.

    Empty where it does not exist, or is dead and only not yet buried.
    """
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if state in "ZX" else fields[18]
