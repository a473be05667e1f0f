"""Rows as JSON text. Each row keeps the text of the shape it was last asked for in, since pages repeat."""

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from json.encoder import encode_basestring

from sandboxes.ifs_cloud.schema import Attribute, EntityType, Kind
from sandboxes.ifs_cloud.store import Row
from sandboxes.ifs_cloud.world import column_name

Encoder = Callable[[object], str]


def objid(entity: EntityType, row: Row) -> str:
    """Looks like the ROWID it is in Oracle: 18 characters."""
    unit = sum(entity.name.encode()) % 4096
    head = base64.b64encode(unit.to_bytes(3, "big")).decode()[1:]
    return f"AAAS{head}AAC{base64.b64encode(row.number.to_bytes(6, 'big')).decode()}"


def etag(entity: EntityType, row: Row, version: int | None = None) -> str:
    """`W/"<base64 of W/"objid:objversion">"`; another version makes a stale one."""
    inner = f'W/"{objid(entity, row)}:{row.version if version is None else version}"'
    return f'W/"{base64.b64encode(inner.encode()).decode()}"'


class Renderer:
    """Writes rows of one type with one selection, clock and number format."""

    def __init__(
        self, entity: EntityType, selected: tuple[str, ...] | None, zone: tzinfo, *, text_numbers: bool
    ) -> None:
        self._entity = entity
        names = [name for name in entity.position if selected is None or name in selected]
        self._fields = [
            (name, entity.position[name], encoder(entity.by_name[name], zone, text_numbers=text_numbers))
            for name in names
        ]
        self._keys = [(column_name(name), entity.position[name]) for name in entity.key]

    def cached(self, row: Row) -> str:
        if row.shape is not self:
            row.text = self.text(row)
            row.shape = self
        return row.text

    def text(self, row: Row, *, version: int | None = None, extra: str = "", head: str = "") -> str:
        """One row. `head` is text before its members and `extra` text behind them, commas included."""
        values, entity = row.values, self._entity
        keyref = "".join([f"{column}={values[at]}^" for column, at in self._keys])
        members = [
            f',"{name}":null' if values[at] is None else f',"{name}":{encode(values[at])}'
            for name, at, encode in self._fields
            if name not in row.hidden
        ]
        tag = etag(entity, row, version).replace('"', '\\"')
        return (
            f'{{{head}"@odata.etag":"{tag}","luname":"{entity.name}","keyref":{encode_basestring(keyref)}'
            f',"Objgrants":null{"".join(members)}{extra}}}'
        )


def encoder(attribute: Attribute, zone: tzinfo, *, text_numbers: bool) -> Encoder:
    match attribute.kind:
        case Kind.TEXT | Kind.ENUM:
            return lambda value: encode_basestring(str(value))
        case Kind.WHOLE | Kind.NUMBER:
            return _quoted_number if text_numbers else number
        case Kind.FLAG:
            return lambda value: "true" if value else "false"
        case Kind.DATE:
            return lambda value: f'"{value}"'
        case Kind.TIME:
            return lambda value: f'"{wall_time(value, zone)}"'


def number(value: object) -> str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def wall_time(value: object, zone: tzinfo) -> str:
    """The time on the zone's clock, with a `Z` behind it whatever the zone."""
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def plain(value: object) -> object:
    """A value as control shows it."""
    match value:
        case Decimal():
            return number(value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case _:
            return value


def _quoted_number(value: object) -> str:
    return f'"{number(value)}"'
