"""GLS840MI: a journal comes as a batch under a key of the caller's, is controlled, then updated, once.

Each line is a string of fixed positions, laid out by the tenant's interface (`Options.journal_layout`). One
with a customer becomes an AR transaction, one without is a GL line. The status of a batch goes 10 entered, 20
controlled, 90 updated; the states are our reading, nobody tells them in public.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from sandboxes.infor.m3.call import MiCall, Nok, Records
from sandboxes.infor.m3.store import Row
from sandboxes.infor.m3.world import World

ENTERED, CONTROLLED, UPDATED = "10", "20", "90"


def add_head(world: World, call: MiCall) -> Records:
    if call.value("INTN") != world.options.journal_interface:
        raise world.missing(f"Interface {call.value('INTN')}", "INTN")
    if world.journals.get(call.company, call.division, call.value("KEY1")) is not None:
        raise Nok(f"Key value {call.value('KEY1')} already exists", "WKE0104", "KEY1")
    world.insert(world.journals, {**call.given(), **_place(call), "STAT": ENTERED}, call)
    return [{"CONO": call.company}]


def add_line(world: World, call: MiCall) -> Records:
    batch = _batch(world, call)
    if batch["STAT"] == UPDATED:
        raise Nok(f"Batch {batch['KEY1']} is already updated", "GL84009", "KEY1")
    number = f"{int(Decimal(call.value('LINE'))):08d}"
    if world.journal_lines.get(call.company, call.division, batch["KEY1"], number) is not None:
        raise Nok(f"Line number {call.value('LINE')} already exists", "WLI0104", "LINE")
    world.insert(world.journal_lines, {**call.given(), **_place(call), "LINE": number}, call)
    if batch["STAT"] != ENTERED:
        world.update(world.journals, batch, {"STAT": ENTERED})
    return [{"CONO": call.company}]


def control(world: World, call: MiCall) -> Records:
    batch = _batch(world, call)
    if batch["STAT"] == UPDATED:
        raise Nok(f"Batch {batch['KEY1']} is already updated", "GL84009", "KEY1")
    _transactions(world, batch)
    world.update(world.journals, batch, {"STAT": CONTROLLED}, call)
    return [{"CONO": call.company}]


def update(world: World, call: MiCall) -> Records:
    batch = _batch(world, call)
    if batch["STAT"] != CONTROLLED:
        known = "is already updated" if batch["STAT"] == UPDATED else "must be controlled first"
        raise Nok(f"Batch {batch['KEY1']} {known}", "GL84010", "KEY1")
    for row in _transactions(world, batch):
        world.insert(world.invoices, row, call)
        customer = world.customer(row["CONO"], row["CUNO"])
        # The credit figures of a customer move without a stamp on his record.
        world.customers.put({**customer, "TDIN": world.credit(row["CONO"], row["CUNO"])["TDIN"]})
    world.update(world.journals, batch, {"STAT": UPDATED}, call)
    return [{"CONO": call.company}]


def _place(call: MiCall) -> Row:
    return {"CONO": call.company, "DIVI": call.division, "KEY1": call.value("KEY1")}


def _batch(world: World, call: MiCall) -> Row:
    row = world.journals.get(call.company, call.division, call.value("KEY1"))
    if row is None:
        raise world.missing(f"Key value {call.value('KEY1')}", "KEY1")
    return row


def _transactions(world: World, batch: Row) -> list[Row]:
    """The AR transactions of a batch; refused as a whole when a line of it is wrong."""
    company, division, key = batch["CONO"], batch["DIVI"], batch["KEY1"]
    lines = list(world.journal_lines.where(company, division, key))
    if not lines:
        raise Nok(f"Batch {key} has no lines", "GL84011", "KEY1")
    voucher, total, found = str(world.number("voucher")), Decimal(0), []
    for line in lines:
        values = world.options.journal_layout.read(line["PARM"])
        total += _amount(values, line)
        if values["CUNO"]:
            row = _receivable(world, company, values, line)
            found.append(
                {**row, "DIVI": division, "VONO": voucher, "SINO": f"{voucher}.{line['LINE']}", "KEY1": key}
            )
        elif not values["AIT1"]:
            raise _wrong(line, "has neither a customer nor an account")
    if world.options.balanced_journals and total:
        raise Nok(f"Batch {key} does not balance, the difference is {total}", "GL84012", "KEY1")
    if world.options.refuse_duplicate_invoices:
        _refuse_duplicates(world, found)
    return found


def _receivable(world: World, company: str, values: Row, line: Row) -> Row:
    customer = world.customers.get(company, values["CUNO"])
    if customer is None:
        raise _wrong(line, f"names customer {values['CUNO']}, which does not exist")
    if values["CUCD"] not in world.currencies:
        raise _wrong(line, f"names currency {values['CUCD']!r}, which does not exist")
    if not values["CINO"] or not values["INYR"].isdigit():
        raise _wrong(line, "needs an invoice number and its year")
    for name in ("IVDT", "DUDT"):
        if not _is_date(values[name]):
            raise _wrong(line, f"has no valid date in {name}")
    return {
        "CONO": company, "PYNO": world.customers.value(customer, "PYNO") or customer["CUNO"],
        "CUNO": customer["CUNO"], "CINO": values["CINO"], "INYR": values["INYR"], "IVDT": values["IVDT"],
        "DUDT": values["DUDT"], "CUCD": values["CUCD"], "CUAM": values["CUAM"], "OCUA": values["CUAM"],
        "TRCD": "10", "RECO": "0", "REDE": "0", "YEA4": values["IVDT"][:4], "JRNO": "0", "JSNO": "0",
        "TDSC": "Invoice", "VTXT": values["VTXT"],
    }  # fmt: skip


def _refuse_duplicates(world: World, rows: list[Row]) -> None:
    seen = set()
    for row in rows:
        key = (row["CONO"], row["DIVI"], row["PYNO"], row["CUNO"], row["CINO"], row["INYR"])
        if key in seen or any(_same_invoice(world, key)):
            raise Nok(f"Invoice number {row['CINO']} already exists", "WCI0104", "CINO")
        seen.add(key)


def _same_invoice(world: World, key: tuple[str, ...]) -> Iterator[bool]:
    return (True for _ in world.invoices.where(*key))


def _amount(values: Row, line: Row) -> Decimal:
    try:
        return Decimal(values["CUAM"])
    except InvalidOperation as error:
        raise _wrong(line, "has no valid amount") from error


def _is_date(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return False
    return len(text) == 8


def _wrong(line: Row, what: str) -> Nok:
    return Nok(f"Line {int(line['LINE'])} {what}", "GL84013", "PARM")


TRANSACTIONS = {"AddBatchHead": add_head, "AddBatchLine": add_line, "CtrlBatch": control, "UpdBatch": update}
