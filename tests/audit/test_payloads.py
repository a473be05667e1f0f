"""Bodies are kept once, found again, and let go of without harm to the chain."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.db.utils import ProgrammingError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import AuditEntry, Payload
from audit.services import (
    PayloadDamaged,
    append,
    digest_of,
    erase_payloads,
    load_payloads,
    prune,
    record_events,
    store_payloads,
    verify_chain,
)
from audit.tasks import maintain
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.audit.conftest import at_time, event, make_tenant


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(bodies=st.lists(st.binary(max_size=3000), max_size=5))
def test_what_is_stored_is_loaded_unchanged(inside_acme: Tenant, bodies: list[bytes]) -> None:
    digests = store_payloads(bodies)
    assert digests == [digest_of(body) for body in bodies]
    assert load_payloads(digests) == dict(zip(digests, bodies, strict=True))


def test_the_same_body_is_stored_once(inside_acme: Tenant) -> None:
    first = store_payloads([b"a", b"b", b"a"])
    assert first[0] == first[2]
    assert store_payloads([b"b", b"a"]) == [first[1], first[0]]
    assert Payload.objects.count() == 2


def test_large_bodies_are_compressed_and_only_when_it_helps(inside_acme: Tenant) -> None:
    repetitive, random = (
        b"customer " * 1000,
        bytes(digest_of(bytes([n, m]))[0] for n in range(64) for m in range(64)),
    )
    digests = store_payloads([repetitive, random, b"small"])
    stored = {bytes(row.digest): row for row in Payload.objects.all()}
    zlib, plain = Payload.Encoding.ZLIB, Payload.Encoding.PLAIN
    assert [stored[digest].encoding for digest in digests] == [zlib, plain, plain]
    assert len(stored[digests[0]].body or b"") < 500
    assert stored[digests[0]].size == 9000


def test_each_tenant_has_bodies_of_its_own(acme: Tenant, globex: Tenant) -> None:
    with tenant_scope(acme):
        (digest,) = store_payloads([b"secret plans"])
    with tenant_scope(globex):
        assert load_payloads([digest]) == {}
        assert erase_payloads([digest], "not ours") == 0
        store_payloads([b"secret plans"])
        erase_payloads([digest], "ours")
    with tenant_scope(acme):
        assert load_payloads([digest]) == {digest: b"secret plans"}


def test_an_unknown_digest_is_no_error(inside_acme: Tenant) -> None:
    assert load_payloads([b"x" * 16]) == {}
    assert load_payloads([]) == {}
    assert store_payloads([]) == []


def test_an_erased_body_is_gone_and_the_chain_still_verifies(inside_acme: Tenant) -> None:
    (digest,) = store_payloads([b"ann@example.com"])
    append("page", seals=[record_events([event(source_digest=digest)])])
    assert erase_payloads([digest, digest], "data subject request 7") == 1
    row = Payload.objects.get()
    assert (row.body, row.erased_why, row.size) == (None, "data subject request 7", 15)
    assert row.erased_at is not None
    assert load_payloads([digest]) == {}
    entry = AuditEntry.objects.order_by("-seq").first()
    assert entry is not None
    assert entry.data == {"why": "data subject request 7", "digests": [digest.hex()]}
    assert verify_chain(inside_acme).ok


def test_a_body_that_comes_again_after_it_was_erased_is_kept_again(inside_acme: Tenant) -> None:
    (digest,) = store_payloads([b"again"])
    erase_payloads([digest], "request")
    store_payloads([b"again", b"other"])
    assert load_payloads([digest]) == {digest: b"again"}
    assert Payload.objects.get(digest=digest).erased_why == ""


def test_bodies_outlive_their_retention_only_where_they_are_stored_again(
    acme: Tenant, globex: Tenant
) -> None:
    with tenant_scope(acme):
        old, used = store_payloads([b"old", b"used"])
        append("page", seals=[record_events([event(source_digest=old)])])
    with tenant_scope(globex):
        (theirs,) = store_payloads([b"old"])
    with at_time(datetime.now(UTC) + timedelta(days=60)), tenant_scope(acme):
        store_payloads([b"used"])
    _keep_payloads(globex, days=200)
    assert prune(datetime.now(UTC) + timedelta(days=91)) == 1
    with tenant_scope(acme):
        assert load_payloads([old, used]) == {used: b"used"}
        assert Payload.objects.get(digest=old).erased_why == "retention"
        assert AuditEntry.objects.order_by("-seq")[0].data["count"] == 1
    with tenant_scope(globex):
        assert load_payloads([theirs]) == {theirs: b"old"}
    assert verify_chain(acme).ok


def test_a_body_within_its_retention_stays(inside_acme: Tenant) -> None:
    (digest,) = store_payloads([b"young"])
    assert prune(datetime.now(UTC) + timedelta(days=90)) == 0
    assert load_payloads([digest]) == {digest: b"young"}


def test_the_daily_task_prunes(inside_acme: Tenant) -> None:
    store_payloads([b"old"])
    with at_time(datetime.now(UTC) + timedelta(days=365)):
        maintain()
    assert Payload.objects.get().body is None


def test_the_application_cannot_forge_or_remove_a_digest(inside_acme: Tenant) -> None:
    store_payloads([b"body"])
    for statement in (
        "DELETE FROM audit_payload",
        "UPDATE audit_payload SET digest = 'x'",
        "UPDATE audit_payload SET size = 0",
        "TRUNCATE audit_payload",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            _execute(statement)


def test_a_body_that_was_changed_is_not_given_out(inside_acme: Tenant) -> None:
    (digest,) = store_payloads([b"true"])
    _execute("UPDATE audit_payload SET body = 'false'")
    with pytest.raises(PayloadDamaged):
        load_payloads([digest])


@pytest.mark.django_db(transaction=True)
def test_nothing_is_stored_outside_a_transaction() -> None:
    with tenant_scope(make_tenant("Acme")):
        with pytest.raises(TransactionManagementError):
            store_payloads([b"lost"])
        with pytest.raises(TransactionManagementError):
            erase_payloads([b"lost"], "why")


def _keep_payloads(tenant: Tenant, *, days: int) -> None:
    with tenant_scope(tenant):
        Tenant.objects.update(payload_days=days)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
