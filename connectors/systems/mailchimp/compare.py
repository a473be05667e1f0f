"""Whether what stands in Mailchimp is what we want there. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.systems.mailchimp.times import read_time


def holds(there: object, wanted: object) -> bool:
    """Whether `there` carries all of `wanted`: objects by key, lists item by item, values by meaning."""
    if isinstance(wanted, Mapping):
        found = {} if there in (None, "") else there  # an unset address is "" in answers
        return isinstance(found, Mapping) and all(
            holds(found.get(name), part) for name, part in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        return (
            isinstance(there, list | tuple)
            and len(there) == len(wanted)
            and all(holds(a, b) for a, b in zip(there, wanted, strict=True))
        )
    return same(there, wanted)


def same(there: object, wanted: object) -> bool:
    """Whether two values mean the same: 5 and "5", 12.30 and 12.3, two spellings of an instant."""
    if isinstance(wanted, bool) or isinstance(there, bool):
        return there is wanted
    if isinstance(wanted, int | float | Decimal) or isinstance(there, int | float | Decimal):
        amount = _number(wanted)
        return amount is not None and amount == _number(there)
    if _text(there) == _text(wanted):
        return True
    moment = read_time(wanted)
    return moment is not None and moment == read_time(there)


def by_id(items: object) -> dict[str, Mapping[str, Any]]:
    """A list of objects by their ids, so that order does not matter."""
    return (
        {str(item.get("id")): item for item in items if isinstance(item, Mapping)}
        if isinstance(items, list)
        else {}
    )


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _number(value: object) -> Decimal | None:
    try:
        return Decimal(str(value).strip())
    except InvalidOperation:
        return None
