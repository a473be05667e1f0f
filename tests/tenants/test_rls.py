"""The second wall holds for raw SQL, as the role the application connects as."""

from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, ProgrammingError, connection, connections, transaction
from django.db.migrations.state import ProjectState

from tenants.ids import uuid7
from tenants.models import ApiKey, Invitation, Membership, Role, Tenant, TenantOwned, WrongTenant
from tenants.rls import protect
from tenants.scope import across_tenants, tenant_scope
from tests.tenants.conftest import join

OURS = ["tenants_tenant", "tenants_membership", "tenants_invitation", "tenants_apikey"]


def rows(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]


@pytest.mark.django_db
def test_the_application_cannot_pass_the_wall() -> None:
    assert rows("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user") == [
        (False, False)
    ]
    owned = rows("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
    assert owned == [(0,)]


@pytest.mark.django_db
def test_every_table_a_tenant_owns_is_walled() -> None:
    owned = {model._meta.db_table for model in apps.get_models() if issubclass(model, TenantOwned)}
    walled = dict(
        rows(
            "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relkind IN ('r', 'p')"
        )
    )
    open_tables = {table for table in owned | set(OURS) if not walled[table]}
    assert not open_tables


def test_a_forgotten_filter_shows_only_the_own_rows(acme: Membership, globex: Membership) -> None:
    with tenant_scope(acme.tenant_id):
        assert rows("SELECT tenant_id FROM tenants_membership") == [(acme.tenant_id,)]
        assert rows("SELECT id FROM tenants_tenant") == [(acme.tenant_id,)]
        assert rows("SELECT 1 FROM tenants_membership WHERE tenant_id = %s", globex.tenant_id) == []
        assert list(Membership._base_manager.all()) == [acme]


def test_no_scope_shows_nothing(acme: Membership) -> None:
    for table in OURS:
        assert rows(f"SELECT * FROM {table}") == []  # noqa: S608


def test_across_tenants_shows_all(acme: Membership, globex: Membership) -> None:
    with across_tenants("test"):
        assert {row[0] for row in rows("SELECT id FROM tenants_tenant")} == {acme.tenant_id, globex.tenant_id}
        assert set(Tenant.objects.all()) == {acme.tenant, globex.tenant}


def test_another_tenants_rows_can_be_neither_changed_nor_removed(
    acme: Membership, globex: Membership
) -> None:
    with tenant_scope(acme.tenant_id):
        assert rows("UPDATE tenants_membership SET role = 'viewer' WHERE id = %s", globex.pk) == [(0,)]
        assert rows("DELETE FROM tenants_membership WHERE id = %s", globex.pk) == [(0,)]
        assert rows("UPDATE tenants_tenant SET name = 'taken' WHERE id = %s", globex.tenant_id) == [(0,)]
    with tenant_scope(globex.tenant_id):
        assert rows("SELECT role FROM tenants_membership") == [("owner",)]


def test_a_row_cannot_be_made_for_another_tenant(acme: Membership, globex: Membership) -> None:
    columns = "(id, tenant_id, user_id, role, created)"
    insert = f"INSERT INTO tenants_membership {columns} VALUES (%s, %s, %s, 'owner', now())"  # noqa: S608
    with tenant_scope(acme.tenant_id):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            rows(insert, uuid7(), globex.tenant_id, acme.user_id)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            rows("UPDATE tenants_membership SET tenant_id = %s", globex.tenant_id)
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        rows(insert, uuid7(), acme.tenant_id, globex.user_id)


def test_copy_is_walled_too(acme: Membership, globex: Membership) -> None:
    columns = "tenants_membership (id, tenant_id, user_id, role, created)"
    with (
        tenant_scope(acme.tenant_id),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {columns} FROM STDIN") as copy,
    ):
        copy.write_row((uuid7(), globex.tenant_id, acme.user_id, "owner", "2026-01-01"))


def test_a_scope_hides_other_tenants_from_the_manager(acme: Membership, globex: Membership) -> None:
    with tenant_scope(acme.tenant_id):
        assert list(Membership.objects.all()) == [acme]
        assert list(acme.user.memberships.all()) == [acme]
        assert f'"tenant_id" = {acme.tenant_id}' in str(
            Membership.objects.all().query
        )  # not by the wall alone
        assert not Membership.objects.filter(pk=globex.pk).exists()


def test_new_rows_get_the_tenant_in_scope_alone_and_in_bulk(acme: Membership) -> None:
    users = [join(acme, f"{name}@acme.example", Role.VIEWER).user for name in "abc"]
    with tenant_scope(acme.tenant_id):
        Membership.objects.filter(user__in=users).delete()
        one = Membership.objects.create(user=users[0], role=Role.VIEWER)
        many = Membership.objects.bulk_create([Membership(user=user, role=Role.VIEWER) for user in users[1:]])
        assert {row.tenant_id for row in [one, *many]} == {acme.tenant_id}
        assert Membership.objects.count() == 4


def test_a_row_of_another_tenant_is_not_saved(acme: Membership, globex: Membership) -> None:
    with tenant_scope(acme.tenant_id):
        with pytest.raises(WrongTenant), transaction.atomic():
            globex.save()
        with pytest.raises(WrongTenant), transaction.atomic():
            Membership.objects.create(user=acme.user, tenant=globex.tenant, role=Role.OWNER)
    with across_tenants("test"):
        globex.save()


def test_a_tenant_with_rows_is_not_deleted_by_accident(acme: Membership) -> None:
    with tenant_scope(acme.tenant_id), pytest.raises(DatabaseError, match="protected"):
        acme.tenant.delete()


def test_the_application_may_use_the_tables(acme: Membership) -> None:
    with tenant_scope(acme.tenant_id):
        for model in (Tenant, Membership, Invitation, ApiKey):
            model.objects.count()
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                rows(f"TRUNCATE {model._meta.db_table}")


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_wall_can_be_taken_down_again() -> None:
    state = ProjectState()
    operation = protect("wall_test")
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute("CREATE TABLE wall_test (tenant_id uuid)")
    try:
        with owner.schema_editor() as schema:
            operation.database_forwards("tenants", schema, state, state)
        assert rows("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'wall_test'") == [(True,)]
        with owner.schema_editor() as schema:
            operation.database_backwards("tenants", schema, state, state)
        assert rows(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'wall_test'"
        ) == [(False, False)]
        assert rows("SELECT * FROM pg_policies WHERE tablename = 'wall_test'") == []
    finally:
        with owner.cursor() as cursor:
            cursor.execute("DROP TABLE wall_test")
