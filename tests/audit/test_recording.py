"""Calls and events by the thousand: complete, walled off, and robust against what vendors send."""

from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from audit.models import ApiCall, RecordEvent
from audit.rows import CallRow, EventKind, EventRow
from audit.services import record_calls, record_events
from tenants.ids import uuid7
from tenants.models import Tenant
from tenants.scope import NoTenantInScope, across_tenants, tenant_scope
from tests.audit.conftest import call, event, make_tenant


def test_an_event_comes_back_as_it_was_told(inside_acme: Tenant) -> None:
    row = EventRow(
        at=datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC),
        kind=EventKind.CONFIRMED,
        job_id=uuid7(),
        sink="audience_members",
        source_key="C-Müller\t\\N\n",
        link_id=uuid7(),
        run_id=uuid7(),
        outcome="created",
        reason="new",
        text="Added “Müller” 🎉",
        source_digest=b"\x00\x01",
        payload_digest=b"\xff" * 16,
        trace_digest=b"t" * 16,
        answer_digest=None,
        mapping_version=7,
        replay_id=uuid7(),
        call_id=uuid7(),
    )
    record_events([row])
    stored = RecordEvent.objects.get()
    assert EventRow(**{name: getattr(stored, name) for name in EventRow._fields}) == row


def test_a_call_comes_back_as_it_was_told(inside_acme: Tenant) -> None:
    row = call(
        status=503,
        duration_ms=1500,
        run_id=uuid7(),
        job_id=uuid7(),
        bytes_in=5_000_000_000,
        bytes_out=7,
        attempt=3,
        vendor_request_id="req-1",
        error_class="RetryLater",
        error_text="busy",
        request_digest=b"q" * 16,
        answer_digest=b"a" * 16,
    )
    record_calls([row])
    stored = ApiCall.objects.get()
    assert CallRow(**{name: getattr(stored, name) for name in CallRow._fields}) == row


def test_thousands_of_rows_keep_their_order_and_their_ids(inside_acme: Tenant) -> None:
    batch = record_events(event(f"C-{number}") for number in range(3000))
    stored = list(RecordEvent.objects.order_by("id").values_list("id", "source_key"))
    assert stored == [(batch.id_of(number), f"C-{number}") for number in range(3000)]


def test_two_batches_of_one_transaction_do_not_mix(inside_acme: Tenant) -> None:
    first, second = record_events([event("a")]), record_events([event("b"), event("c")])
    assert (first.count, second.count, RecordEvent.objects.count()) == (1, 2, 3)


def test_no_rows_are_no_batch(inside_acme: Tenant) -> None:
    assert record_events([]).count == 0
    assert record_calls(iter(())).count == 0


def test_rows_are_seen_by_their_tenant_alone(acme: Tenant, globex: Tenant) -> None:
    with tenant_scope(acme):
        record_events([event("ours")])
        record_calls([call("/ours")])
    with tenant_scope(globex):
        assert not RecordEvent.objects.exists()
        assert not ApiCall.objects.exists()
        record_events([event("theirs")])
    with across_tenants("test"):
        assert set(RecordEvent.objects.values_list("tenant_id", "source_key")) == {
            (acme.pk, "ours"),
            (globex.pk, "theirs"),
        }


def test_what_postgres_cannot_hold_is_replaced_and_what_is_endless_is_cut(inside_acme: Tenant) -> None:
    record_events([event("C\0\ud800" + "x" * 40_000, text="\0" * 9000, reason="r\0")])
    record_calls([call("/p\0", vendor_request_id="\udfff", error_text="e" * 9000, duration_ms=1.7)])
    told, made = RecordEvent.objects.get(), ApiCall.objects.get()
    assert told.source_key.startswith("C\ufffd?xx")
    assert (len(told.source_key), len(told.text), told.reason) == (500, 2000, "r\ufffd")
    assert (made.path, made.vendor_request_id, len(made.error_text), made.duration_ms) == (
        "/p\ufffd",
        "?",
        2000,
        2,
    )


def test_nothing_is_recorded_outside_a_tenant(db: None) -> None:
    with pytest.raises(NoTenantInScope):
        record_events([event()])
    with across_tenants("test"), pytest.raises(NoTenantInScope):
        record_events([event()])


@pytest.mark.django_db(transaction=True)
def test_nothing_is_recorded_outside_a_transaction() -> None:
    with tenant_scope(make_tenant("Acme")):
        with pytest.raises(TransactionManagementError):
            record_events([event()])
        with pytest.raises(TransactionManagementError):
            record_calls([call()])


@pytest.mark.django_db(transaction=True)
def test_rows_of_a_savepoint_that_failed_are_gone_and_the_next_ones_stay() -> None:
    with tenant_scope(make_tenant("Acme")):
        with transaction.atomic():
            with transaction.atomic():
                record_events([event("undone")])
                transaction.set_rollback(True)
            record_events([event("kept")])
        with transaction.atomic():
            record_events([event("later")])
        assert list(RecordEvent.objects.order_by("id").values_list("source_key", flat=True)) == [
            "kept",
            "later",
        ]
