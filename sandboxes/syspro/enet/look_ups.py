"""The other query objects: COMBRW, COMFCH, ARSQRY, INVQRY, SORQRY. Their documents are partly inferred."""

from itertools import islice

from sandboxes.syspro.enet.exchange import INVALID, NOT_FOUND, Exchange, shown
from sandboxes.syspro.enet.xml import Element, add, add_error, text_of
from sandboxes.syspro.schema import Shape
from sandboxes.syspro.selection import Bound, Condition, chosen
from sandboxes.syspro.store import Row

BROWSABLE = {
    "ArCustomer": ("Customer", "Name", "ShortName", "Telephone", "Contact", "Branch"),
    "InvMaster": ("StockCode", "Description", "ProductClass"),
    "SorMaster": ("SalesOrder", "Customer", "OrderStatus", "CustomerPoNumber"),
}
# What a customer query is known to give.
CUSTOMER_FIELDS = (
    "Name", "Telephone", "Contact", "Email", "UserField1", "CreditLimit", "TaxStatus", "TaxExemptNumber",
    "Currency", "SalesWarehouse", "StateCode", "TermsCode", "Salesperson", "Branch",
)  # fmt: skip
DEFAULT_BROWSE = 10


def combrw(exchange: Exchange) -> Element:
    """Pages forwards from a key: `StartCondition` GE takes the key itself, GT what follows it."""
    root, query = Element("ComBrw"), exchange.xml
    name, condition = text_of(query, "BrowseName"), text_of(query, "StartCondition") or "GE"
    rows_text = text_of(query, "ReturnRows") or str(DEFAULT_BROWSE)
    if name not in BROWSABLE or condition not in {"GE", "GT"} or not rows_text.isdecimal():
        add_error(root, INVALID, f"Browse '{name}' is not valid")
        return root
    shape = exchange.world.shapes[name]
    table = exchange.world.table(shape.store)
    at = table.key_at[0]
    start = text_of(query, "StartAtKey")
    bound = Bound(at, condition.lower(), start)
    wanted = Condition(
        lambda values: values[at] > start if condition == "GT" else values[at] >= start, (bound,)
    )
    count = int(rows_text)
    found = list(islice(chosen(table, wanted, [(at, False)], exchange.salt), count + 1))
    for row in found[:count]:
        line = add(root, "Row")
        for column in BROWSABLE[name]:
            if column in shape.columns:
                add(add(line, column), "Value", shown(row, shape.columns[column]))
    _add_keys(root, found, at, count, backwards=bool(start) and table.keys[0][0] < start)
    return root


def _add_keys(root: Element, found: list[Row], at: int, count: int, *, backwards: bool) -> None:
    keys = add(root, "NextPrevKey")
    more = len(found) > count
    add(keys, "PrevKey", str(found[0].values[at]) if found and backwards else "")
    add(keys, "NextKey", str(found[count].values[at]) if more else "")
    add(keys, "Fwd", "true" if more else "false")
    add(keys, "Back", "true" if backwards else "false")


def comfch(exchange: Exchange) -> Element:
    """One row by its whole key."""
    root, query = Element("ComFch"), exchange.xml
    name = text_of(query, "TableName")
    shape = exchange.world.shapes.get(name)
    if shape is None:
        add_error(root, INVALID, f"Table '{name}' not found")
        return root
    optional = [text_of(query, f"OptionalKey{number}") for number in range(1, len(shape.key))]
    row = exchange.world.table(shape.store).get(text_of(query, "Key"), *optional)
    if row is None:
        add_error(root, NOT_FOUND, f"Key not found in table '{name}'")
        return root
    _add_columns(add(root, name.replace("+", "Custom")), row, shape, tuple(shape.columns))
    return root


def arsqry(exchange: Exchange) -> Element:
    key = text_of(exchange.xml, "Key/Customer")
    root = Element("ArQuery")
    row = exchange.world.table("ArCustomer").get(key)
    if row is None:
        add_error(root, NOT_FOUND, f"Customer '{key}' not found")
        return root
    customer = add(add(root, "ArCustomer"), "Customer")
    _add_columns(customer, row, exchange.world.shapes["ArCustomer"], ("Customer", *CUSTOMER_FIELDS))
    return root


def invqry(exchange: Exchange) -> Element:
    """A list of warehouses is honoured; of a single one it is as if it had not been said."""
    key = text_of(exchange.xml, "Key/StockCode")
    root = Element("InvQuery")
    if exchange.world.table("InvMaster").get(key) is None:
        add_error(root, NOT_FOUND, f"Stock code '{key}' not found")
        return root
    chosen_ones = exchange.xml.find("Filter/Warehouse")
    listed = chosen_ones is not None and chosen_ones.get("FilterType") == "L"
    wanted = chosen_ones.get("FilterValue", "").split(",") if chosen_ones is not None and listed else []
    add(root, "StockCode", key)
    table = exchange.world.table("InvWarehouse")
    for row in table.under(key):
        warehouse = str(table.value(row, "Warehouse"))
        if len(wanted) > 1 and warehouse not in wanted:
            continue
        item = add(root, "WarehouseItem")
        for name in ("Warehouse", "QtyOnHand", "AvailableQty"):
            add(item, name, shown(row, table.columns[name]))
    return root


def sorqry(exchange: Exchange) -> Element:
    key = text_of(exchange.xml, "Key/SalesOrder")
    root, shapes = Element("SorDetail"), exchange.world.shapes
    row = exchange.world.table("SorMaster").get(key)
    if row is None:
        add_error(root, NOT_FOUND, f"Sales order '{key}' not found")
        return root
    _add_columns(
        root, row, shapes["SorMaster"], ("SalesOrder", "OrderStatus", "Customer", "CustomerPoNumber")
    )
    for line in exchange.world.table("SorDetail").under(key):
        item = add(root, "SalesOrderLine")
        _add_columns(item, line, shapes["SorDetail"], ("MStockCode", "MOrderQty", "MShipQty", "MPrice"))
    return root


def _add_columns(parent: Element, row: Row, shape: Shape, names: tuple[str, ...]) -> None:
    for name in names:
        if name in shape.columns:
            add(parent, name, shown(row, shape.columns[name]))
