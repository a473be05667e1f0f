"""Empties the database after a test that commits, and puts back what the migrations had filled in.

Django's own flush would run as the application's role, which may not truncate; would stumble over the
triggers of append-only tables; and would lose rows that migrations made.
"""

import psycopg
from psycopg import sql

_TABLES = """
    SELECT c.relname,
           EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname <> 'django_migrations'
     ORDER BY c.relname
"""
_COLUMNS = """
    SELECT attname FROM pg_attribute
     WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
     ORDER BY attnum
"""


class Cleaner:
    """Knows what the database looked like when the migrations were done. Works as the owner."""

    def __init__(self, owner: psycopg.Connection, seed: str = "seed") -> None:
        self.owner = owner
        self.seed = sql.Identifier(seed)
        owner.execute(
            "SET lock_timeout = '20s'"
        )  # a forgotten open transaction must not look like a slow test
        owner.execute(
            "SELECT set_config('app.across', 'on', false)"
        )  # row-level security binds the owner too
        self.triggered: dict[str, bool] = dict(owner.execute(_TABLES).fetchall())
        owner.execute(sql.SQL("CREATE SCHEMA {}").format(self.seed))
        self.seeded: set[str] = set()
        for table in self._not_empty():
            owner.execute(_sql("CREATE TABLE {1}.{0} AS TABLE public.{0}", table, self.seed))
            self.seeded.add(table)

    def clean(self) -> None:
        changed = {table for table in self._not_empty() if table not in self.seeded}
        changed |= {table for table in self.seeded if self._differs(table)}
        if not changed:
            return
        with self.owner.transaction():
            # TRUNCATE must name everything that refers to what it empties; refill what was not meant.
            emptied = self._with_referrers(changed)
            for table in emptied:
                self._triggers("DISABLE", table)
            names = sql.SQL(", ").join(sql.Identifier("public", table) for table in sorted(emptied))
            self.owner.execute(sql.SQL("TRUNCATE {}").format(names))
            for table in emptied & self.seeded:
                self._refill(table)
            for table in emptied:
                self._triggers("ENABLE", table)

    def _not_empty(self) -> set[str]:
        if not self.triggered:
            return set()
        queries = sql.SQL(" UNION ALL ").join(
            _sql("SELECT {1} WHERE EXISTS (SELECT FROM public.{0})", table, sql.Literal(table))
            for table in self.triggered
        )
        return {str(row[0]) for row in self.owner.execute(queries).fetchall()}

    def _differs(self, table: str) -> bool:
        query = _sql(
            "SELECT EXISTS ((SELECT x::text FROM public.{0} x EXCEPT ALL SELECT y::text FROM {1}.{0} y)"
            " UNION ALL (SELECT y::text FROM {1}.{0} y EXCEPT ALL SELECT x::text FROM public.{0} x))",
            table,
            self.seed,
        )
        row = self.owner.execute(query).fetchone()
        return bool(row and row[0])

    def _with_referrers(self, tables: set[str]) -> set[str]:
        pairs = self.owner.execute(
            "SELECT confrelid::regclass::text, conrelid::regclass::text"
            " FROM pg_constraint WHERE contype = 'f'"
        ).fetchall()
        found = set(tables)
        while (
            more := {source for target, source in pairs if target in found and source in self.triggered}
            - found
        ):
            found |= more
        return found

    def _triggers(self, verb: str, table: str) -> None:
        if self.triggered[table]:
            self.owner.execute(_sql("ALTER TABLE public.{0} " + verb + " TRIGGER USER", table))

    def _refill(self, table: str) -> None:
        # Foreign keys are checked when the transaction ends, so the order of tables does not matter.
        columns = sql.SQL(", ").join(
            sql.Identifier(name) for (name,) in self.owner.execute(_COLUMNS, [f'public."{table}"']).fetchall()
        )
        self.owner.execute(
            _sql(
                "INSERT INTO public.{0} ({1}) OVERRIDING SYSTEM VALUE SELECT {1} FROM {2}.{0}",
                table,
                columns,
                self.seed,
            )
        )


def _sql(text: str, table: str, *more: sql.Composable) -> sql.Composed:
    return sql.SQL(text).format(sql.Identifier(table), *more)


_installed: list[Cleaner] = []


def install(cleaner: Cleaner) -> None:
    _installed[:] = [cleaner]


def clean() -> None:
    _installed[0].clean()
