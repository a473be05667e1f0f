"""/ecommerce/stores/{store_id}/orders and /ecommerce/orders."""

from sandboxes.mailchimp.ecommerce_customers import customer_view, ordering_customer, patch_in_place
from sandboxes.mailchimp.ecommerce_lines import (
    added_line,
    changed_line,
    known_line,
    line_view,
    list_lines,
    merged_lines,
    removed_line,
)
from sandboxes.mailchimp.ecommerce_shapes import (
    LINE,
    NEW_LINE,
    NEW_ORDER,
    ORDER,
    ORDER_REQUIRED,
    ORDER_TIMES,
    PATCH_LINE,
    PATCH_ORDER,
    PUT_ORDER,
)
from sandboxes.mailchimp.errors import bad_request, not_found, required
from sandboxes.mailchimp.fields import OPEN, shape
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route
from sandboxes.mailchimp.state import Order, Store
from sandboxes.mailchimp.times import parse_datetime

_EMPTY = (
    "landing_site", "financial_status", "fulfillment_status", "order_url", "tracking_number",
    "tracking_carrier", "tracking_url", *ORDER_TIMES,
)  # fmt: skip
_ZERO = ("discount_total", "tax_total", "shipping_total")
# Attribution is the vendor's own business: what is sent for it is dropped.
_NOT_KEPT = ("id", "customer", "lines", "campaign_id", "outreach")
# A change of one of these would have sent the buyer a mail.
_NOTIFYING = ("financial_status", "fulfillment_status", "cancelled_at_foreign")


def _view(op: Operation, store: Store, order: Order) -> Answer:
    customer = store.customers.get(order.customer_id)
    return {
        "id": order.id,
        "store_id": store.id,
        "customer": customer_view(op, store, customer) if customer else {"id": order.customer_id},
        "campaign_id": "",
        **dict.fromkeys(_EMPTY, ""),
        **dict.fromkeys(_ZERO, 0),
        "shipping_address": {},
        "billing_address": {},
        "promos": [],
        **order.details,
        "lines": [line_view(op, store, order, line, "orders") for line in order.lines.values()],
        "outreach": {},
        "_links": op.links("ecommerce", "stores", store.id, "orders", order.id),
    }


def list_orders(op: Operation) -> Answer:
    store = op.store()
    found = _matching(op, store)
    return {
        "store_id": store.id,
        "orders": [_view(op, store, order) for order in found[op.page()]],
        "total_items": len(found),
        "_links": op.links("ecommerce", "stores", store.id, "orders"),
    }


def list_all_orders(op: Operation) -> Answer:
    found = [(store, order) for store in op.account.stores.values() for order in _matching(op, store)]
    return {
        "orders": [_view(op, store, order) for store, order in found[op.page()]],
        "total_items": len(found),
        "_links": op.links("ecommerce", "orders"),
    }


def _matching(op: Operation, store: Store) -> list[Order]:
    """No order here ever came from a campaign or another outreach."""
    if op.one("campaign_id") or op.one("outreach_id") or op.flag("has_outreach"):
        return []
    if customer_id := op.one("customer_id"):
        return [store.orders[order_id] for order_id in store.orders_of.get(customer_id, ())]
    return list(store.orders.values())


def get_order(op: Operation) -> Answer:
    store = op.store()
    return _view(op, store, _known(op, store))


def post_order(op: Operation) -> Answer:
    store, body = op.store(), op.body(NEW_ORDER)
    if body["id"] in store.orders:
        raise bad_request("An order with the provided ID already exists in the account for this list.")
    return _created(op, store, body)


def put_order(op: Operation) -> Answer:
    store, body = op.store(), op.body(PUT_ORDER)
    if body["id"] != op.params["order_id"]:
        raise bad_request("The order ID in the request body does not match the one in the path.")
    order = store.orders.get(op.params["order_id"])
    if order is None:
        missing = [name for name in ORDER_REQUIRED if name not in body]
        if missing:
            raise required(*missing)
        return _created(op, store, body)
    return _changed(op, store, order, body)


def patch_order(op: Operation) -> Answer:
    store = op.store()
    order, body = _known(op, store), op.body(PATCH_ORDER)
    customer = body.pop("customer", None)
    if isinstance(customer, dict):
        patch_in_place(op, store, order.customer_id, customer)
    return _changed(op, store, order, body)


def delete_order(op: Operation) -> None:
    store = op.store()
    order = _known(op, store)
    del store.orders[order.id]
    store.orders_of[order.customer_id].pop(order.id, None)
    op.journal.wrote("orders", f"{store.id}/{order.id}", "deleted")


def _created(op: Operation, store: Store, body: Answer) -> Answer:
    given = body["customer"]
    lines = merged_lines(op, store, {}, body["lines"])
    customer = ordering_customer(op, store, given if isinstance(given, dict) else {})
    order = Order(str(body["id"]), customer.id, _details(body), lines)
    store.orders[order.id] = order
    _count(store, order)
    _notify(store, {}, order.details)
    op.journal.wrote("orders", f"{store.id}/{order.id}", "created")
    return _view(op, store, order)


def _changed(op: Operation, store: Store, order: Order, body: Answer) -> Answer:
    lines, customer_id = order.lines, order.customer_id
    if "lines" in body:
        lines = merged_lines(op, store, order.lines, body["lines"])
    given = body.get("customer")
    if isinstance(given, dict):
        customer_id = ordering_customer(op, store, given).id
    before, details = order.details, order.details | _details(body)
    changed = details != before or lines != order.lines or customer_id != order.customer_id
    store.orders_of[order.customer_id].pop(order.id, None)
    order.details, order.lines, order.customer_id = details, lines, customer_id
    _count(store, order)
    _notify(store, before, details)
    op.journal.wrote("orders", f"{store.id}/{order.id}", "updated" if changed else "unchanged")
    return _view(op, store, order)


def _details(body: Answer) -> Answer:
    details = {name: value for name, value in body.items() if name not in _NOT_KEPT}
    for name in ORDER_TIMES:
        if name in details:
            details[name] = parse_datetime(str(details[name])) or ""
    return details


def _count(store: Store, order: Order) -> None:
    """A cancelled order counts for nothing, and any currency counts as the store's."""
    total, cancelled = order.details["order_total"], order.details.get("cancelled_at_foreign")
    counted = None if cancelled or not isinstance(total, int | float) else total
    store.orders_of.setdefault(order.customer_id, {})[order.id] = counted


def _notify(store: Store, before: Answer, after: Answer) -> None:
    if store.details.get("is_syncing"):
        return
    for name in _NOTIFYING:
        if after.get(name) and after[name] != before.get(name):
            store.notifications[name if name == "cancelled_at_foreign" else str(after[name])] += 1


def _known(op: Operation, store: Store) -> Order:
    order = store.orders.get(op.params["order_id"])
    if order is None:
        raise not_found()
    return order


def get_lines(op: Operation) -> Answer:
    store = op.store()
    return list_lines(op, store, _known(op, store), "orders")


def get_line(op: Operation) -> Answer:
    store = op.store()
    order = _known(op, store)
    return line_view(op, store, order, known_line(op, order), "orders")


def post_line(op: Operation) -> Answer:
    store = op.store()
    order, body = _known(op, store), op.body(NEW_LINE)
    line_id = added_line(op, store, order, body)
    op.journal.wrote("orders", f"{store.id}/{order.id}", "updated")
    return line_view(op, store, order, order.lines[line_id], "orders")


def patch_line(op: Operation) -> Answer:
    store = op.store()
    order, body = _known(op, store), op.body(PATCH_LINE)
    changed = changed_line(op, store, order, body)
    op.journal.wrote("orders", f"{store.id}/{order.id}", "updated" if changed else "unchanged")
    return line_view(op, store, order, order.lines[op.params["line_id"]], "orders")


def delete_line(op: Operation) -> None:
    store = op.store()
    order = _known(op, store)
    removed_line(op, order)
    op.journal.wrote("orders", f"{store.id}/{order.id}", "updated")


_ALL = "/ecommerce/stores/{store_id}/orders"
_ONE = f"{_ALL}/{{order_id}}"
_LINES = f"{_ONE}/lines"
ROUTES = [
    Route("GET", "/ecommerce/orders", list_all_orders, shape("total_items", orders=ORDER, _links=OPEN)),
    Route("GET", _ALL, list_orders, shape("store_id total_items", orders=ORDER, _links=OPEN)),
    Route("POST", _ALL, post_order),
    Route("GET", _ONE, get_order, ORDER),
    Route("PUT", _ONE, put_order),
    Route("PATCH", _ONE, patch_order),
    Route("DELETE", _ONE, delete_order),
    Route("GET", _LINES, get_lines, shape("store_id order_id total_items", lines=LINE, _links=OPEN)),
    Route("POST", _LINES, post_line),
    Route("GET", f"{_LINES}/{{line_id}}", get_line, LINE),
    Route("PATCH", f"{_LINES}/{{line_id}}", patch_line),
    Route("DELETE", f"{_LINES}/{{line_id}}", delete_line),
]
