"""Whose address is it, and keep what came: what receiving asks of the database."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from connectors.engine import sql
from connectors.models import WebhookEndpoint, WebhookReceipt
from connectors.models.webhook import hash_of
from connectors.sdk.hooks import Hook, Inbound, Verdict
from tenants.ids import uuid7
from tenants.scope import across_tenants

State = WebhookReceipt.State
HEADERS = frozenset({"content-type", "user-agent"})
LONGEST_HEADER = 500
KEPT_SECONDS = 10.0
MOST_KEPT = 10_000

# Entering and leaving the tenant's scope would be two more round trips, most of the time an answer takes. Set
# for this one statement it is the same wall: the row is checked against it when it comes out of `scope`.
_KEEP = f"""
    WITH scope AS MATERIALIZED (SELECT set_config('app.tenant', %s, true)::uuid AS tenant_id)
    INSERT INTO {WebhookReceipt._meta.db_table} AS receipt
        (tenant_id, id, endpoint_id, delivery_id, state, verdict, headers, body, received_at, repeats, event,
         reason)
    SELECT scope.tenant_id, %s, %s, %s, %s, %s, %s::jsonb, %s::bytea, %s, 0, '', '' FROM scope
    ON CONFLICT (endpoint_id, delivery_id)
        DO UPDATE SET repeats = receipt.repeats + 1, repeated_at = excluded.received_at
    RETURNING repeats = 0
"""  # noqa: S608, SLF001  built from a table's name


@dataclass(frozen=True, slots=True)
class Door:
    """What must be known of an endpoint to judge and keep a call."""

    endpoint_id: UUID
    tenant_id: UUID
    system: str
    kind: type[Hook]
    secrets: tuple[str, ...]


_known: dict[str, tuple[float, Door]] = {}


def find(system: str, token: str, now: datetime, *, anew: bool = False) -> Door | None:
    """The door with this address, be it its previous one.

    What was found is believed for some seconds, which is most of what receiving would cost. Whatever is not
    genuine by it is judged `anew`: its secrets may just have been set or replaced.
    """
    hashed = hash_of(token)
    until, door = (0.0, None) if anew else _known.get(hashed, (0.0, None))
    if until < time.monotonic():
        door = _look_up(hashed, now)
        _known.pop(hashed, None)
        if door:
            if len(_known) >= MOST_KEPT:
                _known.clear()
            _known[hashed] = time.monotonic() + KEPT_SECONDS, door
    return door if door and door.system == system else None


def _look_up(hashed: str, now: datetime) -> Door | None:
    with across_tenants("whose webhook this is"):
        found = (
            WebhookEndpoint.objects.select_related("connection")
            .filter(Q(token_hash=hashed) | Q(previous_hash=hashed, previous_until__gt=now))
            .first()
        )
    if found is None:
        return None
    return Door(found.pk, found.tenant_id, found.connection.system, found.kind, found.signing_secrets())


def keep(door: Door, inbound: Inbound, verdict: Verdict) -> bool:
    """Store a call before anybody acts upon it; False where it had been stored before.

    What is refused keeps no body, and counts up in one row per endpoint, verdict and minute.
    """
    if verdict.is_accepted:
        delivery, state, body = (
            door.kind.delivery_id(inbound)[:200].replace("\0", ""),
            State.NEW,
            inbound.body,
        )
    else:
        delivery, state, body = f"{verdict} {inbound.at:%Y-%m-%dT%H:%M}", State.REFUSED, None
    values: list[object] = [str(door.tenant_id), uuid7(), door.endpoint_id, delivery, state, str(verdict)]
    values += [json.dumps(_kept(door.kind, inbound)), body, inbound.at]
    return bool(sql.rows(_KEEP, values)[0][0])


def _kept(kind: type[Hook], inbound: Inbound) -> dict[str, str]:
    names = HEADERS | kind.kept_headers
    return {
        name: value[:LONGEST_HEADER].replace("\0", "")
        for name, value in inbound.headers.items()
        if name in names
    }
