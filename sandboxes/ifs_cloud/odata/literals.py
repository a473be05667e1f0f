"""Typed literals: quoted text, bare numbers and dates, `...Z` timestamps, `IfsApp.<Projection>.<Type>'V'`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from sandboxes.ifs_cloud.errors import bad_request
from sandboxes.ifs_cloud.odata.lexer import T, Token
from sandboxes.ifs_cloud.odata.nodes import Literal
from sandboxes.ifs_cloud.schema import Kind

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z")
_WORDS = {
    "true": Literal(value=True, kind=Kind.FLAG),
    "false": Literal(value=False, kind=Kind.FLAG),
    "null": Literal(value=None, kind=None),
}


@dataclass(frozen=True, slots=True)
class Language:
    """What a request's literals mean: whose enumerations, and whose clock despite the `Z`."""

    projection: str
    enums: Mapping[str, tuple[str, ...]]
    zone: tzinfo = UTC
    unfilterable: frozenset[str] = field(default_factory=frozenset)
    refused_functions: frozenset[str] = field(default_factory=frozenset)


def literal(token: Token, language: Language) -> Literal | None:
    """The constant a token stands for; None when it is a name or punctuation."""
    match token.type:
        case T.TEXT:
            return Literal(unquoted(token.text), Kind.TEXT)
        case T.NUMBER:
            return Literal(Decimal(token.text), Kind.NUMBER)
        case T.DATE:
            return Literal(_date(token.text), Kind.DATE)
        case T.TIME:
            return Literal(moment(token.text, language.zone), Kind.TIME)
        case T.ENUM:
            return _enum(token.text, language)
        case _:
            return _WORDS.get(token.text)


def unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise bad_request(f"'{text}' is not a date.") from error


def moment(text: str, zone: tzinfo) -> datetime:
    """Whole seconds and a `Z` are required; the wall time is that of the zone, whatever the `Z` says."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise bad_request(f"'{text}' is not a timestamp of the form yyyy-MM-ddTHH:mm:ssZ.")
    try:
        year, month, day, hour, minute, second = (int(part) for part in match.groups())
        wall = datetime(year, month, day, hour, minute, second, tzinfo=zone)
        return wall.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise bad_request(f"'{text}' is not a timestamp.") from error


def _enum(text: str, language: Language) -> Literal:
    type_name, _, quoted = text.partition("'")
    value = unquoted(f"'{quoted}")
    namespace, _, name = type_name.rpartition(".")
    if namespace != f"IfsApp.{language.projection}" or name not in language.enums:
        raise bad_request(f"The type '{type_name}' is not known here.")
    if value not in language.enums[name]:
        raise bad_request(f"'{value}' is not a value of '{type_name}'.")
    return Literal(value, Kind.ENUM, name)
