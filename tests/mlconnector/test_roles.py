"""The role that the product connects as: it uses rows and can do nothing else."""

import os

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection, connections

from mlconnector.checks import row_level_security_binds_us
from mlconnector.local.postgres import SUPERUSER

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "TRUNCATE tenants_user CASCADE",
        "ALTER TABLE tenants_user DISABLE ROW LEVEL SECURITY",
        "DROP TABLE tenants_user",
        "SET ROLE mlc_owner",
    ],
)
def test_the_applications_role_cannot(statement: str) -> None:
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_check_is_content_with_a_plain_role() -> None:
    assert row_level_security_binds_us(None, databases=["default"]) == []


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_check_refuses_a_role_that_owns_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlconnector.checks.connections", {"default": connections["owner"]})

    assert errors() == ["The role of DATABASE_URL owns tables, so row-level security does not bind it."]


@pytest.mark.skipif("MLC_TEST_OWN_POSTGRES" not in os.environ, reason="needs our own server")
def test_the_check_refuses_a_superuser(monkeypatch: pytest.MonkeyPatch) -> None:
    mighty = connections["default"].copy()
    mighty.settings_dict = {**mighty.settings_dict, "USER": SUPERUSER}
    monkeypatch.setattr("mlconnector.checks.connections", {"default": mighty})
    try:
        assert "is a superuser or has BYPASSRLS" in errors()[0]
    finally:
        mighty.close()


def errors() -> list[str]:
    return [found.msg for found in run_checks(databases=["default"]) if found.id == "mlconnector.E001"]
