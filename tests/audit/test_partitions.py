"""Months come in time, recording never fails for want of one, and what nobody keeps goes without harm."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.backends.utils import CursorWrapper

from audit import partitions
from audit.models import AuditEntry, RecordEvent
from audit.partitions import Month
from audit.services import append, record_calls, record_events, verify_chain
from tenants.models import Tenant
from tenants.scope import across_tenants, tenant_scope
from tests.audit.conftest import AppendOnly, at_time, call, event, make_tenant

Tamper = Callable[[], AbstractContextManager[CursorWrapper]]
both = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def test_months_follow_each_other() -> None:
    assert Month(2026, 12).next == Month(2027, 1)
    assert Month(2026, 2).end == datetime(2026, 3, 1, tzinfo=UTC)
    assert Month(2026, 3).partition_of("audit_entry") == "audit_entry_2026_03"
    assert partitions.coming_months(datetime(2026, 11, 30, 23, tzinfo=UTC), ahead=2) == [
        Month(2026, 11),
        Month(2026, 12),
        Month(2027, 1),
    ]


def test_the_month_is_that_of_utc() -> None:
    berlin = datetime.fromisoformat("2026-12-01T00:30:00+01:00")
    assert partitions.coming_months(berlin, ahead=0) == [Month(2026, 11)]


def test_rows_go_to_the_month_they_happened_in(inside_acme: Tenant) -> None:
    this = Month.of(datetime.now(UTC))
    for at in (this.begin, this.end - timedelta(microseconds=1), this.end):
        record_events([event(at=at)])
    assert _where_rows_are("audit_record_event") == [
        this.partition_of("audit_record_event"),
        this.partition_of("audit_record_event"),
        this.next.partition_of("audit_record_event"),
    ]


def test_a_month_without_partition_goes_to_the_default_one(inside_acme: Tenant) -> None:
    batch = record_events([event(at=datetime(2031, 5, 1, tzinfo=UTC)), event()])
    assert _where_rows_are("audit_record_event")[0] == "audit_record_event_default"
    append("page", seals=[batch])
    assert verify_chain(inside_acme).ok


@both
def test_maintenance_gives_rows_of_the_default_partition_their_month() -> None:
    acme = make_tenant("Acme")
    may = Month(2031, 5)
    with tenant_scope(acme), transaction.atomic():
        append(
            "page", seals=[record_events([event(at=may.begin), event(at=may.begin)]), record_calls([call()])]
        )
    try:
        assert _maintain("--keep") == "made audit_record_event_2031_05\n"
        with tenant_scope(acme):
            assert _where_rows_are("audit_record_event") == [may.partition_of("audit_record_event")] * 2
        assert verify_chain(acme).ok
        assert _maintain("--keep") == ""
    finally:
        _drop(may.partition_of("audit_record_event"))


@both
def test_a_new_month_is_closed_to_the_application() -> None:
    month = Month(2032, 1)
    try:
        partitions.make_months(month.begin, ahead=0)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT has_table_privilege(name, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')"
                " FROM unnest(%s::text[]) AS name",
                [[month.partition_of(table) for table in AppendOnly]],
            )
            assert cursor.fetchall() == [(False,)] * 3
    finally:
        _drop(*(month.partition_of(table) for table in AppendOnly))


@both
def test_expired_months_go_and_the_chain_tells_of_it() -> None:
    acme, globex = make_tenant("Acme", audit_days=30), make_tenant("Globex", audit_days=40)
    past, later = datetime(2020, 1, 10, tzinfo=UTC), datetime(2020, 3, 5, tzinfo=UTC)
    with at_time(past):
        _record(acme, 3)
        _record(globex, 1)
    with at_time(later):
        _record(acme, 2)
        made = _maintain("--keep")
        assert "made audit_entry_2020_01" in made
        assert _maintain() == ""  # somebody still keeps January
    try:
        with at_time(datetime(2020, 3, 20, tzinfo=UTC)):
            dropped = _maintain().splitlines()
            january = [line for line in dropped if line.startswith("dropped") and line.endswith("2020_01")]
            assert len(january) == 3
            with tenant_scope(acme):
                assert RecordEvent.objects.count() == 2
                told = AuditEntry.objects.filter(kind="trail_expired")
                assert {entry.data["table"] for entry in told} >= set(AppendOnly)
            for tenant in (acme, globex):
                report = verify_chain(tenant)
                assert report.broken is None
                assert report.unsealed == {}
            _record(acme, 1)
            assert verify_chain(acme).ok
    finally:
        _drop_before(datetime(2022, 1, 1, tzinfo=UTC))


@both
def test_rows_of_a_batch_may_expire_before_the_entry_that_covers_them() -> None:
    acme = make_tenant("Acme", audit_days=30)
    try:
        with tenant_scope(acme), transaction.atomic():
            with at_time(datetime(2020, 1, 31, 23, 59, tzinfo=UTC)):
                batch = record_events([event()])
            with at_time(datetime(2020, 2, 1, tzinfo=UTC)):
                append("page", seals=[batch])
        with at_time(datetime(2020, 3, 2, tzinfo=UTC)):
            assert "dropped audit_record_event_2020_01" in _maintain()
            report = verify_chain(acme)
        assert (report.broken, report.entries, report.rows) == (None, 2, 0)
    finally:
        _drop_before(datetime(2022, 1, 1, tzinfo=UTC))


@both
def test_what_is_missing_beyond_the_expired_is_still_found(tamper: Tamper) -> None:
    acme = make_tenant("Acme", audit_days=30)
    try:
        with at_time(datetime(2021, 1, 10, tzinfo=UTC)):
            _record(acme, 3)
            _maintain("--keep")
        with at_time(datetime(2021, 3, 20, tzinfo=UTC)):
            _maintain()
            _record(acme, 2)
            assert verify_chain(acme).ok
            with tamper() as cursor:
                cursor.execute("DELETE FROM audit_entry WHERE tenant_id = %s AND seq = 4", [acme.pk])
            broken = verify_chain(acme).broken
        assert broken is not None
        assert (broken.seq, broken.entry_id) == (4, None)
    finally:
        _drop_before(datetime(2022, 1, 1, tzinfo=UTC))


def test_maintenance_needs_the_owner(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "OWNER", "default")
    with pytest.raises(CommandError, match="DATABASE_OWNER_URL"):
        _maintain()


def test_lacking_months_are_noticed_in_time(db: None) -> None:
    assert partitions.lacking_months(datetime.now(UTC)) == []
    assert partitions.lacking_months(datetime(2050, 1, 1, tzinfo=UTC)) == list(partitions.TABLES)


def _record(tenant: Tenant, times: int) -> None:
    for _ in range(times):
        with tenant_scope(tenant), transaction.atomic():
            append("page", seals=[record_events([event()]), record_calls([call()])])


def _where_rows_are(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tableoid::regclass::text FROM {table} ORDER BY id")  # noqa: S608
        return [name for (name,) in cursor.fetchall()]


def _maintain(*arguments: str) -> str:
    out = StringIO()
    call_command("audit_maintenance", *arguments, stdout=out)
    return out.getvalue()


def _drop(*names: str) -> None:
    with connections["owner"].cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")


def _drop_before(moment: datetime) -> None:
    """Leave no months of long ago behind."""
    with across_tenants("tidying up"):
        for table in AppendOnly:
            _drop(
                *(month.partition_of(table) for month in partitions.months_of(table) if month.begin < moment)
            )
