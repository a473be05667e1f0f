"""What people at the vendor do behind a client's back: change, add, remove, spoil, log on, lock, restart."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING

from sandboxes.kit import Mutation, MutationFailed
from sandboxes.syspro.data.texts import fitting
from sandboxes.syspro.schema import Column, Kind
from sandboxes.syspro.store import Key, Row, Table
from sandboxes.syspro.world import World

if TYPE_CHECKING:
    from sandboxes.syspro.sandbox import Syspro

Values = Mapping[str, object]
FIVE = ";".join(f"box{number}@crowded.example" for number in range(1, 6))
SPOILED: dict[str, dict[str, object]] = {
    "no_name": {"Name": ""},
    "control_sign": {"Name": "Bell\x07 & Sons"},
    "not_an_email": {"Email": "see telephone"},
    "five_emails": {"Email": FIVE},
    "separators_only": {"Email": " ; ;; "},
    "no_address": {f"SoldToAddr{line}": "" for line in ("1", "2", "3", "4", "5")},
    "shifted_address": {"SoldToAddr1": "c/o Reception", "SoldToAddr2": "High Street 1", "SoldToAddr5": "?"},
}


class Mutations:
    """All in the first company unless `company` says another. No business rule is checked."""

    def __init__(self, sandbox: "Syspro") -> None:
        self._sandbox = sandbox
        self._added = count(1)

    def by_name(self) -> dict[str, Mutation]:
        """Each may be called by `sandbox.mutate(name, ...)` or over `POST /_sandbox/mutate`."""
        return {
            "change": self.change, "add": self.add, "remove": self.remove, "touch": self.touch,
            "add_customer": self.add_customer, "change_customer": self.change_customer,
            "delete_customer": self.delete_customer, "delete_customers": self.delete_customers,
            "rename_customers": self.rename_customers, "set_email": self.set_email,
            "hold_customer": self.hold_customer, "spoil_customer": self.spoil_customer,
            "add_order": self.add_order, "drop_column": self.drop_column,
            "set_password": self.set_password, "lock_operator": self.lock_operator,
            "unlock_operator": self.unlock_operator, "require_mfa": self.require_mfa,
            "restart_odata": self.restart_odata, "person_logs_on": self.person_logs_on,
            "person_logs_off": self.person_logs_off, "drop_sessions": self.drop_sessions,
            "expire_sessions": self.expire_sessions, "set_seats": self.set_seats,
            "unlicense": self.unlicense, "license": self.license, "hide_field": self.hide_field,
            "show_field": self.show_field,
        }  # fmt: skip

    # Any row of any table.

    def change(self, table: str, key: object, changes: Values, company: str = "") -> dict[str, object]:
        held, row = self._row(table, key, company)
        return {"changed": held.update(row, self._typed(held, changes))}

    def add(self, table: str, values: Values, company: str = "") -> dict[str, object]:
        held = self._table(table, company)
        typed = self._typed(held, values)
        if any(name not in typed for name in held.key) or held.get(*(typed[name] for name in held.key)):
            raise MutationFailed(f"{table} needs a key nobody has: {', '.join(held.key)}")
        return {"key": list(held.key_of(held.insert(typed).values))}

    def remove(self, table: str, key: object, company: str = "") -> dict[str, object]:
        held, row = self._row(table, key, company)
        held.delete(held.key_of(row.values))
        return {"removed": True}

    def touch(self, table: str, keys: Iterable[object] | None = None, company: str = "") -> dict[str, object]:
        """New rowversions and not one new value: of these rows, or of all."""
        held = self._table(table, company)
        rows = (
            list(held.rows.values()) if keys is None else [self._row(table, key, company)[1] for key in keys]
        )
        for row in rows:
            held.update(row, {})
        return {"touched": len(rows)}

    # Customers.

    def add_customer(self, values: Values | None = None, company: str = "") -> dict[str, object]:
        """Give an old DateCustAdded for a record that comes late."""
        number = next(self._added)
        known: dict[str, object] = {
            "Customer": f"NEW{number:04d}", "Name": "Latecomer Ltd",
            "Email": f"late.{number}@latecomer.example",
            "CustomerOnHold": "N", "SalesAllowed": "Y", "QueryAllowed": "Y", "CreditStatus": "0",
            "Currency": "$", "TermsCode": "30", "Branch": "10",
            "DateCustAdded": self._world(company).today().isoformat(),
        }  # fmt: skip
        given = {**known, **(values or {})}
        self.add("ArCustomer", given, company)
        return {"Customer": given["Customer"]}

    def change_customer(self, customer: str, changes: Values, company: str = "") -> dict[str, object]:
        return self.change("ArCustomer", customer, changes, company)

    def delete_customer(self, customer: str, company: str = "") -> dict[str, object]:
        """Its orders stay, as orders of an unknown customer."""
        return self.remove("ArCustomer", customer, company)

    def delete_customers(self, every: int, company: str = "") -> dict[str, object]:
        """Every n-th by key."""
        table = self._table("ArCustomer", company)
        gone = table.keys[every - 1 :: every]
        for key in gone:
            table.delete(key)
        return {"removed": len(gone), "ids": [key[0] for key in gone]}

    def rename_customers(self, every: int, suffix: str = "renamed", company: str = "") -> dict[str, object]:
        """Every n-th by key: a share of the whole that changed."""
        table = self._table("ArCustomer", company)
        chosen = table.keys[every - 1 :: every]
        for key in chosen:
            row = table.rows[key]
            name = str(table.value(row, "Name"))[: 49 - len(suffix)]
            table.update(row, {"Name": f"{name} {suffix}"})
        return {"changed": len(chosen), "ids": [key[0] for key in chosen]}

    def set_email(self, customer: str, value: str | None, company: str = "") -> dict[str, object]:
        return self.change_customer(customer, {"Email": value}, company)

    def hold_customer(self, customer: str, *, on: bool = True, company: str = "") -> dict[str, object]:
        return self.change_customer(customer, {"CustomerOnHold": "Y" if on else "N"}, company)

    def spoil_customer(self, customer: str, how: str, company: str = "") -> dict[str, object]:
        if how not in SPOILED:
            raise MutationFailed(f"a customer cannot be spoiled by {how!r}: {', '.join(SPOILED)}")
        self.change_customer(customer, SPOILED[how], company)
        return {"spoiled": how}

    def add_order(
        self, customer: str, values: Values | None = None, lines: Iterable[Values] = (), company: str = ""
    ) -> dict[str, object]:
        """An open order; each line needs at least MStockCode, MOrderQty and MPrice."""
        world = self._world(company)
        number = world.next_order()
        known = {"OrderStatus": "1", "OrderDate": world.today().isoformat(), **(values or {})}
        self.add("SorMaster", {"SalesOrder": number, "Customer": customer, **known}, company)
        for at, line in enumerate(lines, start=1):
            self.add("SorDetail", {"SalesOrder": number, "SalesOrderLine": at, **line}, company)
        return {"SalesOrder": number}

    def drop_column(self, table: str, column: str) -> dict[str, object]:
        """A column that is served no longer: by no table, no view and no business object that finds rows."""
        shapes = [shape for world in self._sandbox.worlds.values() for shape in world.shapes.values()]
        mine = [shape for shape in shapes if table in {shape.name, shape.store}]
        if not any(column in shape.columns and column not in shape.key for shape in mine):
            raise MutationFailed(f"{table!r} has no column {column!r} to drop")
        for shape in mine:
            shape.columns.pop(column, None)
        return {"dropped": column}

    # Access.

    def set_password(self, operator: str, password: str) -> dict[str, object]:
        """At once for e.net; OData goes on with the old one until it is restarted."""
        account = self._sandbox.operators.named(operator)
        account.password, account.failures = password, 0
        return {"password": "changed"}

    def lock_operator(self, operator: str) -> dict[str, object]:
        """No new log-on; a session that is open stays open."""
        self._sandbox.operators.named(operator).locked = True
        return {"locked": True}

    def unlock_operator(self, operator: str) -> dict[str, object]:
        account = self._sandbox.operators.named(operator)
        account.locked, account.failures = False, 0
        return {"locked": False}

    def require_mfa(self, operator: str, *, on: bool = True) -> dict[str, object]:
        self._sandbox.operators.named(operator).mfa = on
        return {"mfa": on}

    def restart_odata(self) -> dict[str, object]:
        self._sandbox.odata_access.restart()
        return {"operators": self._sandbox.odata_access.names}

    def person_logs_on(self, operator: str, company: str = "") -> dict[str, object]:
        """Somebody opens SYSPRO as this operator: whatever session it had is gone."""
        self._sandbox.operators.named(operator)
        self._sandbox.sessions.person_logs_on(operator, self._world(company).company)
        return {"operator": operator}

    def person_logs_off(self, operator: str) -> dict[str, object]:
        self._sandbox.sessions.person_logs_off(operator)
        return {"operator": operator}

    def drop_sessions(self, operator: str = "") -> dict[str, object]:
        return {"dropped": self._sandbox.sessions.drop(operator)}

    def expire_sessions(self) -> dict[str, object]:
        return {"expired": self._sandbox.sessions.expire()}

    def set_seats(self, seats: int) -> dict[str, object]:
        self._sandbox.sessions.seats = seats
        return {"seats": seats}

    def unlicense(self, business_object: str) -> dict[str, object]:
        self._sandbox.enet.unlicensed.add(business_object)
        return {"unlicensed": sorted(self._sandbox.enet.unlicensed)}

    def license(self, business_object: str) -> dict[str, object]:
        self._sandbox.enet.unlicensed.discard(business_object)
        return {"unlicensed": sorted(self._sandbox.enet.unlicensed)}

    def hide_field(self, name: str) -> dict[str, object]:
        """The operator's security leaves it out of what business objects answer."""
        self._sandbox.enet.hidden.add(name)
        return {"hidden": sorted(self._sandbox.enet.hidden)}

    def show_field(self, name: str) -> dict[str, object]:
        self._sandbox.enet.hidden.discard(name)
        return {"hidden": sorted(self._sandbox.enet.hidden)}

    # Finding and typing.

    def _world(self, company: str) -> World:
        worlds = self._sandbox.worlds
        name = company or self._sandbox.options.companies[0]
        if name not in worlds:
            raise MutationFailed(f"no company {name!r}; there are {', '.join(worlds)}")
        return worlds[name]

    def _table(self, name: str, company: str) -> Table:
        tables = self._world(company).tables
        if name not in tables:
            raise MutationFailed(f"no table {name!r}; there are {', '.join(tables)}")
        return tables[name]

    def _row(self, table: str, key: object, company: str) -> tuple[Table, Row]:
        """`key` is a text, or a list of them where the key has several parts."""
        held = self._table(table, company)
        whole: Key = tuple(key) if isinstance(key, list | tuple) else (key,)
        row = held.rows.get(whole)
        if row is None:
            raise MutationFailed(f"no {table} with the key {key!r}")
        return held, row

    def _typed(self, table: Table, values: Values) -> dict[str, object]:
        unknown = [name for name in values if name not in table.columns]
        if unknown:
            raise MutationFailed(f"{table.name} has no {', '.join(unknown)}")
        return {name: _typed(table.columns[name], value) for name, value in values.items()}


def _typed(column: Column, value: object) -> object:
    """What JSON can carry, as the database would keep it."""
    match column.kind, value:
        case Kind.MOMENT, str() as text:
            moment = datetime.fromisoformat(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        case Kind.NUMBER, int() | float() | str():
            return Decimal(str(value))
        case Kind.TEXT, str() as text:
            return fitting(text, column.length)
        case _:
            return value
