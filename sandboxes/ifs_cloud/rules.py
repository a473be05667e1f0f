"""What the database layer insists on, besides types: defaults, numbering, references, states."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sandboxes.ifs_cloud.errors import business_rule
from sandboxes.ifs_cloud.schema import EntityType
from sandboxes.ifs_cloud.store import Row
from sandboxes.ifs_cloud.world import World

Known = dict[str, object]
Prepare = Callable[[World, Known], None]

FINISHED = frozenset({"Invoiced", "Cancelled"})


def defaults(entity: EntityType, world: World) -> Known:
    """What the web page would fill in for a new row, and `..._Default()` gives."""
    today = world.clock.now().astimezone(world.zone).date()
    by_type: dict[str, Known] = {
        "CustomerInfo": {
            "PartyType": "Customer", "DefaultDomain": True, "CreationDate": today,
            "CustomerCategory": "Customer", "OneTime": False, "B2bCustomer": False,
        },
        "CommunicationMethod": {"MethodDefault": False, "AddressDefault": False},
        "CustomerInfoAddress": {"DefaultDomain": True},
        "CustomerOrder": {"UsePriceInclTax": False},
        "CustomerOrderLine": {"RelNo": "1", "LineItemNo": 0, "ConfigurationId": "*", "PriceFreeze": "Free"},
    }  # fmt: skip
    return by_type.get(entity.name, {})


def prepare_insert(world: World, entity: EntityType, known: Known) -> None:
    """Numbers the row, fills in what the server fills in, and refuses what it refuses."""
    prepare = _PREPARE.get(entity.name)
    if prepare is not None:
        prepare(world, known)
    for attribute in entity.attributes:
        missing = known.get(attribute.name) is None
        if missing and (attribute.required or attribute.name in entity.key):
            raise mandatory(entity, attribute.name)
    if world.table(entity.name).get({name: known[name] for name in entity.key}) is not None:
        raise business_rule(f"{entity.name}.FND_RECORD_EXIST: The {entity.name} object already exists.")


def check_update(world: World, entity: EntityType, row: Row, changes: Mapping[str, object]) -> None:
    for attribute in entity.attributes:
        if attribute.required and attribute.name in changes and changes[attribute.name] is None:
            raise mandatory(entity, attribute.name)
    if entity.name == "CustomerInfo":
        _check_association(changes)
    if entity.name == "CustomerOrder" and world.table("CustomerOrder").value(row, "Objstate") in FINISHED:
        raise business_rule("CustomerOrder.NOCHANGE: A closed or cancelled order may not be changed.")


def check_delete(world: World, entity: EntityType, row: Row) -> None:
    if entity.name == "CustomerInfo":
        orders = world.table("CustomerOrder")
        held_by = world.options.order_customer_attribute
        if orders.where(**{held_by: world.table("CustomerInfo").value(row, "CustomerId")}):
            raise business_rule("CustomerInfo.USED: The customer is used by customer orders.")
    if entity.name == "CustomerOrder":
        state = world.table("CustomerOrder").value(row, "Objstate")
        if state not in {"Planned", "Cancelled"}:
            raise business_rule(f"CustomerOrder.NOREMOVE: An order in state {state} may not be removed.")


def act(world: World, entity: EntityType, action: str, row: Row) -> None:
    """A bound action. So far there is one: release a planned order."""
    table = world.table(entity.name)
    if table.value(row, "Objstate") not in {"Planned", "Blocked"}:
        raise business_rule(f"{entity.name}.STATE: {action} is not allowed in this state.")
    world.update(entity.name, row, {"Objstate": "Released"})


def mandatory(entity: EntityType, name: str) -> Exception:
    return business_rule(f"{entity.name}.FNDNULL: The field [{name}] in [{entity.name}] is mandatory.")


def _customer(world: World, known: Known) -> None:
    known.setdefault("CustomerId", _next_number(world, "CustomerInfo", "CustomerId"))
    known.setdefault("CustomerCategory", "Customer")
    for flag in ("OneTime", "B2bCustomer"):
        known.setdefault(flag, False)
    known["OneTimeDb"] = str(known["OneTime"]).upper()
    known["CountryCode"] = known.get("Country")
    known["ValidDataProcessingPurpose"] = False
    if known.get("PartyType", "Customer") != "Customer" or known.get("DefaultDomain") is False:
        raise business_rule("CustomerInfo.DOMAIN: PartyType must be Customer and DefaultDomain true.")
    _check_association(known)


def _check_association(known: Mapping[str, object]) -> None:
    number = known.get("AssociationNo")
    if isinstance(number, str) and not number.isdigit():
        raise business_rule("CustomerInfo.ASSOCNO: The association number may hold digits only.")


def _communication(world: World, known: Known) -> None:
    identity = known.get("Identity")
    if identity is None:
        raise mandatory(world.schema.types["CommunicationMethod"], "Identity")
    if known.get("PartyType") == "Customer":
        _must_exist(world, "CustomerInfo", CustomerId=identity)
    table = world.table("CommunicationMethod")
    held = [
        row
        for row in table.where(Identity=identity)
        if table.value(row, "PartyType") == known.get("PartyType")
    ]
    known.setdefault("CommId", 1 + max((int(str(table.value(row, "CommId"))) for row in held), default=0))
    known.setdefault("MethodDefault", False)
    known.setdefault("AddressDefault", False)


def _address(world: World, known: Known) -> None:
    _must_exist(world, "CustomerInfo", CustomerId=known.get("CustomerId"))
    if known.get("DefaultDomain") is not True:
        raise mandatory(world.schema.types["CustomerInfoAddress"], "DefaultDomain")
    count = len(world.table("CustomerInfoAddress").where(CustomerId=known.get("CustomerId")))
    known.setdefault("AddressId", f"{count + 1:02d}")


def _contact(world: World, known: Known) -> None:
    _must_exist(world, "CustomerInfo", CustomerId=known.get("CustomerId"))
    count = len(world.table("CustomerInfoContact").where(CustomerId=known.get("CustomerId")))
    known.setdefault("PersonId", f"P{known.get('CustomerId')}-{count + 1}"[:20])
    known["Created"] = _second(world)


def _order(world: World, known: Known) -> None:
    held_by = world.options.order_customer_attribute
    _must_exist(world, "CustomerInfo", CustomerId=known.get(held_by))
    _must_exist(world, "Site", Contract=known.get("Contract"))
    known.setdefault("OrderNo", f"P{_next_number(world, 'CustomerOrder', 'OrderNo', prefix='P')}")
    known.setdefault("UsePriceInclTax", False)
    known["UsePriceInclTaxDb"] = str(known["UsePriceInclTax"]).upper()
    known["Objstate"] = "Planned"
    known["DateEntered"] = _second(world)


def _order_line(world: World, known: Known) -> None:
    orders, lines = world.table("CustomerOrder"), world.table("CustomerOrderLine")
    order = orders.get({"OrderNo": known.get("OrderNo")})
    if order is None or orders.value(order, "Objstate") in FINISHED:
        raise business_rule("CustomerOrderLine.NOORDER: The order does not exist or takes no more lines.")
    known["Contract"] = orders.value(order, "Contract")
    part = world.table("SalesPart").get({"Contract": known["Contract"], "CatalogNo": known.get("CatalogNo")})
    if part is None:
        raise business_rule("CustomerOrderLine.NOPART: The sales part does not exist at this site.")
    for name in ("CatalogDesc", "CatalogType", "PartNo", "SalesUnitMeas", "PriceUnitMeas"):
        known.setdefault(name, world.table("SalesPart").value(part, name))
    known.setdefault("LineNo", str(len(lines.where(OrderNo=known.get("OrderNo"))) + 1))
    for name, value in defaults(lines.entity, world).items():
        known.setdefault(name, value)
    known["Objstate"] = "Released"


def _order_charge(world: World, known: Known) -> None:
    _must_exist(world, "CustomerOrder", OrderNo=known.get("OrderNo"))
    orders = world.table("CustomerOrder")
    order = orders.get({"OrderNo": known["OrderNo"]})
    known["Contract"] = orders.value(order, "Contract") if order else None
    known.setdefault(
        "SequenceNo", len(world.table("CustomerOrderCharge").where(OrderNo=known["OrderNo"])) + 1
    )


_PREPARE: dict[str, Prepare] = {
    "CustomerInfo": _customer,
    "CommunicationMethod": _communication,
    "CustomerInfoAddress": _address,
    "CustomerInfoContact": _contact,
    "CustomerOrder": _order,
    "CustomerOrderLine": _order_line,
    "CustomerOrderCharge": _order_charge,
}


def _must_exist(world: World, name: str, **key: object) -> None:
    if world.table(name).get(key) is None:
        raise business_rule(f"{name}.NOTEXIST: The {name} object does not exist.")


def _next_number(world: World, name: str, attribute: str, *, prefix: str = "") -> str:
    table = world.table(name)
    held = (str(table.value(row, attribute)).removeprefix(prefix) for row in table.rows.values())
    return str(1 + max((int(text) for text in held if text.isascii() and text.isdigit()), default=0))


def _second(world: World) -> datetime:
    return world.clock.now().astimezone(UTC).replace(microsecond=0)
