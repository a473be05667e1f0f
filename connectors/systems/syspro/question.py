"""A question to a table, in no dialect: OData and COMFND each spell it their own way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Json = dict[str, Any]
Through = Literal["odata", "enet"]
Operator = Literal["eq", "gt", "ge", "le"]
Kind = Literal["text", "number", "moment", "date"]

MOST_VALUES = 50
"""Alternatives in one question."""


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison; `value` is spelled as SYSPRO would show it."""

    column: str
    operator: Operator
    value: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Question:
    """Rows of a table for which all of `where` hold and, if there are any, one of `either`.

    `columns`: what to show (none: everything, which only OData can); `order`: what they are ordered by,
    `downwards` if asked (which only OData can); at most `top` of them.
    """

    table: str
    columns: Sequence[str]
    order: str
    top: int
    where: Sequence[Term] = ()
    either: Sequence[Term] = ()
    downwards: bool = False


class Tables(Protocol):
    """One way to the tables of a company."""

    @property
    def through(self) -> Through:
        """Which one."""
        ...

    def rows(self, question: Question) -> list[Json]:
        """The rows, keyed by column; raises `SystemFault`."""
        ...

    def fitting(self, question: Question, values: Sequence[Term]) -> Iterator[Sequence[Term]]:
        """Alternatives in portions that fit into one call of this question."""
        ...
