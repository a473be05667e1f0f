"""What a test can do behind the client's back, and what it can look at."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from sandboxes.kit import Mutation, MutationFailed
from sandboxes.mailchimp.addresses import subscriber_hash
from sandboxes.mailchimp.control_account import AccountMutations
from sandboxes.mailchimp.control_members import MemberMutations
from sandboxes.mailchimp.control_shop import ShopMutations
from sandboxes.mailchimp.membership import READABLE_STATUSES
from sandboxes.mailchimp.state import Audience, Member, Store

if TYPE_CHECKING:
    from sandboxes.mailchimp.sandbox import Mailchimp


def mutations(sandbox: "Mailchimp") -> Mapping[str, Mutation]:
    """Every public method of the three groups, by its name."""
    known: dict[str, Mutation] = {}
    for group in (MemberMutations(sandbox), AccountMutations(sandbox), ShopMutations(sandbox)):
        known |= {name: getattr(group, name) for name in vars(type(group)) if not name.startswith("_")}
    return known


def state(sandbox: "Mailchimp", collection: str, key: str) -> object:
    if not collection:
        return _summary(sandbox)
    records = _collection(sandbox, collection)
    if not key:
        return {name: _brief(record) for name, record in records}
    if collection == "members" and "@" in key:
        list_id, _, email = key.rpartition("/")
        key = f"{list_id or next(iter(sandbox.account.audiences))}/{subscriber_hash(email)}"
    return next((_shown(record) for name, record in records if name == key), None)


def _summary(sandbox: "Mailchimp") -> object:
    account = sandbox.account
    return {
        "audiences": {audience.id: _audience(audience) for audience in account.audiences.values()},
        "stores": {store.id: _store(store) for store in account.stores.values()},
        "campaigns": {one.id: len(one.recipients) for one in account.campaigns.values()},
        "batches": {batch.id: batch.status for batch in account.batches.values()},
        "deliveries": {"waiting": len(sandbox.sender.waiting), "done": len(sandbox.sender.done)},
        "keys": sorted(account.keys),
        "tokens": len(sandbox.app.tokens),
    }


def _audience(audience: Audience) -> object:
    return {
        "name": audience.name,
        "members": len(audience.members),
        "statuses": {status: audience.by_status[status] for status in READABLE_STATUSES},
        "forgotten": len(audience.forgotten),
        "confirmation_mails": sum(member.confirmations for member in audience.members.values()),
        "merge_fields": list(audience.merge_fields),
        "segments": {segment.name: len(segment.members) for segment in audience.segments.values()},
        "webhooks": len(audience.webhooks),
    }


def _store(store: Store) -> object:
    return {
        "list_id": store.list_id,
        "is_syncing": store.details.get("is_syncing", False),
        "customers": len(store.customers),
        "products": len(store.products),
        "variants": sum(len(product.variants) for product in store.products.values()),
        "orders": len(store.orders),
        "lines": sum(len(order.lines) for order in store.orders.values()),
        "carts": len(store.carts),
        "revenue": round(sum(sum(customer.spent) for customer in store.customers.values()), 4),
        "notifications": dict(store.notifications),
    }


def _collection(sandbox: "Mailchimp", collection: str) -> Iterable[tuple[str, object]]:
    account = sandbox.account
    stores = list(account.stores.values())
    match collection:
        case "members":
            return (
                (f"{audience.id}/{key}", member)
                for audience in account.audiences.values()
                for key, member in audience.members.items()
            )
        case "customers" | "products" | "orders" | "carts":
            return (
                (f"{store.id}/{key}", record)
                for store in stores
                for key, record in getattr(store, collection).items()
            )
        case "stores":
            return ((store.id, store.details | {"list_id": store.list_id}) for store in stores)
        case "deliveries":
            deliveries = [*sandbox.sender.done, *sandbox.sender.waiting]
            return ((str(number), one) for number, one in enumerate(deliveries))
        case _:
            raise MutationFailed(f"no collection {collection!r}")


def _brief(record: object) -> object:
    """There may be a hundred thousand contacts."""
    if isinstance(record, Member):
        return {"email": record.email, "status": record.status, "merge": record.merge}
    return _shown(record)


def _shown(record: object) -> object:
    return dict(record) if isinstance(record, dict) else asdict(record)  # type: ignore[call-overload]
