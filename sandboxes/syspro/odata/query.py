"""The query options of a request, checked against what the service supports."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandboxes.syspro.odata.errors import UnknownColumn, bad_request
from sandboxes.syspro.odata.filter import parse_filter
from sandboxes.syspro.options import Options
from sandboxes.syspro.schema import Column, Shape
from sandboxes.syspro.selection import Condition

KNOWN = frozenset({"$select", "$filter", "$orderby", "$top", "$skip"})
# OData has them, no source shows this service with them.
ABSENT = {
    "$count": "Count", "$expand": "Expand", "$search": "Search", "$apply": "Apply", "$format": "Format",
    "$skiptoken": "SkipToken", "$compute": "Compute",
}  # fmt: skip
_TERM = re.compile(r"(\S+)(?: +(asc|desc))?")


@dataclass(slots=True)
class Query:
    columns: list[Column]
    condition: Condition | None = None
    order: list[tuple[int, bool]] = field(default_factory=list)
    top: int | None = None
    skip: int = 0


def parse_query_options(given: Mapping[str, list[str]], shape: Shape, options: Options) -> Query:
    """Options without a `$` are the caller's own and are ignored, as OData has it."""
    single = {name: _once(name, values) for name, values in given.items() if name.startswith("$")}
    query = Query(_select(single.get("$select", "*"), shape))
    if "$filter" in single:
        query.condition = _filter(single["$filter"], shape, options)
    if "$orderby" in single:
        query.order = [_term(text, shape) for text in single["$orderby"].split(",")]
    query.skip = _whole("$skip", single.get("$skip", "0"))
    if "$top" in single:
        query.top = _whole("$top", single["$top"])
        if query.top > options.row_cap and options.over_cap == "refuse":
            raise bad_request(
                f"The query specified in the URI is not valid. The limit of '{options.row_cap}' for Top "
                f"query has been exceeded. The value from the incoming request is '{query.top}'."
            )
    return query


def _once(name: str, values: list[str]) -> str:
    if name in ABSENT:
        raise bad_request(
            f"The query specified in the URI is not valid. Query option '{ABSENT[name]}' is not allowed."
        )
    if name not in KNOWN:
        raise bad_request(f"The query parameter '{name}' is not supported.")
    if len(values) > 1:
        raise bad_request(
            f"Query option '{name}' was specified more than once, but it must be specified at most once."
        )
    return values[0]


def _filter(text: str, shape: Shape, options: Options) -> Condition | None:
    try:
        return parse_filter(text, shape)
    except UnknownColumn:
        if options.unknown_column == "refuse":
            raise
        return None


def _select(text: str, shape: Shape) -> list[Column]:
    if text == "*":
        return list(shape.columns.values())
    return [_column(name.strip(" "), shape) for name in text.split(",")]


def _term(text: str, shape: Shape) -> tuple[int, bool]:
    match = _TERM.fullmatch(text.strip(" "))
    if match is None:
        raise bad_request(f"Syntax error at position {len(text)} in '{text}'.")
    return _column(match[1], shape).at, match[2] == "desc"


def _column(name: str, shape: Shape) -> Column:
    if name not in shape.columns:
        raise UnknownColumn(name, shape.name)
    return shape.columns[name]


def _whole(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise bad_request(
            f"Invalid value '{text}' for {name} query option found. "
            f"The {name} query option requires a non-negative integer value."
        )
    return int(text)
