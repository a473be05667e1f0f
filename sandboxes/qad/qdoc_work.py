"""What the two QDocs do: maintainCustomer and maintainSalesOrder, each with A, M, D, G, S and N."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

from sandboxes.qad import orders, qdoc
from sandboxes.qad.qdoc import Failed
from sandboxes.qad.qdoc_fields import Job, fields, read, to_be_made
from sandboxes.qad.store import Key
from sandboxes.qad.tenant import NO_SCOPE, Tenant

CUSTOMER_ELEMENTS = {
    "cmAddr": "customerCode", "adName": "businessRelationName", "adLine1": "street1", "adLine2": "street2",
    "adLine3": "street3", "adCity": "city", "adState": "stateCode", "adZip": "zipCode",
    "adCountry": "countryCode", "adPhone": "telephone", "cmSort": "addressSearchName",
    "cmType": "customerTypeCode", "cmCrTerms": "creditTermsCode", "cmCurr": "currencyCode",
    "cmLang": "languageCode", "cmCrHold": "isLockedCreditLimit", "cmTaxable": "isTaxable",
    "cmTaxc": "taxClass",
}  # fmt: skip
ORDER_ELEMENTS = {
    "soNbr": "salesOrderNumber", "soCust": "soldToCustomerCode", "soBill": "billToCustomerCode",
    "soShip": "shipToCustomerCode", "soOrdDate": "orderDate", "soReqDate": "requiredDate",
    "soDueDate": "dueDate", "soPo": "purchaseOrder", "soCrTerms": "creditTermsCode", "soCurr": "currencyCode",
    "soShipvia": "shipVia", "soSite": "siteCode",
}  # fmt: skip
LINE_ELEMENTS = {
    "sodLine": "lineNumber", "line": "lineNumber", "sodPart": "itemCode", "sodQtyOrd": "quantityOrdered",
    "sodPrice": "netPrice", "sodListPr": "listPrice", "sodDueDate": "dueDate", "sodUm": "unitOfMeasureCode",
    "sodDesc": "itemDescription", "sodSite": "siteCode",
}  # fmt: skip
DAYBOOK_SET = "SALES"

Work = Callable[[Job, str, dict[str, str], list[ET.Element]], None]


def customer(job: Job, operation: str, values: dict[str, str], nested: list[ET.Element]) -> None:
    tenant = job.tenant
    if nested:
        raise Failed("7022", "Unknown element.", qdoc.local(nested[0]))
    filled = fields(job, tenant.customers, CUSTOMER_ELEMENTS, values)
    key = (job.domain.shared_set, str(filled.pop("customerCode", "")))
    if not key[1]:
        raise Failed("40", "Blank not allowed.", "cmAddr")
    held = tenant.customers.get(key)
    fresh = to_be_made(operation, held=held is not None, key=key)
    job.outcome.records.append(("customer", {"cmAddr": key[1]}))
    if operation == "G":
        return
    if operation == "D":
        buyers = (tenant.orders.value(row, "soldToCustomerCode") for row in tenant.orders.rows.values())
        if key[1] in buyers:
            raise Failed("2050", "Customer has sales orders; it cannot be deleted.", "cmAddr", key[1])
        tenant.delete(tenant.customers, key)
        tenant.wrote("customerV2s", key, "deleted")
        return
    if fresh:
        missing = [name for name in ("businessRelationName", "currencyCode") if not filled.get(name)]
        if missing:
            raise Failed("40", "Blank not allowed.", missing[0])
        filled["isActive"] = True
    code = f"{key[0]}-{key[1]}" if held is None else tenant.customers.text(held, "businessRelationCode")
    shared = {name: value for name, value in filled.items() if name in tenant.relations.columns}
    theirs = tenant.write(tenant.relations, (NO_SCOPE, code), shared)
    own = tenant.write(tenant.customers, key, {**filled, "businessRelationCode": code})
    tenant.wrote("customerV2s", key, theirs if own == "unchanged" else own)


def order(job: Job, operation: str, values: dict[str, str], nested: list[ET.Element]) -> None:
    tenant, domain = job.tenant, job.domain
    filled = fields(job, tenant.orders, ORDER_ELEMENTS, values)
    number = str(filled.pop("salesOrderNumber", ""))
    if not number and operation in {"M", "D", "G"}:
        raise Failed("40", "Blank not allowed.", "soNbr")
    key = (domain.code, number or orders.new_number(tenant, domain.code))
    fresh = to_be_made(operation, held=tenant.orders.get(key) is not None, key=key)
    job.outcome.records.append(("salesOrder", {"soNbr": key[1]}))
    if operation == "G":
        return
    if operation == "D":
        _delete_order(tenant, key)
        return
    _check_date(job, filled, fresh=fresh)
    complete = _header(job, key, filled, fresh=fresh)
    tenant.wrote("salesOrderHeaders", key, tenant.write(tenant.orders, key, complete))
    for element in nested:
        if qdoc.local(element) != tenant.options.qdoc_line:
            raise Failed("7022", "Unknown element.", qdoc.local(element))
        _line(job, key, element)


def _header(job: Job, key: Key, filled: dict[str, object], *, fresh: bool) -> dict[str, object]:
    tenant, held = job.tenant, job.tenant.orders.get(key)
    known: dict[str, object] = {
        "siteCode": job.domain.sites[0],
        "currencyCode": job.domain.currency,
        "orderDate": job.today,
        "dueDate": job.today,
        "daybookSetCode": DAYBOOK_SET,
        "soldToCustomerCode": "",
    }
    if held is not None:
        known = tenant.orders.values(held)
    complete = orders.completed(tenant, job.domain, key, known | filled)
    if fresh and complete.get("status") == orders.HELD:
        job.warn("614", "Customer on credit hold; the order was put on hold.", key[1])
    return complete


def _check_date(job: Job, filled: Mapping[str, object], *, fresh: bool) -> None:
    due = filled.get("dueDate")
    if fresh and isinstance(due, date) and due < job.today:
        job.warn("27", "Due date is in the past.", "soDueDate")


def _delete_order(tenant: Tenant, key: Key) -> None:
    for line in list(tenant.lines.starting(*key)):
        tenant.delete(tenant.lines, line)
        tenant.wrote("salesOrderLines", line, "deleted")
    tenant.delete(tenant.orders, key)
    tenant.wrote("salesOrderHeaders", key, "deleted")


def _line(job: Job, order_key: Key, element: ET.Element) -> None:
    tenant, lines = job.tenant, job.tenant.lines
    operation, values, nested = read(job, element)
    if operation == "N":
        return
    if nested:
        raise Failed("7022", "Unknown element.", qdoc.local(nested[0]))
    elements = {name: field for name, field in LINE_ELEMENTS.items() if name != "line" or "line" in values}
    if "line" in elements:
        elements.pop("sodLine")
    elements = dict(sorted(elements.items(), key=lambda pair: pair[1] != "lineNumber"))
    filled = fields(job, lines, elements, values)
    there = lines.starting(*order_key)
    number = filled.pop("lineNumber", 0) or (int(there[-1][2]) + 1 if there else 1)
    if not isinstance(number, int) or not 0 < number < 100_000:
        raise Failed("7025", "Invalid value.", "sodLine", number)
    key = (*order_key, f"{number:05d}")
    fresh = to_be_made(operation, held=lines.get(key) is not None, key=key)
    if operation == "G":
        return
    if operation == "D":
        tenant.delete(lines, key)
        tenant.wrote("salesOrderLines", key, "deleted")
        return
    if fresh:
        filled = _priced(job, order_key, filled)
    elif "itemCode" in filled:
        orders.sellable(tenant, job.domain, "sodPart", filled["itemCode"])
    orders.check_site(job.domain, "sodSite", filled.get("siteCode"))
    quantity = filled.get("quantityOrdered", 1)
    if isinstance(quantity, int | Decimal) and quantity <= 0:
        raise Failed("40", "Quantity must be greater than zero.", "sodQtyOrd", quantity)
    tenant.wrote("salesOrderLines", key, tenant.write(lines, key, filled))


def _priced(job: Job, order_key: Key, filled: dict[str, object]) -> dict[str, object]:
    """What is not sent of a new line comes from the item and the order."""
    tenant = job.tenant
    item = orders.sellable(tenant, job.domain, "sodPart", filled.get("itemCode", ""))
    header = tenant.orders.rows[order_key]
    price = tenant.items.value(item, "price")
    if not filled.get("quantityOrdered"):
        raise Failed("40", "Quantity must be greater than zero.", "sodQtyOrd")
    known = {
        "itemDescription": tenant.items.value(item, "description1"),
        "unitOfMeasureCode": tenant.items.value(item, "unitOfMeasureCode"),
        "listPrice": price,
        "netPrice": filled.get("listPrice", price),
        "discountFormatted": "0.00",
        "siteCode": tenant.orders.value(header, "siteCode"),
        "dueDate": tenant.orders.value(header, "dueDate"),
    }
    return known | filled


WORKS: dict[str, tuple[tuple[str, str], Work]] = {
    "maintainCustomer": (("dsCustomer", "customer"), customer),
    "maintainSalesOrder": (("dsSalesOrder", "salesOrder"), order),
}
