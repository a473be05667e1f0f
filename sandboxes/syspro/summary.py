"""What the site holds, told so that a test can compute what a destination must hold.

The e-mail of a customer is the first part of its Email column, cut at `;`. Well-formed and not held by a
customer of a lower code: `valid`; held already, whatever the case: `duplicate`; ill-formed: `invalid`; none:
`missing`. A client's tenant may choose by another rule; then these figures are not its figures.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sandboxes.syspro.enet.sessions import ENDS, Sessions
from sandboxes.syspro.store import Row, Table
from sandboxes.syspro.world import World

if TYPE_CHECKING:
    from sandboxes.syspro.sandbox import Syspro

_EMAIL = re.compile(
    r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE
)
_TOLD = (
    "Customer",
    "Name",
    "Email",
    "CustomerOnHold",
    "SalesAllowed",
    "CreditStatus",
    "CustomerClass",
    "Branch",
)


def state_of(sandbox: "Syspro", collection: str, key: str) -> object:
    """Of the first company; `EDU2/ArCustomer` is a table of another."""
    company, _, name = collection.rpartition("/")
    world = sandbox.worlds.get(company or sandbox.options.companies[0])
    if world is None:
        return {"error": f"no company {company!r}; there are {', '.join(sandbox.worlds)}"}
    if name in world.tables:
        return _rows(world.table(name), key)
    if name not in _COLLECTIONS:
        known = ", ".join([*filter(None, _COLLECTIONS), *world.tables])
        return {"error": f"no collection {name!r}; there are {known}"}
    return _COLLECTIONS[name](sandbox, world, key)


def _summary(sandbox: "Syspro", world: World) -> dict[str, object]:
    customers = list(_customers(world))
    emails = Counter(str(one["email_state"]) for one in customers)
    orders = world.table("SorMaster")
    statuses = Counter(str(orders.value(row, "OrderStatus")) for row in orders.rows.values())
    return {
        "customers": len(customers),
        "emails": {name: emails[name] for name in ("valid", "duplicate", "invalid", "missing")},
        "several_emails": sum(1 for one in customers if len(_parts(one["Email"])) > 1),
        "on_hold": sum(1 for one in customers if one["CustomerOnHold"] == "Y"),
        "no_sales_allowed": sum(1 for one in customers if one["SalesAllowed"] == "N"),
        "orders": {"total": len(orders.rows), "by_status": dict(sorted(statuses.items()))},
        "tables": {name: len(table.rows) for name, table in world.tables.items() if table.is_made},
        "sessions": _sessions(sandbox),
        "odata": _odata(sandbox),
        "server_time": world.now().isoformat(),
    }


def _sessions(sandbox: "Syspro") -> dict[str, object]:
    """`peak` is of one operator: 1 means that its client never had two at once."""
    sessions = sandbox.sessions
    tallies = sessions.tallies
    by_operator = {name: _tally(sessions, name) for name in tallies}
    return {
        "open": len(sessions.open()),
        "peak": max((one.peak for one in tallies.values()), default=0),
        "logons": sum(one.logons for one in tallies.values()),
        "failed_logons": sessions.unknown_operators + sum(one.failed_logons for one in tallies.values()),
        "second_logons": sum(one.second_logons for one in tallies.values()),
        "ended": {how: sum(one.ended[how] for one in tallies.values()) for how in ENDS},
        "logoffs": sum(one.ended["logoff"] for one in tallies.values()),
        "overlapping": sessions.overlapping,
        "invalid_calls": sessions.invalid_calls,
        "seats": {"all": sessions.seats, "taken": sessions.seats_taken()},
        "persons": sessions.persons(),
        "locked": sorted(one.name for one in sandbox.operators.accounts.values() if one.locked),
        "operators": by_operator,
    }


def _tally(sessions: Sessions, name: str) -> dict[str, object]:
    told = asdict(sessions.tallies[name])
    ended = {how: sessions.tallies[name].ended[how] for how in ENDS}
    return {**told, "ended": ended, "open": len(sessions.open(name))}


def _odata(sandbox: "Syspro") -> dict[str, object]:
    access = sandbox.odata_access
    return {
        "operators": access.names,
        "locked": access.locked,
        "refused": access.refused,
        "restarts": access.restarts,
        "served_rows": sandbox.odata.served_rows,
    }


def _secrets(sandbox: "Syspro") -> list[str]:
    """Whatever must never be found in a client's logs or database."""
    passwords = {one.password for one in sandbox.operators.accounts.values()}
    company = {sandbox.options.company_password} - {""}
    return sorted(passwords | company | set(sandbox.sessions.issued))


def _customers(world: World) -> Iterator[dict[str, object]]:
    table, taken = world.table("ArCustomer"), set[str]()
    for key in table.keys:
        shown: dict[str, object] = {name: table.value(table.rows[key], name) for name in _TOLD}
        email = next(iter(_parts(shown["Email"])), None)
        yield {**shown, "email": email, "email_state": _verdict(email, taken)}


def _parts(value: object) -> list[str]:
    return [part.strip() for part in str(value or "").split(";") if part.strip()]


def _verdict(email: str | None, taken: set[str]) -> str:
    if email is None:
        return "missing"
    if not _EMAIL.fullmatch(email):
        return "invalid"
    if email.lower() in taken:
        return "duplicate"
    taken.add(email.lower())
    return "valid"


def _rows(table: Table, key: str) -> list[dict[str, object]]:
    """As they are stored; `key` picks those whose key starts with it."""
    rows = table.under(key) if key else (table.rows[one] for one in table.keys)
    return [_shown(table, row) for row in rows]


def _shown(table: Table, row: Row) -> dict[str, object]:
    return {name: _plain(row.values[column.at]) for name, column in table.columns.items()}


def _plain(value: object) -> object:
    match value:
        case datetime() as moment:
            return moment.isoformat()
        case Decimal() as number:
            return format(number, "f")
        case _:
            return value


_COLLECTIONS: dict[str, Callable[["Syspro", World, str], object]] = {
    "": lambda sandbox, world, key: _summary(sandbox, world),
    "customers": lambda sandbox, world, key: [
        one for one in _customers(world) if key in {"", one["Customer"]}
    ],
    "orders": lambda sandbox, world, key: _rows(world.table("SorMaster"), key),
    "sessions": lambda sandbox, world, key: _sessions(sandbox),
    "odata": lambda sandbox, world, key: _odata(sandbox),
    "secrets": lambda sandbox, world, key: _secrets(sandbox),
}
