"""Proves that nobody changed the trail: recomputes the chain, and the rows that its entries seal.

What was removed by retention is told by entries of kind `trail_expired` (see audit/partitions.py): anything
else that is missing was taken away.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from audit.batches import TABLES, BatchTable, stored_digest
from audit.canonical import hash_of
from audit.models import AuditEntry, ChainHead
from audit.services.entries import SEALED
from tenants.models import Tenant
from tenants.scope import tenant_scope

EXPIRED = "trail_expired"
_CHUNK = 500
_STILL_BEING_WRITTEN = timedelta(minutes=15)
"""Rows younger than this may belong to a transaction that has not appended its entry yet."""
_CLOCKS_DIFFER_BY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Break:
    """The first element that is not what it was. `entry_id` is None where the element itself is gone."""

    seq: int
    entry_id: UUID | None
    what: str


@dataclass(slots=True)
class ChainReport:
    """What `verify_chain` found. `head_seq` and `head_hash`, noted elsewhere, expose an end that was cut."""

    tenant_id: UUID
    entries: int = 0
    rows: int = 0
    head_seq: int = 0
    head_hash: str = ""
    broken: Break | None = None
    unsealed: dict[str, int] = field(default_factory=dict)
    """Rows that no entry covers, by table."""

    @property
    def ok(self) -> bool:
        return self.broken is None


class _Broken(Exception):
    def __init__(self, seq: int, entry_id: UUID | None, what: str) -> None:
        super().__init__(what)
        self.found = Break(seq, entry_id, what)


def verify_chain(tenant: Tenant | UUID, *, rows: bool = True) -> ChainReport:
    """Check a tenant's chain from its beginning, and (unless `rows` is False) every row that it seals.

    Streams (which takes a transaction); may run while others append.
    """
    with tenant_scope(tenant), transaction.atomic():
        return _Verification(tenant.pk if isinstance(tenant, Tenant) else tenant, rows=rows).run()


class _Verification:
    def __init__(self, tenant_id: UUID, *, rows: bool) -> None:
        self.report = ChainReport(tenant_id)
        self.check_rows = rows
        self.settled = timezone.now() - _STILL_BEING_WRITTEN
        self.sealed_and_settled = dict.fromkeys(TABLES, 0)
        self.expired_until: dict[str, datetime] = {}

    def run(self) -> ChainReport:
        report = self.report
        head = ChainHead.objects.first()
        try:
            if head is None:
                _refuse_entries_without_head()
            else:
                report.head_seq, report.head_hash = head.seq, bytes(head.hash).hex()
                self._check_beginning(head)
                self._check_entries(head)
        except _Broken as error:
            report.broken = error.found
        else:
            if self.check_rows:
                report.unsealed = {name: many for name, many in self._unsealed() if many}
        return report

    def _check_beginning(self, head: ChainHead) -> None:
        """Where the beginning is gone, an entry must tell that it expired, and where the rest begins."""
        base = (head.base_seq, bytes(head.base_hash).hex())
        told = head.base_seq == 0
        for data in AuditEntry.objects.filter(kind=EXPIRED).values_list("data", flat=True):
            if (expiry := _expiry_of(data)) is None:
                continue  # it was altered, which comes out when its turn comes
            table, until = expiry
            self.expired_until[table] = max(until, self.expired_until.get(table, until))
            told |= (data.get("seq"), data.get("hash")) == base
        if not told:
            raise _Broken(base[0], None, "The entries up to here were removed, and no entry tells of it.")

    def _check_entries(self, head: ChainHead) -> None:
        seq, previous = head.base_seq, bytes(head.base_hash)
        for entry in AuditEntry.objects.order_by("seq", "id").iterator(_CHUNK):
            _check_link(entry, seq, previous)
            seq, previous = entry.seq, bytes(entry.hash)
            if seq == head.seq and previous != bytes(head.hash):
                raise _Broken(seq, entry.id, "The chain's head names another entry than this as its end.")
            self.report.entries += 1
            if self.check_rows:
                self._check_seals(entry)
        if seq < head.seq:
            raise _Broken(seq + 1, None, f"The end is missing: the chain went on to no. {head.seq}.")
        if seq > head.seq and seq > ChainHead.objects.get().seq:
            raise _Broken(head.seq + 1, None, "There are entries beyond the chain's head.")

    def _check_seals(self, entry: AuditEntry) -> None:
        for seal in entry.data.get(SEALED, ()):
            table, first = TABLES[seal["table"]], UUID(seal["first"])
            if self._has_expired(table, first):
                continue
            count, digest = stored_digest(table, first)
            if (count, digest.hex()) != (seal["count"], seal["digest"]):
                raise _Broken(entry.seq, entry.id, _what_differs(table, seal, count))
            self.report.rows += count
            if _made_at(first) < self.settled:
                self.sealed_and_settled[table.name] += count

    def _has_expired(self, table: BatchTable, first: UUID) -> bool:
        until = self.expired_until.get(table.name)
        return until is not None and _made_at(first) < until + _CLOCKS_DIFFER_BY

    def _unsealed(self) -> Iterator[tuple[str, int]]:
        for name, sealed in self.sealed_and_settled.items():
            until = self.expired_until.get(name)
            begin = _id_at(until + _CLOCKS_DIFFER_BY) if until else UUID(int=0)
            query = f"SELECT count(*) FROM {name} WHERE tenant_id = %s AND id >= %s AND id < %s"  # noqa: S608
            with connection.cursor() as cursor:
                cursor.execute(query, [self.report.tenant_id, begin, _id_at(self.settled)])
                (there,) = cursor.fetchone()
            yield name, there - sealed


def _expiry_of(data: Any) -> tuple[str, datetime] | None:
    try:
        return str(data["table"]), datetime.fromisoformat(data["until"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        return None


def _refuse_entries_without_head() -> None:
    if first := AuditEntry.objects.order_by("seq").first():
        raise _Broken(first.seq, first.id, "The chain has entries, but its head is gone.")


def _check_link(entry: AuditEntry, before: int, previous: bytes) -> None:
    if entry.seq <= before:
        raise _Broken(entry.seq, entry.id, f"There is more than one entry no. {entry.seq}.")
    if entry.seq > before + 1:
        raise _Broken(before + 1, None, f"Missing: after no. {before} comes no. {entry.seq}.")
    if bytes(entry.hash) != hash_of(entry):
        raise _Broken(entry.seq, entry.id, "This entry was altered.")
    if bytes(entry.prev_hash) != previous:
        raise _Broken(entry.seq, entry.id, "This entry does not continue from the one before it.")


def _what_differs(table: BatchTable, seal: Mapping[str, Any], count: int) -> str:
    where = f"{table.name} from {seal['first']}"
    if count != seal["count"]:
        return f"This entry covers {seal['count']} rows in {where}; there are {count}."
    return f"The rows that this entry covers in {where} were altered."


def _made_at(key: UUID) -> datetime:
    """The time in a UUIDv7."""
    return datetime.fromtimestamp((key.int >> 80) / 1000, UTC)


def _id_at(moment: datetime) -> UUID:
    return UUID(int=int(moment.timestamp() * 1000) << 80)
