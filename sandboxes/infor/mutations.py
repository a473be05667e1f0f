"""What people at the tenant do behind a client's back: change, add, remove, block, revoke."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sandboxes.infor.csi.world import Item, Rows
from sandboxes.infor.m3.dictionary import known
from sandboxes.infor.m3.store import Row, Table
from sandboxes.infor.m3.world import PAID
from sandboxes.infor.options import UNIT_SECONDS, Quota
from sandboxes.kit import Mutation, MutationFailed

if TYPE_CHECKING:
    from sandboxes.infor.sandbox import Infor

Values = Mapping[str, str]


class Mutations:
    """Values are taken as they are, no rule is checked. All in the user's company."""

    def __init__(self, sandbox: "Infor") -> None:
        self._sandbox = sandbox
        self._world = sandbox.m3
        self._company = sandbox.m3.user_company

    def by_name(self) -> dict[str, Mutation]:
        """Each may be called by `sandbox.mutate(name, ...)` or over `POST /_sandbox/mutate`."""
        calls: tuple[Mutation, ...] = (
            self.change, self.add_customer, self.change_customer, self.rename_customers,
            self.touch_customers, self.set_email, self.block_customer, self.activate_customer,
            self.stop_customer, self.delete_customer, self.add_supplier, self.change_supplier,
            self.add_order, self.change_order_status, self.add_invoice, self.pay_invoice,
            self.set_custom_field, self.set_secret, self.set_client_secret, self.lock_account,
            self.unlock_account, self.set_client, self.revoke_tokens, self.set_expires_in,
            self.set_token_ration, self.set_quota, self.set_maintenance, self.authorize_company,
            self.set_user_company, self.forbid_program, self.allow_program, self.remove_column,
            self.change_csi, self.delete_csi,
        )  # fmt: skip
        return {str(getattr(call, "__name__", "")): call for call in calls}

    # Any row of M3.

    def change(self, table: str, key: Iterable[str], changes: Values) -> dict[str, object]:
        """`key` is what follows the company."""
        if table not in self._world.tables:
            raise MutationFailed(f"no table {table!r}; there are {', '.join(self._world.tables)}")
        held = self._world.tables[table]
        return {"changed": self._world.update(held, self._row(held, *key), changes)}

    # Customers.

    def add_customer(self, values: Values | None = None) -> dict[str, object]:
        row = {
            "CONO": self._company, "CUNO": str(self._world.number("customer")), "CUNM": "Latecomer Ltd",
            "CUA1": "1 New Street", "TOWN": "Leeds", "PONO": "LS1 1AA", "CSCD": "UK", "CUCD": "GBP",
            "STAT": "20", **_checked(values or {}),
        }  # fmt: skip
        self._world.insert(self._world.customers, {"PYNO": row["CUNO"], **row})
        return {"CUNO": row["CUNO"]}

    def change_customer(self, customer: str, changes: Values) -> dict[str, object]:
        return self.change("customers", [customer], _checked(changes))

    def rename_customers(self, every: int, suffix: str = "renamed") -> dict[str, object]:
        """Every n-th customer by key order: a share of the whole that changed."""
        chosen = list(self._world.customers.where(self._company))[every - 1 :: every]
        for row in chosen:
            self._world.update(self._world.customers, row, {"CUNM": f"{row['CUNM'][:27]} {suffix}"})
        return {"changed": len(chosen), "numbers": [row["CUNO"] for row in chosen]}

    def touch_customers(self, customers: Iterable[str] | None = None) -> dict[str, object]:
        """A new timestamp and not one new value: of these, or of all."""
        table = self._world.customers
        rows = (
            list(table.where(self._company))
            if customers is None
            else [self._row(table, one) for one in customers]
        )
        for row in rows:
            self._world.update(table, row, {})
        return {"touched": len(rows)}

    def set_email(self, customer: str, value: str) -> dict[str, object]:
        return self.change_customer(customer, {"MAIL": value})

    def block_customer(self, customer: str) -> dict[str, object]:
        return self.change_customer(customer, {"STAT": "90"})

    def activate_customer(self, customer: str) -> dict[str, object]:
        return self.change_customer(customer, {"STAT": "20", "BLCD": "0"})

    def stop_customer(self, customer: str, code: str = "1") -> dict[str, object]:
        """BLCD: not in any list transaction."""
        return self.change_customer(customer, {"BLCD": code})

    def delete_customer(self, customer: str) -> dict[str, object]:
        """Whatever hangs under it; its orders and invoices stay, as those of an unknown customer."""
        self._world.delete(self._world.customers, self._row(self._world.customers, customer))
        return {"deleted": True}

    # Suppliers.

    def add_supplier(self, values: Values | None = None) -> dict[str, object]:
        row = {
            "CONO": self._company, "SUNO": f"N{self._world.number('customer')}", "SUNM": "New Supplier Ltd",
            "STAT": "20", "CSCD": "UK", **_checked(values or {}),
        }  # fmt: skip
        self._world.insert(self._world.suppliers, row)
        return {"SUNO": row["SUNO"]}

    def change_supplier(self, supplier: str, changes: Values) -> dict[str, object]:
        return self.change("suppliers", [supplier], _checked(changes))

    # Orders and invoices.

    def add_order(self, customer: str, values: Values | None = None) -> dict[str, object]:
        status = {"STAT": "22", "ORSL": "22", "ORST": "22"}
        row = {
            "CONO": self._company, "ORNO": str(self._world.number("order")), "CUNO": customer, "ORTP": "C01",
            "ORDT": self._world.day(), "CUCD": "EUR", **status, **_checked(values or {}),
        }  # fmt: skip
        self._world.insert(self._world.orders, row)
        return {"ORNO": row["ORNO"]}

    def change_order_status(self, order: str, status: str) -> dict[str, object]:
        return self.change("orders", [order], {"STAT": status, "ORSL": status, "ORST": status})

    def add_invoice(
        self, customer: str, amount: str, days_overdue: int = 0, values: Values | None = None
    ) -> dict[str, object]:
        """Unpaid; the credit figures move, the customer's timestamp does not."""
        world = self._world
        row = self._row(world.customers, customer)
        due = world.clock.now().astimezone(world.zone) - timedelta(days=days_overdue)
        issued = due - timedelta(days=30)
        voucher = str(world.number("voucher"))
        made = world.insert(world.invoices, {
            "CONO": self._company, "DIVI": world.user_division, "PYNO": world.customers.value(row, "PYNO"),
            "CUNO": customer, "CINO": f"2{voucher:0>7}", "INYR": str(issued.year), "SINO": voucher,
            "VONO": voucher, "IVDT": world.day(issued), "DUDT": world.day(due),
            "CUCD": world.customers.value(row, "CUCD"), "CUAM": amount, "OCUA": amount, "TRCD": "10",
            "RECO": "0", "REDE": "0", "TDSC": "Invoice", **_checked(values or {}),
        })  # fmt: skip
        self._refigure(customer)
        return {"CINO": made["CINO"], "INYR": made["INYR"]}

    def pay_invoice(self, invoice: str) -> dict[str, object]:
        rows = [row for row in self._world.invoices.where(self._company) if row["CINO"] == invoice]
        if not rows:
            raise MutationFailed(f"no invoice {invoice}")
        for row in rows:
            paid = {"OCUA": "0.00", "RECO": PAID, "REDE": self._world.day()}
            self._world.update(self._world.invoices, row, paid)
            self._refigure(row["CUNO"])
        return {"paid": len(rows)}

    def set_custom_field(self, customer: str, field: str, value: str) -> dict[str, object]:
        """CUGEX1 beside the customer, whose own timestamp does not move."""
        world = self._world
        keys = dict(zip(world.custom.key, (self._company, "OCUSMA", customer, *[""] * 7), strict=True))
        row = world.custom.get(*keys.values())
        if row is None:
            world.insert(world.custom, {**keys, field: value})
        else:
            world.update(world.custom, row, {field: value})
        return {field: value}

    # Access.

    def set_secret(self, secret: str) -> dict[str, object]:
        """A new sask: the old one is refused from now on; tokens hold until they end."""
        self._sandbox.tokens.secret_key = secret
        return {"secret": "changed"}

    def set_client_secret(self, secret: str) -> dict[str, object]:
        self._sandbox.tokens.client_secret = secret
        return {"client_secret": "changed"}

    def lock_account(self) -> dict[str, object]:
        """The service account is refused, and its tokens end."""
        self._sandbox.tokens.locked = True
        self._sandbox.tokens.drop_all()
        return {"locked": True}

    def unlock_account(self) -> dict[str, object]:
        self._sandbox.tokens.locked = False
        return {"locked": False}

    def set_client(self, *, enabled: bool) -> dict[str, object]:
        """Switch the authorized app off or on; off also ends its tokens."""
        self._sandbox.tokens.client_enabled = enabled
        if not enabled:
            self._sandbox.tokens.drop_all()
        return {"enabled": enabled}

    def revoke_tokens(self) -> dict[str, object]:
        return {"revoked": self._sandbox.tokens.drop_all()}

    def set_expires_in(self, seconds: int) -> dict[str, object]:
        self._sandbox.tokens.expires_in = seconds
        return {"expires_in": seconds}

    def set_token_ration(
        self, per_day: int | None = 100, logins_per_minute: int | None = 20
    ) -> dict[str, object]:
        self._sandbox.tokens.daily_tokens.allow = per_day
        self._sandbox.tokens.minute_logins.allow = logins_per_minute
        return {"per_day": per_day, "logins_per_minute": logins_per_minute}

    def set_quota(self, allow: int | None, unit: str = "minute", interval: int = 1) -> dict[str, object]:
        """The one policy of the gateway from now on; None takes them all away."""
        unit_name = next((name for name in UNIT_SECONDS if name == unit), None)
        if unit_name is None:
            raise MutationFailed(f"no unit {unit!r}; there are {', '.join(UNIT_SECONDS)}")
        self._sandbox.gateway.quotas = [] if allow is None else [Quota(allow, unit_name, interval)]
        return {"allow": allow, "unit": unit, "interval": interval}

    def set_maintenance(self, *, on: bool) -> dict[str, object]:
        self._sandbox.gateway.maintenance = on
        return {"maintenance": on}

    def authorize_company(self, company: int, *, allowed: bool = True) -> dict[str, object]:
        if allowed:
            self._world.unauthorized.discard(str(company))
        else:
            self._world.unauthorized.add(str(company))
        return {"unauthorized": sorted(self._world.unauthorized)}

    def set_user_company(self, company: int, division: str) -> dict[str, object]:
        """Somebody changes MNS150: calls that do not say a company now work in this one."""
        self._world.user_company, self._world.user_division = str(company), division
        return {"company": company, "division": division}

    def forbid_program(self, program: str) -> dict[str, object]:
        self._world.forbidden.add(program)
        return {"forbidden": sorted(self._world.forbidden)}

    def allow_program(self, program: str) -> dict[str, object]:
        self._world.forbidden.discard(program)
        return {"forbidden": sorted(self._world.forbidden)}

    def remove_column(self, program: str, transaction: str, field: str) -> dict[str, object]:
        """Another release: the field is neither taken nor given, and not told by the metadata."""
        if transaction not in self._world.catalog.get(program, {}):
            raise MutationFailed(f"no transaction {program}/{transaction}")
        self._world.removed.add((program, transaction, field))
        return {"removed": field}

    # CloudSuite Industrial.

    def change_csi(
        self, ido: str, key: Iterable[str], changes: Mapping[str, str | None]
    ) -> dict[str, object]:
        """`key` with the blanks of a padded number, as it is stored."""
        rows, item = self._csi_item(ido, key)
        rows.put({**item, **changes, "RecordDate": self._sandbox.csi.stamp(item["RecordDate"])})
        return {"changed": True}

    def delete_csi(self, ido: str, key: Iterable[str]) -> dict[str, object]:
        rows, item = self._csi_item(ido, key)
        rows.drop(rows.key_of(item))
        return {"deleted": True}

    def _csi_item(self, ido: str, key: Iterable[str]) -> tuple[Rows, Item]:
        rows = self._sandbox.csi.rows.get(ido)
        item = rows.items.get(tuple(key)) if rows else None
        if rows is None or item is None:
            raise MutationFailed(f"no {ido} with {list(key)}")
        return rows, item

    def _row(self, table: Table, *key: str) -> Row:
        row = table.get(self._company, *key)
        if row is None:
            raise MutationFailed(f"no row of {table.name} with {list(key)}")
        return row

    def _refigure(self, customer: str) -> None:
        world = self._world
        row = self._row(world.customers, customer)
        world.customers.put({**row, "TDIN": world.credit(self._company, customer)["TDIN"]})


def _checked(values: Values) -> Values:
    for name in values:
        if name not in known():
            raise MutationFailed(f"M3 has no field {name}")
    return values
