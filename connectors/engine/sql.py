"""Statements that carry a whole page.

They are sent with their values apart, which spares Django's driver from writing them into the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
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


def array(values: Iterable[object]) -> str:
    """A list as PostgreSQL writes an array, for a parameter that is cast (`%s::uuid[]`, `%s::text[]`).

    The driver writes lists value by value, which for a page takes longer than the statement does. Raises
    `ValueError` for a text with a NUL, which PostgreSQL cannot hold.
    """
    listed = list(values)
    if not listed:
        return "{}"
    if None in listed:
        said = ["NULL" if value is None else f'"{_escaped(_spelled(value))}"' for value in listed]
        return "{" + ",".join(said) + "}"
    joined = _NUL.join(map(_spelled, listed))
    if joined.count(_NUL) != len(listed) - 1:
        raise ValueError("A text with a NUL cannot be stored.")
    return '{"' + _escaped(joined).replace(_NUL, '","') + '"}'


_NUL = "\0"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _spelled(value: object) -> str:
    match value:
        case str():
            return value
        case bytes():
            return "\\x" + value.hex()
        case datetime():
            return value.isoformat()
        case _:
            return str(value)
