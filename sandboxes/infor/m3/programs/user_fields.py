"""CUGEX1MI: a tenant's own fields beside a record. Known by name only; all of it is our reading."""

from sandboxes.infor.m3.call import MiCall, Nok, Records
from sandboxes.infor.m3.store import Row
from sandboxes.infor.m3.world import World

KEYS = ("FILE", *(f"PK0{n}" for n in range(1, 9)))


def get(world: World, call: MiCall) -> Records:
    return [_held(world, call)]


def add(world: World, call: MiCall) -> Records:
    _check(world, call)
    if world.custom.get(*_key(call)) is not None:
        raise Nok("The record already exists", "WRE0104", "PK01")
    world.insert(world.custom, {**call.given(), "CONO": call.company}, call)
    return []


def change(world: World, call: MiCall) -> Records:
    _check(world, call)
    world.update(world.custom, _held(world, call), call.given(*KEYS), call)
    return []


def delete(world: World, call: MiCall) -> Records:
    world.delete(world.custom, _held(world, call), call)
    return []


def _key(call: MiCall) -> tuple[str, ...]:
    return (call.company, *(call.value(name) for name in KEYS))


def _held(world: World, call: MiCall) -> Row:
    row = world.custom.get(*_key(call))
    if row is None:
        raise Nok("The record does not exist", world.options.not_found_code, "PK01")
    return row


def _check(world: World, call: MiCall) -> None:
    """A field that nobody set up cannot be written."""
    for name in call.values:
        if name not in {*KEYS, "CONO"} and name not in world.options.custom_fields:
            raise Nok(f"Field {name} is not set up for {call.value('FILE')}", "CMS0801", name)


TRANSACTIONS = {"GetFieldValue": get, "AddFieldValue": add, "ChgFieldValue": change, "DelFieldValue": delete}
