"""What the tenant holds, told so that a test or the demo can check the end state exactly."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from sandboxes.infor.csi.idos import IDOS, Ido
from sandboxes.infor.m3.store import Row, Table
from sandboxes.infor.m3.world import World

if TYPE_CHECKING:
    from sandboxes.infor.sandbox import Infor

_EMAIL = re.compile(
    r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE
)
# What a reference is, per table that a client must not write twice into.
REFERENCES = {
    "invoices": "CINO",
    "batches": "KEY1",
    "orders": "CUOR",
    "payment_batches": "PBID",
    "texts": "PARM",
}
CSI_REFERENCES = {"SLArInvs": "InvNum", "SLArpmts": "CheckNum"}


def state_of(sandbox: "Infor", collection: str, key: str) -> object:
    shown: dict[str, Callable[[], object]] = {
        "": lambda: _summary(sandbox),
        "customers": lambda: [one for one in _customers(sandbox.m3) if key in {"", one["CUNO"]}],
        "references": lambda: _references(sandbox, key),
        "tokens": lambda: _tokens(sandbox),
    }
    for name in sandbox.m3.tables.keys() - shown.keys():
        shown[name] = partial(_rows, sandbox.m3, name, key)
    for ido in IDOS.values():
        shown[ido.collection] = partial(_csi_rows, sandbox, ido, key)
    if collection not in shown:
        return {"error": f"no collection {collection!r}; there are {', '.join(filter(None, shown))}"}
    return shown[collection]()


def email_state(mail: str) -> str:
    """valid, several (in one field), invalid or missing."""
    if not mail:
        return "missing"
    if ";" in mail or "," in mail:
        return "several"
    return "valid" if _EMAIL.fullmatch(mail) else "invalid"


def _summary(sandbox: "Infor") -> dict[str, object]:
    """Of the user's company; the journal's `writes` tell who wrote how often."""
    world = sandbox.m3
    customers = list(_company_rows(world, world.customers))
    value = world.customers.value
    orders, invoices = list(_company_rows(world, world.orders)), list(_company_rows(world, world.invoices))
    doubles = {
        name: sorted(ref for ref, count in _by_reference(world.tables[name], field).items() if count > 1)
        for name, field in REFERENCES.items() if name != "texts"
    }  # fmt: skip
    return {
        "company": world.user_company,
        "customers": len(customers),
        "emails": dict(Counter(email_state(value(row, "MAIL")) for row in customers)),
        "by_status": dict(Counter(value(row, "STAT") for row in customers)),
        "stopped": sum(1 for row in customers if value(row, "BLCD") != "0"),
        "suppliers": len(list(_company_rows(world, world.suppliers))),
        "items": len(list(_company_rows(world, world.items))),
        "orders": {"total": len(orders), "by_status": dict(Counter(row["ORST"] for row in orders))},
        "ar": {"transactions": len(invoices), "posted": sum(1 for row in invoices if "KEY1" in row),
               "batches": len(world.journals), "payments": len(world.payment_lines)},
        "custom_fields": len(world.custom),
        "texts": len(world.texts),
        "doubles": doubles,
        "tokens": _tokens(sandbox),
        "gateway": {"passed": sandbox.gateway.passed, "refused": sandbox.gateway.refused},
        "csi": {IDOS[name].collection: len(rows.items) for name, rows in sandbox.csi.rows.items()}
        if sandbox.csi_built else None,
    }  # fmt: skip


def _tokens(sandbox: "Infor") -> dict[str, object]:
    tokens = sandbox.tokens
    return {
        "issued": sum(tokens.issued.values()), "by_client": dict(tokens.issued),
        "denied": dict(tokens.denied), "revoked": tokens.revoked, "live": tokens.live(),
    }  # fmt: skip


def _customers(world: World) -> Iterable[dict[str, object]]:
    """All that hangs under a customer, free fields and CUGEX1 fields with it."""
    company = world.user_company
    for row in _company_rows(world, world.customers):
        custom = world.custom.get(company, "OCUSMA", row["CUNO"], *[""] * 7)
        fields = {name: value for name, value in (custom or {}).items() if name not in world.custom.key}
        yield {
            **world.customers.defaults, **row, "email_state": email_state(row.get("MAIL", "")),
            "custom": fields,
            "texts": [text["PARM"] for text in world.texts.where(company, row["CUNO"])],
        }  # fmt: skip


def _company_rows(world: World, table: Table) -> Iterable[Row]:
    return table.where(world.user_company)


def _by_reference(table: Table, field: str, key: str = "") -> dict[str, int]:
    counted = Counter(row[field] for row in table.rows.values() if row.get(field))
    return {ref: count for ref, count in counted.items() if key in {"", ref}}


def _references(sandbox: "Infor", key: str) -> dict[str, dict[str, int]]:
    """How often each reference is held, of any company."""
    held = {name: _by_reference(sandbox.m3.tables[name], field, key) for name, field in REFERENCES.items()}
    for name, field in CSI_REFERENCES.items() if sandbox.csi_built else ():
        items = sandbox.csi.rows[name].items.values()
        counted = Counter(item[field] or "" for item in items)
        held[IDOS[name].collection] = {ref: count for ref, count in counted.items() if key in {"", ref}}
    return held


def _rows(world: World, name: str, key: str) -> list[Row]:
    table = world.tables[name]
    return [row for row in _company_rows(world, table) if key in {"", *table.key_of(row)[1:]}]


def _csi_rows(sandbox: "Infor", ido: Ido, key: str) -> list[dict[str, str | None]]:
    rows = sandbox.csi.rows[ido.name]
    return [
        item for place, item in sorted(rows.items.items()) if key in {"", *(part.strip() for part in place)}
    ]
