"""OIS100MI: orders come as a batch under a temporary number; confirming makes the order, once."""

from decimal import Decimal

from sandboxes.infor.m3.call import MiCall, Nok, Records
from sandboxes.infor.m3.store import Row
from sandboxes.infor.m3.world import BY_CUSTOMER, World

CONFIRMED = "22"


def add_head(world: World, call: MiCall) -> Records:
    customer = world.customer(call.company, call.value("CUNO"))
    if customer["STAT"] != "20" or world.customers.value(customer, "BLCD") != "0":
        raise Nok(f"Customer {customer['CUNO']} is not open for orders", "WCU0205", "CUNO")
    if call.value("PYNO"):
        world.customer(call.company, call.value("PYNO"), "PYNO")
    if call.value("CUCD") and call.value("CUCD") not in world.currencies:
        raise Nok(f"Currency {call.value('CUCD')} does not exist", "WCU0103", "CUCD")
    number = f"9{world.number('temporary'):09d}"
    usual = {
        name: world.customers.value(customer, name)
        for name in ("ORTP", "CUCD", "PYNO", "WHLO", "TEPY", "FACI")
    }
    head = {**usual, **call.given(), "CONO": call.company, "DIVI": call.division, "ORNO": number}
    world.insert(world.open_heads, head, call)
    return [{"ORNO": number}]


def add_line(world: World, call: MiCall) -> Records:
    head = _open(world, call)
    item = world.items.get(call.company, call.value("ITNO"))
    if item is None:
        raise world.missing(f"Item number {call.value('ITNO')}", "ITNO")
    if item["STAT"] != "20":
        raise Nok(f"Item {item['ITNO']} is not open for orders", "WIT0108", "ITNO")
    if Decimal(call.value("ORQT")) <= 0:
        raise Nok("Ordered quantity must be greater than zero", "WOR0102", "ORQT")
    position = str(1 + sum(1 for _ in world.open_lines.where(call.company, head["ORNO"])))
    line = {
        "WHLO": head.get("WHLO", ""),
        "SAPR": "0.00",
        **call.given(),
        "CONO": call.company,
        "PONR": position,
    }
    world.insert(world.open_lines, {**line, "POSX": "0"}, call)
    return [{"PONR": position, "POSX": "0"}]


def confirm(world: World, call: MiCall) -> Records:
    head = _open(world, call)
    lines = list(world.open_lines.where(call.company, head["ORNO"]))
    if not lines:
        raise Nok(f"Order {head['ORNO']} has no lines", "OI10012", "ORNO")
    number = str(world.number("order"))
    status = {"STAT": CONFIRMED, "ORSL": CONFIRMED, "ORST": CONFIRMED}
    world.insert(world.orders, {"ORDT": world.day(), **head, **status, "ORNO": number}, call)
    for line in lines:
        world.insert(world.lines, {**line, "ORNO": number})
        world.delete(world.open_lines, line)
    world.delete(world.open_heads, head)
    return [{"ORNO": number, "STAT": CONFIRMED}]


def head(world: World, call: MiCall) -> Records:
    row = world.orders.get(call.company, call.value("ORNO"))
    if row is None:  # a temporary number is none
        raise world.missing(f"Order number {call.value('ORNO')}", "ORNO")
    return [row]


def heads(world: World, call: MiCall) -> Records:
    customer = world.customer(call.company, call.value("CUNO"))
    lowest, highest = call.value("ORSL"), call.value("ORST") or "99"
    for row in world.orders.where(call.company, customer["CUNO"], order=BY_CUSTOMER):
        if lowest <= row["ORSL"] and row["ORST"] <= highest:
            yield row


def _open(world: World, call: MiCall) -> Row:
    row = world.open_heads.get(call.company, call.value("ORNO"))
    if row is None:
        raise world.missing(f"Batch order {call.value('ORNO')}", "ORNO")
    return row


TRANSACTIONS = {
    "AddBatchHead": add_head,
    "AddBatchLine": add_line,
    "Confirm": confirm,
    "GetHead": head,
    "LstHead": heads,
}
