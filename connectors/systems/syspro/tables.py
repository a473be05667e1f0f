"""Getting at tables by whichever way is asked for, and at what stands beside a customer by its number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from connectors.sdk.errors import ConfigProblem
from connectors.sdk.system import Account
from connectors.systems.syspro.documents import can_be_asked
from connectors.systems.syspro.enet import enet_session
from connectors.systems.syspro.odata import ODataTables
from connectors.systems.syspro.question import Json, Question, Tables, Term, Through
from connectors.systems.syspro.values import key_fault, key_of

MOST_STEPS = 10_000


class Ways:
    """The ways to the tables for one piece of reading. An e.net session is opened when it is first needed,
    and closed at the end.
    """

    def __init__(self, account: Account, odata: Callable[[], ODataTables] | None = None) -> None:
        self._account = account
        self._odata = odata or (lambda: ODataTables(account))
        self._open: dict[Through, Tables] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def to(self, through: Through) -> Tables:
        """The tables by that way."""
        if through not in self._open:
            enters = self._stack.enter_context
            self._open[through] = self._odata() if through == "odata" else enters(enet_session(self._account))
        return self._open[through]


@dataclass(frozen=True, slots=True)
class Beside:
    """A table with at most one row per customer: balances, custom fields."""

    table: str
    key: str
    columns: tuple[str, ...]
    through: Through

    def question(self, top: int, where: Sequence[Term] = ()) -> Question:
        """Its rows in order."""
        return Question(self.table, (self.key, *self.columns), self.key, top, where)

    def of(self, tables: Tables, keys: Sequence[str], *, consecutive: bool, size: int) -> dict[str, Json]:
        """The rows of these customers. `consecutive`: the keys follow one another, so a range is cheap."""
        if consecutive and len(keys) > 1:
            return self._range(tables, keys, size)
        found = by_key(tables, self.question(0), keys)
        self.check_shown(list(found.values()))
        return found

    def check_shown(self, rows: Sequence[Json]) -> None:
        """A column that nobody has is withheld, not empty: it must not be taken for nothing overdue."""
        hidden = [column for column in self.columns if rows and not any(column in row for row in rows)]
        if hidden:
            raise ConfigProblem(
                f"SYSPRO no longer shows {' and '.join(hidden)} of {self.table}. Nothing was changed. Let "
                "the operator see it again, or correct the settings, and ping.",
                code="column_hidden",
            )

    def _range(self, tables: Tables, keys: Sequence[str], size: int) -> dict[str, Json]:
        found: dict[str, Json] = {}
        wanted, start = set(keys), Term(self.key, "ge", keys[0])
        for _ in range(MOST_STEPS):
            rows = tables.rows(self.question(size, (start, Term(self.key, "le", keys[-1]))))
            met = {key_of(row.get(self.key)): row for row in rows}
            self.check_shown(rows)
            found |= {key: row for key, row in met.items() if key in wanted}
            last = key_of(rows[-1].get(self.key)) if rows else ""
            if not last or last == keys[-1]:
                return found
            if last == start.value and start.operator == "gt":
                break
            start = Term(self.key, "gt", last)
        raise endless(self.table)


def by_key(tables: Tables, question: Question, keys: Sequence[str]) -> dict[str, Json]:
    """The rows with these keys, which `question` is ordered by.

    A key counts as missing only if an answer to it alone, or to others as missing, was empty.
    """
    found: dict[str, Json] = {}
    usable = [key for key in dict.fromkeys(keys) if not key_fault(key) and can_be_asked(key)]
    terms = [Term(question.order, "eq", key) for key in usable]
    for chunk in tables.fitting(question, terms):
        left = list(chunk)
        while left:
            asked = Question(question.table, question.columns, question.order, len(left), either=left)
            values = {term.value for term in left}
            met = {
                key: row for row in tables.rows(asked) if (key := key_of(row.get(question.order))) in values
            }
            found |= met
            left = [term for term in left if term.value not in met] if met else []
    return found


def endless(table: str) -> ConfigProblem:
    """A reading that would never end."""
    return ConfigProblem(
        f"SYSPRO gives the same rows of {table} again and again, whatever we ask for. Something between us "
        "leaves out our conditions. We stopped; report this to whoever runs your SYSPRO.",
        code="endless_paging",
    )
