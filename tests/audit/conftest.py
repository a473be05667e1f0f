"""Two tenants, rows to record, and an owner of the database who means harm."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from audit.models import AuditEntry
from audit.rows import CallRow, EventKind, EventRow
from audit.services import append, record_calls, record_events
from tenants import ids
from tenants.ids import uuid7
from tenants.models import Tenant
from tenants.scope import across_tenants, tenant_scope

AppendOnly = ("audit_entry", "audit_api_call", "audit_record_event")


@contextmanager
def at_time(moment: datetime) -> Iterator[None]:
    """Another time, for ids as well: they never go back by themselves, so they get a clock of their own."""
    with time_machine.travel(moment), pytest.MonkeyPatch.context() as patch:
        patch.setattr(ids, "_clock", ids._Clock())
        yield


def make_tenant(name: str, **fields: Any) -> Tenant:
    with across_tenants("test data"):
        return Tenant.objects.create(name=name, slug=name.lower(), **fields)


@pytest.fixture
def acme(db: None) -> Tenant:
    return make_tenant("Acme")


@pytest.fixture
def globex(db: None) -> Tenant:
    return make_tenant("Globex")


@pytest.fixture
def inside_acme(acme: Tenant) -> Iterator[Tenant]:
    with tenant_scope(acme):
        yield acme


@contextmanager
def tampering() -> Iterator[CursorWrapper]:
    """The owner of the tables, with the triggers off: nothing holds him back, so he must be found out."""
    with (
        across_tenants("tampering"),
        transaction.atomic(using="owner"),
        connections["owner"].cursor() as cursor,
    ):
        for table in AppendOnly:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        for table in AppendOnly:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.fixture
def tamper(transactional_db: None) -> Callable[[], AbstractContextManager[CursorWrapper]]:
    return tampering


def event(key: str = "C-1", kind: EventKind = EventKind.OBSERVED, **fields: Any) -> EventRow:
    defaults: dict[str, Any] = {"at": now(), "job_id": JOB, "sink": "audience_members", "link_id": uuid7()}
    return EventRow(kind=kind, source_key=key, **(defaults | fields))


def call(path: str = "/lists/{list}/members", **fields: Any) -> CallRow:
    defaults: dict[str, Any] = {
        "at": now(),
        "connection_id": CONNECTION,
        "system": "mailchimp",
        "method": "POST",
        "status": 200,
        "duration_ms": 12,
    }
    return CallRow(path=path, **(defaults | fields))


def now() -> datetime:
    return datetime.now(UTC)


JOB: UUID = uuid7()
CONNECTION: UUID = uuid7()


def grow(tenant: Tenant, entries: int = 5) -> list[AuditEntry]:
    """A chain in which each entry seals three events and a call."""
    made = []
    for number in range(entries):
        with tenant_scope(tenant), transaction.atomic():
            seals = record_events([event(f"C-{number}-{key}") for key in range(3)]), record_calls([call()])
            made.append(append("page_observed", data={"page": number}, seals=seals))
    return made
