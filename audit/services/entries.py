"""Adds entries to the tenant's chain."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from audit.actors import Actor, current_actor
from audit.batches import require_transaction
from audit.canonical import hash_of, storable, storable_text
from audit.models import GENESIS, AuditEntry
from audit.redaction import Redactor
from audit.rows import Recorded
from tenants.ids import uuid7
from tenants.scope import current_tenant_id

LONGEST_NAME = 500
SEALED = "sealed"
"""Where an entry's data lists the batches of rows that it covers."""

# The connection's own secrets were taken out where they are known; this is the net below.
_redactor = Redactor()


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is about, where no model instance is at hand."""

    type: str
    id: str


def append(
    kind: str,
    *,
    subject: Model | Subject | None = None,
    job_id: UUID | None = None,
    run_id: UUID | None = None,
    actor: Actor | None = None,
    data: Mapping[str, Any] | None = None,
    seals: Iterable[Recorded] = (),
) -> AuditEntry:
    """Add an entry to the chain of the tenant in scope, in the caller's transaction. CALL IT LAST.

    The chain is locked from here until the transaction ends, so whatever follows makes all others of this
    tenant wait.

    `seals` are the batches of rows this entry stands for; changing one of their rows breaks the chain as
    well. Personal data belongs in payloads, not in `data`: what is in the chain cannot be erased.
    """
    require_transaction("append()")
    about = subject_of(subject)
    who = actor or current_actor()
    content = dict(data or {})
    if SEALED in content:
        raise ValueError(f"{SEALED!r} is the name under which an entry lists what it seals.")
    if sealed := [batch.as_data() for batch in seals if batch.count]:
        content[SEALED] = sealed
    tenant_id = current_tenant_id()
    seq, prev_hash, last = _lock_head(tenant_id)
    entry = AuditEntry(
        tenant_id=tenant_id,
        id=uuid7(),
        # Clocks of two machines differ; in a chain, time does not run backwards.
        at=max(timezone.now(), last),
        seq=seq + 1,
        kind=storable_text(kind, LONGEST_NAME),
        actor_kind=who.kind.value,
        actor_id=storable_text(who.id, LONGEST_NAME),
        actor_label=storable_text(who.label, LONGEST_NAME),
        subject_type=storable_text(about.type, LONGEST_NAME),
        subject_id=storable_text(about.id, LONGEST_NAME),
        job_id=job_id,
        run_id=run_id,
        data=_redactor.data(storable(content)),
        prev_hash=prev_hash,
    )
    entry.hash = hash_of(entry)
    _insert(entry)
    return entry


def subject_of(subject: Model | Subject | None) -> Subject:
    if isinstance(subject, Model):
        return Subject(subject._meta.label_lower, str(subject.pk))  # noqa: SLF001
    return subject or Subject("", "")


def _lock_head(tenant_id: UUID) -> tuple[int, bytes, Any]:
    with connection.cursor() as cursor:
        for _ in range(2):
            cursor.execute(
                "SELECT seq, hash, at FROM audit_chain_head WHERE tenant_id = %s FOR UPDATE", [tenant_id]
            )
            if head := cursor.fetchone():
                return head[0], bytes(head[1]), head[2]
            cursor.execute(
                "INSERT INTO audit_chain_head (tenant_id, at, seq, base_seq, hash, base_hash)"
                " VALUES (%s, %s, 0, 0, %s, %s) ON CONFLICT DO NOTHING",
                [tenant_id, timezone.now(), GENESIS, GENESIS],
            )
    raise AssertionError("A chain's head cannot vanish.")


_COLUMNS = (
    *("tenant_id", "id", "at", "seq", "kind", "actor_kind", "actor_id", "actor_label"),
    *("subject_type", "subject_id", "job_id", "run_id", "data", "prev_hash", "hash"),
)
_NAMES = ", ".join(_COLUMNS)
_PLACES = ", ".join(["%s"] * len(_COLUMNS))
_INSERT = f"""
    WITH entry AS (INSERT INTO audit_entry ({_NAMES}) VALUES ({_PLACES}))
    UPDATE audit_chain_head SET seq = %s, hash = %s, at = %s WHERE tenant_id = %s
"""  # noqa: S608  our own names


def _insert(entry: AuditEntry) -> None:
    values = {name: getattr(entry, name) for name in _COLUMNS} | {"data": json.dumps(entry.data)}
    head = (entry.seq, bytes(entry.hash), entry.at, entry.tenant_id)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [*values.values(), *head])
