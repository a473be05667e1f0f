"""Entries follow each other in one chain per tenant, and cover the rows they seal."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from audit.actors import SYSTEM, Actor, ActorKind, actor_scope, current_actor
from audit.models import AuditEntry, ChainHead, TrailIsAppendOnly
from audit.rows import Recorded
from audit.services import Subject, append, record_calls, record_events, verify_chain
from tenants.ids import uuid7
from tenants.models import Tenant
from tenants.scope import NoTenantInScope, tenant_scope
from tests.audit.conftest import at_time, call, event, grow, make_tenant


def test_entries_follow_each_other(inside_acme: Tenant) -> None:
    first, second = append("started"), append("finished")
    assert (first.seq, second.seq) == (1, 2)
    assert bytes(second.prev_hash) == bytes(first.hash)
    assert ChainHead.objects.get().seq == 2


def test_an_untouched_chain_verifies_with_all_its_rows(acme: Tenant) -> None:
    grow(acme, 4)
    report = verify_chain(acme)
    assert report.ok
    assert (report.entries, report.rows, report.head_seq, report.unsealed) == (4, 16, 4, {})


def test_a_tenant_without_entries_verifies(acme: Tenant) -> None:
    assert verify_chain(acme).ok


def test_each_tenant_has_a_chain_of_its_own(acme: Tenant, globex: Tenant) -> None:
    grow(acme, 2)
    grow(globex, 1)
    assert (verify_chain(acme).head_seq, verify_chain(globex).head_seq) == (2, 1)


def test_everything_told_is_kept(inside_acme: Tenant) -> None:
    job, run = uuid7(), uuid7()
    append(
        "job_paused",
        subject=inside_acme,
        job_id=job,
        run_id=run,
        actor=Actor(ActorKind.PERSON, "42", "ann@acme.example"),
        data={"before": {"on": True}, "after": {"on": False}},
    )
    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.subject_type, entry.subject_id) == (
        "job_paused",
        "tenants.tenant",
        str(inside_acme.pk),
    )
    assert (entry.job_id, entry.run_id, entry.actor_kind, entry.actor_label) == (
        job,
        run,
        "person",
        "ann@acme.example",
    )
    assert entry.data == {"before": {"on": True}, "after": {"on": False}}


def test_the_actor_is_the_one_in_scope_and_else_the_system(inside_acme: Tenant) -> None:
    ann = Actor(ActorKind.PERSON, "1", "ann")
    with actor_scope(ann):
        assert append("a").actor_label == "ann"
        with actor_scope(Actor(ActorKind.STAFF, "2", "sue")):
            assert append("b").actor_kind == "staff"
        assert current_actor() == ann
    assert current_actor() == SYSTEM
    assert append("c").actor_kind == "system"


def test_a_secret_in_the_data_does_not_reach_the_chain(inside_acme: Tenant) -> None:
    append("connected", data={"settings": {"api_key": "k-123"}, "note": "Authorization: Bearer abc.def"})
    assert AuditEntry.objects.get().data == {
        "settings": {"api_key": "[redacted]"},
        "note": "Authorization: [redacted]",
    }


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals(allow_nan=False)
    | st.datetimes()
    | st.uuids()
    | st.binary(max_size=5)
    | st.text(st.characters(), max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.dictionaries(st.text(max_size=5), JSON, max_size=3))
@example(data={"zero": -0.0, "large": [1e16, 1e22, 1.8e308, -1e300], "small": 5e-324, "none": float("nan")})
def test_whatever_the_data_the_chain_verifies(inside_acme: Tenant, data: dict[str, Any]) -> None:
    append("anything", data=data)
    assert verify_chain(inside_acme).broken is None


def test_data_cannot_pretend_to_seal(inside_acme: Tenant) -> None:
    with pytest.raises(ValueError, match="sealed"):
        append("page", data={"sealed": []})


def test_nul_bytes_and_half_characters_do_not_stop_an_entry(inside_acme: Tenant) -> None:
    append("odd\0kind", subject=Subject("x", "\ud800"), data={"a\0": "b\0\udfff", "amount": Decimal("1.10")})
    assert AuditEntry.objects.get().data == {"a\ufffd": "b\ufffd?", "amount": "1.10"}
    assert verify_chain(inside_acme).ok


def test_a_clock_that_goes_back_does_not_turn_time_round(inside_acme: Tenant) -> None:
    first = append("a")
    with at_time(datetime.now(UTC) - timedelta(hours=3)):
        assert append("b").at == first.at
    assert verify_chain(inside_acme).ok


def test_nothing_is_appended_outside_a_tenant(db: None) -> None:
    with pytest.raises(NoTenantInScope):
        append("lost")


@pytest.mark.django_db(transaction=True)
def test_nothing_is_appended_outside_a_transaction() -> None:
    with tenant_scope(make_tenant("Acme")), pytest.raises(TransactionManagementError):
        append("lost")


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_leaves_no_trace() -> None:
    acme = make_tenant("Acme")
    grow(acme, 1)
    with tenant_scope(acme), transaction.atomic():
        append("undone", seals=[record_events([event()])])
        transaction.set_rollback(True)
    grow(acme, 1)
    report = verify_chain(acme)
    assert (report.ok, report.entries, report.rows) == (True, 2, 8)


@pytest.mark.django_db(transaction=True)
def test_appending_at_the_same_time_keeps_one_chain() -> None:
    acme = make_tenant("Acme")
    together = threading.Barrier(4)

    def worker() -> None:
        try:
            with tenant_scope(acme):
                together.wait()
                for _ in range(10):
                    with transaction.atomic():
                        append("page", seals=[record_events([event()])])
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = verify_chain(acme)
    assert report.broken is None
    assert (report.entries, report.rows) == (40, 40)


def test_rows_that_no_entry_covers_are_counted(inside_acme: Tenant) -> None:
    append("page", seals=[record_events([event()])])
    record_events([event(), event()])
    assert verify_chain(inside_acme).unsealed == {}  # their entry may still be coming
    with at_time(datetime.now(UTC) + timedelta(hours=1)):
        report = verify_chain(inside_acme)
    assert report.ok
    assert report.unsealed == {"audit_record_event": 2}


def test_models_of_the_trail_cannot_be_saved(inside_acme: Tenant) -> None:
    append("a")
    entry = AuditEntry.objects.get()
    with pytest.raises(TrailIsAppendOnly):
        entry.save()
    with pytest.raises(TrailIsAppendOnly):
        entry.delete()


def test_a_batch_knows_the_ids_of_its_rows(inside_acme: Tenant) -> None:
    batch = record_calls([call("/a"), call("/b")])
    assert batch.id_of(1).int == batch.first.int + 1
    with pytest.raises(IndexError):
        batch.id_of(2)
    with pytest.raises(IndexError):
        Recorded("x", batch.first, 0, b"").id_of(0)
