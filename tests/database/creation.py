"""Makes one database per test process and points both of Django's aliases at it."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from tests.database import cleaning


@contextmanager
def database_of_this_process() -> Iterator[None]:
    name = f"mlc_test_{os.getpid()}_{secrets.token_hex(2)}"
    owner, app = connections["owner"].settings_dict, connections["default"].settings_dict
    with psycopg.connect(**_parameters(owner, _maintenance_database(owner)), autocommit=True) as admin:
        app_role_made = _ensure_app_role(admin, owner, app)
        admin.execute(
            sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(name))
        )
        try:
            owner["NAME"] = app["NAME"] = name
            call_command("migrate", verbosity=0, interactive=False)
            connections["owner"].close()
            with psycopg.connect(**_parameters(owner, name), autocommit=True) as connection:
                cleaning.install(cleaning.Cleaner(connection))
                yield
        finally:
            connections.close_all()
            if not os.environ.get("MLC_TEST_OWN_POSTGRES"):  # ours goes as a whole
                admin.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
            if app_role_made:
                admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(app["USER"])))


def _parameters(settings: dict[str, Any], database: str) -> dict[str, Any]:
    given = {
        "host": settings["HOST"],
        "port": settings["PORT"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
    }
    return {
        **settings["OPTIONS"],
        **{key: value for key, value in given.items() if value},
        "dbname": database,
    }


def _maintenance_database(owner: dict[str, Any]) -> str:
    reason = ""
    for name in ("postgres", owner["NAME"]):
        try:
            psycopg.connect(**_parameters(owner, name)).close()
        except psycopg.OperationalError as error:
            reason = str(error)
        else:
            return str(name)
    pytest.exit(
        f"The PostgreSQL of DATABASE_OWNER_URL or DATABASE_URL cannot be reached: {reason}", returncode=4
    )


def _ensure_app_role(admin: psycopg.Connection, owner: dict[str, Any], app: dict[str, Any]) -> bool:
    """Tests run as a role that row-level security binds. Whoever gives only one role gets the other made."""
    made: bool = app["USER"] == owner["USER"]
    if made:
        role, password = f"mlc_test_{os.getpid()}_{secrets.token_hex(2)}", secrets.token_hex(16)
        command = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
            sql.Identifier(role), sql.Literal(password)
        )
        try:
            admin.execute(command)
        except psycopg.errors.InsufficientPrivilege:
            pytest.exit(
                f"{owner['USER']} may not create roles:"
                " set DATABASE_OWNER_URL to it, and DATABASE_URL to a plain role.",
                returncode=4,
            )
        app["USER"], app["PASSWORD"] = role, password
    mighty = admin.execute(
        "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [app["USER"]]
    ).fetchone()
    if mighty and mighty[0]:
        pytest.exit(
            f"{app['USER']} (DATABASE_URL) bypasses row-level security; give a plain role.", returncode=4
        )
    return made
