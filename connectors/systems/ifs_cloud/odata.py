"""The OData v4 dialect of IFS Cloud: keys, literals, filters, query options, links. Pure functions.

IFS runs on Apache Olingo: text is quoted with doubled apostrophes, numbers and times are bare, an enum
literal carries the name of its projection, a space is `%20` (the HTTP layer encodes). `in`, lambdas and
`$expand` of collections do not exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

Json = dict[str, Any]

SET_PATTERN = r"^[A-Za-z]\w{0,99}\.svc/[A-Za-z]\w{0,99}$"
"""A projection and one of its entity sets: `CustomerHandling.svc/CustomerInfoSet`."""
ATTRIBUTE_PATTERN = r"^[A-Za-z]\w{0,99}$"

TEXT = "Edm.String"
DATE = "Edm.Date"
TIMESTAMP = "Edm.DateTimeOffset"

_ETAG = "@odata.etag"
_NOT_DATA = (_ETAG, "luname", "keyref", "Objgrants")
_LONGEST_FILTER = 4000
"""Characters of an encoded `or` chain: servers and proxies commonly refuse URLs beyond 8 kB."""


@dataclass(frozen=True, slots=True)
class Query:
    """The query options of one request."""

    filter: str = ""
    orderby: str = ""
    top: int = 0
    skip: int = 0
    count: bool = False
    select: str = ""

    def pairs(self) -> list[tuple[str, str]]:
        """As names and values, not encoded yet."""
        pairs = []
        if self.filter:
            pairs.append(("$filter", self.filter))
        if self.orderby:
            pairs.append(("$orderby", self.orderby))
        if self.top:
            pairs.append(("$top", str(self.top)))
        if self.skip:
            pairs.append(("$skip", str(self.skip)))
        if self.count:
            pairs.append(("$count", "true"))
        if self.select:
            pairs.append(("$select", self.select))
        return pairs


@dataclass(frozen=True, slots=True)
class Column:
    """An attribute a set is ordered by, with its type."""

    name: str
    type: str = TEXT


def projection_of(place: str) -> str:
    """The projection of a place: `CustomerHandling` of `CustomerHandling.svc/CustomerInfoSet`."""
    return place.partition(".svc/")[0]


def set_of(place: str) -> str:
    """The entity set of a place."""
    return place.partition(".svc/")[2]


def literal(value: str, edm_type: str = TEXT) -> str:
    """A value as a filter spells it, by its type in `$metadata`.

    Times lose their fraction and get a `Z`; a type that is not one of Edm's is an enum of the projection.
    """
    match edm_type:
        case "Edm.String" | "":
            return f"'{_doubled(value)}'"
        case "Edm.DateTimeOffset":
            return f"{value[:19]}Z"
        case "Edm.Date":
            return value[:10]
        case _ if edm_type.startswith("Edm."):
            return value
        case _:
            return f"{edm_type}'{_doubled(value)}'"


def any_of(column: str, values: Sequence[str], edm_type: str = TEXT) -> str:
    """A filter for any of these values (IFS has no `in`)."""
    terms = [f"{column} eq {literal(value, edm_type)}" for value in values]
    return terms[0] if len(terms) == 1 else f"({' or '.join(terms)})" if terms else ""


def all_of(*conditions: str) -> str:
    """A filter for all of these conditions; empty ones are left out. Each is bracketed by its maker if it
    holds an `or`.
    """
    return " and ".join(condition for condition in conditions if condition)


def beyond(columns: Sequence[Column], after: Sequence[str]) -> str:
    """A filter for what comes after these values in the order of the columns: `A gt 1 or (A eq 1 and B gt
    2)`.
    """
    terms = []
    for index, column in enumerate(columns):
        same = [
            f"{c.name} eq {literal(v, c.type)}" for c, v in zip(columns[:index], after[:index], strict=True)
        ]
        term = all_of(*same, f"{column.name} gt {literal(after[index], column.type)}")
        terms.append(f"({term})" if same else term)
    return terms[0] if len(terms) == 1 else f"({' or '.join(terms)})"


def chunks(column: str, values: Sequence[str], most: int = 50) -> Iterator[Sequence[str]]:
    """The values in portions whose `or` chain still fits into a URL."""
    start, length = 0, 0
    for index, value in enumerate(values):
        cost = len(quote(f"{column} eq {literal(value)} or ", safe=""))
        if index > start and (index - start >= most or length + cost > _LONGEST_FILTER):
            yield values[start:index]
            start, length = index, 0
        length += cost
    if values:
        yield values[start:]


def by_key(place: str, keys: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Template and placeholder values of an entity: `/P.svc/S(K='{K}')`. Keys are named and are text."""
    predicate = ",".join(f"{name}='{{{name}}}'" for name in keys)
    return f"/{place}({predicate})", {name: _doubled(value) for name, value in keys.items()}


def clean(row: Json) -> Json:
    """A row without annotations and without what IFS adds for its own pages."""
    data = dict(row)
    for name in _NOT_DATA:
        data.pop(name, None)
    return {name: data[name] for name in data if "@" not in name} if "@" in "".join(data) else data


def etag_of(row: Mapping[str, Any]) -> str:
    """The ETag of a row, to be sent back byte for byte; empty where it has none."""
    value = row.get(_ETAG)
    return value if isinstance(value, str) else ""


def resolved(link: str, service_root: str, request_url: str) -> str:
    """A next link as a whole URL, its text untouched: absolute, or relative to host, service or request.

    The service root ends in `<Projection>.svc`.
    """
    parts = urlsplit(link)
    if parts.scheme:
        return link
    root = urlsplit(service_root)
    if parts.netloc:
        return f"{root.scheme}:{link}"
    if link.startswith("/"):
        return f"{root.scheme}://{root.netloc}{link}"
    if link.startswith("?"):
        return request_url.partition("?")[0] + link
    return f"{service_root.rstrip('/')}/{link}"


def _doubled(value: str) -> str:
    return value.replace("'", "''")
