"""What ping can find out of an installation: where e-mail addresses are, which attribute tells of changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from connectors.sdk.errors import ConfigProblem, RetryLater
from connectors.systems.ifs_cloud.client import IfsClient
from connectors.systems.ifs_cloud.emails import is_email
from connectors.systems.ifs_cloud.metadata import EntityType, Metadata
from connectors.systems.ifs_cloud.odata import (
    DATE,
    TEXT,
    TIMESTAMP,
    Column,
    Json,
    Query,
    all_of,
    any_of,
    by_key,
    literal,
    projection_of,
    set_of,
)
from connectors.systems.ifs_cloud.settings import IfsCloudSettings
from connectors.systems.ifs_cloud.values import server_time

# What an attribute that holds the time of the last change would be called, apart from capitals, underscores
# and the prefix of customer-specific ones. IFS delivers none (contract, section 11), so these are customers'
# own.
_CHANGE_NAMES = re.compile(
    r"""(?x) c?f?
    (?: (?:last)? (?:modified|changed|updated) (?:date|on|at|time|timestamp)?
      | date (?:last)? (?:modified|changed|updated) | last(?:change|update) | rowversion (?:date)? )"""
)
_LOOKS_LIKE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_LOOKS_LIKE_DATE = re.compile(r"\d{4}-\d\d-\d\d$")
_PARTY = "Customer"


class Explorer(Protocol):
    """What is needed of a ping."""

    client: IfsClient
    settings: IfsCloudSettings

    def metadata(self, place: str) -> Metadata | None:
        """The description of a place's projection."""
        ...

    def has_set(self, place: str) -> bool:
        """Whether the service document lists a place."""
        ...


def attributes(metadata: Metadata | None, place: str, sample: Json | None) -> dict[str, str]:
    """The attributes of a set and their types: as described, else as one row shows them."""
    described = metadata.of_set(set_of(place)) if metadata else None
    if described:
        return dict(described.attributes)
    return {name: _type_of(value) for name, value in (sample or {}).items() if "@" not in name}


def change_candidates(types: Mapping[str, str]) -> list[str]:
    """Attributes whose name and type say that they hold the time of the last change; exact times first."""
    named = [name for name in types if _CHANGE_NAMES.fullmatch(name.replace("_", "").lower())]
    return sorted(
        (name for name in named if types[name] in {TIMESTAMP, DATE}),
        key=lambda name: types[name] != TIMESTAMP,
    )


def can_be_filtered(explorer: Explorer, place: str, key: str, change: Column) -> bool:
    """Whether a reading by time of change works: the very request a stream would make."""
    then = server_time(datetime.now(UTC) - timedelta(days=1), explorer.settings.zone, change.type)
    query = Query(f"{change.name} ge {literal(then, change.type)}", f"{change.name},{key}", top=1)
    return _rows(explorer, place, query) is not None


def emails(explorer: Explorer) -> dict[str, Any]:
    """Where e-mail addresses are: `flat` set with `link` and `condition`, or the `parent` set to navigate
    from.
    """
    settings = explorer.settings
    for place in _places(explorer, "CommunicationMethods", "CommMethodSet"):
        for link in ("Identity", "CustomerId"):
            if _answers(explorer, place, link):
                condition = _email_condition(explorer, place, link)
                return {"flat": place, "link": link, "condition": condition, "parent": settings.customer_set}
    parent = _navigable(explorer, "CommunicationMethods")
    return {"flat": "", "link": "", "condition": "", "parent": parent}


def flat_set(explorer: Explorer, *names: str, link: str) -> str:
    """The first of these sets that a customer projection offers; empty where none does."""
    return next((place for place in _places(explorer, *names) if _answers(explorer, place, link)), "")


def _places(explorer: Explorer, *names: str) -> Iterator[str]:
    settings = explorer.settings
    for projection in dict.fromkeys(map(projection_of, (settings.customers_set, settings.customer_set))):
        for name in names:
            if explorer.has_set(place := f"{projection}.svc/{name}"):
                yield place


def _answers(explorer: Explorer, place: str, link: str) -> bool:
    """Whether the set can be read by ranges of its parents' keys."""
    return _rows(explorer, place, Query(f"{link} ge '0' and {link} le '1'", link, top=1)) is not None


def _email_condition(explorer: Explorer, place: str, link: str) -> str:
    """A filter for the e-mail addresses of customers, as far as the set lets itself be filtered; the rest is
    filtered by us. A part that finds nothing is left out: values need not be among those described.
    """
    metadata = explorer.metadata(place)
    described = metadata.of_set(set_of(place)) if metadata else None
    if metadata is None or described is None:
        return ""
    condition = ""
    for part in (
        _method_part(metadata, described, explorer.settings.email_method),
        _party_part(metadata, described),
    ):
        narrower = all_of(condition, part)
        if part and _rows(explorer, place, Query(narrower, link, top=1)):
            condition = narrower
    return condition


def _rows(explorer: Explorer, place: str, query: Query) -> list[Json] | None:
    """The rows of a trial, None where the set refuses it."""
    try:
        return explorer.client.rows(f"/{place}", query)
    except (ConfigProblem, RetryLater):
        return None


def _method_part(metadata: Metadata, described: EntityType, wanted: str) -> str:
    edm_type = described.attributes.get("MethodId", "")
    if members := metadata.members(edm_type):
        return any_of("MethodId", [member for member in members if is_email(member, wanted)], edm_type)
    return f"MethodId eq {literal(wanted, edm_type)}" if wanted and edm_type == TEXT else ""


def _party_part(metadata: Metadata, described: EntityType) -> str:
    edm_type = described.attributes.get("PartyType", "")
    return f"PartyType eq {literal(_PARTY, edm_type)}" if _PARTY in metadata.members(edm_type) else ""


def _navigable(explorer: Explorer, navigation: str) -> str:
    """The set whose customers lead to their e-mail addresses. Raises `ConfigProblem` where none does."""
    settings = explorer.settings
    trouble: ConfigProblem | None = None
    for place in dict.fromkeys((settings.customers_set, settings.customer_set)):
        try:
            first = explorer.client.rows(f"/{place}", Query(orderby="CustomerId", top=1))
            if first:
                template, path = by_key(place, {"CustomerId": str(first[0]["CustomerId"])})
                explorer.client.rows(f"{template}/{navigation}", Query(top=1), path)
        except ConfigProblem as fault:
            trouble = fault
            continue
        return place
    raise ConfigProblem(
        "The e-mail addresses of customers (CommunicationMethods) cannot be read. Check in API Explorer "
        "which projection leads to them and name it in the settings.",
        detail=trouble.text if trouble else "",
        code="no_emails",
    )


def _type_of(value: object) -> str:
    match value:
        case bool():
            return "Edm.Boolean"
        case int() | float():
            return "Edm.Decimal"
        case str() if _LOOKS_LIKE_TIME.match(value):
            return TIMESTAMP
        case str() if _LOOKS_LIKE_DATE.fullmatch(value):
            return DATE
        case _:
            return TEXT
