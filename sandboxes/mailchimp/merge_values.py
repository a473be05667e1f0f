"""The values a contact has for an audience's merge fields: what is accepted, and what is kept of it."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from sandboxes.mailchimp.errors import Fault, invalid_merge_fields
from sandboxes.mailchimp.schema import FINE
from sandboxes.mailchimp.state import Audience, MergeField

LONGEST_BYTES = 255
ADDRESS_REQUIRED = ("addr1", "city", "state", "zip")
STATELESS_REQUIRED = ("addr1", "city", "zip")
ADDRESS_PARTS = frozenset((*ADDRESS_REQUIRED, "addr2", "country"))
# Where an address cannot do without a state; an empty country means the audience's own, the US.
COUNTRIES_WITH_STATES = frozenset({"", "US", "CA", "AU", "BR", "IN", "MX"})

ANY_OF = "Data did not match any of the schemas described in anyOf."
INCOMPLETE = "Please enter a complete address"
EMPTY = "Please enter a value"

_DATES = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})"),
    re.compile(r"(?P<y>\d{4})/(?P<m>\d{2})/(?P<d>\d{2})"),
    re.compile(r"(?P<d>\d{2})-(?P<m>\d{2})-(?P<y>\d{4})"),
    re.compile(r"(?P<m>\d{2})/(?P<d>\d{2})/(?P<y>\d{4})"),
)
_URL = re.compile(r"https?://[^\s/]+\.[^\s]+")
_ZIP = re.compile(r"\d{5}")
_BIRTHDAY = re.compile(r"(\d{2})/(\d{2})")


class _Refused(ValueError):
    """This value does not fit the field."""


def merge_value(value: object) -> list[Fault]:
    """The schema of one value: text, a number, or an address with all its required parts."""
    kind = type(value)
    if kind is str or kind is int or kind is float:
        return FINE
    if isinstance(value, dict) and _is_address(value):
        return FINE
    return [("", ANY_OF)]


def _is_address(value: dict[object, object]) -> bool:
    return (
        ADDRESS_PARTS.issuperset(value)
        and all(part in value for part in ADDRESS_REQUIRED)
        and all(type(text) is str for text in value.values())
    )


def accept(
    audience: Audience, given: Mapping[str, object], stored: Mapping[str, object], *, skip_required: bool
) -> dict[str, object]:
    """What a contact holds after `given` was written over `stored`. Raises with every field at fault."""
    values = dict(stored)
    faults: list[Fault] = []
    for tag, value in given.items():
        merge_field = audience.merge_fields.get(tag)
        if merge_field is None:
            faults.append((tag, "This merge field does not exist in the audience"))
            continue
        try:
            kept = "" if value == "" else _READERS[merge_field.type](value, merge_field)
        except _Refused as error:
            faults.append((tag, str(error)))
            continue
        if kept == "":
            values.pop(tag, None)
        else:
            values[tag] = kept
    faults += _unfinished(audience, values, given, skip_required=skip_required)
    if faults:
        raise invalid_merge_fields(faults)
    return values


def _unfinished(
    audience: Audience, values: dict[str, object], given: Mapping[str, object], *, skip_required: bool
) -> list[Fault]:
    """Required values that are missing, and addresses stored before that never were complete."""
    faults = []
    for tag, merge_field in audience.merge_fields.items():
        if tag not in values:
            if not merge_field.required or skip_required:
                continue
            if merge_field.default_value:
                values[tag] = merge_field.default_value
            else:
                faults.append((tag, INCOMPLETE if merge_field.type == "address" else EMPTY))
        elif merge_field.type == "address" and tag not in given and not is_complete(values[tag]):
            faults.append((tag, INCOMPLETE))
    return faults


def is_complete(address: object) -> bool:
    if not isinstance(address, dict):
        return False
    needed = ADDRESS_REQUIRED if address.get("country", "") in COUNTRIES_WITH_STATES else STATELESS_REQUIRED
    return all(address.get(part, "").strip() for part in needed)


def _text(value: object, merge_field: MergeField) -> object:
    if isinstance(value, dict):
        raise _Refused("Please enter a value")
    text = value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)
    if len(text) * 4 <= LONGEST_BYTES:
        return text
    # Bytes, not characters, and nobody is told.
    return text.encode("utf-8", "replace")[:LONGEST_BYTES].decode("utf-8", "ignore")


def _number(value: object, merge_field: MergeField) -> object:
    if isinstance(value, int | float):
        return value
    try:
        number = float(str(value))
    except ValueError:
        raise _Refused("Please enter a number") from None
    return int(number) if number.is_integer() else number


def _address(value: object, merge_field: MergeField) -> object:
    if not isinstance(value, dict) or not is_complete(value):
        raise _Refused(INCOMPLETE)
    kept = {"addr1": "", "addr2": "", "city": "", "state": "", "zip": "", "country": ""} | value
    kept["country"] = kept["country"] or "US"
    return kept


def _date(value: object, merge_field: MergeField) -> object:
    for form in _DATES:
        match = form.fullmatch(str(value))
        if match:
            return _day(int(match["y"]), int(match["m"]), int(match["d"])).isoformat()
    raise _Refused("Please enter the date")


def _birthday(value: object, merge_field: MergeField) -> object:
    match = _BIRTHDAY.fullmatch(str(value))
    if match is None:
        raise _Refused("Please enter the month and day")
    _day(2024, int(match[1]), int(match[2]))  # a leap year
    return value


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise _Refused("Please enter the date") from None


def _url(value: object, merge_field: MergeField) -> object:
    if not isinstance(value, str) or not _URL.fullmatch(value):
        raise _Refused("Please enter a valid URL")
    return value


def _zip(value: object, merge_field: MergeField) -> object:
    if not isinstance(value, str) or not _ZIP.fullmatch(value):
        raise _Refused("Please enter a 5 digit zip code")
    return value


def _chosen(value: object, merge_field: MergeField) -> object:
    choices = merge_field.options.get("choices")
    if not isinstance(choices, list) or value not in choices:
        raise _Refused("Please choose one of the options")
    return value


_READERS: dict[str, Callable[[object, MergeField], object]] = {
    "text": _text,
    "number": _number,
    "address": _address,
    "phone": _text,
    "date": _date,
    "url": _url,
    "imageurl": _url,
    "radio": _chosen,
    "dropdown": _chosen,
    "birthday": _birthday,
    "zip": _zip,
}
MERGE_TYPES = tuple(_READERS)
