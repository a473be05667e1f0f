"""The chain holds, and whoever touches it is found out, even the owner of the database."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.transaction import TransactionManagementError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from audit.actors import SYSTEM, Actor, ActorKind, actor_scope, current_actor
from audit.canonical import hash_of
from audit.models import AuditEntry, ChainHead, TrailIsAppendOnly
from audit.rows import Recorded
from audit.services import Subject, append, record_calls, record_events, verify_chain
from tenants.ids import uuid7
from tenants.models import Tenant
from tenants.scope import NoTenantInScope, tenant_scope
from tests.audit.conftest import at_time, call, event, make_tenant

Tamper = Callable[[], AbstractContextManager[CursorWrapper]]


def grow(tenant: Tenant, entries: int = 5) -> list[AuditEntry]:
    """A chain in which each entry seals three events and a call."""
    made = []
    for number in range(entries):
        with tenant_scope(tenant), transaction.atomic():
            seals = record_events([event(f"C-{number}-{key}") for key in range(3)]), record_calls([call()])
            made.append(append("page_observed", data={"page": number}, seals=seals))
    return made


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


COPY = """
    INSERT INTO audit_entry
    SELECT tenant_id, gen_random_uuid(), job_id, run_id, at + interval '1 second', {seq}, kind, actor_kind,
           actor_id, actor_label, subject_type, subject_id, data, {prev_hash}, hash
      FROM audit_entry WHERE seq = 5 AND tenant_id = %s
"""
# What the owner does, the number at which he is found out, and what is said.
TAMPERING = {
    "data changed": (
        "UPDATE audit_entry SET data = '{\"page\": 9}' WHERE seq = 3 AND tenant_id = %s",
        3,
        "This entry was altered.",
    ),
    "actor changed": (
        "UPDATE audit_entry SET actor_label = 'somebody else' WHERE seq = 1 AND tenant_id = %s",
        1,
        "This entry was altered.",
    ),
    "time changed": (
        "UPDATE audit_entry SET at = at - interval '1 second' WHERE seq = 2 AND tenant_id = %s",
        2,
        "This entry was altered.",
    ),
    "entry deleted": (
        "DELETE FROM audit_entry WHERE seq = 3 AND tenant_id = %s",
        3,
        "Missing: after no. 2 comes no. 4.",
    ),
    "first entry deleted": (
        "DELETE FROM audit_entry WHERE seq = 1 AND tenant_id = %s",
        1,
        "Missing: after no. 0 comes no. 2.",
    ),
    "last entry deleted": (
        "DELETE FROM audit_entry WHERE seq = 5 AND tenant_id = %s",
        5,
        "The end is missing: the chain went on to no. 5.",
    ),
    "all entries deleted": (
        "DELETE FROM audit_entry WHERE tenant_id = %s",
        1,
        "The end is missing: the chain went on to no. 5.",
    ),
    "entries swapped": (
        "UPDATE audit_entry SET seq = 5 - seq WHERE seq IN (2, 3) AND tenant_id = %s",
        2,
        "This entry was altered.",
    ),
    "entry copied": (
        COPY.format(seq="seq", prev_hash="prev_hash"),
        5,
        "There is more than one entry no. 5.",
    ),
    "entry forged at the end": (
        COPY.format(seq="6", prev_hash="hash"),
        6,
        "This entry was altered.",
    ),
    "tail cut and head moved back": (
        """
        WITH cut AS (DELETE FROM audit_entry WHERE seq = 5 AND tenant_id = %s RETURNING tenant_id)
        UPDATE audit_chain_head h SET seq = 4 FROM cut WHERE h.tenant_id = cut.tenant_id
        """,
        4,
        "The chain's head names another entry than this as its end.",
    ),
    "beginning cut and base moved": (
        """
        WITH cut AS (DELETE FROM audit_entry WHERE seq <= 2 AND tenant_id = %s RETURNING tenant_id, seq, hash)
        UPDATE audit_chain_head h SET base_seq = 2, base_hash = cut.hash
          FROM cut WHERE h.tenant_id = cut.tenant_id AND cut.seq = 2
        """,
        2,
        "The entries up to here were removed, and no entry tells of it.",
    ),
    "entry made to tell of an expiry": (
        "UPDATE audit_entry SET kind = 'trail_expired', data = '[]' WHERE seq = 2 AND tenant_id = %s",
        2,
        "This entry was altered.",
    ),
    "head deleted": (
        "DELETE FROM audit_chain_head WHERE tenant_id = %s",
        1,
        "The chain has entries, but its head is gone.",
    ),
    "event changed": (
        "UPDATE audit_record_event SET outcome = 'created' WHERE source_key = 'C-2-1' AND tenant_id = %s",
        3,
        "The rows that this entry covers in audit_record_event from",
    ),
    "event deleted": (
        "DELETE FROM audit_record_event WHERE source_key = 'C-3-0' AND tenant_id = %s",
        4,
        "This entry covers 3 rows in audit_record_event from",
    ),
    "event added": (
        """
        INSERT INTO audit_record_event
               (tenant_id, id, job_id, at, kind, sink, source_key, outcome, reason, text)
        SELECT tenant_id, (left(id::text, -1) || 'f')::uuid, job_id, at, kind, sink, source_key, '', '', ''
          FROM audit_record_event WHERE source_key = 'C-1-0' AND tenant_id = %s
        """,
        2,
        "This entry covers 3 rows in audit_record_event from",
    ),
    "calls moved to another time": (
        "UPDATE audit_api_call SET at = at + interval '1 second' WHERE tenant_id = %s",
        1,
        "The rows that this entry covers in audit_api_call from",
    ),
}


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_is_found_and_named(how: str, tamper: Tamper) -> None:
    statement, seq, what = TAMPERING[how]
    acme, globex = make_tenant("Acme"), make_tenant("Globex")
    grow(acme)
    grow(globex, 2)
    with tamper() as cursor:
        cursor.execute(statement, [acme.pk])
        assert cursor.rowcount
    broken = verify_chain(acme).broken
    assert broken is not None
    assert broken.seq == seq
    assert broken.what.startswith(what)
    assert verify_chain(globex).ok


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_break_names_the_entry(tamper: Tamper) -> None:
    acme = make_tenant("Acme")
    entries = grow(acme)
    with tamper() as cursor:
        cursor.execute("UPDATE audit_entry SET kind = 'harmless' WHERE seq = 4 AND tenant_id = %s", [acme.pk])
    broken = verify_chain(acme).broken
    assert broken is not None
    assert broken.entry_id == entries[3].id


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_an_entry_whose_hash_was_made_to_fit_breaks_the_next_one(tamper: Tamper) -> None:
    acme = make_tenant("Acme")
    grow(acme)
    with tenant_scope(acme):
        forged = AuditEntry.objects.get(seq=2)
    forged.kind = "harmless"
    with tamper() as cursor:
        cursor.execute(
            "UPDATE audit_entry SET kind = 'harmless', hash = %s WHERE seq = 2 AND tenant_id = %s",
            [hash_of(forged), acme.pk],
        )
    broken = verify_chain(acme).broken
    assert broken is not None
    assert (broken.seq, broken.what) == (3, "This entry does not continue from the one before it.")


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_well_made_forgery_beyond_the_head_is_found(tamper: Tamper) -> None:
    acme = make_tenant("Acme")
    last = grow(acme)[-1]
    forged = AuditEntry(
        tenant_id=acme.pk, id=uuid7(), at=last.at, seq=6, kind="approved", data={}, prev_hash=bytes(last.hash)
    )
    with tamper() as cursor:
        cursor.execute(
            """
            INSERT INTO audit_entry (tenant_id, id, at, seq, kind, data, prev_hash, hash,
                                     actor_kind, actor_id, actor_label, subject_type, subject_id)
            VALUES (%s, %s, %s, 6, 'approved', '{}', %s, %s, '', '', '', '', '')
            """,
            [acme.pk, forged.pk, last.at, bytes(last.hash), hash_of(forged)],
        )
    broken = verify_chain(acme).broken
    assert broken is not None
    assert (broken.seq, broken.what) == (6, "There are entries beyond the chain's head.")


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_chain_alone_can_be_verified_without_its_rows(tamper: Tamper) -> None:
    acme = make_tenant("Acme")
    grow(acme)
    with tamper() as cursor:
        cursor.execute("DELETE FROM audit_record_event WHERE tenant_id = %s", [acme.pk])
    assert verify_chain(acme, rows=False).ok
    assert not verify_chain(acme).ok
