"""How changes are found in M3, and how ping proves that a way of finding them works.

The list takes a timestamp (LMTS), but nothing says what it counts, or that it filters at all. So ping asks
twice: for what changed since the year 2000, which must bring something, and since the day after tomorrow,
which must bring nothing. A unit that passes both is the one. (In another unit one of the two is far off.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from connectors.sdk.errors import ConfigProblem, RecordRejected
from connectors.systems.infor.m3.client import M3Client, Transaction
from connectors.systems.infor.m3.tables import Table
from connectors.systems.infor.settings import InforSettings

LMTS = "lmts"
EXPORT = "export"
UNITS = ("ms", "s", "us", "datetime")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SEPARATOR = "^"


def stamp(instant: datetime, unit: str, settings: InforSettings) -> str:
    """An instant as LMTS counts it."""
    match unit:
        case "s":
            return str(int(instant.timestamp()))
        case "us":
            return str(int(instant.timestamp() * 1_000_000))
        case "datetime":
            return instant.astimezone(settings.zone).strftime("%Y%m%d%H%M%S")
        case _:
            return str(int(instant.timestamp() * 1000))


def proven_unit(client: M3Client, table: Table, now: datetime) -> str:
    """The unit in which the timestamp filter works; empty where it does in none."""
    wanted = client.settings.lmts_unit
    soon = now + timedelta(days=2)
    for unit in UNITS if wanted == "auto" else (wanted,):
        if _finds(client, table, stamp(LONG_AGO, unit, client.settings)) and not _finds(
            client, table, stamp(soon, unit, client.settings)
        ):
            return unit
    return ""


def can_export(client: M3Client, table: Table) -> bool:
    """Whether EXPORTMI may be used; the very request a stream would make."""
    try:
        exported_keys(client, table, datetime.now(UTC) + timedelta(days=2))
    except (ConfigProblem, RecordRejected):
        return False
    return True


def exported_keys(client: M3Client, table: Table, since: datetime) -> list[str]:
    """The keys of what changed on the day of `since` or later, in order.

    LMDT is a date in the server's calendar, so the whole day counts.
    """
    column = table.prefix + table.key
    day = since.astimezone(client.settings.zone).strftime("%Y%m%d")
    query = (
        f"{column} from {table.file} where {table.prefix}CONO = '{client.settings.company}' "
        f"and {table.prefix}LMDT >= '{day}'"
    )
    record = {"QERY": query, "SEPC": SEPARATOR, "HDRS": "1"}
    rows = client.read("EXPORTMI", Transaction("Select", record, ("REPL",)))
    values = [row.get("REPL", "").partition(SEPARATOR)[0].strip() for row in rows]
    return sorted({value for value in values[1:] if value})


def found(findings: Mapping[str, object], what: str) -> dict[str, str]:
    """What ping found out about changes of customers or suppliers; empty where nothing works."""
    told = findings.get(f"{what}_change")
    return {str(name): str(value) for name, value in told.items()} if isinstance(told, dict) else {}


def discovered(
    client: M3Client, table: Table, now: datetime, *, allows: Callable[[str], bool]
) -> dict[str, str]:
    """The way that works, of those allowed, best first."""
    if allows(LMTS) and (unit := proven_unit(client, table, now)):
        return {"by": LMTS, "unit": unit}
    if allows(EXPORT) and can_export(client, table):
        return {"by": EXPORT}
    return {}


def _finds(client: M3Client, table: Table, since: str) -> bool:
    listing = Transaction(table.listing, {"LMTS": since}, (table.key,))
    return bool(client.read(table.program, listing, most=1))
