"""Finding out what a browse is worth: its columns, its order, its filters, how it spells dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from connectors.sdk.errors import ConfigProblem
from connectors.systems.qad.client import BROWSE_REFUSED, Filter, Json, QadClient
from connectors.systems.qad.columns import change_columns, needed, tables
from connectors.systems.qad.values import ISO, day, spelled_day, spelling_of, text

SAMPLE = 25
"""Rows looked at: the smallest page any tenant is known to give."""
LONG_AGO, FAR_OFF = date(1900, 1, 1), date(2999, 12, 31)


@dataclass(slots=True)
class Probe:
    """A browse looked into. `columns` say what we want of it, `key` which of them tells its records apart."""

    client: QadClient
    browse: str
    columns: Mapping[str, str]
    key: str = ""
    rows: list[Json] = field(default_factory=list)
    total: int | None = None

    def look(self) -> None:
        """Read a first page and count. Raises a `SystemFault` where the browse cannot be used."""
        try:
            self.rows = self.client.browse(self.browse, size=SAMPLE)
        except ConfigProblem as fault:
            if fault.code != BROWSE_REFUSED:
                raise
            raise ConfigProblem(
                f"QAD has no browse {self.browse}, or does not show it to the user. Name another one in the "
                f"settings. {fault.text}",
                detail=fault.detail,
                code="no_browse",
            ) from fault
        self.total = self.client.total(self.browse)

    def check(self, kind: str) -> None:
        """Raises `ConfigProblem` for what is missing among the columns of the first page."""
        if self.rows and (absent := sorted(needed(self.columns, kind) - self.shown)):
            raise ConfigProblem(
                f"The browse {self.browse} does not show {', '.join(absent)}. Add the column to the browse, "
                "or "
                "name another one in the settings.",
                code="no_column",
            )

    @property
    def shown(self) -> frozenset[str]:
        """The columns some row has."""
        return frozenset(name for row in self.rows for name in row)

    @property
    def always(self) -> list[str]:
        """The columns we use that every row has: one that vanishes was taken out."""
        wanted = {column for column in self.columns.values() if column}
        return sorted(name for name in wanted if self.rows and all(name in row for row in self.rows))

    @property
    def absent(self) -> list[str]:
        """What we could use and the browse does not show, by our names."""
        return sorted(name for name, column in self.columns.items() if column and column not in self.shown)

    @property
    def is_ordered(self) -> bool:
        """Whether asking from a key on gives the same rows as reading on from it."""
        column = self.key or self.columns["key"]
        keys = [text(row.get(column)) for row in self.rows]
        distinct = list(dict.fromkeys(keys))
        if len(distinct) < 3:
            return False
        anchor = distinct[len(distinct) // 2]
        if not anchor or "," in anchor:
            return False
        rest = keys[keys.index(anchor) :]
        try:
            rows = self.client.browse(self.browse, size=SAMPLE, filters=[Filter(column, "ge", anchor)])
        except ConfigProblem:
            return False
        return [text(row.get(column)) for row in rows[: len(rest)]] == rest

    @property
    def date_format(self) -> str:
        """How its dates are spelled; empty where there are none, or where they could mean two things."""
        return spelling_of(
            value for row in self.rows for name, value in row.items() if "date" in name.lower() and value
        )

    def changes(self, own: Sequence[str], used: Sequence[Mapping[str, str]], spelling: str) -> list[str]:
        """The change columns that can be relied on: those named, else those that cover every table we use.

        A customer record shows names and addresses of its business relation, whose changes its own stamp
        does not tell: so a browse over records is never relied on unasked.
        """
        names = list(own) or change_columns(self.shown)
        used_tables = tables(name for some in used for name in some.values() if name in self.shown)
        covered = tables(names)
        if not own and (not names or not used_tables <= covered or "customerV2" in used_tables):
            return []
        return names if all(self._tells(name, spelling) for name in names) else []

    def _tells(self, column: str, spelling: str) -> bool:
        """Whether every row has a day there, and filters by it do what they say."""
        if not self.rows or not all(day(row.get(column), spelling) for row in self.rows):
            return False
        try:
            after = self._from(column, FAR_OFF, spelling)
            before = self._from(column, LONG_AGO, spelling)
        except ConfigProblem:
            return False
        return not after and bool(before)

    def _from(self, column: str, when: date, spelling: str) -> list[Json]:
        filters = [Filter(column, "ge", spelled_day(when, spelling or ISO))]
        return self.client.browse(self.browse, size=SAMPLE, filters=filters)
