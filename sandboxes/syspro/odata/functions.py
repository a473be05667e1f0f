"""The few functions a `$filter` may call."""

from collections.abc import Callable
from typing import Any

from sandboxes.syspro.schema import Kind

# Two texts in, a condition out.
CONDITIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}

_TEXT = frozenset({Kind.TEXT})
_DAY = frozenset({Kind.MOMENT, Kind.DATE})

# Name: the kinds it takes, the kind it gives, what it does.
VALUES: dict[str, tuple[frozenset[Kind], Kind, Callable[[Any], Any]]] = {
    "tolower": (_TEXT, Kind.TEXT, str.lower),
    "toupper": (_TEXT, Kind.TEXT, str.upper),
    "trim": (_TEXT, Kind.TEXT, str.strip),
    "length": (_TEXT, Kind.WHOLE, len),
    "year": (_DAY, Kind.WHOLE, lambda moment: moment.year),
    "month": (_DAY, Kind.WHOLE, lambda moment: moment.month),
    "day": (_DAY, Kind.WHOLE, lambda moment: moment.day),
}
