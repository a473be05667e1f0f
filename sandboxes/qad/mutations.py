"""What people at the vendor do behind a client's back: change, hold, delete, lock, take a column away."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING

from sandboxes.kit import Mutation, MutationFailed
from sandboxes.qad import orders
from sandboxes.qad.browses import Browse
from sandboxes.qad.data import MAIN_DOMAIN, MAIN_SET
from sandboxes.qad.entities import Entity
from sandboxes.qad.errors import Refused, Rejected
from sandboxes.qad.schema import Kind
from sandboxes.qad.store import Key, Record, Table
from sandboxes.qad.tenant import DOMAINS, NO_SCOPE

if TYPE_CHECKING:
    from sandboxes.qad.sandbox import Qad

Values = Mapping[str, object]
SOMEBODY = "mfg"


class Mutations:
    """Each public method is a mutation. Values are named as in the entity API, dates written as there."""

    def __init__(self, sandbox: "Qad") -> None:
        self._sandbox = sandbox
        self._tenant = sandbox.tenant
        self._added = count(1)

    def by_name(self) -> dict[str, Mutation]:
        return {name: getattr(self, name) for name in vars(type(self)) if _is_mutation(name)}

    # Customers.

    def add_customer(
        self, values: Values | None = None, code: str = "", shared_set: str = MAIN_SET
    ) -> dict[str, object]:
        known: dict[str, object] = {
            "businessRelationName": "Latecomer Ltd", "addressSearchName": "LATECOMER", "countryCode": "GB",
            "EMail": "late@comer.example", "currencyCode": "GBP", "creditTermsCode": "NET30",
            "taxZone": "EXEMPT", "customerTypeCode": "RETAIL", "languageCode": "en", "isActive": True,
            **(values or {}),
        }  # fmt: skip
        named = code or f"N{next(self._added):05d}"
        entity = self._sandbox.entities.by_collection["customerV2s"]
        self._save(entity, (shared_set, named), known, fresh=True)
        return {"customerCode": named}

    def change_customer(self, code: str, changes: Values, shared_set: str = MAIN_SET) -> dict[str, object]:
        entity = self._sandbox.entities.by_collection["customerV2s"]
        self._save(entity, (shared_set, code), changes)
        return {"changed": code}

    def set_email(self, code: str, value: str, shared_set: str = MAIN_SET) -> dict[str, object]:
        return self.change_customer(code, {"EMail": value}, shared_set)

    def change_relation(self, code: str, changes: Values) -> dict[str, object]:
        """Name and address of whoever has this business relation; the customer's own date stays."""
        self._save(self._sandbox.entities.by_collection["businessRelationV2s"], (NO_SCOPE, code), changes)
        return {"changed": code}

    def hold_customer(self, code: str, *, held: bool = True, shared_set: str = MAIN_SET) -> dict[str, object]:
        return self.change_customer(code, {"isLockedCreditLimit": held}, shared_set)

    def deactivate_customer(
        self, code: str, *, active: bool = False, shared_set: str = MAIN_SET
    ) -> dict[str, object]:
        return self.change_customer(code, {"isActive": active}, shared_set)

    def delete_customer(self, code: str, shared_set: str = MAIN_SET) -> dict[str, object]:
        """Its orders stay, as orders of an unknown customer."""
        self._row(self._tenant.customers, (shared_set, code))
        self._tenant.delete(self._tenant.customers, (shared_set, code))
        return {"deleted": code}

    def rename_customers(self, every: int, suffix: str = "renamed") -> dict[str, object]:
        """Every n-th customer of the main set by code: a share of the whole that changed."""
        tenant = self._tenant
        chosen = tenant.customers.scope(MAIN_SET)[every - 1 :: every]
        for key in chosen:
            relation = tenant.relation_of(tenant.customers.rows[key])
            name = f"{tenant.relations.text(relation, 'businessRelationName')[:90]} {suffix}"
            self.change_customer(key[1], {"businessRelationName": name})
        return {"changed": len(chosen), "codes": [key[1] for key in chosen]}

    # Items.

    def add_item(
        self, values: Values | None = None, code: str = "", domain: str = MAIN_DOMAIN
    ) -> dict[str, object]:
        named = code or f"N-{next(self._added):05d}"
        known: dict[str, object] = {
            "description1": "New item", "unitOfMeasureCode": "EA", "itemStatusCode": "ACTIVE",
            "siteCode": DOMAINS[domain].sites[0], "price": "9.95", **(values or {}),
        }  # fmt: skip
        self._save(self._sandbox.entities.by_collection["items"], (domain, named), known, fresh=True)
        return {"itemCode": named}

    def change_item(self, code: str, changes: Values, domain: str = MAIN_DOMAIN) -> dict[str, object]:
        self._save(self._sandbox.entities.by_collection["items"], (domain, code), changes)
        return {"changed": code}

    def set_price(self, code: str, price: str, domain: str = MAIN_DOMAIN) -> dict[str, object]:
        return self.change_item(code, {"price": price}, domain)

    def delete_item(self, code: str, domain: str = MAIN_DOMAIN) -> dict[str, object]:
        self._row(self._tenant.items, (domain, code))
        self._tenant.delete(self._tenant.items, (domain, code))
        return {"deleted": code}

    # Orders.

    def add_order(
        self,
        customer: str,
        lines: Iterable[Values] = (),
        reference: str = "",
        domain: str = MAIN_DOMAIN,
    ) -> dict[str, object]:
        """Each line needs itemCode and quantityOrdered, and may have a netPrice of its own."""
        tenant, here = self._tenant, DOMAINS[domain]
        today = tenant.local(tenant.clock.now()).date()
        key = (domain, orders.new_number(tenant, domain))
        known: dict[str, object] = {
            "soldToCustomerCode": customer, "siteCode": here.sites[0], "currencyCode": here.currency,
            "daybookSetCode": "SALES", "orderDate": today, "dueDate": today,
            self._sandbox.reference: reference,
        }  # fmt: skip
        try:
            complete = orders.completed(tenant, here, key, known)
            filled = [self._line(domain, line) for line in lines]
        except Rejected as refusal:
            raise MutationFailed(f"{refusal.field}: {refusal.message}") from refusal
        tenant.write(tenant.orders, key, complete, SOMEBODY)
        for at, line in enumerate(filled, start=1):
            tenant.write(tenant.lines, (*key, f"{at:05d}"), line, SOMEBODY)
        return {"salesOrderNumber": key[1]}

    def set_order_status(self, number: str, status: str, domain: str = MAIN_DOMAIN) -> dict[str, object]:
        """C closes it, HD puts it on hold, nothing opens it."""
        self._row(self._tenant.orders, (domain, number))
        self._tenant.write(self._tenant.orders, (domain, number), {"status": status}, SOMEBODY)
        return {"status": status}

    # Columns of a browse.

    def remove_column(self, browse: str, column: str) -> dict[str, object]:
        found = self._browse(browse, column)
        found.hidden.add(column)
        return {"columns": list(found.shown())}

    def restore_column(self, browse: str, column: str) -> dict[str, object]:
        """Also brings out a column that was never shown: ad_mstr.ad_email of cm007."""
        found = self._browse(browse, column)
        found.hidden.discard(column)
        return {"columns": list(found.shown())}

    # Access.

    def set_password(self, password: str) -> dict[str, object]:
        """The old one is refused from now on, and its sessions are over."""
        user = self._sandbox.access.user
        user.password, user.expired = password, False
        return {"sessions_ended": self._sandbox.access.end_sessions()}

    def expire_password(self) -> dict[str, object]:
        self._sandbox.access.user.expired = True
        return {"sessions_ended": self._sandbox.access.end_sessions()}

    def lock_user(self) -> dict[str, object]:
        self._sandbox.access.lock()
        return {"locked": True}

    def unlock_user(self) -> dict[str, object]:
        user = self._sandbox.access.user
        user.locked, user.failures = False, 0
        return {"locked": False}

    def use_up_licences(self, *, used_up: bool = True) -> dict[str, object]:
        """Nobody more may log in; who is in stays in."""
        self._sandbox.access.user.licensed = not used_up
        return {"licensed": not used_up}

    def end_sessions(self) -> dict[str, object]:
        return {"sessions_ended": self._sandbox.access.end_sessions()}

    def forbid(self, resource: str) -> dict[str, object]:
        """A collection, a browse id, a workspace, browses, securityControl or entitymetadatas."""
        self._sandbox.forbidden.add(resource)
        return {"forbidden": sorted(self._sandbox.forbidden)}

    def allow(self, resource: str) -> dict[str, object]:
        self._sandbox.forbidden.discard(resource)
        return {"forbidden": sorted(self._sandbox.forbidden)}

    # Inside.

    def _save(self, entity: Entity, key: Key, changes: Values, *, fresh: bool = False) -> None:
        """Taken as it is: no length, no code, no rule is checked."""
        tenant = self._tenant
        records = self._sandbox.entities.records(entity, key)
        if bool(records) == fresh:
            raise MutationFailed(
                f"{entity.collection} {'/'.join(key)} is {'there' if records else 'not there'}"
            )
        values = {name: _plain(entity, name, value) for name, value in changes.items()}
        if entity.table is tenant.customers:
            held = tenant.customers.text(records[0], "businessRelationCode") if records else "-".join(key)
            code = str(values.get("businessRelationCode") or held)
            shared = {name: value for name, value in values.items() if name in tenant.relations.columns}
            shared.pop("businessRelationCode", None)
            if shared:
                tenant.write(tenant.relations, (NO_SCOPE, code), shared, SOMEBODY)
            values["businessRelationCode"] = code
        tenant.write(entity.table, key, values, SOMEBODY)

    def _line(self, domain: str, line: Values) -> dict[str, object]:
        items = self._tenant.items
        item = self._row(items, (domain, str(line.get("itemCode", ""))))
        price = Decimal(str(line.get("netPrice", items.value(item, "price"))))
        return {
            "itemCode": line["itemCode"], "itemDescription": items.value(item, "description1"),
            "unitOfMeasureCode": items.value(item, "unitOfMeasureCode"), "listPrice": price,
            "netPrice": price, "quantityOrdered": Decimal(str(line.get("quantityOrdered", 1))),
            "siteCode": items.value(item, "siteCode"), "discountFormatted": "0.00",
        }  # fmt: skip

    def _browse(self, browse: str, column: str) -> Browse:
        try:
            found = self._sandbox.lists.find(browse)
        except Refused as refused:
            raise MutationFailed(f"no browse {browse!r}") from refused
        if column not in found.columns:
            raise MutationFailed(f"{browse} has no column {column!r}; there are {', '.join(found.columns)}")
        return found

    def _row(self, table: Table, key: Key) -> Record:
        row = table.get(key)
        if row is None:
            raise MutationFailed(f"no {table.name} {'/'.join(key)}")
        return row


def _plain(entity: Entity, name: str, value: object) -> object:
    if name not in entity.fields:
        raise MutationFailed(f"{entity.collection} has no {name}")
    match entity.fields[name].kind, value:
        case Kind.DECIMAL, int() | float() | str():
            return Decimal(str(value))
        case Kind.DATE, str():
            return date.fromisoformat(value[:10])
        case _:
            return value


def _is_mutation(name: str) -> bool:
    return not name.startswith("_") and name != "by_name"
