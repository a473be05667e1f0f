"""Runs one transaction: checks what was sent, settles the company, cuts out the columns."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

from sandboxes.infor.m3.call import MiCall, Nok, Refused
from sandboxes.infor.m3.catalog import Transaction
from sandboxes.infor.m3.dictionary import Field
from sandboxes.infor.m3.programs import HANDLERS
from sandboxes.infor.m3.world import World

DEFAULT_RECORDS = 100
NUMBER = re.compile(r"-?\d+(\.\d+)?")
Record = dict[str, str]


@dataclass(frozen=True, slots=True)
class Settings:
    """What goes with a call besides its fields. `records=0` is all of them."""

    company: str = ""
    division: str = ""
    records: int = DEFAULT_RECORDS
    columns: tuple[str, ...] = ()
    exclude_empty: bool = False


@dataclass(slots=True)
class Outcome:
    """What one transaction came to: records, or the error that stands in their place."""

    transaction: str
    parameters: Record
    records: list[Record]
    error: Nok | Refused | None = None

    @property
    def cells(self) -> int:
        return sum(len(record) for record in self.records)


def find(world: World, program: str, name: str) -> Transaction:
    if program in world.forbidden:
        raise Nok(
            f"User {world.options.user} is not authorized to run program {program}", "CPF9898", fatal=True
        )
    transaction = world.catalog[program].get(name)
    if transaction is None:
        raise Refused(f"Transaction {name} not found in program {program}", "TransactionNotFound")
    return transaction


def execute(world: World, program: str, name: str, record: Mapping[str, str], settings: Settings) -> Outcome:
    transaction = find(world, program, name)
    values = _checked(world, transaction, record)
    columns = _columns(world, transaction, settings.columns)
    settings = _placed(world, values, settings)
    _check_kinds(world, transaction, values)
    call = MiCall(
        transaction, values, settings.company, settings.division, world.journal, world.options.clear_marker
    )
    rows = HANDLERS[program][name](world, call)
    cap = world.options.record_cap
    wanted = min(settings.records or cap, cap) if cap else settings.records
    records = [
        _projected(row, columns, exclude_empty=settings.exclude_empty) for row in islice(rows, wanted or None)
    ]
    return Outcome(name, dict(record), records)


def _checked(world: World, transaction: Transaction, record: Mapping[str, str]) -> Record:
    """The fields that were sent with a value; a blank one was not sent."""
    where = f"{transaction.program}/{transaction.name}"
    for name in record:
        if name not in transaction.inputs or (transaction.program, transaction.name, name) in world.removed:
            raise Refused(f"Input field {name} does not exist in {where}", at=name)
    values = {name: value.rstrip() for name, value in record.items() if value.strip()}
    for field in transaction.takes:
        if field.required and field.name not in values:
            raise Refused(
                f"Mandatory field {field.name} is missing", "MandatoryInputFieldNotFound", at=field.name
            )
        if len(values.get(field.name, "")) > field.length:
            text = f"Value of field {field.name} is too long, the maximum is {field.length}"
            raise Refused(text, "InputFieldTooLong", at=field.name)
    return values


def _check_kinds(world: World, transaction: Transaction, values: Record) -> None:
    marker = world.options.clear_marker if transaction.changes else ""
    for name, value in values.items():
        field = transaction.inputs[name]
        if (marker and value == marker) or _fits(field, value):
            continue
        what = "a valid date" if field.kind == "D" else "numeric"
        raise Nok(f"{field.text} {value} is not {what}", "XNU0001" if field.kind == "N" else "WDT0101", name)


def _fits(field: Field, value: str) -> bool:
    match field.kind:
        case "N":
            return NUMBER.fullmatch(value) is not None
        case "D":
            return value == "0" or _is_date(value)
        case "A":
            return True


def _is_date(value: str) -> bool:
    """Eight digits on the wire, whatever the metadata says of ten."""
    try:
        datetime.strptime(value, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return False
    return len(value) == 8


def _placed(world: World, values: Record, settings: Settings) -> Settings:
    """Company and division: of the record, else of the option, else the user's own."""
    company = values.get("CONO") or settings.company or world.user_company
    company = company.lstrip("0") or "0"
    if company not in world.divisions or company in world.unauthorized:
        raise Nok(
            f"User {world.options.user} is not authorized for company {company}",
            "XAU0008",
            "CONO",
            fatal=True,
        )
    divisions = world.divisions[company]
    asked = values.get("DIVI") or settings.division
    if asked and asked not in divisions:
        raise Nok(f"Division {asked} does not exist in company {company}", "WDI0103", "DIVI", fatal=True)
    own = world.user_division if company == world.user_company else divisions[0]
    return replace(settings, company=company, division=asked or own)


def _columns(world: World, transaction: Transaction, wanted: tuple[str, ...]) -> dict[str, str]:
    """The columns of the answer, with what a row without a value shows."""
    customer_rows = transaction.program == "CRS610MI" and transaction.name != "LstAddresses"
    defaults = world.customers.defaults if customer_rows else {}
    there = {
        field.name: defaults.get(field.name, "0" if field.kind == "N" else "")
        for field in transaction.gives
        if (transaction.program, transaction.name, field.name) not in world.removed
    }
    for name in wanted:
        if name not in there:
            raise Refused(
                f"Output field {name} does not exist in {transaction.program}/{transaction.name}", at=name
            )
    return {name: there[name] for name in wanted} if wanted else there


def _projected(row: Mapping[str, str], columns: Mapping[str, str], *, exclude_empty: bool) -> Record:
    record = {name: row.get(name, blank) for name, blank in columns.items()}
    return {name: value for name, value in record.items() if value} if exclude_empty else record
