"""/ecommerce/stores/{store_id}/customers: buyers, each of whom is also a contact of the store's audience."""

from sandboxes.mailchimp import membership
from sandboxes.mailchimp.addresses import subscriber_hash
from sandboxes.mailchimp.ecommerce_shapes import CUSTOMER, LONGEST_CUSTOMER_ID, PATCH_CUSTOMER, PUT_CUSTOMER
from sandboxes.mailchimp.errors import bad_request, invalid_resource, not_found
from sandboxes.mailchimp.fields import OPEN, shape
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route
from sandboxes.mailchimp.state import Audience, Customer, Store

IMMUTABLE_EMAIL = "An email address may not be changed once a customer is created."

_DETAILS = ("first_name", "last_name", "company", "address", "sms_phone_number")


def customer_view(op: Operation, store: Store, customer: Customer) -> Answer:
    spent = customer.spent
    return {
        "id": customer.id,
        "email_address": customer.email,
        "opt_in_status": customer.opt_in,
        "company": "",
        "first_name": "",
        "last_name": "",
        "address": {},
        **customer.details,
        "orders_count": len(spent),
        "total_spent": round(sum(spent), 4),
        "created_at": customer.created_at,
        "updated_at": customer.updated_at,
        "_links": op.links("ecommerce", "stores", store.id, "customers", customer.id),
    }


def ordering_customer(op: Operation, store: Store, given: Answer) -> Customer:
    """The customer an order or a cart names: known by the id alone, or introduced by it."""
    customer_id = str(given["id"])
    if len(customer_id) > LONGEST_CUSTOMER_ID:
        raise not_found()
    customer = store.customers.get(customer_id)
    if customer is not None and len(given) == 1:
        return customer
    return _write(op, store, customer_id, given, place="customer")


def patch_in_place(op: Operation, store: Store, customer_id: str, given: Answer) -> None:
    """What a PATCH of an order or a cart says of its customer."""
    if customer_id in store.customers and given:
        _write(op, store, customer_id, given)


def list_customers(op: Operation) -> Answer:
    store, email = op.store(), op.one("email_address").lower()
    keys = store.by_email.get(email, {}) if email else store.customers
    found = [store.customers[key] for key in keys]
    return {
        "store_id": store.id,
        "customers": [customer_view(op, store, customer) for customer in found[op.page()]],
        "total_items": len(found),
        "_links": op.links("ecommerce", "stores", store.id, "customers"),
    }


def get_customer(op: Operation) -> Answer:
    store = op.store()
    return customer_view(op, store, _known(op, store))


def post_customer(op: Operation) -> Answer:
    store, body = op.store(), op.body(PUT_CUSTOMER)
    if body["id"] in store.customers:
        raise bad_request("A customer with the provided ID already exists in the account for this list.")
    return customer_view(op, store, _write(op, store, str(body["id"]), body))


def put_customer(op: Operation) -> Answer:
    store, body = op.store(), op.body(PUT_CUSTOMER)
    if body["id"] != op.params["customer_id"]:
        raise bad_request("The customer ID in the request body does not match the one in the path.")
    return customer_view(op, store, _write(op, store, str(body["id"]), body))


def patch_customer(op: Operation) -> Answer:
    store = op.store()
    customer = _known(op, store)
    return customer_view(op, store, _write(op, store, customer.id, op.body(PATCH_CUSTOMER)))


def delete_customer(op: Operation) -> None:
    store = op.store()
    customer = _known(op, store)
    del store.customers[customer.id]
    store.by_email[customer.email.lower()].pop(customer.id, None)
    op.journal.wrote("customers", f"{store.id}/{customer.id}", "deleted")


def _known(op: Operation, store: Store) -> Customer:
    customer = store.customers.get(op.params["customer_id"])
    if customer is None:
        raise not_found()
    return customer


def _write(op: Operation, store: Store, customer_id: str, given: Answer, place: str = "") -> Customer:
    customer = store.customers.get(customer_id)
    if customer is None:
        customer, effect = _create(op, store, customer_id, given, place), "created"
    else:
        effect = "updated" if _change(op, store, customer, given) else "unchanged"
    op.journal.wrote("customers", f"{store.id}/{customer_id}", effect)
    return customer


def _create(op: Operation, store: Store, customer_id: str, given: Answer, place: str) -> Customer:
    missing = [name for name in ("email_address", "opt_in_status") if name not in given]
    if missing:
        raise invalid_resource([(place, f"Required fields were not provided: {', '.join(missing)}")])
    email, audience = str(given["email_address"]), op.account.audiences[store.list_id]
    key = subscriber_hash(email)
    if key not in audience.members:
        membership.refuse_unwelcome(audience, email, key, op.now)
    details = {name: given[name] for name in _DETAILS if name in given}
    orders = store.orders_of.setdefault(customer_id, {})
    customer = Customer(customer_id, email, bool(given["opt_in_status"]), op.now, op.now, details, orders)
    store.customers[customer_id] = customer
    store.by_email.setdefault(email.lower(), {})[customer_id] = None
    if key not in audience.members:
        _introduce(audience, customer, op.now)
    return customer


def _change(op: Operation, store: Store, customer: Customer, given: Answer) -> bool:
    email = given.get("email_address")
    if isinstance(email, str) and email.lower() != customer.email.lower():
        raise bad_request(IMMUTABLE_EMAIL)
    details = {**customer.details, **{name: given[name] for name in _DETAILS if name in given}}
    opt_in = bool(given.get("opt_in_status", customer.opt_in))
    changed = details != customer.details or opt_in != customer.opt_in
    if opt_in and not customer.opt_in:
        _subscribe(op.account.audiences[store.list_id], customer, op.now)
    if changed:
        customer.details, customer.opt_in, customer.updated_at = details, opt_in, op.now
    return changed


def _introduce(audience: Audience, customer: Customer, now: str) -> None:
    """A new buyer becomes a contact; opting in skips the audience's double opt-in."""
    names = {"FNAME": customer.details.get("first_name"), "LNAME": customer.details.get("last_name")}
    merge = {tag: name for tag, name in names.items() if name and tag in audience.merge_fields}
    status = "subscribed" if customer.opt_in else "transactional"
    membership.enlist(audience, customer.email, status, now, merge=merge).source = "E-commerce"


def _subscribe(audience: Audience, customer: Customer, now: str) -> None:
    """Opting in later subscribes who was only a buyer; any other status stands."""
    member = audience.members.get(subscriber_hash(customer.email))
    if member is not None and member.status == "transactional":
        membership.move(audience, member, "subscribed", now, "api")
        membership.touch(audience, member, now)


_ALL = "/ecommerce/stores/{store_id}/customers"
_ONE = f"{_ALL}/{{customer_id}}"
ROUTES = [
    Route("GET", _ALL, list_customers, shape("store_id total_items", customers=CUSTOMER, _links=OPEN)),
    Route("POST", _ALL, post_customer),
    Route("GET", _ONE, get_customer, CUSTOMER),
    Route("PUT", _ONE, put_customer),
    Route("PATCH", _ONE, patch_customer),
    Route("DELETE", _ONE, delete_customer),
]
