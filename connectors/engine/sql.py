"""Statements that carry a whole page.

They are sent with their values apart, which spares Django's driver from writing them into the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection


def rows(statement: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run one statement on Django's connection, within its transaction; returns what it answers."""
    connection.ensure_connection()
    session = connection.connection
    assert isinstance(session, psycopg.Connection)  # noqa: S101  the only database there is
    with connection.wrap_database_errors, psycopg.Cursor(session) as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
