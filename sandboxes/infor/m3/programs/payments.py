"""ARS040MI: payments against invoices come as a batch. What follows the control is done by people."""

from decimal import Decimal

from sandboxes.infor.m3.call import MiCall, Nok, Records
from sandboxes.infor.m3.store import Row
from sandboxes.infor.m3.world import BY_CUSTOMER, World


def add_head(world: World, call: MiCall) -> Records:
    key = (call.company, call.division, call.value("PBID"))
    if world.payments.get(*key) is not None:
        raise Nok(f"Payment batch {key[2]} already exists", "WPB0104", "PBID")
    world.insert(world.payments, {**call.given(), "CONO": key[0], "DIVI": key[1], "BPYS": "1"}, call)
    return [dict(zip(("CONO", "DIVI", "PBID"), key, strict=True))]


def add_line(world: World, call: MiCall) -> Records:
    batch = _batch(world, call)
    customer = world.customer(call.company, call.value("CUNO"))
    held = world.invoices.where(call.company, customer["CUNO"], order=BY_CUSTOMER)
    wanted = (batch["DIVI"], call.value("CINO"), call.value("INYR"))
    if not any((row["DIVI"], row["CINO"], row["INYR"]) == wanted for row in held):
        raise world.missing(f"Invoice number {call.value('CINO')}", "CINO")
    number = f"{int(Decimal(call.value('TRNO'))):07d}"
    if world.payment_lines.get(call.company, batch["DIVI"], batch["PBID"], number) is not None:
        raise Nok(f"Transaction number {call.value('TRNO')} already exists", "WTR0104", "TRNO")
    row = {**call.given(), "CONO": call.company, "DIVI": batch["DIVI"], "TRNO": number}
    world.insert(world.payment_lines, row, call)
    return []


def control(world: World, call: MiCall) -> Records:
    batch = _batch(world, call)
    if not any(True for _ in world.payment_lines.where(call.company, batch["DIVI"], batch["PBID"])):
        raise Nok(f"Payment batch {batch['PBID']} has no lines", "AR04011", "PBID")
    world.update(world.payments, batch, {"BPYS": "2"}, call)
    return []


def _batch(world: World, call: MiCall) -> Row:
    row = world.payments.get(call.company, call.division, call.value("PBID"))
    if row is None:
        raise world.missing(f"Payment batch {call.value('PBID')}", "PBID")
    return row


TRANSACTIONS = {"AddBatchHead": add_head, "AddBatchLine": add_line, "ControlBatch": control}
