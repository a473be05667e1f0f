"""What the tenant holds, told so that a test can compute what a destination must hold.

An e-mail field counts as `valid` when it holds one well-formed address, `several` when it holds more of them,
`invalid` when it holds anything else, `missing` when it is empty. A valid address that a customer of a lower
code has already, whatever the case, is a `duplicate`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from sandboxes.qad import orders, schema
from sandboxes.qad.store import Key, Table
from sandboxes.qad.tenant import Tenant

if TYPE_CHECKING:
    from sandboxes.qad.sandbox import Qad

_EMAIL = re.compile(
    r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE
)
_SEPARATOR = re.compile(r"[;,/\s]+")


def state_of(sandbox: "Qad", collection: str, key: str) -> object:
    tenant = sandbox.tenant
    views: dict[str, Callable[[], object]] = {
        "": lambda: _summary(sandbox),
        "customers": lambda: [
            one for one in _customers(tenant) if key in {"", one["customerCode"], one["key"]}
        ],
        "sales_orders": lambda: [
            one for one in _orders(sandbox) if key in {"", one["salesOrderNumber"], one["key"]}
        ],
        "references": lambda: references(sandbox, key) if key else _all_references(sandbox),
        "access": lambda: _access(sandbox),
        "browses": lambda: {name: list(one.shown()) for name, one in sandbox.lists.browses.items()},
    }
    if collection in views:
        return views[collection]()
    if collection in tenant.tables:
        table = tenant.tables[collection]
        return [
            _row(table, row) for row in sorted(table.rows) if not key or key in row or key == "/".join(row)
        ]
    known = ", ".join([*filter(None, views), *tenant.tables])
    return {"error": f"no collection {collection!r}; there are {known}"}


def references(sandbox: "Qad", reference: str) -> dict[str, object]:
    """How many records carry this reference, and which: more than one order is a double.

    Orders and attributions carry it as their number or in a field of its own, customers in custom fields.
    """
    tenant = sandbox.tenant
    found = {
        "sales_orders": [
            key for key, one in _references_of(tenant.orders, sandbox.reference) if reference in {one, key[1]}
        ],
        "attributions": [
            key
            for key, one in _references_of(tenant.attributions, "referenceCode")
            if reference in {one, key[1]}
        ],
        "customers": [key for key in tenant.customers.touched if _mentions(tenant, key, reference)],
    }
    counts: dict[str, object] = {name: len(keys) for name, keys in found.items()}
    keys = {name: ["/".join(key) for key in keys] for name, keys in found.items()}
    return {"reference": reference, **counts, "total": sum(map(len, found.values())), "keys": keys}


def _references_of(table: Table, column: str) -> Iterator[tuple[Key, str]]:
    for key, record in table.rows.items():
        yield key, table.text(record, column)


def _all_references(sandbox: "Qad") -> dict[str, dict[str, int]]:
    """Those of records written since the tenant was built, by how many records carry them."""
    tenant = sandbox.tenant
    wanted = {"sales_orders": (tenant.orders, sandbox.reference),
              "attributions": (tenant.attributions, "referenceCode")}  # fmt: skip
    return {
        name: dict(
            Counter(text for key, text in _references_of(table, column) if text and key in table.touched)
        )
        for name, (table, column) in wanted.items()
    }


def _mentions(tenant: Tenant, key: Key, reference: str) -> bool:
    record = tenant.customers.get(key)
    if record is None:
        return False
    return any(
        name.startswith("custom") and name != "customerTypeCode" and isinstance(value, str)
        and reference in value.split()
        for name, value in (record.changes or {}).items()
    )  # fmt: skip


def _summary(sandbox: "Qad") -> dict[str, object]:
    tenant = sandbox.tenant
    customers = list(_customers(tenant))
    by_set = Counter(str(one["sharedSetCode"]) for one in customers)
    return {
        "customers": dict(by_set),
        "emails": {name: _emails(customers, name) for name in sorted(by_set)},
        "on_hold": _counted(customers, "isLockedCreditLimit"),
        "inactive": {name: by_set[name] - _counted(customers, "isActive").get(name, 0) for name in by_set},
        "items": _by_scope(tenant.items),
        "sales_orders": _by_scope(tenant.orders),
        "sales_order_lines": _by_scope(tenant.lines),
        "orders_without_lines": sum(1 for key in tenant.orders.rows if not tenant.lines.starting(*key)),
        "attributions": _by_scope(tenant.attributions),
        "access": _access(sandbox),
        "forbidden": sorted(sandbox.forbidden),
        "server_time": tenant.local(tenant.clock.now()).isoformat(),
    }


def _emails(customers: list[dict[str, object]], shared_set: str) -> dict[str, int]:
    found = Counter(str(one["email_state"]) for one in customers if one["sharedSetCode"] == shared_set)
    return {name: found[name] for name in ("valid", "duplicate", "several", "invalid", "missing")}


def _counted(customers: list[dict[str, object]], name: str) -> dict[str, int]:
    return dict(Counter(str(one["sharedSetCode"]) for one in customers if one[name]))


def _by_scope(table: Table) -> dict[str, int]:
    return {scope: len(keys) for scope, keys in sorted(table.keys.items())}


def _access(sandbox: "Qad") -> dict[str, object]:
    user, access = sandbox.access.user, sandbox.access
    return {
        "locked": user.locked,
        "failures": user.failures,
        "password_expired": user.expired,
        "sessions": access.live(),
        **{
            name: access.counts[name]
            for name in (
                "password_grants", "refreshes", "cookie_log_ins", "basic_calls", "bad_log_ins",
                "mails_to_administrators",
            )
        },
    }  # fmt: skip


def _customers(tenant: Tenant) -> Iterator[dict[str, object]]:
    table, relations = tenant.customers, tenant.relations
    for shared_set in sorted(table.keys):
        taken = set[str]()
        for key in table.scope(shared_set):
            record = table.rows[key]
            relation = tenant.relation_of(record)
            email = relations.text(relation, "EMail")
            yield {
                "key": "/".join(key),
                "sharedSetCode": shared_set,
                "customerCode": key[1],
                "businessRelationCode": table.value(record, "businessRelationCode"),
                "businessRelationName": relations.value(relation, "businessRelationName"),
                "countryCode": relations.value(relation, "countryCode"),
                "EMail": email,
                "email_state": _verdict(email, taken),
                "currencyCode": table.value(record, "currencyCode"),
                "customerTypeCode": table.value(record, "customerTypeCode"),
                "isActive": table.value(record, "isActive"),
                "isLockedCreditLimit": table.value(record, "isLockedCreditLimit"),
            }


def _verdict(email: str, taken: set[str]) -> str:
    if not email:
        return "missing"
    if not _EMAIL.fullmatch(email):
        parts = [part for part in _SEPARATOR.split(email) if part]
        return "several" if len(parts) > 1 and all(_EMAIL.fullmatch(part) for part in parts) else "invalid"
    if email.lower() in taken:
        return "duplicate"
    taken.add(email.lower())
    return "valid"


def _orders(sandbox: "Qad") -> Iterator[dict[str, object]]:
    """With exact sums: of each line quantity times net price; nothing rounded."""
    tenant = sandbox.tenant
    table, lines = tenant.orders, tenant.lines
    for key, record in sorted(table.rows.items()):
        values = {name: _json(value) for name, value in table.values(record).items()}
        yield {
            **values,
            "key": "/".join(key),
            "domainCode": key[0],
            "salesOrderNumber": key[1],
            "total": _json(orders.total(tenant, key)),
            "lines": [_row(lines, line) for line in lines.starting(*key)],
        }


def _row(table: Table, key: Key) -> dict[str, object]:
    record = table.rows[key]
    named = dict(zip(table.key, key, strict=True))
    values = {name: _json(value) for name, value in table.values(record).items() if name not in named}
    return {"key": "/".join(key), **named, **values, "version": record.version}


def _json(value: object) -> object:
    """Decimals as texts: nothing is lost."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else schema.sent(value)
