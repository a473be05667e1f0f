"""The second wall: row-level security, so that a forgotten filter shows nothing of another tenant."""

from django.db.migrations.operations import RunSQL

_POLICY = "tenant_wall"


def protect(table: str, column: str = "tenant_id") -> RunSQL:
    """A migration operation that closes a table to all but the tenant in scope (see tenants/scope.py).

    FORCE binds the table's owner too. Only superusers and roles with BYPASSRLS pass; the application is
    neither. Foreign keys are checked behind the wall: that a row refers to rows of its own tenant is for the
    code to see to. Under a policy an index serves only leakproof operators: = and <, but not LIKE or @>.
    """
    visible = (
        f"{column} = nullif(current_setting('app.tenant', true), '')::uuid "
        "OR current_setting('app.across', true) = 'on'"
    )
    return RunSQL(
        sql=[
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'CREATE POLICY {_POLICY} ON "{table}" USING ({visible}) WITH CHECK ({visible})',
        ],
        reverse_sql=[
            f'DROP POLICY {_POLICY} ON "{table}"',
            f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY',
        ],
    )
