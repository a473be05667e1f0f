"""What a table looks like from outside: its columns, their types, its key, and views on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    TEXT = "Edm.String"
    NUMBER = "Edm.Decimal"
    WHOLE = "Edm.Int64"
    MOMENT = "Edm.DateTimeOffset"
    DATE = "Edm.Date"
    BINARY = "Edm.Binary"
    FLAG = "Edm.Boolean"  # of expressions alone: SYSPRO's flags are the texts Y and N


@dataclass(frozen=True, slots=True)
class Column:
    """`at` is its place in a stored row; `length` bounds a text, `places` are the decimals of a number."""

    name: str
    kind: Kind
    at: int
    length: int = 0
    places: int = 0


@dataclass(slots=True)
class Shape:
    """A table or a view as one service shows it. A column taken out of `columns` is gone, not empty."""

    name: str
    store: str  # the table that holds its rows
    key: tuple[str, ...]
    columns: dict[str, Column]


_KINDS = {"text": Kind.TEXT, "number": Kind.NUMBER, "date": Kind.MOMENT, "rowversion": Kind.BINARY}


def columns(text: str) -> dict[str, Column]:
    """Words `Name:kind(size)`; without a kind a text of one character, of which SYSPRO has many."""
    return {column.name: column for column in _columns(text.split())}


def _columns(words: Iterable[str]) -> Iterable[Column]:
    for at, word in enumerate(words):
        name, _, rest = word.partition(":")
        base, _, size = rest.rstrip(")").partition("(")
        kind = _KINDS[base or "text"]
        number = int(size or 1)
        is_text = kind is Kind.TEXT
        yield Column(name, kind, at, number if is_text else 0, 0 if is_text or not size else number)
