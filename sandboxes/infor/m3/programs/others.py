"""Suppliers (CRS620MI), items (MMS200MI), the user's defaults (MNS150MI) and the metadata (MRS001MI)."""

from sandboxes.infor.m3.call import MiCall, Nok, Records
from sandboxes.infor.m3.world import World


def suppliers_by_number(world: World, call: MiCall) -> Records:
    for row in world.suppliers.scan(call.company, call.value("SUNO")):
        if row["CONO"] != call.company:
            return
        yield row


def suppliers_in_range(world: World, call: MiCall) -> Records:
    since, last = world.since(call.value("LMTS")), call.value("TOSU")
    for row in world.suppliers.scan(call.company, call.value("FRSU")):
        if row["CONO"] != call.company or (last and row["SUNO"] > last):
            return
        if since is None or int(row["LMTS"]) > since:
            yield row


def supplier(world: World, call: MiCall) -> Records:
    row = world.suppliers.get(call.company, call.value("SUNO"))
    if row is None:
        raise world.missing(f"Supplier number {call.value('SUNO')}", "SUNO")
    return [row]


def items_by_number(world: World, call: MiCall) -> Records:
    for row in world.items.scan(call.company, call.value("ITNO")):
        if row["CONO"] != call.company:
            return
        yield row


def item(world: World, call: MiCall) -> Records:
    row = world.items.get(call.company, call.value("ITNO"))
    if row is None:
        raise world.missing(f"Item number {call.value('ITNO')}", "ITNO")
    return [row]


def user_data(world: World, call: MiCall) -> Records:
    """The company and division that a call without them works in."""
    user = world.options.user
    if call.value("USID") not in {"", user}:
        raise world.missing(f"User {call.value('USID')}", "USID")
    return [{
        "CONO": world.user_company, "DIVI": world.user_division, "LNCD": "GB", "USID": user, "DTFM": "YMD",
        "DCFM": ".", "TIZO": "CET", "FACI": "F10", "WHLO": "W01", "EUID": f"{user.lower()}@service",
        "TX40": "Service account of ml-connector",
    }]  # fmt: skip


def field_information(world: World, call: MiCall) -> Records:
    """TRTP says which side: what goes in or what comes out."""
    program, name = call.value("MINM"), call.value("TRNM")
    transaction = world.catalog.get(program, {}).get(name)
    if transaction is None:
        raise world.missing(f"Transaction {name} of program {program}", "TRNM")
    if call.value("TRTP") not in {"I", "O"}:
        raise Nok(f"Transaction type {call.value('TRTP')} is not valid", "WTR0101", "TRTP")
    position = 16
    for field in transaction.takes if call.value("TRTP") == "I" else transaction.gives:
        if (program, name, field.name) in world.removed:
            continue
        yield {
            "FLNM": field.name, "FLDS": field.text[:60], "FRPO": str(position), "TYPE": field.kind,
            "TOPO": str(position + field.length - 1), "LENG": str(field.length),
            "MAND": "1" if field.required else "0",
        }  # fmt: skip
        position += field.length


SUPPLIERS = {
    "LstByNumber": suppliers_by_number,
    "LstSuppliers": suppliers_in_range,
    "GetBasicData": supplier,
}
ITEMS = {"LstItmByItm": items_by_number, "GetItmBasic": item}
USERS = {"GetUserData": user_data}
METADATA = {"LstAdtFieldInf": field_information}
