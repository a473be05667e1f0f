"""What one tenant holds: domains, tables, numbers. Writes go through here, so that they can be undone."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo

from sandboxes.kit import Clock, Journal
from sandboxes.qad import schema
from sandboxes.qad.options import Options
from sandboxes.qad.store import Key, Record, Table


@dataclass(frozen=True, slots=True)
class Domain:
    """A business of its own. Several domains may share one set of customers."""

    code: str
    currency: str
    shared_set: str
    entities: tuple[str, ...]
    sites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where a call works: one entity of one domain."""

    domain: Domain
    entity: str

    @property
    def id(self) -> str:
        return f"{self.domain.code}_{self.entity}"


DOMAINS = {
    domain.code: domain
    for domain in (
        Domain("10USA", "USD", "NAM", ("10USACO",), ("10-100", "10-200")),
        Domain("11CAN", "CAD", "NAM", ("11CANCO",), ("11-100",)),
        Domain("20EUR", "EUR", "EMEA", ("20EURCO", "20EURSV"), ("20-100", "20-200")),
    )
}
WORKSPACES = {
    place.id: place
    for place in (Workspace(domain, entity) for domain in DOMAINS.values() for entity in domain.entities)
}
NO_SCOPE = ""  # of what belongs to the whole tenant

Wrote = tuple[str, str, str]


class Tenant:
    def __init__(self, options: Options, clock: Clock, journal: Journal) -> None:
        self.options = options
        self.clock = clock
        self.zone = ZoneInfo(options.server_zone)
        self.numbers: Counter[str] = Counter()
        self.tables = {table.name: table for table in _tables(options)}
        self.customers = self.tables["customers"]
        self.relations = self.tables["relations"]
        self.mfg_customers = self.tables["mfg_customers"]
        self.suppliers = self.tables["suppliers"]
        self.items = self.tables["items"]
        self.orders = self.tables["sales_orders"]
        self.lines = self.tables["sales_order_lines"]
        self.attributions = self.tables["attributions"]
        self._journal = journal
        self._days: dict[datetime, date] = {}
        self._undo: list[Callable[[], None]] = []
        self._wrote: list[Wrote] = []

    # Writing.

    def write(self, table: Table, key: Key, values: Mapping[str, object], user: str = "") -> str:
        """Creates the row or changes these columns of it; says which of the two, or `unchanged`."""
        held = table.get(key)
        known = {
            column: value
            for column, value in values.items()
            if column in table.columns and column not in table.key
        }
        now = self.clock.now()
        who = user or self.options.username
        if held is None:
            # A row made later has no first values: every column is among its changes.
            fresh = Record((), now, {**_empties(table), **known}, 1, who)
            effect = "created"
        else:
            same = all(table.value(held, column) == value for column, value in known.items())
            effect = "unchanged" if same else "updated"
            changes = {**(held.changes or {}), **known}
            # Saving moves the version and the date even when nothing else moved.
            fresh = Record(held.filled, now, changes, held.version + 1, who)
        table.put(key, fresh)
        self._undo.append(lambda: table.remove(key) if held is None else table.put(key, held))
        return effect

    def delete(self, table: Table, key: Key) -> None:
        held = table.rows[key]
        table.remove(key)
        self._undo.append(lambda: table.put(key, held))

    def wrote(self, kind: str, key: Key, effect: str) -> None:
        """For the journal, once it is certain."""
        self._wrote.append((kind, "/".join(key), effect))

    @contextmanager
    def attempt(self, *, keep: bool = True) -> Iterator[None]:
        """All of it or nothing; nothing at all when it is not to be kept."""
        outer = self._undo, self._wrote
        undo: list[Callable[[], None]] = []
        wrote: list[Wrote] = []
        self._undo, self._wrote = undo, wrote
        done = False
        try:
            yield
            done = keep
        finally:
            self._undo, self._wrote = outer
            if done:
                self._undo += undo
                self._wrote += wrote
            else:
                for step in reversed(undo):
                    step()

    def settle(self) -> None:
        """The request is over: what it wrote stays."""
        for kind, key, effect in self._wrote:
            self._journal.wrote(kind, key, effect)
        self._wrote.clear()
        self._undo.clear()

    def next_number(self, name: str, first: int) -> int:
        self.numbers[name] = max(self.numbers[name], first - 1) + 1
        return self.numbers[name]

    # Over a restart.

    def memory(self) -> dict[str, object]:
        """The rows written since the tenant was built (None: removed), and the numbers given out."""
        rows = {name: {key: table.get(key) for key in table.touched} for name, table in self.tables.items()}
        return {"rows": rows, "numbers": dict(self.numbers)}

    def remember(self, memory: Mapping[str, dict[str, dict[Key, Record | None]]]) -> None:
        for name, rows in memory["rows"].items():
            table = self.tables[name]
            for key, record in rows.items():
                if record is not None:
                    table.put(key, record)
                elif key in table.rows:
                    table.remove(key)
        self.numbers = Counter(memory["numbers"])

    # Reading.

    def local(self, moment: datetime) -> datetime:
        """As the server's own clock tells it."""
        return moment.astimezone(self.zone)

    def day(self, moment: datetime) -> date:
        """The local date; most rows share their moments."""
        found = self._days.get(moment)
        if found is None:
            found = self._days[moment] = self.local(moment).date()
        return found

    def relation_of(self, customer: Record) -> Record:
        return self.relations.rows[NO_SCOPE, self.customers.text(customer, "businessRelationCode")]

    def mfg_customer(self, key: Key) -> Record | None:
        """The domain's own record of a customer, which is there as soon as the customer is."""
        held = self.mfg_customers.get(key)
        domain = DOMAINS.get(key[0])
        if held is not None or domain is None:
            return held
        customer = self.customers.get((domain.shared_set, key[1]))
        return None if customer is None else Record((domain.sites[0], "SALES"), customer.moment)


def version_hash(key: Key, *records: Record) -> str:
    """Moves with every change of any of the records."""
    told = "|".join((*key, *(str(record.version) for record in records)))
    return blake2b(told.encode(), digest_size=16).hexdigest()


def reference_column(options: Options) -> str:
    """Where an order holds its customer's number of it; `so_po` in browses."""
    return options.order_reference or "purchaseOrder"


def _empties(table: Table) -> dict[str, object]:
    return {name: schema.EMPTY[field.kind] for name, field in table.columns.items()}


def _tables(options: Options) -> Iterator[Table]:
    fields, text = schema.fields, schema.Field
    order_number = text("salesOrderNumber", schema.Kind.TEXT, options.order_number_length)
    code = text("customerCode", schema.Kind.TEXT, options.code_length)
    yield Table(
        "customers",
        ("sharedSetCode", "customerCode"),
        fields(schema.texts("sharedSetCode", 20), [code], schema.CUSTOMER),
        (
            "businessRelationCode", "currencyCode", "creditTermsCode", "taxZone", "customerTypeCode",
            "languageCode", "isTaxable", "isLockedCreditLimit", "isActive", "federalTax", "fixedCreditLimit",
        ),
    )  # fmt: skip
    yield Table(
        "relations",
        ("scope", "businessRelationCode"),
        fields(schema.texts("businessRelationCode", 20), schema.RELATION),
        (
            "businessRelationName", "addressSearchName", "street1", "city", "zipCode", "telephone", "EMail",
            "countryCode",
        ),
    )  # fmt: skip
    yield Table(
        "mfg_customers",
        ("domainContext", "customerCode"),
        fields(schema.texts("domainContext", 8), [code], schema.MFG_CUSTOMER),
        ("siteCode", "daybookSetCode"),
    )
    yield Table(
        "suppliers",
        ("domainCode", "addressCode"),
        fields(schema.texts("addressCode name city", 50), schema.coded(countryCode="countries")),
        ("name", "city", "countryCode"),
    )
    yield Table(
        "items",
        ("domainCode", "itemCode"),
        fields(schema.texts("domainCode", 8), schema.texts("itemCode", 18), schema.ITEM),
        (
            "description1", "description2", "productLineCode", "itemTypeCode", "itemGroupCode",
            "unitOfMeasureCode", "itemStatusCode", "siteCode", "price",
        ),
    )  # fmt: skip
    order = [*schema.ORDER, text("status", schema.Kind.TEXT, 2), text("invoiceNumber")]
    order.append(text(reference_column(options), schema.Kind.TEXT, 22))
    yield Table(
        "sales_orders",
        ("domainCode", "salesOrderNumber"),
        fields(schema.texts("domainCode", 8), [order_number], order),
        (
            "soldToCustomerCode", "billToCustomerCode", "shipToCustomerCode", "siteCode", "currencyCode",
            "creditTermsCode", "daybookSetCode", "shipVia", "orderDate", "dueDate", "status",
            reference_column(options),
        ),
    )  # fmt: skip
    yield Table(
        "sales_order_lines",
        ("domainCode", "salesOrderNumber", "lineNumber"),
        fields(
            schema.texts("domainCode", 8),
            [order_number, text("lineNumber", schema.Kind.INTEGER)],
            schema.LINE,
        ),
        (
            "itemCode", "itemDescription", "unitOfMeasureCode", "siteCode", "quantityOrdered",
            "listPrice", "netPrice", "discountFormatted", "dueDate",
        ),
    )  # fmt: skip
    yield Table(
        "attributions",
        ("domainCode", "attributionNumber"),
        fields(schema.texts("domainCode", 8), schema.texts("attributionNumber", 20), schema.ATTRIBUTION),
    )
