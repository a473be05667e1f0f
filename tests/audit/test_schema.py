"""The tables are what Django believes they are, and nobody but their owner can change what is in them."""

from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.models import Model
from django.db.utils import ProgrammingError

from audit import batches
from audit.partitions import Month, months_of
from audit.rows import CallRow, EventRow
from audit.services import append, record_calls, record_events
from tenants.models import Tenant
from tenants.scope import across_tenants, tenant_scope
from tests.audit.conftest import AppendOnly, call, event, make_tenant, now

MODELS = list(apps.get_app_config("audit").get_models())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_has_its_column(model: type[Model], db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname, format_type(atttypid, atttypmod), NOT attnotnull FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [model._meta.db_table],
        )
        columns = {name: (kind, null) for name, kind, null in cursor.fetchall()}
    types = {"timestamp with time zone": "timestamptz"}
    declared = {
        field.column: (types.get(str(field.db_type(connection)), field.db_type(connection)), field.null)
        for field in model._meta.concrete_fields
    }
    assert {name: (types.get(kind, kind), null) for name, (kind, null) in columns.items()} == declared


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_index_is_there(model: type[Model], db: None) -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    for index in model._meta.indexes:
        columns = [model._meta.get_field(name).column for name in index.fields]  # type: ignore[union-attr]
        assert found[index.name]["columns"] == columns


def test_no_migration_is_missing(db: None) -> None:
    call_command("makemigrations", "audit", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize(("table", "row"), [(batches.EVENTS, EventRow), (batches.CALLS, CallRow)])
def test_rows_name_their_columns_in_order(table: batches.BatchTable, row: Any) -> None:
    assert tuple(column.name for column in table.columns) == row._fields


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_table_is_behind_the_tenant_wall(model: type[Model], db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass",
            [model._meta.db_table],
        )
        assert cursor.fetchone() == (True, True)


STATEMENTS = (
    "UPDATE {} SET at = now()",
    "DELETE FROM {}",
    "TRUNCATE {}",
)


@pytest.mark.parametrize("table", AppendOnly)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_application_cannot_change_the_trail(table: str, statement: str, inside_acme: Tenant) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        _execute(statement.format(table))


@pytest.mark.parametrize("table", AppendOnly)
@pytest.mark.parametrize(
    "statement", ["SELECT * FROM {}", "INSERT INTO {} (tenant_id) VALUES (NULL)", *STATEMENTS]
)
def test_the_application_cannot_reach_a_partition(table: str, statement: str, inside_acme: Tenant) -> None:
    for partition in (
        f"{table}_default",
        *(month.partition_of(table) for month in months_of(table, "default")),
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            _execute(statement.format(partition))


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize("table", AppendOnly)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_triggers_hold_even_where_the_rights_do_not(table: str, statement: str) -> None:
    with tenant_scope(make_tenant("Acme")), transaction.atomic():
        append("a", seals=[record_events([event()]), record_calls([call()])])
    with (
        across_tenants("the owner's hand slips"),
        pytest.raises(ProgrammingError, match="append-only"),
        transaction.atomic(using="owner"),
    ):
        _execute(statement.format(table), using="owner")


def test_the_application_cannot_move_the_beginning_of_a_chain(inside_acme: Tenant) -> None:
    append("a")
    for statement in (
        "UPDATE audit_chain_head SET base_seq = 1",
        "DELETE FROM audit_chain_head",
        "TRUNCATE audit_chain_head",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            _execute(statement)


def test_this_month_and_the_coming_ones_have_their_partitions(db: None) -> None:
    for table in AppendOnly:
        assert Month.of(now()) in months_of(table, "default")
        assert Month.of(now()).next in months_of(table, "default")


def test_the_application_cannot_make_or_drop_months(inside_acme: Tenant) -> None:
    partition = Month.of(now()).partition_of("audit_entry")
    for statement in (
        f"DROP TABLE {partition}",
        f"ALTER TABLE audit_entry DETACH PARTITION {partition}",
        "ALTER TABLE audit_entry DISABLE TRIGGER USER",
        "ALTER TABLE audit_entry DISABLE ROW LEVEL SECURITY",
    ):
        with pytest.raises(ProgrammingError, match="must be owner"), transaction.atomic():
            _execute(statement)


def _execute(statement: str, using: str = "default") -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(statement)
