"""What the role of the web and the workers may do: use the rows of every table, own none."""

from django.db.backends.utils import CursorWrapper
from psycopg import sql


def grant_by_default(owner: CursorWrapper, app_role: str) -> None:
    """For all tables this owner makes from now on. Append-only tables take rights back in their migration."""
    for statement in (
        "GRANT USAGE ON SCHEMA public TO {}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {}",
    ):
        owner.execute(sql.SQL(statement).format(sql.Identifier(app_role)))
