"""Refuses installations in which the second wall between tenants would not stand."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

_MIGHTY = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
_OWNS = """
    SELECT EXISTS (
        SELECT FROM pg_class
         WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
           AND pg_has_role(current_user, relowner, 'USAGE')
    )
"""


@register(Tags.database)
def row_level_security_binds_us(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """`manage.py check --database default`."""
    if "default" not in (databases or ()):
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute(_MIGHTY)
        if cursor.fetchone()[0]:
            return [_error("is a superuser or has BYPASSRLS")]
        cursor.execute(_OWNS)
        if cursor.fetchone()[0]:
            return [_error("owns tables")]
    return []


def _error(problem: str) -> Error:
    return Error(
        f"The role of DATABASE_URL {problem}, so row-level security does not bind it.",
        hint="Give DATABASE_URL a plain role, and DATABASE_OWNER_URL the one that runs migrations.",
        id="mlconnector.E001",
    )
