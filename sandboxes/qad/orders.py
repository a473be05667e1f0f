"""What makes a sales order a good one, whichever way it comes in."""

from collections.abc import Mapping
from decimal import Decimal

from sandboxes.qad.errors import Rejected
from sandboxes.qad.schema import MANDATORY
from sandboxes.qad.store import Key, Record
from sandboxes.qad.tenant import Domain, Tenant

CLOSED, HELD = "C", "HD"


def new_number(tenant: Tenant, domain: str) -> str:
    while True:
        number = f"SO{tenant.next_number(f'order {domain}', 100_001)}"
        if tenant.orders.get((domain, number)) is None:
            return number


def check_customer(tenant: Tenant, domain: Domain, field: str, code: object) -> Record:
    customer = tenant.customers.get((domain.shared_set, str(code)))
    if customer is None:
        raise Rejected(field, MANDATORY, code)
    return customer


def check_site(domain: Domain, field: str, site: object) -> None:
    if site and site not in domain.sites:
        raise Rejected(field, MANDATORY, site)


def completed(tenant: Tenant, domain: Domain, key: Key, values: Mapping[str, object]) -> dict[str, object]:
    """With what follows from the customer. Somebody on credit hold gets an order on hold."""
    held = tenant.orders.get(key)
    if held is not None and tenant.orders.value(held, "status") == CLOSED:
        raise Rejected("salesOrderNumber", "Sales order is closed", key[1])
    sold_to = values["soldToCustomerCode"]
    customer = check_customer(tenant, domain, "soldToCustomerCode", sold_to)
    if not tenant.customers.value(customer, "isActive"):
        raise Rejected("soldToCustomerCode", "Customer is not active", sold_to)
    filled = dict(values)
    for name in ("billToCustomerCode", "shipToCustomerCode"):
        filled[name] = filled.get(name) or sold_to
        check_customer(tenant, domain, name, filled[name])
    check_site(domain, "siteCode", filled["siteCode"])
    if not filled.get("creditTermsCode"):
        filled["creditTermsCode"] = tenant.customers.value(customer, "creditTermsCode")
    if held is None and tenant.customers.value(customer, "isLockedCreditLimit"):
        filled["status"] = HELD
    return filled


def sellable(tenant: Tenant, domain: Domain, field: str, code: object) -> Record:
    item = tenant.items.get((domain.code, str(code)))
    if item is None:
        raise Rejected(field, MANDATORY, code)
    if tenant.items.value(item, "itemStatusCode") == "OBSOLETE":
        raise Rejected(field, "Item status does not allow this transaction", code)
    return item


def total(tenant: Tenant, order: Key) -> Decimal:
    """Of its lines, quantity times net price; nothing rounded."""
    lines = tenant.lines
    found = Decimal(0)
    for key in lines.starting(*order):
        record = lines.rows[key]
        quantity, price = lines.value(record, "quantityOrdered"), lines.value(record, "netPrice")
        if isinstance(quantity, int | Decimal) and isinstance(price, int | Decimal):
            found += quantity * price
    return found
