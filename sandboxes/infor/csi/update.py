"""Updating a collection: all changes in one transaction, locked by the date in each item's id."""

import re
from dataclasses import dataclass

from sandboxes.infor.csi.conditions import IdoError, comparable
from sandboxes.infor.csi.idos import WIDTH, Ido
from sandboxes.infor.csi.world import CsiWorld, Item, Key, Rows
from sandboxes.kit import BadBody, Request

INSERT, UPDATE, DELETE = 1, 2, 4
ACTIONS = (INSERT, UPDATE, DELETE)
Kinds = dict[str, tuple[type, ...]]
CHANGE: Kinds = {"Action": (int,), "ItemId": (str,), "Properties": (list,), "UpdateLocking": (int,)}
PROPERTY: Kinds = {"Name": (str,), "Value": (str, type(None)), "Modified": (bool,), "IsNull": (bool,)}
_ITEM_ID = re.compile(r"PBT=\[(?P<table>\w+)\] \w+\.DT=\[(?P<date>[^\]]+)\] \w+\.ID=\[(?P<pointer>[^\]]+)\]")


class Malformed(Exception):
    """The body cannot be read: an HTTP 400 with a text."""


@dataclass(frozen=True, slots=True)
class Change:
    action: int
    item_id: str
    values: Item  # those said to be modified
    sent: Item  # all of them, the keys among them


class Updater:
    def __init__(self, world: CsiWorld) -> None:
        self._world = world

    def update(self, ido: Ido, request: Request) -> dict[str, object]:
        """All changes or none."""
        changes = _changes(request)
        rows = self._world.rows[ido.name]
        done: list[tuple[str, Item]] = []
        undo: list[tuple[Key, Item | None]] = []
        try:
            for change in changes:
                effect, item, before = self._one(rows, change)
                done.append((effect, item))
                undo.append((rows.key_of(item), before))
        except IdoError:
            for key, held in reversed(undo):
                rows.restore({key: held})
            raise
        for effect, item in done:
            name = "/".join(part.strip() for part in rows.key_of(item))
            self._world.journal.wrote(ido.collection, name, effect)
        answer: dict[str, object] = {"Success": True, "Message": None}
        if request.query.get("refresh") == ["true"]:
            kept = [item for effect, item in done if effect != "deleted"]
            answer["RefreshItems"] = [{**item, "_ItemId": self._world.item_id(ido, item)} for item in kept]
        return answer

    def _one(self, rows: Rows, change: Change) -> tuple[str, Item, Item | None]:
        """What it came to, the row, and the row as it was before."""
        ido = rows.ido
        values = {name: _value(ido, name, value) for name, value in change.values.items()}
        if change.action == INSERT:
            return "created", self._insert(rows, values), None
        held = self._held(rows, change)
        if change.action == DELETE:
            rows.drop(rows.key_of(held))
            return "deleted", held, held
        if any(name in ido.keys and held.get(name) != value for name, value in values.items()):
            raise IdoError(f"The key of a row of {ido.name} cannot be changed.")
        for name, value in values.items():
            if value is None and ido.properties[name].required:
                raise IdoError(f"{name} is required.")
        real = any(held.get(name) != value for name, value in values.items())
        item = {**held, **values, "RecordDate": self._world.stamp(held["RecordDate"])}
        rows.put(item)
        return ("updated" if real else "unchanged"), item, held

    def _insert(self, rows: Rows, values: Item) -> Item:
        ido = rows.ido
        if ido.name == "SLCustomers":
            values.setdefault("CustSeq", "0")
            if (values.get("CustNum") or "TBD") == "TBD":
                self._world.next_customer += 1
                values["CustNum"] = str(self._world.next_customer).rjust(WIDTH)
        missing = [one.name for one in ido.properties.values() if one.required and not values.get(one.name)]
        if missing:
            raise IdoError(f"{missing[0]} is required.")
        self._check_customer(ido, values)
        key = rows.key_of(values)
        if key in rows.items:
            raise IdoError(f"{ido.name} with {', '.join(ido.keys)} {key} already exists.")
        now = self._world.stamp()
        pointer = self._world.row_pointer(ido, key)
        item = {**values, "RecordDate": now, "CreateDate": now, "RowPointer": pointer}
        rows.put(item)
        return item

    def _check_customer(self, ido: Ido, values: Item) -> None:
        """A number without its blanks is another number, and of nobody."""
        number = values.get("CustNum") or ""
        if (
            ido.name in {"SLArInvs", "SLArpmts"}
            and (number, "0") not in self._world.rows["SLCustomers"].items
        ):
            raise IdoError(f"Customer [{number}] is not valid.")

    def _held(self, rows: Rows, change: Change) -> Item:
        if not change.item_id:
            key: Key = tuple(change.sent.get(name) or "" for name in rows.ido.keys)
            if key not in rows.items:
                raise IdoError(f"{rows.ido.name} with {', '.join(rows.ido.keys)} {key} was not found.")
            return rows.items[key]
        found = _ITEM_ID.fullmatch(change.item_id)
        if found is None or found["table"] != rows.ido.table:
            raise IdoError("The item id is not valid.")
        place = rows.by_pointer.get(found["pointer"])
        if place is None:
            raise IdoError("The record was deleted by another user.")
        held = rows.items[place]
        if held["RecordDate"] != found["date"]:
            raise IdoError("The record was changed by another user since it was read.")
        return held


def _value(ido: Ido, name: str, value: str | None) -> str | None:
    found = ido.properties.get(name)
    if found is None:
        raise IdoError(f"Property {name} not found on IDO {ido.name}.")
    if found.read_only:
        raise IdoError(f"Property {name} is read only.")
    if value is None or (value == "" and found.kind != "String"):
        return None
    converted = comparable(found, value)  # raises for what is no number or date
    if found.kind == "Date":
        return str(converted)
    if found.kind == "String" and len(value) > found.length:
        raise IdoError(f"String or binary data would be truncated in {name}, the maximum is {found.length}.")
    return value


def _changes(request: Request) -> list[Change]:
    if request.content_type != "application/json":
        raise Malformed("The content type must be application/json.")
    try:
        body = request.json()
    except BadBody as error:
        raise Malformed(str(error)) from error
    if not isinstance(body, dict) or set(body) != {"Changes"} or not isinstance(body["Changes"], list):
        raise Malformed("The body must be an object with Changes.")
    if not body["Changes"]:
        raise Malformed("There are no Changes.")
    return [_change(one) for one in body["Changes"]]


def _change(sent: object) -> Change:
    members = _members(sent, CHANGE)
    action, item_id = members.get("Action"), members.get("ItemId", "")
    if not isinstance(action, int) or action not in ACTIONS or not isinstance(item_id, str):
        raise Malformed("Action must be 1, 2 or 4.")
    everything: Item = {}
    modified: Item = {}
    properties = members.get("Properties", [])
    for one in properties if isinstance(properties, list) else []:
        values = _members(one, PROPERTY)
        name, value = values.get("Name"), values.get("Value")
        if not isinstance(name, str):
            raise Malformed("A property needs a Name.")
        everything[name] = None if values.get("IsNull") or value is None else str(value)
        if values.get("Modified") is True:
            modified[name] = everything[name]
    return Change(action, item_id, modified, everything)


def _members(sent: object, known: Kinds) -> dict[str, object]:
    if not isinstance(sent, dict):
        raise Malformed("An object is expected.")
    for name, value in sent.items():
        if name not in known or not isinstance(value, known[name]):
            raise Malformed(f"{name} is unknown or of the wrong type.")
    return sent
