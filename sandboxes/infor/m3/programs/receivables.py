"""ARS200MI: the invoices of a customer, without amounts in the list, with them one by one."""

from sandboxes.infor.m3.call import MiCall, Records
from sandboxes.infor.m3.world import BY_CUSTOMER, PAID, World


def invoices(world: World, call: MiCall) -> Records:
    """Of one division: that of the call, or else the user's."""
    customer = world.customer(call.company, call.value("CUNO"))
    only_open, first = call.value("AAC0") == "1", call.value("IVDT")
    for row in world.invoices.where(call.company, customer["CUNO"], order=BY_CUSTOMER):
        if row["DIVI"] != call.division or row["IVDT"] < first or (only_open and row["RECO"] == PAID):
            continue
        yield row


def invoice(world: World, call: MiCall) -> Records:
    """All parts of the key or nothing: a number alone is not unique."""
    key = tuple(call.value(name) for name in ("PYNO", "CUNO", "CINO", "INYR"))
    found = list(world.invoices.where(call.company, call.division, *key))
    if not found:
        raise world.missing(f"Invoice number {call.value('CINO')}", "CINO")
    row = found[0]
    return [{**row, "OAMT": row["OCUA"], "VTAM": row.get("VTAM", "0.00")}]


TRANSACTIONS = {"LstInvoices": invoices, "GetInvTotInfo": invoice}
