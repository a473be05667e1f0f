"""What the environment holds, told so that a test can compute what a destination must hold.

The e-mail of a customer is, for this account: of its `EMail` communication methods valid today the default
one, else the one with the lowest CommId. Well-formed and not held by a customer of a lower id: `valid`; held
already, whatever the case: `duplicate`; ill-formed: `invalid`; none: `missing`. A client's tenant may choose
by another rule; then these figures are not its figures.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from sandboxes.ifs_cloud.render import etag, number, plain
from sandboxes.ifs_cloud.store import Row, Table
from sandboxes.ifs_cloud.world import World

if TYPE_CHECKING:
    from sandboxes.ifs_cloud.sandbox import IfsCloud

_EMAIL = re.compile(
    r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE
)


def state_of(sandbox: "IfsCloud", collection: str, key: str) -> object:
    world = sandbox.world
    match collection:
        case "":
            return _summary(sandbox)
        case "customers":
            return [one for one in _customers(world) if key in {"", one["CustomerId"]}]
        case "orders":
            return [one for one in _orders(world) if key in {"", one["OrderNo"]}]
        case name if name in world.tables:
            return _rows(world.table(name), key)
        case _:
            known = ", ".join(["customers", "orders", *world.tables])
            return {"error": f"no collection {collection!r}; there are {known}"}


def _summary(sandbox: "IfsCloud") -> dict[str, object]:
    world = sandbox.world
    customers = list(_customers(world))
    emails = Counter(str(one["email_state"]) for one in customers)
    reachable = {one["CustomerId"] for one in customers if one["email_state"] in {"valid", "duplicate"}}
    known = {one["CustomerId"] for one in customers}
    silent = known - reachable
    orders, held_by = world.table("CustomerOrder"), world.options.order_customer_attribute
    buyers = [orders.value(row, held_by) for row in orders.rows.values()]
    return {
        "customers": len(customers),
        "emails": {name: emails[name] for name in ("valid", "duplicate", "invalid", "missing")},
        "orders": {
            "total": len(orders),
            "by_state": _counted(orders, "Objstate"),
            "by_currency": _counted(orders, "CurrencyCode"),
            "of_customers_with_email": sum(1 for buyer in buyers if buyer in reachable),
            "of_customers_without_email": sum(1 for buyer in buyers if buyer in silent),
            "of_unknown_customers": sum(1 for buyer in buyers if buyer not in known),
        },
        "order_lines": len(world.table("CustomerOrderLine")),
        "sales_parts": len(world.table("SalesPart")),
        "tokens": {"issued": sandbox.keycloak.issued, "valid": sandbox.keycloak.valid_tokens()},
        "forbidden": sorted(sandbox.forbidden),
        "server_time": world.clock.now().isoformat(),
    }


def _counted(table: Table, name: str) -> dict[str, int]:
    counts = Counter(str(table.value(row, name)) for row in table.rows.values())
    return dict(sorted(counts.items()))


def _customers(world: World) -> Iterator[dict[str, object]]:
    table, current, taken = world.table("CustomerInfo"), _current_emails(world), set[str]()
    at = {name: table.entity.position[name] for name in ("CustomerId", "Name", "Country")}
    for entry in table.main.entries:
        row = table.rows[entry]
        shown = {name: row.values[position] for name, position in at.items()}
        email = current.get(str(shown["CustomerId"]))
        yield {**shown, "email": email, "email_state": _verdict(email, taken)}


def _verdict(email: str | None, taken: set[str]) -> str:
    if email is None:
        return "missing"
    if not _EMAIL.fullmatch(email):
        return "invalid"
    if email.lower() in taken:
        return "duplicate"
    taken.add(email.lower())
    return "valid"


def _current_emails(world: World) -> dict[str, str]:
    table, method = world.table("CommunicationMethod"), world.options.email_method
    today = world.clock.now().astimezone(world.zone).date()
    names = ("PartyType", "Identity", "MethodId", "Value", "MethodDefault", "ValidFrom", "ValidTo")
    at = [table.entity.position[name] for name in names]
    found: dict[str, tuple[bool, str]] = {}
    for entry in table.main.entries:  # by Identity, then CommId
        values = table.rows[entry].values
        party, identity, held, value, default, since, until = (values[position] for position in at)
        if party != "Customer" or held != method or not _in_force(since, until, today):
            continue
        best = found.get(identity)
        if best is None or (default and not best[0]):
            found[identity] = (bool(default), value)
    return {identity: value for identity, (_, value) in found.items()}


def _in_force(since: date | None, until: date | None, today: date) -> bool:
    return (since is None or since <= today) and (until is None or until >= today)


def _orders(world: World) -> Iterator[dict[str, object]]:
    """With exact sums: of each line quantity x price less discount, and of the charges; nothing rounded."""
    orders, held_by = world.table("CustomerOrder"), world.options.order_customer_attribute
    sums = _line_sums(world)
    for entry in orders.main.entries:
        shown = orders.as_dict(orders.rows[entry])
        lines, net, gross = sums[str(shown["OrderNo"])]
        yield {
            "OrderNo": shown["OrderNo"],
            "customer": shown[held_by],
            "CurrencyCode": shown["CurrencyCode"],
            "Objstate": shown["Objstate"],
            "lines": lines,
            "net": number(net),
            "gross": number(gross),
        }


def _line_sums(world: World) -> defaultdict[str, tuple[int, Decimal, Decimal]]:
    sums: defaultdict[str, tuple[int, Decimal, Decimal]] = defaultdict(lambda: (0, Decimal(0), Decimal(0)))
    lines = world.table("CustomerOrderLine")
    for row in lines.rows.values():
        line = lines.as_dict(row)
        share = 1 - _decimal(line["Discount"]) / 100
        quantity = _decimal(line["BuyQtyDue"]) * share
        count, net, gross = sums[str(line["OrderNo"])]
        net += quantity * _decimal(line["SaleUnitPrice"])
        sums[str(line["OrderNo"])] = (count + 1, net, gross + quantity * _decimal(line["UnitPriceInclTax"]))
    charges = world.table("CustomerOrderCharge")
    for row in charges.rows.values():
        charge = charges.as_dict(row)
        quantity = _decimal(charge["ChargedQty"])
        count, net, gross = sums[str(charge["OrderNo"])]
        net += quantity * _decimal(charge["ChargeAmount"])
        sums[str(charge["OrderNo"])] = (
            count,
            net,
            gross + quantity * _decimal(charge["ChargeAmountInclTax"]),
        )
    return sums


def _decimal(value: object) -> Decimal:
    return Decimal(str(value)) if value is not None else Decimal(0)


def _rows(table: Table, key: str) -> list[dict[str, object]]:
    """As they are stored; `key` picks those with that value in the first column of the index."""
    leading = table.entity.order[0]
    rows = table.where(**{leading: key}) if key else [table.rows[entry] for entry in table.main.entries]
    return [_shown(table, row) for row in rows]


def _shown(table: Table, row: Row) -> dict[str, object]:
    values = {name: plain(value) for name, value in table.as_dict(row).items()}
    return {**values, "@odata.etag": etag(table.entity, row)}
