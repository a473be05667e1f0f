"""Pages of rows, newest first, by key: nothing is counted or skipped, and no page shifts as rows arrive."""

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
DEFAULT_SIZE = 50
LARGEST_SIZE = 500


class BadCursor(ValueError):
    """The cursor is none that `page_of` gave out."""


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """`next` is the cursor of the following page, empty on the last one."""

    items: list[M]
    next: str


def page_of(
    rows: QuerySet[M], *, after: str = "", size: int = DEFAULT_SIZE, by: Literal["id", "seq"] = "id"
) -> Page[M]:
    """The newest rows, or those that follow the cursor. Both columns grow with time."""
    size = max(1, min(size, LARGEST_SIZE))
    if after:
        rows = rows.filter(**{f"{by}__lt": _value(by, after)})
    items = list(rows.order_by(f"-{by}")[: size + 1])
    more = len(items) > size
    return Page(items[:size], str(getattr(items[size - 1], by)) if more else "")


def _value(by: Literal["id", "seq"], cursor: str) -> UUID | int:
    try:
        return UUID(cursor) if by == "id" else int(cursor)
    except ValueError:
        raise BadCursor(f"{cursor!r} is not a cursor.") from None
