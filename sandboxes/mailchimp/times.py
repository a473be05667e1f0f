"""Times as the vendor writes and reads them: UTC, to the second, unset as an empty string."""

import re
from datetime import UTC, datetime

_TIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|[ +-]\d{2}:?\d{2})?)?"
)


def stamp(moment: datetime) -> str:
    """`2021-09-02T10:48:33+00:00`. As text these sort and compare like the moments they stand for."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def parse_datetime(text: str) -> str | None:
    """What the vendor makes of a time sent to it: the clock reading, whatever the offset says.

    The vendor drops the offset of a filter and of an order's time: `10:00:00-02:00` is 10:00 UTC to it.
    A space in the place of the offset's plus sign is what an unescaped `+` in a query turns into.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return stamp(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    except ValueError:
        return None


def unix(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
