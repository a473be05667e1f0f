"""/ecommerce/stores/{store_id}/carts: they never expire and never turn into orders by themselves."""

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
    CART,
    LINE,
    NEW_CART,
    NEW_CART_LINE,
    PATCH_CART,
    PATCH_CART_LINE,
)
from sandboxes.mailchimp.errors import bad_request, not_found
from sandboxes.mailchimp.fields import OPEN, shape
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route
from sandboxes.mailchimp.state import Order, Store

_NOT_KEPT = ("id", "customer", "lines", "campaign_id")


def _view(op: Operation, store: Store, cart: Order) -> Answer:
    customer = store.customers.get(cart.customer_id)
    return {
        "id": cart.id,
        "customer": customer_view(op, store, customer) if customer else {"id": cart.customer_id},
        "campaign_id": "",
        "checkout_url": "",
        "tax_total": 0,
        **cart.details,
        "lines": [line_view(op, store, cart, line, "carts") for line in cart.lines.values()],
        "created_at": cart.created_at,
        "updated_at": cart.updated_at,
        "_links": op.links("ecommerce", "stores", store.id, "carts", cart.id),
    }


def list_carts(op: Operation) -> Answer:
    store = op.store()
    found = list(store.carts.values())
    return {
        "store_id": store.id,
        "carts": [_view(op, store, cart) for cart in found[op.page()]],
        "total_items": len(found),
        "_links": op.links("ecommerce", "stores", store.id, "carts"),
    }


def get_cart(op: Operation) -> Answer:
    store = op.store()
    return _view(op, store, _known(op, store))


def post_cart(op: Operation) -> Answer:
    store, body = op.store(), op.body(NEW_CART)
    if body["id"] in store.carts:
        raise bad_request("A cart with the provided ID already exists in the account for this list.")
    lines, given = merged_lines(op, store, {}, body["lines"]), body["customer"]
    customer = ordering_customer(op, store, given if isinstance(given, dict) else {})
    cart = Order(str(body["id"]), customer.id, _details(body), lines, op.now, op.now)
    store.carts[cart.id] = cart
    op.journal.wrote("carts", f"{store.id}/{cart.id}", "created")
    return _view(op, store, cart)


def patch_cart(op: Operation) -> Answer:
    store = op.store()
    cart, body = _known(op, store), op.body(PATCH_CART)
    lines, given = cart.lines, body.get("customer")
    if "lines" in body:
        lines = merged_lines(op, store, cart.lines, body["lines"])
    if isinstance(given, dict):
        patch_in_place(op, store, cart.customer_id, given)
    details = cart.details | _details(body)
    changed = details != cart.details or lines != cart.lines
    cart.details, cart.lines = details, lines
    _wrote(op, store, cart, changed=changed)
    return _view(op, store, cart)


def delete_cart(op: Operation) -> None:
    store = op.store()
    cart = _known(op, store)
    del store.carts[cart.id]
    op.journal.wrote("carts", f"{store.id}/{cart.id}", "deleted")


def _details(body: Answer) -> Answer:
    return {name: value for name, value in body.items() if name not in _NOT_KEPT}


def _known(op: Operation, store: Store) -> Order:
    cart = store.carts.get(op.params["cart_id"])
    if cart is None:
        raise not_found()
    return cart


def _wrote(op: Operation, store: Store, cart: Order, *, changed: bool) -> None:
    if changed:
        cart.updated_at = op.now
    op.journal.wrote("carts", f"{store.id}/{cart.id}", "updated" if changed else "unchanged")


def get_lines(op: Operation) -> Answer:
    store = op.store()
    return list_lines(op, store, _known(op, store), "carts")


def get_line(op: Operation) -> Answer:
    store = op.store()
    cart = _known(op, store)
    return line_view(op, store, cart, known_line(op, cart), "carts")


def post_line(op: Operation) -> Answer:
    store = op.store()
    cart, body = _known(op, store), op.body(NEW_CART_LINE)
    line_id = added_line(op, store, cart, body)
    _wrote(op, store, cart, changed=True)
    return line_view(op, store, cart, cart.lines[line_id], "carts")


def patch_line(op: Operation) -> Answer:
    store = op.store()
    cart, body = _known(op, store), op.body(PATCH_CART_LINE)
    _wrote(op, store, cart, changed=changed_line(op, store, cart, body))
    return line_view(op, store, cart, cart.lines[op.params["line_id"]], "carts")


def delete_line(op: Operation) -> None:
    store = op.store()
    cart = _known(op, store)
    removed_line(op, cart)
    _wrote(op, store, cart, changed=True)


_ALL = "/ecommerce/stores/{store_id}/carts"
_ONE = f"{_ALL}/{{cart_id}}"
_LINES = f"{_ONE}/lines"
ROUTES = [
    Route("GET", _ALL, list_carts, shape("store_id total_items", carts=CART, _links=OPEN)),
    Route("POST", _ALL, post_cart),
    Route("GET", _ONE, get_cart, CART),
    Route("PATCH", _ONE, patch_cart),
    Route("DELETE", _ONE, delete_cart),
    Route("GET", _LINES, get_lines, shape("store_id cart_id total_items", lines=LINE, _links=OPEN)),
    Route("POST", _LINES, post_line),
    Route("GET", f"{_LINES}/{{line_id}}", get_line, LINE),
    Route("PATCH", f"{_LINES}/{{line_id}}", patch_line),
    Route("DELETE", f"{_LINES}/{{line_id}}", delete_line),
]
