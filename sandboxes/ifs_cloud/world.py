"""The state of one environment: its tables, and the one way in which rows are made, changed and removed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sandboxes.ifs_cloud.entities import build_schema
from sandboxes.ifs_cloud.options import Options
from sandboxes.ifs_cloud.schema import EntityType, Navigation
from sandboxes.ifs_cloud.store import Row, Table, Values
from sandboxes.kit import Clock

USER = "IFSAPP"
# Logical units that can be logged, with the module they belong to.
LOGGABLE = {
    "CustomerInfo": "ENTERP",
    "CustomerInfoAddress": "ENTERP",
    "CustomerInfoContact": "ENTERP",
    "CustomerCreditInfo": "INVOIC",
    "CustomerOrder": "ORDER",
    "CustomerOrderLine": "ORDER",
}


class ObjectVersions:
    """`yyyymmddhh24miss` by the server's clock, or a counter."""

    def __init__(self, clock: Clock, zone: ZoneInfo, *, counter: bool) -> None:
        self._clock = clock
        self._zone = zone
        self._counter = counter

    def first(self) -> int:
        return 1 if self._counter else self.at(self._clock.now())

    def at(self, moment: datetime) -> int:
        return 1 if self._counter else int(moment.astimezone(self._zone).strftime("%Y%m%d%H%M%S"))

    def after(self, version: int, *, force: bool) -> int:
        """Never backwards. `force` makes it differ even within the second."""
        return version + 1 if self._counter else max(self.first(), version + force)


class World:
    """Tables by entity type. Knows of no requests; requests and mutations both change it through here."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self.options = options
        self.clock = clock
        self.schema = build_schema(options)
        self.zone = ZoneInfo(options.server_zone)
        self.versions = ObjectVersions(clock, self.zone, counter=options.objversion == "counter")
        self.tables = {name: Table(entity, self.versions) for name, entity in self.schema.types.items()}
        self._log_id = 0

    def table(self, name: str) -> Table:
        return self.tables[name]

    def values(self, entity: EntityType, known: Mapping[str, object]) -> Values:
        """A row of these values and nulls."""
        return tuple([known.get(name) for name in entity.position])

    def insert(self, name: str, known: Mapping[str, object]) -> Row:
        table = self.table(name)
        row = table.insert(self.values(table.entity, {**known, **self._stamp(table.entity)}))
        self._log(table, row, "Inserted", {})
        return row

    def update(self, name: str, row: Row, changes: Mapping[str, object], *, force: bool = False) -> bool:
        """Whether any value really changed. A row that was touched has a new version either way."""
        table = self.table(name)
        real = {key: value for key, value in changes.items() if table.value(row, key) != value}
        old = {key: table.value(row, key) for key in real}
        table.update(row, {**changes, **self._stamp(table.entity)}, force=force)
        if real:
            self._log(table, row, "Modified", old)
        return bool(real)

    def delete(self, name: str, row: Row) -> None:
        """With the rows that hang under it, as the database cascades."""
        table = self.table(name)
        for navigation in table.entity.collections.values():
            if navigation.target in self.tables:
                for child in self.related(table, row, navigation):
                    if self.table(navigation.target).get(self._key(navigation.target, child)) is child:
                        self.delete(navigation.target, child)
        self._log(table, row, "Deleted", {})
        table.delete(row)

    def related(self, table: Table, row: Row, navigation: Navigation) -> list[Row]:
        return self.table(navigation.target).where(**self.pinned(table, row, navigation))

    def pinned(self, table: Table, row: Row, navigation: Navigation) -> dict[str, object]:
        """What the rows a navigation leads to have in common."""
        return {
            name: table.value(row, source[1:]) if source.startswith("$") else source
            for name, source in navigation.way.items()
        }

    def visible(self, entity: EntityType, row: Row) -> bool:
        """Whether the service user may see a row of this site or company."""
        limits = (
            (self.options.allowed_sites, entity.site_attribute),
            (self.options.allowed_companies, entity.company_attribute),
        )
        return all(
            allowed is None or not name or row.values[entity.position[name]] in allowed
            for allowed, name in limits
        )

    def limited(self, entity: EntityType) -> bool:
        """Whether `visible` can say no for this type at all."""
        by_site = self.options.allowed_sites is not None and entity.site_attribute
        by_company = self.options.allowed_companies is not None and entity.company_attribute
        return bool(by_site or by_company)

    def _key(self, name: str, row: Row) -> dict[str, object]:
        table = self.table(name)
        return {key: table.value(row, key) for key in table.entity.key}

    def _stamp(self, entity: EntityType) -> dict[str, object]:
        changed = {
            "CustomerInfo": self.options.change_attribute,
            "CustomerOrder": self.options.order_change_attribute,
            "CustomerInfoContact": "Changed",
        }.get(entity.name, "")
        return {changed: self.clock.now().astimezone(UTC).replace(microsecond=0)} if changed else {}

    def _log(self, table: Table, row: Row, what: str, old: Mapping[str, object]) -> None:
        entity = table.entity
        if entity.name not in self.options.history_log or entity.name not in LOGGABLE:
            return
        self._log_id += 1
        keys = "".join(f"{column_name(key)}={table.value(row, key)}^" for key in entity.key)
        known = {
            "LogId": self._log_id, "Module": LOGGABLE[entity.name], "LuName": entity.name,
            "TableName": f"{column_name(entity.name)}_TAB", "Keys": keys, "HistoryType": what,
            "TimeStamp": self.clock.now().astimezone(UTC).replace(microsecond=0), "Username": USER,
        }  # fmt: skip
        log = self.table("HistoryLog")
        log.insert(self.values(log.entity, known))
        details = self.table("HistoryLogAttribute")
        for name, before in old.items():
            after = table.value(row, name)
            shown = {"LogId": self._log_id, "ColumnName": column_name(name), "OldValue": _text(before)}
            details.insert(self.values(details.entity, {**shown, "NewValue": _text(after)}))


def column_name(name: str) -> str:
    """`CustomerId` as the database calls it: CUSTOMER_ID."""
    parts = [f"_{letter}" if letter.isupper() and at else letter for at, letter in enumerate(name)]
    return "".join(parts).upper().replace("__", "_")


def _text(value: object) -> str | None:
    return None if value is None else str(value)
