"""Whoever touches the chain is found out, even the owner of the database."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db.backends.utils import CursorWrapper

from audit.canonical import hash_of
from audit.models import AuditEntry
from audit.services import verify_chain
from tenants.ids import uuid7
from tenants.scope import tenant_scope
from tests.audit.conftest import grow, make_tenant

Tamper = Callable[[], AbstractContextManager[CursorWrapper]]
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
