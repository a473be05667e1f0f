"""Writes rows by the thousand: one COPY and one INSERT for each batch, inside the caller's transaction.

COPY cannot write to a table that row-level security guards, so the rows take one step in between: a temporary
table of the session, which empties itself when the transaction ends.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.transaction import TransactionManagementError

from audit.rows import BATCH_BITS, Recorded
from tenants.ids import uuid7
from tenants.scope import current_tenant_id


class Column(NamedTuple):
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class BatchTable:
    """A table of the trail, and what its rows hold after tenant and id, in this order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def all_columns(self) -> tuple[Column, ...]:
        return (Column("tenant_id", "uuid"), Column("id", "uuid"), *self.columns)

    @property
    def names(self) -> str:
        return ", ".join(column.name for column in self.all_columns)

    @property
    def types(self) -> list[str]:
        return [column.type for column in self.all_columns]


def columns(**types: str) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name, kind in types.items())


EVENTS = BatchTable(
    "audit_record_event",
    columns(
        at="timestamptz",
        kind="text",
        job_id="uuid",
        sink="text",
        source_key="text",
        link_id="uuid",
        run_id="uuid",
        outcome="text",
        reason="text",
        text="text",
        source_digest="bytea",
        payload_digest="bytea",
        trace_digest="bytea",
        answer_digest="bytea",
        mapping_version="int4",
        replay_id="uuid",
        call_id="uuid",
    ),
)
CALLS = BatchTable(
    "audit_api_call",
    columns(
        at="timestamptz",
        connection_id="uuid",
        system="text",
        method="text",
        path="text",
        status="int2",
        duration_ms="int4",
        run_id="uuid",
        job_id="uuid",
        bytes_in="int8",
        bytes_out="int8",
        attempt="int2",
        vendor_request_id="text",
        error_class="text",
        error_text="text",
        request_digest="bytea",
        answer_digest="bytea",
    ),
)
TABLES = {table.name: table for table in (EVENTS, CALLS)}


FEW = 12
"""Up to so many rows go without the step in between."""


def require_transaction(what: str) -> None:
    """The trail must live and die with what it tells of."""
    if not connection.in_atomic_block:
        raise TransactionManagementError(f"{what} must be called inside transaction.atomic().")


def copy_rows(statement: str, types: list[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY ... FROM STDIN (FORMAT BINARY), which costs a third of the text format in Python."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        write: Callable[[Sequence[Any]], None] = copy.write_row
        for row in rows:
            write(row)


def store(table: BatchTable, rows: Sequence[tuple[Any, ...]]) -> Recorded:
    """Write the rows and say where they are. Their ids follow each other."""
    require_transaction(f"Recording in {table.name}")
    first = uuid7().int >> BATCH_BITS << BATCH_BITS
    if len(rows) >> BATCH_BITS:
        raise ValueError(f"A batch may have {2**BATCH_BITS - 1} rows, not {len(rows)}.")
    if not rows:
        return Recorded(table.name, UUID(int=first), 0, b"")
    tenant = current_tenant_id()
    numbered = ((tenant, UUID(int=number), *row) for number, row in enumerate(rows, first))
    digest = _few(table, list(numbered)) if len(rows) <= FEW else _many(table, numbered, UUID(int=first))
    return Recorded(table.name, UUID(int=first), len(rows), digest)


def _few(table: BatchTable, rows: Sequence[Sequence[Any]]) -> bytes:
    """A handful of rows is quicker sent as it is."""
    places = ", ".join([f"({', '.join(['%s'] * len(table.types))})"] * len(rows))
    statement = f"""
        WITH stored AS (INSERT INTO {table.name} ({table.names}) VALUES {places} RETURNING {table.names})
        SELECT {_DIGEST} FROM stored AS batch
    """  # noqa: S608  our own names
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for row in rows for value in row])
        return bytes(cursor.fetchone()[0])


def _many(table: BatchTable, rows: Iterable[Sequence[Any]], first: UUID) -> bytes:
    stage = f"new_{table.name}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {stage} (LIKE {table.name}) ON COMMIT DELETE ROWS")
    copy_rows(
        f"COPY {stage} ({table.names}) FROM STDIN (FORMAT BINARY)",
        table.types,
        rows,
    )
    # Rows of earlier batches of this transaction are still on the stage; their ids are smaller.
    take_over = f"""
        WITH stored AS (
            INSERT INTO {table.name} ({table.names})
            SELECT {table.names} FROM {stage} WHERE id >= %s RETURNING {table.names}
        )
        SELECT {_DIGEST} FROM stored AS batch
    """  # noqa: S608  our own names
    with connection.cursor() as cursor:
        cursor.execute(take_over, [first])
        return bytes(cursor.fetchone()[0])


# The rows' binary form: exact, independent of the session's settings, and quick to make.
_DIGEST = "sha256(string_agg(record_send(batch), ''::bytea ORDER BY batch.id))"


def stored_digest(table: BatchTable, first: UUID) -> tuple[int, bytes]:
    """How many rows of the batch are there, and their digest as of now."""
    last = UUID(int=first.int | (1 << BATCH_BITS) - 1)
    query = f"""
        SELECT count(*), {_DIGEST}
          FROM (SELECT {table.names} FROM {table.name} WHERE tenant_id = %s AND id BETWEEN %s AND %s) AS batch
    """  # noqa: S608  our own names
    with connection.cursor() as cursor:
        cursor.execute(query, [current_tenant_id(), first, last])
        count, digest = cursor.fetchone()
    return count, bytes(digest or b"")
