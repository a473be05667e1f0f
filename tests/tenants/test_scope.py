"""Scopes in Python and in the database, whatever happens inside them."""

import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from contextvars import copy_context
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from structlog.testing import capture_logs

from tenants.ids import uuid7
from tenants.models import Membership, Tenant
from tenants.scope import (
    NoTenantInScope,
    Scope,
    across_tenants,
    current_scope,
    current_tenant_id,
    tenant_scope,
)

ACME, GLOBEX = uuid7(), uuid7()
NOBODY = ("", "")


def told() -> tuple[str, str]:
    """What the database believes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant', true), current_setting('app.across', true)")
        tenant, across = cursor.fetchone()
    return tenant or "", across or ""


def scope_or_none() -> Scope | None:
    with suppress(NoTenantInScope):
        return current_scope()
    return None


class Statements:
    """Every statement sent to set a scope."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        connection.ensure_connection()
        self.count = 0
        session = connection.connection
        execute: Callable[..., Any] = session.execute

        def counted(*args: Any) -> Any:
            self.count += 1
            return execute(*args)

        monkeypatch.setattr(session, "execute", counted)


@pytest.fixture
def statements(db: None, monkeypatch: pytest.MonkeyPatch) -> Statements:
    return Statements(monkeypatch)


def test_outside_every_scope_asking_raises() -> None:
    with pytest.raises(NoTenantInScope):
        current_tenant_id()
    with pytest.raises(NoTenantInScope):
        Membership.objects.all()
    with pytest.raises(NoTenantInScope):
        Tenant.objects.count()


def test_an_empty_query_needs_no_scope() -> None:
    assert list(Membership.objects.none()) == []


def test_across_tenants_there_is_no_current_tenant() -> None:
    with across_tenants("test"), pytest.raises(NoTenantInScope, match="test"):
        current_tenant_id()


def test_across_tenants_wants_a_reason() -> None:
    with pytest.raises(ValueError, match="reason"), across_tenants(""):
        pass


def test_a_scope_takes_a_tenant_an_id_or_its_text() -> None:
    for tenant in (Tenant(id=ACME), ACME, str(ACME)):
        with tenant_scope(tenant):
            assert current_tenant_id() == ACME


@pytest.mark.django_db
def test_the_database_follows_nested_scopes() -> None:
    assert told() == NOBODY
    with tenant_scope(ACME):
        assert told() == (str(ACME), "")
        with across_tenants("test"):
            assert told() == ("", "on")
            with tenant_scope(GLOBEX):
                assert told() == (str(GLOBEX), "")
            assert told() == ("", "on")
        assert told() == (str(ACME), "")
    assert told() == NOBODY


@pytest.mark.django_db
def test_an_exception_leaves_the_scope() -> None:
    with pytest.raises(ZeroDivisionError), tenant_scope(ACME):
        _ = 1 / 0
    assert scope_or_none() is None
    assert told() == NOBODY


def test_a_scope_costs_one_statement_on_each_side(statements: Statements) -> None:
    with tenant_scope(ACME):
        assert statements.count == 1
        with tenant_scope(ACME):
            pass
        assert statements.count == 1
    assert statements.count == 2


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_takes_no_scope_with_it() -> None:
    with tenant_scope(ACME):
        with suppress(ZeroDivisionError), transaction.atomic(), tenant_scope(GLOBEX):
            _ = 1 / 0
        assert told() == (str(ACME), "")
    assert told() == NOBODY


@pytest.mark.django_db(transaction=True)
def test_leaving_a_scope_in_an_aborted_transaction_shows_the_first_error() -> None:
    with (
        capture_logs() as complaints,
        pytest.raises(DatabaseError, match="no_such_table"),
        transaction.atomic(),
        tenant_scope(ACME),
    ):
        connection.cursor().execute("SELECT * FROM no_such_table")
    assert complaints == []
    assert told() == NOBODY
    with tenant_scope(GLOBEX):
        assert told() == (str(GLOBEX), "")


@pytest.mark.django_db(transaction=True)
def test_a_failed_savepoint_gives_back_the_scope_around_it() -> None:
    with transaction.atomic(), tenant_scope(ACME):
        with suppress(DatabaseError), transaction.atomic(), tenant_scope(GLOBEX):
            connection.cursor().execute("SELECT * FROM no_such_table")
        assert told() == (str(ACME), "")
    assert told() == NOBODY


@pytest.mark.django_db(transaction=True)
def test_a_scope_entered_in_an_aborted_transaction_shows_nothing_of_another_tenant() -> None:
    with suppress(DatabaseError), transaction.atomic():
        with suppress(DatabaseError):
            connection.cursor().execute("SELECT * FROM no_such_table")
        with tenant_scope(ACME), pytest.raises(DatabaseError):
            told()
    assert told() == NOBODY


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_learns_the_scope_it_opens_in() -> None:
    with tenant_scope(ACME):
        connection.close()
        assert told() == (str(ACME), "")
        with tenant_scope(GLOBEX):
            connection.close()
        assert told() == (str(ACME), "")
    assert told() == NOBODY


@pytest.mark.django_db(transaction=True)
def test_a_connection_the_server_dropped_is_replaced() -> None:
    connection.ensure_connection()
    drop_session()
    with tenant_scope(ACME):
        assert told() == (str(ACME), "")
        drop_session()
    assert told() == NOBODY


@pytest.mark.django_db(transaction=True)
def test_a_manual_transaction_that_failed_leaves_no_tenant_behind() -> None:
    connection.ensure_connection()
    session = connection.connection
    with suppress(DatabaseError), tenant_scope(ACME):
        connection.set_autocommit(False)
        connection.cursor().execute("SELECT * FROM no_such_table")
    assert session.closed
    assert told() == NOBODY


@pytest.mark.django_db(transaction=True)
def test_a_pooled_connection_forgets_the_tenant_it_served() -> None:
    settings = connection.settings_dict
    age = settings["CONN_MAX_AGE"]
    connection.close()
    settings["CONN_MAX_AGE"] = 0
    settings["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 1}
    try:
        with tenant_scope(ACME):
            assert told() == (str(ACME), "")
            served = connection.connection
            connection.close()
        assert told() == NOBODY
        assert connection.connection is served
    finally:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
        del settings["OPTIONS"]["pool"]
        settings["CONN_MAX_AGE"] = age


@pytest.mark.django_db(transaction=True)
def test_a_new_thread_starts_outside() -> None:
    seen: list[object] = []

    def look() -> None:
        try:
            seen.extend([scope_or_none(), told()])
            with tenant_scope(GLOBEX):
                seen.append(told())
        finally:
            connection.close()

    with tenant_scope(ACME):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert told() == (str(ACME), "")
    assert seen == [None, NOBODY, (str(GLOBEX), "")]


def test_a_generator_closed_from_another_context_does_not_raise() -> None:
    def rows() -> Generator[int]:
        with tenant_scope(ACME):
            yield 1

    generator = rows()
    copy_context().run(next, generator)
    copy_context().run(generator.close)
    assert scope_or_none() is None


def drop_session() -> None:
    """What a restart of the server does to a connection."""
    session = connection.connection
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [session.info.backend_pid])
