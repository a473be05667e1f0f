"""What people at the vendor do behind a client's back: change, add, remove, spoil, revoke."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING

from sandboxes.ifs_cloud.schema import Attribute, Kind
from sandboxes.ifs_cloud.store import Row, Table
from sandboxes.kit import Mutation, MutationFailed

if TYPE_CHECKING:
    from sandboxes.ifs_cloud.sandbox import IfsCloud

Values = Mapping[str, object]
LONG_NAME = 40 * 1024


class Mutations:
    """Values are taken as they are: no length, no reference, no business rule is checked."""

    def __init__(self, sandbox: "IfsCloud") -> None:
        self._sandbox = sandbox
        self._world = sandbox.world
        self._added = count(1)

    def by_name(self) -> dict[str, Mutation]:
        """Each may be called by `sandbox.mutate(name, ...)` or over `POST /_sandbox/mutate`."""
        return {
            "change": self.change,
            "touch": self.touch,
            "add": self.add,
            "remove": self.remove,
            "change_customer": self.change_customer,
            "rename_customers": self.rename_customers,
            "add_customer": self.add_customer,
            "delete_customer": self.delete_customer,
            "set_email": self.set_email,
            "spoil_customer": self.spoil_customer,
            "change_order_state": self.change_order_state,
            "add_order": self.add_order,
            "spoil_order": self.spoil_order,
            "set_secret": self.set_secret,
            "set_client": self.set_client,
            "revoke_tokens": self.revoke_tokens,
            "set_expires_in": self.set_expires_in,
            "forbid": self.forbid,
            "allow": self.allow,
        }

    # Any row of any entity type.

    def change(self, entity: str, key: Values, changes: Values) -> dict[str, object]:
        table = self._table(entity)
        changed = self._world.update(entity, self._row(table, key), self._typed(table, changes), force=True)
        return {"changed": changed}

    def touch(self, entity: str, keys: Iterable[Values] | None = None) -> dict[str, object]:
        """New object versions and not one new value: of these rows, or of all."""
        table = self._table(entity)
        rows = list(table.rows.values()) if keys is None else [self._row(table, key) for key in keys]
        for row in rows:
            self._world.update(entity, row, {}, force=True)
        return {"touched": len(rows)}

    def add(self, entity: str, values: Values) -> dict[str, object]:
        table = self._table(entity)
        row = self._world.insert(entity, self._typed(table, values))
        return {name: table.value(row, name) for name in table.entity.key}

    def remove(self, entity: str, key: Values) -> dict[str, object]:
        self._world.delete(entity, self._row(self._table(entity), key))
        return {"removed": True}

    # Customers.

    def change_customer(self, customer_id: str, changes: Values) -> dict[str, object]:
        return self.change("CustomerInfo", {"CustomerId": customer_id}, changes)

    def rename_customers(self, every: int, suffix: str = "renamed") -> dict[str, object]:
        """Every n-th customer by key order: a share of the whole that changed."""
        table = self._table("CustomerInfo")
        chosen = [table.rows[entry] for entry in table.main.entries[every - 1 :: every]]
        for row in chosen:
            name = f"{table.value(row, 'Name')} {suffix}"[:100]
            self._world.update("CustomerInfo", row, {"Name": name}, force=True)
        return {"changed": len(chosen), "ids": [table.value(row, "CustomerId") for row in chosen]}

    def add_customer(self, values: Values | None = None, email: str | None = None) -> dict[str, object]:
        """Give an old CreationDate and, where there is a change attribute, an old one too: a late record."""
        today = self._world.clock.now().date()
        known: dict[str, object] = {
            "CustomerId": f"NEW{next(self._added):06d}", "Name": "Latecomer Ltd", "CreationDate": today,
            "PartyType": "Customer", "DefaultDomain": True, "DefaultLanguage": "en", "Country": "GB",
            "CountryCode": "GB", "CustomerCategory": "Customer", "OneTime": False, "OneTimeDb": "FALSE",
            "B2bCustomer": False,
        }  # fmt: skip
        table = self._table("CustomerInfo")
        typed = self._typed(table, values or {})
        row = self._world.insert("CustomerInfo", {**known, **typed})
        change = self._world.options.change_attribute
        if change and change in typed:  # the server's own stamp would make it a new one
            table.update(row, {change: typed[change]})
        identity = str(table.value(row, "CustomerId"))
        if email is not None:
            self.set_email(identity, email)
        return {"CustomerId": identity}

    def delete_customer(self, customer_id: str) -> dict[str, object]:
        """With all that hangs under it; its orders stay, as orders of an unknown customer."""
        return self.remove("CustomerInfo", {"CustomerId": customer_id})

    def set_email(self, customer_id: str, value: str) -> dict[str, object]:
        """The default e-mail, or the first; a new one where there is none. The customer's version stays."""
        table, method = self._table("CommunicationMethod"), self._world.options.email_method
        held = table.where(Identity=customer_id, PartyType="Customer")
        mails = [row for row in held if table.value(row, "MethodId") == method]
        mails.sort(key=lambda row: not table.value(row, "MethodDefault"))
        if mails:
            self._world.update("CommunicationMethod", mails[0], {"Value": value}, force=True)
            return {"CommId": table.value(mails[0], "CommId")}
        known = {
            "PartyType": "Customer",
            "Identity": customer_id,
            "CommId": len(held) + 1,
            "MethodId": method,
        }
        self._world.insert("CommunicationMethod", {**known, "Value": value, "MethodDefault": True})
        return {"CommId": len(held) + 1}

    def spoil_customer(self, customer_id: str, how: str) -> dict[str, object]:
        table = self._table("CustomerInfo")
        row = self._row(table, {"CustomerId": customer_id})
        name = str(table.value(row, "Name"))
        spoiled: dict[str, Values] = {
            "long_name": {"Name": ("Very long " * LONG_NAME)[:LONG_NAME]},
            "nul": {"Name": f"{name[:4]}\x00{name[4:]}"},
            "no_name": {"Name": None},
            "no_key": {},
        }
        if how not in spoiled:
            raise MutationFailed(f"a customer cannot be spoiled by {how!r}: {', '.join(spoiled)}")
        self._world.update("CustomerInfo", row, spoiled[how], force=True)
        if how == "no_key":
            row.hidden = frozenset({"CustomerId"})
        return {"spoiled": how}

    # Orders.

    def change_order_state(self, order_no: str, state: str) -> dict[str, object]:
        """Forward or back: a delivery can be undone."""
        if state not in self._world.schema.enums["CustomerOrderState"]:
            raise MutationFailed(f"no order state {state!r}")
        return self.change("CustomerOrder", {"OrderNo": order_no}, {"Objstate": state})

    def add_order(
        self, customer_no: str, values: Values | None = None, lines: Iterable[Values] = ()
    ) -> dict[str, object]:
        """A released order; each line needs at least CatalogNo, BuyQtyDue and SaleUnitPrice."""
        now = self._world.clock.now().astimezone(UTC).replace(microsecond=0)
        orders = self._table("CustomerOrder")
        known: dict[str, object] = {
            "OrderNo": f"Q{next(self._added):06d}", "OrderId": "NO", "Contract": "S10", "CurrencyCode": "EUR",
            "AuthorizeCode": "COORD0", "Objstate": "Released", "DateEntered": now, "WantedDeliveryDate": now,
            self._world.options.order_customer_attribute: customer_no, "UsePriceInclTax": False,
            "UsePriceInclTaxDb": "FALSE", **self._typed(orders, values or {}),
        }  # fmt: skip
        self._world.insert("CustomerOrder", known)
        table = self._table("CustomerOrderLine")
        for at, line in enumerate(lines, start=1):
            given = self._typed(table, line)
            fixed: dict[str, object] = {
                "OrderNo": known["OrderNo"], "LineNo": str(at), "RelNo": "1", "LineItemNo": 0,
                "Contract": known["Contract"], "Objstate": "Released", "Discount": Decimal(0),
                "UnitPriceInclTax": given.get("SaleUnitPrice"), "CatalogDesc": given.get("CatalogNo"),
            }  # fmt: skip
            self._world.insert("CustomerOrderLine", {**fixed, **given})
        return {"OrderNo": known["OrderNo"]}

    def spoil_order(self, order_no: str, how: str) -> dict[str, object]:
        orders, held_by = self._table("CustomerOrder"), self._world.options.order_customer_attribute
        row = self._row(orders, {"OrderNo": order_no})
        spoiled: dict[str, Values] = {
            "unknown_customer": {held_by: "NOBODY"},
            "unknown_currency": {"CurrencyCode": "ZZZ"},
            "no_currency": {"CurrencyCode": None},
            "negative_total": {},
        }
        if how not in spoiled:
            raise MutationFailed(f"an order cannot be spoiled by {how!r}: {', '.join(spoiled)}")
        self._world.update("CustomerOrder", row, spoiled[how], force=True)
        if how == "negative_total":
            minus = {"SaleUnitPrice": Decimal("-99.5"), "UnitPriceInclTax": Decimal("-119.5")}
            for line in self._table("CustomerOrderLine").where(OrderNo=order_no):
                self._world.update("CustomerOrderLine", line, minus, force=True)
        return {"spoiled": how}

    # Access.

    def set_secret(self, secret: str) -> dict[str, object]:
        """A new client secret: the old one is refused from now on; tokens hold until they end."""
        self._sandbox.keycloak.secret = secret
        return {"secret": "changed"}

    def set_client(self, *, enabled: bool) -> dict[str, object]:
        """Switch the client off or on; off also ends its tokens."""
        self._sandbox.keycloak.enabled = enabled
        if not enabled:
            self._sandbox.keycloak.revoke_tokens()
        return {"enabled": enabled}

    def revoke_tokens(self) -> dict[str, object]:
        return {"revoked": self._sandbox.keycloak.revoke_tokens()}

    def set_expires_in(self, seconds: int) -> dict[str, object]:
        self._sandbox.keycloak.expires_in = seconds
        return {"expires_in": seconds}

    def forbid(self, projection: str) -> dict[str, object]:
        self._sandbox.forbidden.add(projection)
        return {"forbidden": sorted(self._sandbox.forbidden)}

    def allow(self, projection: str) -> dict[str, object]:
        self._sandbox.forbidden.discard(projection)
        return {"forbidden": sorted(self._sandbox.forbidden)}

    def _table(self, name: str) -> Table:
        if name not in self._world.tables:
            raise MutationFailed(f"no entity type {name!r}; there are {', '.join(self._world.tables)}")
        return self._world.table(name)

    def _row(self, table: Table, key: Values) -> Row:
        missing = [name for name in table.entity.key if name not in key]
        row = None if missing else table.get(key)
        if row is None:
            raise MutationFailed(f"no {table.entity.name} with {dict(key)}")
        return row

    def _typed(self, table: Table, values: Values) -> dict[str, object]:
        by_name = table.entity.by_name
        unknown = [name for name in values if name not in by_name]
        if unknown:
            raise MutationFailed(f"{table.entity.name} has no {', '.join(unknown)}")
        return {name: _typed(by_name[name], value) for name, value in values.items()}


def _typed(attribute: Attribute, value: object) -> object:
    """Dates, times and numbers from what JSON can carry; anything else as it is."""
    match attribute.kind, value:
        case Kind.DATE, str() as text:
            return date.fromisoformat(text)
        case Kind.TIME, str() as text:
            return datetime.fromisoformat(text).astimezone(UTC)
        case Kind.NUMBER, int() | float() | str():
            return Decimal(str(value))
        case _:
            return value
