"""Customers and what hangs under them: tidy ones, and the sort every real company file has."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sandboxes.people import Party
from sandboxes.syspro.columns import ADDRESS_LINES, BRANCHES, TERMS
from sandboxes.syspro.data.texts import company_of, email_of, fitting, person_of, special_code
from sandboxes.syspro.store import Table, Values
from sandboxes.syspro.world import CUSTOM, World

DAYS = 900  # before the world was built; everything in it happened in that time
FLAGS = {
    "ExemptFinChg": "N", "MaintHistory": "Y", "CreditStatus": "0", "BalanceType": "I", "TaxStatus": "N",
    "StatementReqd": "Y", "BackOrdReqd": "Y", "GstExemptFlag": "N", "CustomerOnHold": "N",
    "SalesAllowed": "Y", "QueryAllowed": "Y",
}  # fmt: skip
CLASSES = ("RT", "WS", "EX", "GV", "")
LONG_OVERDUE = "4"  # a CreditStatus; each company gives the digits its own meaning


def fill_customers(world: World, people: Callable[[], Iterable[Party]]) -> None:
    """`people` are made anew for each table, rather than kept for one that nobody may ask for."""
    calendar = [world.options.built_at - timedelta(days=day) for day in range(DAYS)]
    world.table("ArCustomer").fill(_customers(world, list(people()), calendar))
    world.table("ArMultAddress").fill_later(lambda: _addresses(world, people()))
    world.table("ArInvoice").fill_later(lambda: _invoices(world, people()))
    world.table("ArCustomerBal").fill_later(lambda: _balances(world, people()))
    world.table(CUSTOM).fill_later(lambda: _custom(world, people()))


def code_of(world: World, number: int) -> str:
    """Mostly the next number, padded; some codes were thought up by somebody."""
    return special_code(number) or f"{number:0{world.options.key_width}d}"


def overdue(number: int) -> bool:
    return number % 17 == 5


def stamped(world: World, table: Table, row: list[Any], moment: datetime | None = None) -> Values:
    row[table.columns["TimeStamp"].at] = world.first_stamp(table)
    row[table.changed_at] = moment or world.options.built_at - timedelta(days=DAYS)
    return tuple(row)


def _customers(world: World, people: Sequence[Party], calendar: Sequence[datetime]) -> Iterator[Values]:
    table = world.table("ArCustomer")
    common = table.blank()
    for name, flag in FLAGS.items():
        common[table.columns[name].at] = flag
    # By the age of the last change, so that rowversions and moments tell the same story.
    for party in sorted(people, key=lambda one: -(one.number * 37 % DAYS)):
        row = common.copy()
        for name, value in _described(world, party, people).items():
            row[table.columns[name].at] = value
        yield stamped(world, table, row, calendar[party.number * 37 % DAYS])


def _described(world: World, party: Party, people: Sequence[Party]) -> dict[str, object]:
    number = party.number
    midnight = world.options.built_at.replace(hour=0)
    bought = number % 6 != 0
    return {
        "Customer": code_of(world, number),
        "Name": fitting(company_of(party), 50),
        "ShortName": fitting(company_of(party), 20),
        "Contact": fitting(person_of(party), 50) if number % 10 else "",
        "Email": email_of(party, people),
        "Telephone": party.phone[:20],
        "Currency": "$" if party.currency == "USD" else party.currency,
        "CreditLimit": Decimal(number % 50 * 1000),
        "CreditStatus": LONG_OVERDUE if overdue(number) else "0",
        "CustomerOnHold": "Y" if number % 23 == 7 else "N",
        "SalesAllowed": "N" if number % 31 == 11 else "Y",
        "CustomerClass": CLASSES[number % 5],
        "Branch": BRANCHES[number % 3],
        "TermsCode": sorted(TERMS)[number % len(TERMS)],
        "Salesperson": f"S{number % 9:02d}",
        "PriceCode": "AB"[number % 2],
        "CompanyTaxNumber": f"{party.country}{556_000_000 + number}" if number % 3 else "",
        "TaxExemptNumber": f"EX{number:06d}" if number % 40 == 0 else "",
        "DateCustAdded": midnight - timedelta(days=number * 37 % DAYS + number % 300),
        "DateLastSale": midnight - timedelta(days=number * 7 % 400) if bought else None,
        "DateLastPay": midnight - timedelta(days=number * 7 % 380) if bought else None,
        "OutstOrdVal": Decimal(number % 90 * 100) / 4,
        "NumOutstOrd": Decimal(number % 4),
        "InvoiceCount": Decimal(1 + overdue(number)),
        "SalesWarehouse": "FG",
        "LanguageCode": party.language,
        "UserField1": "",
        **_address_lines(party, "SoldTo"),
        **(_address_lines(party, "ShipTo") if number % 3 else {}),
    }


def _address_lines(party: Party, side: str) -> dict[str, object]:
    """Street in 1, more in 2, town in 3, region in 4, country in 5: the house rule, now and then broken."""
    street, city = fitting(party.street, 40), fitting(party.city, 40)
    lines: dict[str, str] = {"1": street, "3": city, "5": party.country}
    if party.number % 29 == 3:
        lines = {"1": "See special instructions", "2": street, "4": city, "5": ""}
    elif party.number % 29 == 4:
        lines = {"1": "", "2": "", "3": "", "4": "", "5": ""}
    elif party.number % 7 == 0:
        lines |= {"2": f"Unit {party.number % 12 + 1}", "4": "North"}
    postal = {"SoldTo": "SoldPostalCode", "ShipTo": "ShipPostalCode"}[side]
    shown: dict[str, object] = {f"{side}Addr{line}": lines.get(line, "") for line in ADDRESS_LINES}
    return {**shown, postal: party.zip_code[:10]}


def _addresses(world: World, people: Iterable[Party]) -> Iterator[Values]:
    table = world.table("ArMultAddress")
    for party in people:
        for at in range(2 if party.number % 12 == 0 else 0):
            row = table.blank()
            known = {
                "Customer": code_of(world, party.number), "AddrCode": f"{at + 1:03d}",
                "ShipToName": fitting(company_of(party), 50), **_address_lines(party, "ShipTo"),
            }  # fmt: skip
            for name, value in known.items():
                row[table.columns[name].at] = value
            yield stamped(world, table, row)


def _owed(number: int) -> list[tuple[str, int, Decimal]]:
    """Invoice type, its age in days, what is left to pay."""
    owed = [("I", number % 25, Decimal(number % 40 * 25))]
    if overdue(number):
        owed.append(("I", 120 + number % 60, Decimal(1000 + number % 400) / 2))
    if number % 50 == 0:
        owed.append(("C", 10, Decimal(-50)))
    return owed


def _invoices(world: World, people: Iterable[Party]) -> Iterator[Values]:
    table, midnight = world.table("ArInvoice"), world.options.built_at.replace(hour=0)
    for party in people:
        for at, (kind, age, balance) in enumerate(_owed(party.number)):
            row = table.blank()
            known = {
                "Customer": code_of(world, party.number), "Invoice": f"{party.number * 10 + at:08d}",
                "DocumentType": kind, "InvoiceDate": midnight - timedelta(days=age), "InvoiceBal1": balance,
                "InvoiceBal2": Decimal(0), "InvoiceBal3": Decimal(0), "CurrencyValue": balance,
            }  # fmt: skip
            for name, value in known.items():
                row[table.columns[name].at] = value
            yield stamped(world, table, row)


def _balances(world: World, people: Iterable[Party]) -> Iterator[Values]:
    table = world.table("ArCustomerBal")
    for party in people:
        balance = sum((left for _, _, left in _owed(party.number)), Decimal(0))
        row = table.blank()
        row[0], row[1] = code_of(world, party.number), balance
        yield stamped(world, table, row)


def _custom(world: World, people: Iterable[Party]) -> Iterator[Values]:
    """A row appears once somebody opened the form: not every customer has one."""
    table = world.table(CUSTOM)
    for party in people:
        if party.number % 4:
            row = table.blank()
            row[0] = code_of(world, party.number)
            for at, _name in enumerate(world.options.custom_fields, start=1):
                row[at] = ("Y", "N", "")[(party.number + at) % 3]
            yield stamped(world, table, row)
