"""Which entity types and projections this environment has."""

from dataclasses import replace

from sandboxes.ifs_cloud.entities import customers, framework, sales
from sandboxes.ifs_cloud.options import Options
from sandboxes.ifs_cloud.schema import Attribute, EntityType, Kind, Projection, Schema, to_many

ENUMS = {
    "PartyType": ("Company", "Customer", "Supplier", "Person", "Manufacturer", "Employee"),
    "CustomerCategory": ("Customer", "Prospect", "EndCustomer"),
    "IdentifierRefValidation": ("None", "FreeText", "OrganisationNumber"),
    "CommMethodCode": ("Phone", "Mobile", "Fax", "EMail", "Www", "Pager", "Intercom"),
    "AddressTypeCode": ("Delivery", "Document", "Pay", "PrimaryContact", "Visit"),
    "CustomerOrderState": (
        "Planned", "Released", "Reserved", "Picked", "PartiallyDelivered", "Delivered", "Invoiced",
        "Cancelled", "Blocked",
    ),
    "CustomerOrderLineState": (
        "Released", "Reserved", "Picked", "PartiallyDelivered", "Delivered", "Invoiced", "Cancelled",
    ),
    "SalesPartType": ("InventoryPart", "NonInventoryPart", "PackagePart"),
    "PriceFreeze": ("Free", "Frozen"),
    "HistoryType": ("Inserted", "Modified", "Deleted"),
}  # fmt: skip

TYPES = (
    customers.CUSTOMER, customers.COMMUNICATION, customers.ADDRESS, customers.ADDRESS_TYPE, customers.CONTACT,
    customers.SALES_SETTINGS, customers.CREDIT, sales.ORDER, sales.ORDER_LINE, sales.ORDER_CHARGE,
    sales.SALES_PART, framework.COMPANY, framework.SITE, framework.HISTORY, framework.HISTORY_ATTRIBUTE,
    framework.PROJECTION_INFO,
)  # fmt: skip


def build_schema(options: Options) -> Schema:
    types = {one.name: one for one in TYPES}
    extra = [Attribute(name, Kind.TEXT, length=200) for name in options.text_attributes]
    types["CustomerInfo"] = _with(customers.CUSTOMER, extra + _change(options.change_attribute))
    order = _with(sales.ORDER, _change(options.order_change_attribute))
    types["CustomerOrder"] = _customer_renamed(order, options.order_customer_attribute)
    return Schema(types, ENUMS, {one.name: one for one in _projections(options)})


def _projections(options: Options) -> list[Projection]:
    sets = {"CustomerInfoSet": "CustomerInfo", "CustOrdCustomerSet": "CustOrdCustomer"}
    if options.flat_communication_methods:
        sets["CommunicationMethods"] = "CommunicationMethod"
    orders = {"CustomerOrderSet": "CustomerOrder", "CustomerOrderLineSet": "CustomerOrderLine"}
    history = {"HistoryLogOverviewSet": "HistoryLog", "HistoryLogDetailsSet": "HistoryLog"}
    return [
        Projection("AllProjections", {"Projections": "Projection"}, writable=False),
        Projection("CustomerHandling", sets),
        Projection("CustomersHandling", sets, writable=options.list_page_writable),
        Projection("CustomerOrderHandling", orders),
        Projection("SalesPartHandling", {"SalesPartSet": "SalesPart"}),
        Projection("CompanyHandling", {"CompanySet": "Company"}),
        Projection("CompanySiteHandling", {options.site_set: "Site"}),
        Projection("HistoryLogHandling", history, writable=False),
    ]


def _with(entity: EntityType, extra: list[Attribute]) -> EntityType:
    return replace(entity, attributes=entity.attributes + tuple(extra))


def _change(name: str) -> list[Attribute]:
    return [Attribute(name, Kind.TIME, insertable=False, updatable=False)] if name else []


def _customer_renamed(entity: EntityType, name: str) -> EntityType:
    renamed = tuple(replace(one, name=name) if one.name == "CustomerNo" else one for one in entity.attributes)
    way = dict([to_many("CustomerNoRef", "CustomerInfo", CustomerId=f"${name}")])
    return replace(entity, attributes=renamed, references=way)
