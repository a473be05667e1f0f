"""The functions of `$filter`: what they take, what they give, how they are worked out."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from sandboxes.ifs_cloud.errors import bad_request
from sandboxes.ifs_cloud.odata.nodes import Node
from sandboxes.ifs_cloud.schema import Kind

_TEXT = frozenset({Kind.TEXT})
_DAY = frozenset({Kind.DATE, Kind.TIME})
_CLOCK = frozenset({Kind.TIME})
_COUNT = frozenset({Kind.WHOLE, Kind.NUMBER})

# Name: what each argument may be, and the kind of the result.
_SIGNATURES: dict[str, tuple[tuple[frozenset[Kind], ...], Kind]] = {
    "contains": ((_TEXT, _TEXT), Kind.FLAG),
    "startswith": ((_TEXT, _TEXT), Kind.FLAG),
    "endswith": ((_TEXT, _TEXT), Kind.FLAG),
    "tolower": ((_TEXT,), Kind.TEXT),
    "toupper": ((_TEXT,), Kind.TEXT),
    "trim": ((_TEXT,), Kind.TEXT),
    "concat": ((_TEXT, _TEXT), Kind.TEXT),
    "length": ((_TEXT,), Kind.WHOLE),
    "indexof": ((_TEXT, _TEXT), Kind.WHOLE),
    "substring": ((_TEXT, _COUNT, _COUNT), Kind.TEXT),
    "year": ((_DAY,), Kind.WHOLE),
    "month": ((_DAY,), Kind.WHOLE),
    "day": ((_DAY,), Kind.WHOLE),
    "hour": ((_CLOCK,), Kind.WHOLE),
    "minute": ((_CLOCK,), Kind.WHOLE),
    "second": ((_CLOCK,), Kind.WHOLE),
    "date": ((_CLOCK,), Kind.DATE),
    "now": ((), Kind.TIME),
}
_LAST_OPTIONAL = frozenset({"substring"})


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


PLAIN: dict[str, Callable[..., Any]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
    "tolower": lambda text: text.lower(),
    "toupper": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
    "concat": lambda left, right: left + right,
    "cast": _as_text,
    "length": len,
    "indexof": lambda text, part: text.find(part),
    "substring": lambda text, start, count=None: text[int(start) :][: None if count is None else int(count)],
}
CALENDAR = frozenset({"year", "month", "day", "hour", "minute", "second"})


def is_known(name: str) -> bool:
    return name in _SIGNATURES or name == "cast"


def signature(name: str, arguments: Sequence[Node]) -> Kind:
    """The kind of the result, or an error where the provider does not know it so."""
    wanted, result = _SIGNATURES[name]
    least = len(wanted) - (name in _LAST_OPTIONAL)
    if not least <= len(arguments) <= len(wanted):
        raise bad_request(f"The function '{name}' does not take {len(arguments)} arguments.")
    for argument, kinds in zip(arguments, wanted, strict=False):
        if argument.kind is not None and argument.kind not in kinds:
            raise bad_request(f"The function '{name}' does not take a value of type '{argument.kind}'.")
    return result


def calendar(name: str, zone: tzinfo) -> Callable[[Any], Any]:
    """A part of a date, or of a timestamp by the clock of the zone."""

    def part(value: date | datetime) -> object:
        local = value.astimezone(zone) if isinstance(value, datetime) else value
        if name == "date":
            return local.date() if isinstance(local, datetime) else local
        return Decimal(int(getattr(local, name)))

    return part
