"""/ecommerce/stores: the shops whose customers, products and orders hang below them."""

from sandboxes.mailchimp.ecommerce_shapes import NEW_STORE, PATCH_STORE, STORE
from sandboxes.mailchimp.errors import bad_request
from sandboxes.mailchimp.fields import OPEN, shape
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route
from sandboxes.mailchimp.state import Store

_EMPTY = ("platform", "domain", "email_address", "money_format", "primary_locale", "timezone", "phone")
_NO_AUTOMATION = {"is_supported": False}


def _view(op: Operation, store: Store) -> Answer:
    return {
        "id": store.id,
        "list_id": store.list_id,
        **dict.fromkeys(_EMPTY, ""),
        "is_syncing": False,
        "address": {},
        **store.details,
        "automations": {"abandoned_cart": _NO_AUTOMATION, "abandoned_browse": _NO_AUTOMATION},
        "list_is_active": store.list_id in op.account.audiences,
        "created_at": store.created_at,
        "updated_at": store.updated_at,
        "_links": op.links("ecommerce", "stores", store.id),
    }


def list_stores(op: Operation) -> Answer:
    found = list(op.account.stores.values())
    return {
        "stores": [_view(op, store) for store in found[op.page()]],
        "total_items": len(found),
        "_links": op.links("ecommerce", "stores"),
    }


def get_store(op: Operation) -> Answer:
    return _view(op, op.store())


def post_store(op: Operation) -> Answer:
    body = op.body(NEW_STORE)
    store_id, list_id = str(body.pop("id")), str(body.pop("list_id"))
    if store_id in op.account.stores:
        raise bad_request("A store with the provided ID already exists in the account.")
    if list_id not in op.account.audiences:
        raise bad_request("A list with the provided ID does not exist in the account.")
    _check_domain(op, store_id, body)
    store = op.account.stores[store_id] = Store(store_id, list_id, body, op.now, op.now)
    op.journal.wrote("stores", store_id, "created")
    return _view(op, store)


def patch_store(op: Operation) -> Answer:
    store, body = op.store(), op.body(PATCH_STORE)
    _check_domain(op, store.id, body)
    changed = {**store.details, **body} != store.details
    if changed:
        store.details |= body
        store.updated_at = op.now
    op.journal.wrote("stores", store.id, "updated" if changed else "unchanged")
    return _view(op, store)


def delete_store(op: Operation) -> None:
    """With everything in it."""
    store = op.store()
    del op.account.stores[store.id]
    op.journal.wrote("stores", store.id, "deleted")


def _check_domain(op: Operation, store_id: str, body: Answer) -> None:
    domain = str(body.get("domain", "")).lower()
    for store in op.account.stores.values() if domain else ():
        if store.id != store_id and str(store.details.get("domain", "")).lower() == domain:
            raise bad_request("A store with the provided domain already exists in the account.")


_ONE = "/ecommerce/stores/{store_id}"
ROUTES = [
    Route("GET", "/ecommerce/stores", list_stores, shape("total_items", stores=STORE, _links=OPEN)),
    Route("POST", "/ecommerce/stores", post_store),
    Route("GET", _ONE, get_store, STORE),
    Route("PATCH", _ONE, patch_store),
    Route("DELETE", _ONE, delete_store),
]
