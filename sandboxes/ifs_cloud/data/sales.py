"""Sales parts per site; customer orders with lines and charges, in every state and many currencies."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from sandboxes.ifs_cloud.data.identities import customer_id
from sandboxes.ifs_cloud.data.rows import DAYS, row_maker, versions
from sandboxes.ifs_cloud.data.surroundings import SITES
from sandboxes.ifs_cloud.store import Values
from sandboxes.ifs_cloud.world import World
from sandboxes.people import Party

DIGITS = {"JPY": 0, "KWD": 3}  # decimals of a currency; two where not named
TAX = {"SE": 25, "NO": 25, "DE": 19, "FR": 20, "GB": 20, "PL": 23, "GR": 24, "JP": 10, "ES": 21, "CZ": 21}
# What one euro is worth, roughly, so that prices look right in each currency.
WORTH = {
    code: Decimal(text)
    for code, text in (
        word.split(":")
        for word in ["JPY:165", "KWD:0.33", "SEK:11", "NOK:11", "PLN:4.3", "CZK:25", "USD:1.1"]
    )
}
# Of twenty orders in a row, this is how many are in which state; every 83rd is Blocked besides.
STATES = (
    *("Planned",) * 2, *("Released",) * 4, "Reserved", "Picked", *("PartiallyDelivered",) * 3,
    *("Delivered",) * 4, *("Invoiced",) * 4, "Cancelled",
)  # fmt: skip
LINE_STATE = {"Planned": "Released", "Blocked": "Released"}
DISCOUNTS = tuple(Decimal(text) for text in ("0", "0", "0", "0", "5", "12.5", "33.33"))
GOODS = (
    "Winch", "Bow thruster", "Rope 12 mm", "Navigation light", "Bilge pump", "Segel Großschot", "Ancre à jas",
    "Κοτσαδόρος", "ロープ 8mm", "Łańcuch kotwiczny", "Fender ⚓", 'Hose 1/2" & clamps',
)  # fmt: skip


class Part(NamedTuple):
    """A catalogue number; `price` is in euros."""

    catalog_no: str
    description: str
    unit: str
    price: Decimal


def order_no(number: int) -> str:
    """Text that sorts otherwise than it counts: P9999 comes after P10000."""
    return f"*{9950 + number}" if number % 131 == 0 else f"P{9950 + number}"


def fill_sales(world: World, people: list[Party]) -> None:
    parts = _parts(world)
    world.table("SalesPart").fill(_sales_parts(world, parts), versions(world, 13))
    if people:
        orders = _Orders(world, people, parts)
        orders.build()
        world.table("CustomerOrder").fill(orders.orders, versions(world, 17))
        world.table("CustomerOrderLine").fill(orders.lines, versions(world, 19))
        world.table("CustomerOrderCharge").fill(orders.charges, versions(world, 23))


def _parts(world: World) -> list[Part]:
    rng = Random(world.options.seed + 1)  # noqa: S311 - made-up data must be repeatable
    return [
        Part(
            f"{number:05d}-{'ABC'[number % 3]}",
            f"{GOODS[number % len(GOODS)]} no. {number}",
            "m" if number % 11 == 0 else "pcs",
            Decimal(rng.randint(50, 250_000)) / 100,
        )
        for number in range(1, world.options.parts + 1)
    ]


def _sales_parts(world: World, parts: list[Part]) -> Iterator[Values]:
    made = row_maker(
        world.schema.types["SalesPart"],
        """Contract CatalogNo CatalogDesc CatalogType PartNo Activeind SalesUnitMeas PriceUnitMeas ListPrice
        ListPriceInclTax TaxCode""",
    )
    for site, _, _ in SITES:
        for at, part in enumerate(parts):
            number, unit = part.catalog_no, part.unit
            with_tax = (part.price * Decimal("1.25")).quantize(Decimal("0.01"))
            head = (site, number, part.description, "InventoryPart", number, at % 40 != 39, unit, unit)
            yield made((*head, part.price, with_tax, "25"))


class _Orders:
    """Builds orders, lines and charges side by side, since each line depends on its order."""

    def __init__(self, world: World, people: list[Party], parts: list[Part]) -> None:
        types, options = world.schema.types, world.options
        self._options = options
        self._people = people
        self._parts = parts
        self._rng = Random(options.seed + 2)  # noqa: S311 - made-up data must be repeatable
        self.orders: list[Values] = []
        self.lines: list[Values] = []
        self.charges: list[Values] = []
        self._order = row_maker(
            types["CustomerOrder"],
            f"""OrderNo OrderId {options.order_customer_attribute} CustomerPoNo Contract CurrencyCode
            AuthorizeCode Objstate DateEntered WantedDeliveryDate BillAddrNo ShipAddrNo ShipViaCode
            DeliveryTerms PayTermId LanguageCode CountryCode SalesmanCode UsePriceInclTax UsePriceInclTaxDb
            {options.order_change_attribute}""",
        )
        self._line = row_maker(
            types["CustomerOrderLine"],
            """OrderNo LineNo RelNo LineItemNo Objstate Contract CatalogNo CatalogDesc CatalogType PartNo
            ConfigurationId BuyQtyDue DesiredQty QtyShipped QtyInvoiced SalesUnitMeas PriceUnitMeas
            ConvFactor PriceConvFactor SaleUnitPrice BaseSaleUnitPrice UnitPriceInclTax CurrencyRate Discount
            SupplyCode TaxLiability TaxCode PriceFreeze WantedDeliveryDate PlannedDeliveryDate""",
        )

    def build(self) -> None:
        for number in range(1, self._options.orders + 1):
            self._build_order(number)

    def _build_order(self, number: int) -> None:
        party = self._people[self._rng.randrange(len(self._people))]
        entered = self._entered(number)
        head = _Head(
            number=order_no(number),
            state="Blocked" if number % 83 == 0 else STATES[number % len(STATES)],
            site=SITES[number % len(SITES)][0],
            wanted=(entered + timedelta(days=14)).replace(hour=12, minute=0, second=0),
            party=party,
        )
        with_tax = number % 7 == 0
        values: list[object] = [
            head.number, "NO", customer_id(party.number), f"PO-{number}" if number % 3 else None, head.site,
            party.currency, f"COORD{number % 4}", head.state, entered, head.wanted, "01", "01", "TR", "EXW",
            "30", party.language, party.country, f"S{number % 6}", with_tax, "TRUE" if with_tax else "FALSE",
        ]  # fmt: skip
        self.orders.append(
            self._order([*values, entered] if self._options.order_change_attribute else values)
        )
        for line in range(1, self._rng.randint(1, 5) + 1):
            self._build_line(line, head)
        if number % 10 == 0:
            amount, incl = head.prices(Decimal(25))
            self.charges.append((head.number, 1, head.site, "FREIGHT", 1, amount, incl))

    def _entered(self, number: int) -> datetime:
        """Ascending; the last one at the moment the world was built."""
        span = timedelta(days=DAYS // 2) / max(self._options.orders, 1)
        return (self._options.built_at - span * (self._options.orders - number)).replace(microsecond=0)

    def _build_line(self, line: int, head: "_Head") -> None:
        rng = self._rng
        part = self._parts[rng.randrange(len(self._parts))]
        price, incl = head.prices(part.price)
        metres = part.unit == "m"
        quantity = rng.randint(1, 8) * Decimal("1.25") if metres else Decimal(rng.randint(1, 12))
        state, shipped = _delivery(head.state, line, quantity)
        invoiced = quantity if state == "Invoiced" else Decimal(0)
        tax = head.tax
        values = (
            head.number, str(line), "1", 0, state, head.site, part.catalog_no, part.description,
            "InventoryPart", part.catalog_no, "*", quantity, quantity, shipped, invoiced, part.unit,
            part.unit, 1, 1, price, part.price, incl, (1 / head.rate).quantize(Decimal("0.000001")),
            DISCOUNTS[rng.randrange(len(DISCOUNTS))], "InventOrder", "TAX" if tax else "EXEMPT", str(tax),
            "Free", head.wanted, head.wanted,
        )  # fmt: skip
        self.lines.append(self._line(values))


class _Head(NamedTuple):
    """What a line needs to know of its order."""

    number: str
    state: str
    site: str
    wanted: datetime
    party: Party

    @property
    def rate(self) -> Decimal:
        return WORTH.get(self.party.currency, Decimal(1))

    @property
    def tax(self) -> int:
        return TAX.get(self.party.country, 0)

    def prices(self, euros: Decimal) -> tuple[Decimal, Decimal]:
        """In the order's currency with its decimals: without and with tax."""
        step = Decimal(1).scaleb(-DIGITS.get(self.party.currency, 2))
        price = (euros * self.rate).quantize(step)
        return price, (price * (100 + self.tax) / 100).quantize(step)


def _delivery(state: str, line: int, quantity: Decimal) -> tuple[str, Decimal]:
    """A line's state and what was shipped of it. A partial delivery: half the first line, all the second."""
    if state == "PartiallyDelivered":
        if line == 1:
            return "PartiallyDelivered", (quantity / 2).quantize(Decimal("0.001"))
        return ("Delivered", quantity) if line == 2 else ("Released", Decimal(0))
    line_state = LINE_STATE.get(state, state)
    return line_state, quantity if line_state in {"Delivered", "Invoiced"} else Decimal(0)
