"""Rows as JSON, column by column: decimals exact, binaries in base64url."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from sandboxes.syspro.schema import Column, Kind
from sandboxes.syspro.store import Row


def shown_rows(rows: Iterable[Row], columns: Sequence[Column], *, only: bool = False) -> str:
    """`{...},{...}`. `only` leaves out the braces, so that a single entity can put its context first."""
    parts = [(f"{encode_basestring(column.name)}:", column.at, _SHOWN[column.kind]) for column in columns]
    lines = (
        ",".join(
            [
                name + ("null" if (value := row.values[at]) is None else show(value))
                for name, at, show in parts
            ]
        )
        for row in rows
    )
    return ",".join(lines if only else (f"{{{line}}}" for line in lines))


def _number(value: Decimal) -> str:
    return format(value, "f")


def _moment(value: datetime) -> str:
    return value.strftime('"%Y-%m-%dT%H:%M:%SZ"')


def _date(value: datetime) -> str:
    return value.strftime('"%Y-%m-%d"')


def rowversion(value: int) -> str:
    return urlsafe_b64encode(value.to_bytes(8, "big")).decode()


_SHOWN: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: encode_basestring,
    Kind.NUMBER: _number,
    Kind.WHOLE: str,
    Kind.MOMENT: _moment,
    Kind.DATE: _date,
    Kind.BINARY: lambda value: f'"{rowversion(value)}"',
}
