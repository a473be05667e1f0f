"""The query options of a request, parsed and checked against what the provider supports."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandboxes.ifs_cloud.errors import bad_request, not_implemented
from sandboxes.ifs_cloud.odata.literals import Language
from sandboxes.ifs_cloud.odata.nodes import Node
from sandboxes.ifs_cloud.odata.parser import parse_filter
from sandboxes.ifs_cloud.schema import EntityType, Schema

KNOWN = frozenset({
    "$filter", "$orderby", "$top", "$skip", "$count", "$select", "$expand", "$skiptoken",
    "$apply", "$search", "$format", "$compute",
})  # fmt: skip
ABSENT = frozenset({"$apply", "$search", "$format", "$compute"})
ON_ONE = frozenset({"$select", "$expand"})
ON_COUNT = frozenset({"$filter"})

_ORDER = re.compile(r"([A-Za-z_]\w*)(?: (asc|desc))?")
_EXPAND = re.compile(r"([A-Za-z_]\w*)(?:\(([^()]*)\))?(?:,|\Z)")

Selection = tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Page:
    """Where a `$skiptoken` goes on, and how much of the `$top` it may still give."""

    offset: int
    left: int | None


@dataclass(slots=True)
class Query:
    filter: Node | None = None
    order: list[tuple[str, bool]] = field(default_factory=list)  # attribute, descending
    top: int | None = None
    skip: int = 0
    count: bool = False
    select: Selection = None
    expand: dict[str, Selection] = field(default_factory=dict)


def parse_query_options(
    given: Mapping[str, list[str]], entity: EntityType, schema: Schema, language: Language,
    allowed: frozenset[str] = KNOWN,
) -> Query:  # fmt: skip
    """Options without a `$` are the caller's own and are ignored, as OData has it."""
    options = {name: values for name, values in given.items() if name.startswith("$")}
    for name, values in options.items():
        if name in ABSENT:
            raise not_implemented(f"The query option '{name}'")
        if name not in KNOWN or name not in allowed:
            raise bad_request(f"The query option '{name}' is not allowed here.")
        if len(values) > 1:
            raise bad_request(f"The query option '{name}' is given twice.")
    single = {name: values[0] for name, values in options.items()}
    query = Query()
    if "$filter" in single:
        query.filter = parse_filter(single["$filter"], entity, language)
    if "$orderby" in single:
        query.order = _order(single["$orderby"], entity)
    if "$select" in single:
        query.select = _select(single["$select"], entity)
    if "$expand" in single:
        query.expand = _expand(single["$expand"], entity, schema)
    query.count = _flag(single.get("$count", "false"))
    query.top = _count(single["$top"], "$top") if "$top" in single else None
    query.skip = _count(single.get("$skip", "0"), "$skip")
    if "$skiptoken" in single:
        page = read_token(single["$skiptoken"])
        query.skip, query.top = page.offset, page.left
    return query


def token_of(page: Page) -> str:
    """Holds a blank and signs that need encoding, so that a client that rebuilds the link is found out."""
    raw = json.dumps({"o": page.offset, "t": page.left}).encode()
    return f"next {base64.b64encode(raw).decode()}"


def read_token(text: str) -> Page:
    try:
        held = json.loads(base64.b64decode(text.removeprefix("next "), validate=True))
        return Page(int(held["o"]), None if held["t"] is None else int(held["t"]))
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise bad_request("The $skiptoken is invalid.") from error


def _order(text: str, entity: EntityType) -> list[tuple[str, bool]]:
    terms = []
    for part in text.split(","):
        match = _ORDER.fullmatch(part.strip(" "))
        if match is None:
            raise not_implemented(f"Ordering by '{part}'")
        terms.append((_known(match[1], entity), match[2] == "desc"))
    return terms


def _select(text: str, entity: EntityType) -> Selection:
    names = text.split(",")
    if "*" in names:
        return None
    return tuple(_known(name, entity) for name in names)


def _expand(text: str, entity: EntityType, schema: Schema) -> dict[str, Selection]:
    """Only one-to-one references can be expanded."""
    found: dict[str, Selection] = {}
    at = 0
    while at < len(text):
        match = _EXPAND.match(text, at)
        if match is None:
            raise bad_request("The value of $expand is malformed.")
        name, inner = match[1], match[2]
        if name in entity.collections:
            raise not_implemented(f"$expand of the collection '{name}'")
        if name not in entity.references:
            raise bad_request(f"The navigation property '{name}' is not defined in '{entity.name}'.")
        found[name] = _inner_select(inner, schema.types[entity.references[name].target])
        at = match.end()
    return found


def _inner_select(text: str | None, target: EntityType) -> Selection:
    if text is None:
        return None
    option, _, value = text.partition("=")
    if option != "$select":
        raise not_implemented(f"'{option}' inside $expand")
    return _select(value, target)


def _known(name: str, entity: EntityType) -> str:
    if name not in entity.by_name:
        raise bad_request(f"The property '{name}' is not defined in type '{entity.name}'.")
    return name


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise bad_request("$count must be true or false.")
    return text == "true"


def _count(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise bad_request(f"{name} must be a whole number, zero or more.")
    return int(text)
