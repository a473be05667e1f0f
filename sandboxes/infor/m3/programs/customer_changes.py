"""CRS610MI, what writes. All of it goes by GET, and each call is done once for every time it is sent."""

from collections.abc import Mapping

from sandboxes.infor.m3.call import MiCall, Nok, Records
from sandboxes.infor.m3.store import Row
from sandboxes.infor.m3.world import World

STATUSES = frozenset({"10", "20", "90"})
PASSWORDS = ("PWMT", "PWM1", "PWM2")


def add(world: World, call: MiCall) -> Records:
    template = world.templates.get(call.company, call.value("CUTM"))
    if template is None:
        raise Nok(
            f"Customer template {call.value('CUTM')} does not exist", world.options.not_found_code, "CUTM"
        )
    row = {"STAT": "20", "CUCD": "EUR", "CSCD": "SE", "CUTP": "0"}
    return _made(world, call, row)


def copy(world: World, call: MiCall) -> Records:
    origin = world.customer(call.company, call.value("CUTM"), "CUTM")
    own = {"CUNO", "LMDT", "LMTS", "RGDT", "TDIN", "TXID", "PYNO"}
    return _made(world, call, {name: value for name, value in origin.items() if name not in own})


def change_basic(world: World, call: MiCall) -> Records:
    row = world.customer(call.company, call.value("CUNO"))
    _change(world, call, row)
    return [{"CUNO": row["CUNO"]}]


def change_financial(world: World, call: MiCall) -> Records:
    _change(world, call, world.customer(call.company, call.value("CUNO")))
    return []


def change_order_info(world: World, call: MiCall) -> Records:
    for name in ("PYNO", "INRC", "CUST"):
        if call.value(name):
            world.customer(call.company, call.value(name), name)
    return change_financial(world, call)


def delete(world: World, call: MiCall) -> Records:
    row = world.customer(call.company, call.value("CUNO"))
    used = [
        table for table in (world.orders, world.invoices)
        if any(True for _ in table.where(call.company, row["CUNO"], order=("CONO", "CUNO")))
    ]  # fmt: skip
    if used:
        raise Nok(
            f"Customer {row['CUNO']} is used in {used[0].name} and cannot be deleted", "CR61007", "CUNO"
        )
    for address in list(world.addresses.where(call.company, row["CUNO"])):
        world.delete(world.addresses, address)
    world.delete(world.customers, row, call)
    return []


def add_text(world: World, call: MiCall) -> Records:
    """One more line of text on the customer, whose own record is not stamped for it."""
    row = world.customer(call.company, call.value("CUNO"))
    number = 1 + sum(1 for _ in world.texts.where(call.company, row["CUNO"]))
    if not row.get("TXID"):
        world.customers.put({**row, "TXID": str(world.number("text"))})
    values = {"TXVR": call.value("TXVR") or "CO1", "PARM": call.value("PARM")}
    world.insert(
        world.texts, {"CONO": call.company, "CUNO": row["CUNO"], "LINE": f"{number:06d}", **values}, call
    )
    return []


def add_address(world: World, call: MiCall) -> Records:
    world.customer(call.company, call.value("CUNO"))
    _check(world, call.values)
    key = (call.value("CUNO"), call.value("ADRT"), call.value("ADID"))
    if world.addresses.get(call.company, *key) is not None:
        raise Nok(f"Address number {key[2]} already exists", "WAD0104", "ADID")
    world.insert(world.addresses, {**call.given("DIVI"), "CONO": call.company}, call)
    return [{"ADRT": key[1], "ADID": key[2]}]


def _made(world: World, call: MiCall, base: Row) -> Records:
    _check(world, call.values)
    number = call.value("CUNO")
    if not number and not world.options.number_series:
        raise Nok("Customer number must be entered", "WCU0202", "CUNO")
    number = number or str(world.number("customer"))
    if world.customers.get(call.company, number) is not None:
        raise Nok(f"Customer number {number} already exists", "WCU0204", "CUNO")
    sent = call.given("CUTM", "DIVI", *PASSWORDS)
    world.insert(
        world.customers, {"PYNO": number, **base, **sent, "CONO": call.company, "CUNO": number}, call
    )
    return [{"CUNO": number, "ERRM": ""}]


def _change(world: World, call: MiCall, row: Row) -> None:
    changes = call.given("CUNO", "DIVI", *PASSWORDS)
    _check(world, changes)
    if changes.get("CUNM", "-") == "":
        raise Nok("Customer name must be entered", "WNM0102", "CUNM")
    world.update(world.customers, row, changes, call)


def _check(world: World, values: Mapping[str, str]) -> None:
    """What the program looks up in the company's tables."""
    if values.get("STAT", "20") not in STATUSES:
        raise Nok(f"Status {values['STAT']} is not valid", "WST0101", "STAT")
    country, currency = values.get("CSCD", ""), values.get("CUCD", "")
    if country and country not in world.countries:
        raise Nok(f"Country {country} does not exist", "WCS0103", "CSCD")
    if currency and currency not in world.currencies:
        raise Nok(f"Currency {currency} does not exist", "WCU0103", "CUCD")


TRANSACTIONS = {
    "Add": add,
    "Copy": copy,
    "ChgBasicData": change_basic,
    "ChgFinancial": change_financial,
    "ChgOrderInfo": change_order_info,
    "Delete": delete,
    "AddText": add_text,
    "AddAddress": add_address,
}
