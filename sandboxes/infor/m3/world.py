"""The tables of one M3, its companies and its user; the one way in which rows are written."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sandboxes.infor.m3 import dictionary
from sandboxes.infor.m3.call import MiCall, Nok
from sandboxes.infor.m3.catalog import build
from sandboxes.infor.m3.store import Row, Table
from sandboxes.infor.options import Options
from sandboxes.kit import Clock, Journal

INVOICED = "77"
PAID = "9"
BY_CUSTOMER = ("CONO", "CUNO")
BY_NAME = ("CONO", "CUNM")
BY_SEARCH_KEY = ("CONO", "ALCU")
CUSTOMER_DEFAULTS = {
    "LNCD": "GB", "CUTP": "0", "CUCL": "WHS", "SMCD": "S010", "SDST": "N1", "ORTP": "C01", "TEDL": "DAP",
    "MODL": "TRK", "WHLO": "W01", "TEPY": "30N", "PYCD": "TRF", "FACI": "F10", "ADID": "", "BLCD": "0",
    "CRLM": "0.00", "CRL2": "0.00", "CRL3": "0.00", "ODUD": "30", "TDIN": "0.00", "VTCD": "1", "TXAP": "1",
    "CRTP": "1", "CFC2": "0.00", "CFC7": "0.00",
}  # fmt: skip
COUNTRIES = {"GB": "UK"}  # the country table of the company has codes of its own here and there


class World:
    """Knows of no requests; transactions and mutations both change it through here."""

    def __init__(self, options: Options, clock: Clock, journal: Journal) -> None:
        self.options = options
        self.clock = clock
        self.journal = journal
        self.zone = ZoneInfo(options.server_zone)
        self.catalog = build()
        if not options.cugex1:
            del self.catalog["CUGEX1MI"]
        self.user_company = str(options.user_company)
        self.user_division = options.user_division
        self.divisions = {str(company): divisions for company, divisions in options.companies}
        self.unauthorized = {str(company) for company in options.unauthorized}
        self.forbidden: set[str] = set()  # programs the user's role does not hold
        self.removed: set[tuple[str, str, str]] = set()  # columns a tenant's release does not have
        self.numbers: dict[str, int] = {
            "customer": 800_000,
            "order": 10_000_000,
            "temporary": 0,
            "voucher": 0,
            "text": 0,
        }
        self.countries: set[str] = set()
        self.currencies: set[str] = set()
        self._make_tables()

    def _make_tables(self) -> None:
        self.customers = Table(
            "customers", "OK", ("CONO", "CUNO"), BY_NAME, BY_SEARCH_KEY, defaults=CUSTOMER_DEFAULTS
        )
        self.templates = Table("templates", "", ("CONO", "CUNO"))
        self.addresses = Table("addresses", "OP", ("CONO", "CUNO", "ADRT", "ADID"))
        self.texts = Table("texts", "", ("CONO", "CUNO", "LINE"))
        self.suppliers = Table("suppliers", "ID", ("CONO", "SUNO"))
        self.items = Table("items", "MM", ("CONO", "ITNO"))
        self.orders = Table("orders", "OA", ("CONO", "ORNO"), BY_CUSTOMER)
        self.lines = Table("order_lines", "OB", ("CONO", "ORNO", "PONR"))
        self.open_heads = Table("batch_orders", "", ("CONO", "ORNO"))
        self.open_lines = Table("batch_order_lines", "", ("CONO", "ORNO", "PONR"))
        invoice = ("CONO", "DIVI", "PYNO", "CUNO", "CINO", "INYR", "SINO")
        self.invoices = Table("invoices", "ES", invoice, BY_CUSTOMER)
        self.custom = Table("custom_fields", "F1", ("CONO", "FILE", *(f"PK0{n}" for n in range(1, 9))))
        self.journals = Table("batches", "", ("CONO", "DIVI", "KEY1"))
        self.journal_lines = Table("batch_lines", "", ("CONO", "DIVI", "KEY1", "LINE"))
        self.payments = Table("payment_batches", "", ("CONO", "DIVI", "PBID"))
        self.payment_lines = Table("payments", "", ("CONO", "DIVI", "PBID", "TRNO"))
        self.tables: dict[str, Table] = {
            table.name: table for table in vars(self).values() if isinstance(table, Table)
        }

    # Time.

    def stamp(self) -> Row:
        """What the server notes on every row it writes."""
        now = self.clock.now()
        return {"LMDT": self.day(now), "LMTS": str(int(now.timestamp() * 1000))}

    def day(self, moment: datetime | None = None) -> str:
        local = (moment or self.clock.now()).astimezone(self.zone)
        return f"{local.year}{local.month:02}{local.day:02}"

    def since(self, text: str) -> int | None:
        """LMTS as sent, in milliseconds; None where it filters nothing."""
        if not text or self.options.lmts == "ignored":
            return None
        value = int(text.partition(".")[0])
        unit = {"s": value * 1000, "ms": value, "us": value // 1000}[self.options.lmts_unit]
        return unit - 1 if self.options.lmts_inclusive else unit

    def number(self, series: str) -> int:
        self.numbers[series] += 1
        return self.numbers[series]

    # Writing.

    def insert(self, table: Table, row: Row, call: MiCall | None = None) -> Row:
        made = {name: value for name, value in {**row, **self.stamp(), "RGDT": self.day()}.items() if value}
        table.put(made)
        self._note(table, made, "created", call)
        return made

    def update(
        self,
        table: Table,
        row: Row,
        changes: Mapping[str, str],
        call: MiCall | None = None,
        *,
        stamp: bool = True,
    ) -> bool:
        """Whether any value really changed. M3 stamps the row either way."""
        real = any(not _same(name, table.value(row, name), value) for name, value in changes.items())
        table.put({**row, **changes, **(self.stamp() if stamp else {})})
        self._note(table, row, "updated" if real else "unchanged", call)
        return real

    def delete(self, table: Table, row: Row, call: MiCall | None = None) -> None:
        table.drop(*table.key_of(row))
        self._note(table, row, "deleted", call)

    def _note(self, table: Table, row: Row, effect: str, call: MiCall | None) -> None:
        """Only what a client wrote is its write; what happens behind its back is not."""
        if call is not None:
            self.journal.wrote(table.name, "/".join(part for part in table.key_of(row)[1:] if part), effect)

    # What several programs need.

    def customer(self, company: str, number: str, at: str = "CUNO") -> Row:
        row = self.customers.get(company, number)
        if row is None:
            raise self.missing(f"Customer number {number}", at)
        return row

    def missing(self, what: str, at: str) -> Nok:
        return Nok(f"{what} does not exist", self.options.not_found_code, at)

    def credit(self, company: str, number: str, division: str = "") -> Row:
        """What is owed and since when, as of today: no list transaction tells."""
        today, outstanding, overdue, oldest, last = self.day(), 0.0, 0.0, "", ""
        for row in self.invoices.where(company, number, order=BY_CUSTOMER):
            if division and row["DIVI"] != division:
                continue
            last = max(last, row["IVDT"])
            if row["RECO"] == PAID:
                continue
            outstanding += float(row["OCUA"])
            if row["DUDT"] < today:
                overdue += float(row["OCUA"])
                oldest = min(oldest or row["DUDT"], row["DUDT"])
        days = _days_between(oldest, today) if oldest else 0
        return {
            "TOIN": f"{outstanding:.2f}", "TDIN": f"{overdue:.2f}", "ODUE": str(min(days, 999)),
            "LIND": last, "TBLG": f"{self._not_invoiced(company, number):.2f}",
        }  # fmt: skip

    def _not_invoiced(self, company: str, number: str) -> float:
        open_orders = (
            row for row in self.orders.where(company, number, order=BY_CUSTOMER) if row["ORST"] < INVOICED
        )
        return sum(
            float(line["ORQT"]) * float(line.get("SAPR", "0"))
            for order in open_orders
            for line in self.lines.where(company, order["ORNO"])
        )


def _same(name: str, held: str, sent: str) -> bool:
    """`100` and `100.00` are one number; `0100` and `100` are two names."""
    known = dictionary.known().get(name)
    if known is None or known.kind != "N":
        return held == sent
    return float(held or "0") == float(sent or "0")


def _days_between(first: str, last: str) -> int:
    return (_date(last) - _date(first)).days


def _date(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
