"""Checks of request bodies. A check is a function from a JSON value to what is wrong with it.

Checks are built once, at import. A value that is fine costs no string building, so that 500 members
are checked in a few milliseconds.
"""

import ipaddress
from collections.abc import Callable, Collection, Mapping
from math import isfinite

from sandboxes.mailchimp.errors import Fault
from sandboxes.mailchimp.times import parse_datetime

Check = Callable[[object], list[Fault]]

FINE: list[Fault] = []
_NAMES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}


def json_type(value: object) -> str:
    return _NAMES.get(type(value), "null")


def mismatch(expected: str, value: object) -> list[Fault]:
    return [("", f"Schema describes {expected}, {json_type(value)} found instead")]


def text(*, enum: Collection[str] | None = None, longest: int | None = None, shortest: int = 0) -> Check:
    def check(value: object) -> list[Fault]:
        if type(value) is not str:
            return mismatch("string", value)
        if enum is not None and value not in enum:
            return [("", f"This value should be one of the following: {', '.join(enum)}.")]
        if longest is not None and len(value) > longest:
            return [("", f"This value is too long. It should have {longest} characters or less.")]
        if len(value) < shortest:
            return [("", f"This value is too short. It should have {shortest} characters or more.")]
        return FINE

    return check


def plain_text(value: object) -> list[Fault]:
    return FINE if type(value) is str else mismatch("string", value)


def boolean(value: object) -> list[Fault]:
    return FINE if type(value) is bool else mismatch("boolean", value)


def number(value: object) -> list[Fault]:
    if type(value) is int or (type(value) is float and isfinite(value)):
        return FINE
    return mismatch("number", value)


def integer(value: object) -> list[Fault]:
    return FINE if type(value) is int else mismatch("integer", value)


def anything(value: object) -> list[Fault]:
    return FINE


def date_time(value: object) -> list[Fault]:
    """ISO 8601, or `2026-09-13 10:04:00`. "" means unset, as in the vendor's own answers."""
    if type(value) is not str:
        return mismatch("string", value)
    if value and parse_datetime(value) is None:
        return [("", "This value is not a valid datetime.")]
    return FINE


def ip_address(value: object) -> list[Fault]:
    if type(value) is not str:
        return mismatch("string", value)
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return [("", "This value is not a valid IP address.")] if value else FINE
    return FINE


def array(item: Check, *, most: int | None = None, least: int = 0) -> Check:
    def check(value: object) -> list[Fault]:
        if type(value) is not list:
            return mismatch("array", value)
        if most is not None and len(value) > most:
            return [("", f"This collection should contain {most} elements or less.")]
        if len(value) < least:
            return [("", f"This collection should contain {least} element or more.")]
        faults: list[Fault] = []
        for index, entry in enumerate(value):
            if bad := item(entry):
                faults += nested(f"item:{index}", bad)
        return faults

    return check


def mapping(item: Check) -> Check:
    """An object with names of the caller's choice."""

    def check(value: object) -> list[Fault]:
        if type(value) is not dict:
            return mismatch("object", value)
        faults: list[Fault] = []
        for name, entry in value.items():
            if bad := item(entry):
                faults += nested(name, bad)
        return faults

    return check


def record(fields: Mapping[str, Check], required: Collection[str] = ()) -> Check:
    """An object with exactly these fields: an unknown one is refused, never ignored."""

    def check(value: object) -> list[Fault]:
        if type(value) is not dict:
            return mismatch("object", value)
        faults: list[Fault] = []
        for name, entry in value.items():
            known = fields.get(name)
            if known is None:
                faults.append((name, "Schema describes no field of this name"))
            elif bad := known(entry):
                faults += nested(name, bad)
        missing = [name for name in required if name not in value]
        if missing:
            faults.append(("", f"Required fields were not provided: {', '.join(missing)}"))
        return faults

    return check


def nested(place: str, faults: list[Fault]) -> list[Fault]:
    return [(f"{place}.{field}" if field else place, message) for field, message in faults]
