"""The months of the trail: makes the coming ones, lets go of those that nobody needs to keep any more.

Runs as the owner of the tables (`manage.py audit_maintenance`, and after every `migrate`); the application
may do neither.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import structlog
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Max

from audit.services.entries import append
from audit.services.verification import EXPIRED
from tenants.models import Tenant
from tenants.scope import across_tenants, tenant_scope

log = structlog.get_logger(__name__)

OWNER = "owner"
CHAIN = "audit_entry"
TABLES = ("audit_record_event", "audit_api_call", CHAIN)
MONTHS_AHEAD = 3
_PATIENCE = "5s"
"""How long changing a table may hold up those who record: longer, and the next run tries again."""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month)

    @property
    def begin(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        return self.next.begin

    @property
    def next(self) -> "Month":
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def partition_of(self, table: str) -> str:
        return f"{table}_{self.year:04}_{self.month:02}"


def coming_months(now: datetime, ahead: int = MONTHS_AHEAD) -> list[Month]:
    months = [Month.of(now.astimezone(UTC))]
    for _ in range(ahead):
        months.append(months[-1].next)
    return months


def months_of(table: str, alias: str = OWNER) -> list[Month]:
    """The months that have a partition, oldest first."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table]
        )
        names = [name for (name,) in cursor.fetchall()]
    found = (re.fullmatch(rf"{table}_(\d{{4}})_(\d{{2}})", name) for name in names)
    return sorted(Month(int(match[1]), int(match[2])) for match in found if match)


def make_months(now: datetime, *, ahead: int = MONTHS_AHEAD, alias: str = OWNER) -> list[str]:
    """Make the partitions of this month, of the coming ones, and of all that the default one stood in for."""
    made = []
    for table in TABLES:
        there = set(months_of(table, alias))
        wanted = {*coming_months(now, ahead), *_months_in_default(table, alias)}
        for month in sorted(wanted - there):
            _make(table, month, alias)
            made.append(month.partition_of(table))
    return made


def lacking_months(now: datetime, alias: str = "default") -> list[str]:
    """The tables that have no partition for next month yet."""
    coming = Month.of(now.astimezone(UTC)).next
    return [table for table in TABLES if coming not in months_of(table, alias)]


def _months_in_default(table: str, alias: str) -> Iterator[Month]:
    query = f"SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') FROM {table}_default"  # noqa: S608
    with connections[alias].cursor() as cursor:
        cursor.execute(query)
        for (first,) in cursor.fetchall():
            yield Month.of(first)


def _make(table: str, month: Month, alias: str) -> None:
    """Attaching a table, unlike creating a partition, lets others use the months that are there meanwhile."""
    name = month.partition_of(table)
    bounds = [month.begin, month.end]
    move = f"""
        WITH moved AS (DELETE FROM {table}_default WHERE at >= %s AND at < %s RETURNING *)
        INSERT INTO {name} SELECT * FROM moved
    """  # noqa: S608  our own names
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
        cursor.execute(f"LOCK TABLE {table}_default IN ACCESS EXCLUSIVE MODE")
        cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING STORAGE)")
        cursor.execute(f"ALTER TABLE {table}_default DISABLE TRIGGER append_only")
        cursor.execute(move, bounds)
        cursor.execute(f"ALTER TABLE {table}_default ENABLE TRIGGER append_only")
        cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)", bounds)
        cursor.execute("SELECT audit_revoke(%s::regclass, 'ALL')", [name])
    log.info("trail_month_made", partition=name)


def drop_expired(now: datetime, alias: str = OWNER) -> list[str]:
    """Drop the months that no tenant keeps any longer: whoever keeps least waits for who keeps most."""
    with across_tenants("retention of the trail"):
        kept_days = Tenant.objects.aggregate(days=Max("audit_days"))["days"]
    if kept_days is None:
        return []
    horizon = now - timedelta(days=kept_days)
    dropped = []
    for table in TABLES:
        for month in months_of(table, alias):
            if month.end <= horizon:
                _drop(table, month, alias)
                dropped.append(month.partition_of(table))
    return dropped


def _drop(table: str, month: Month, alias: str) -> None:
    """First every tenant's chain tells that its rows expire; only then they go."""
    name = month.partition_of(table)
    ends = _ends_of_chains(name, alias) if table == CHAIN else {}
    for tenant_id in _tenants_in(name, alias):
        told: dict[str, object] = {"table": table, "until": month.end}
        if tenant_id in ends:
            seq, last_hash = ends[tenant_id]
            told |= {"seq": seq, "hash": last_hash.hex()}
        with tenant_scope(tenant_id), transaction.atomic():
            append(EXPIRED, data=told)
    with (
        across_tenants("retention of the trail"),
        transaction.atomic(using=alias),
        connections[alias].cursor() as cursor,
    ):
        cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
        cursor.executemany(
            "UPDATE audit_chain_head SET base_seq = %s, base_hash = %s WHERE tenant_id = %s",
            [(seq, last_hash, tenant_id) for tenant_id, (seq, last_hash) in ends.items()],
        )
        cursor.execute(f"DROP TABLE {name}")
    log.info("trail_month_dropped", partition=name)


def _tenants_in(partition: str, alias: str) -> list[UUID]:
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT tenant_id FROM {partition}")  # noqa: S608  our own name
        return [tenant_id for (tenant_id,) in cursor.fetchall()]


def _ends_of_chains(partition: str, alias: str) -> dict[UUID, tuple[int, bytes]]:
    """The last entry of each tenant in this partition of the chain."""
    query = f"""
        SELECT DISTINCT ON (tenant_id) tenant_id, seq, hash FROM {partition} ORDER BY tenant_id, seq DESC
    """  # noqa: S608  our own name
    with connections[alias].cursor() as cursor:
        cursor.execute(query)
        return {tenant_id: (seq, bytes(last_hash)) for tenant_id, seq, last_hash in cursor.fetchall()}


def owns_tables(connection: BaseDatabaseWrapper) -> bool:
    """Whether this connection's role may make and drop partitions."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_userbyid(relowner) = current_user FROM pg_class WHERE oid = to_regclass(%s)",
            [CHAIN],
        )
        row = cursor.fetchone()
    return bool(row and row[0])
