"""SORTOI: import of sales orders. A clean success does not say which number the order got."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from sandboxes.syspro.enet.exchange import EXISTS, INVALID, NOT_FOUND, TOO_LONG, Exchange
from sandboxes.syspro.enet.xml import Element, add, add_error, text_of

LIMITS = {
    "CustomerPoNumber": 30, "Email": 80, "ShipPostalCode": 15,
    **{f"ShipAddress{line}": 40 for line in range(1, 6)},
}  # fmt: skip
OPEN = "1"
PRICE_PLACES = 5


class _Rejected(Exception):
    def __init__(self, number: int, description: str) -> None:
        super().__init__(description)
        self.number = number


@dataclass(slots=True)
class _Order:
    """An order that may be imported, and what is odd about it."""

    header: dict[str, object]
    lines: list[dict[str, object]]
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Tally:
    processed: int = 0
    invalid: int = 0
    with_warnings: int = 0
    rejected_with_warnings: int = 0


def sortoi(exchange: Exchange) -> Element:
    root, tally = Element("SalesOrders"), _Tally()
    for document in exchange.xml.findall("Orders"):
        _import(exchange, document, root, tally)
    status = add(root, "StatusOfItems")
    add(status, "ItemsProcessed", str(tally.processed))
    add(status, "ItemsInvalid", str(tally.invalid))
    add(status, "ItemsProcessedWithWarnings", str(tally.with_warnings))
    add(status, "ItemsRejectedWithWarnings", str(tally.rejected_with_warnings))
    return root


def _import(exchange: Exchange, document: Element, root: Element, tally: _Tally) -> None:
    policy = exchange.setting("IgnoreWarnings")
    try:
        order = _checked(exchange, document)
    except _Rejected as rejected:
        tally.invalid += 1
        _tell_rejected(root, rejected.number, str(rejected))
        return
    if order.warnings and policy not in {"W", "Y"}:
        tally.invalid += 1
        tally.rejected_with_warnings += 1
        _tell_rejected(root, EXISTS, order.warnings[0])
        return
    tally.processed += 1
    number = "" if exchange.setting("ValidateOnly") == "Y" else _keep(exchange, order)
    told = order.warnings if policy == "W" else []
    tally.with_warnings += bool(told)
    if number and (told or exchange.world.options.name_order):
        shown = add(root, "Order")
        add(shown, "SalesOrder", number)
        for warning in told:
            add(shown, "WarningDescription", warning)


def _tell_rejected(root: Element, number: int, description: str) -> None:
    shown = add(root, "Order")
    add(shown, "SalesOrder", "")
    add_error(shown, number, description)


def _checked(exchange: Exchange, document: Element) -> _Order:
    header = document.find("OrderHeader")
    if header is None or text_of(header, "OrderActionType") != "A":
        raise _Rejected(INVALID, "Order action type is invalid")
    for name, length in LIMITS.items():
        if len(text_of(header, name)) > length:
            raise _Rejected(TOO_LONG, f"{name} is longer than {length} characters")
    world, customer = exchange.world, text_of(header, "Customer")
    table = world.table("ArCustomer")
    row = table.get(customer)
    if row is None:
        raise _Rejected(NOT_FOUND, f"Customer '{customer}' not found")
    if table.value(row, "CustomerOnHold") == "Y":
        raise _Rejected(INVALID, f"Customer '{customer}' is on hold")
    lines = [_line(exchange, line) for line in document.findall("OrderDetails/StockLine")]
    if not lines:
        raise _Rejected(INVALID, "The order has no lines")
    known: dict[str, object] = {name: text_of(header, name) for name in LIMITS}
    known |= {
        "Customer": customer,
        "OrderStatus": OPEN,
        "OrderDate": _date(text_of(header, "OrderDate"), world.today()),
    }
    return _Order(known, lines, _warnings(exchange, str(known["CustomerPoNumber"]), customer))


def _warnings(exchange: Exchange, number: str, customer: str) -> list[str]:
    orders, policy = exchange.world.table("SorMaster"), exchange.world.options.duplicate_po
    used = bool(number) and any(
        orders.value(row, "CustomerPoNumber") == number and orders.value(row, "Customer") == customer
        for row in orders.rows.values()
    )
    if not used or policy == "allow":
        return []
    text = f"Customer purchase order '{number}' already exists"
    if policy == "refuse":
        raise _Rejected(EXISTS, text)
    return [text]


def _line(exchange: Exchange, line: Element) -> dict[str, object]:
    code = text_of(line, "StockCode")
    if text_of(line, "LineActionType") != "A":
        raise _Rejected(INVALID, "Line action type is invalid")
    if exchange.world.table("InvMaster").get(code) is None:
        raise _Rejected(NOT_FOUND, f"Stock code '{code}' not found")
    warehouse = text_of(line, "Warehouse")
    if exchange.world.table("InvWarehouse").get(code, warehouse) is None:
        raise _Rejected(NOT_FOUND, f"Warehouse '{warehouse}' not found for stock code '{code}'")
    quantity, price = _number("OrderQty", text_of(line, "OrderQty")), _price(exchange, line)
    if quantity <= 0:
        raise _Rejected(INVALID, "Order quantity must be more than zero")
    return {
        "MStockCode": code, "MWarehouse": warehouse, "MOrderQty": quantity, "MShipQty": Decimal(0),
        "MBackOrderQty": Decimal(0), "MPrice": price,
    }  # fmt: skip


def _price(exchange: Exchange, line: Element) -> Decimal:
    price = _number("Price", text_of(line, "Price", "0"))
    exponent = price.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > PRICE_PLACES or price < 0:
        raise _Rejected(INVALID, f"Price '{price}' is invalid")
    if price == 0 and exchange.setting("AllowZeroPrice") != "Y":
        raise _Rejected(INVALID, "Price may not be zero")
    return price


def _number(name: str, text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise _Rejected(INVALID, f"{name} '{text}' is not numeric") from error


def _date(text: str, today: datetime) -> datetime:
    if not text:
        return today
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise _Rejected(INVALID, f"Order date '{text}' is invalid") from error


def _keep(exchange: Exchange, order: _Order) -> str:
    number = exchange.world.next_order()
    exchange.world.table("SorMaster").insert({"SalesOrder": number, **order.header})
    for at, line in enumerate(order.lines, start=1):
        place = {"SalesOrder": number, "SalesOrderLine": Decimal(at)}
        exchange.world.table("SorDetail").insert({**place, **line})
    exchange.journal.wrote("order", number, "created")
    return number
