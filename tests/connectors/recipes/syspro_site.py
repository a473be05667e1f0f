"""A SYSPRO site of sixty customers joined with Mailchimp, and what must stand there afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from connectors.models import Connection, RecordLink
from connectors.services import connections
from sandboxes.syspro import Options, Syspro
from tests.joined import Joined, joined

ODATA: dict[str, Any] = {"read_through": "odata", "page_size": 25}
ENET: dict[str, Any] = {"read_through": "enet", "enet_page_size": 25, "balances": "enet"}
BOTH = {"odata": ODATA, "enet": ENET}
CUSTOMERS = 60
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")


@contextmanager
def syspro(
    *, site: dict[str, Any] | None = None, settings: dict[str, Any] | None = None, **options: Any
) -> Iterator[Joined]:
    """The recipe, connected and turned on; nothing has run. `site` are options of the sandbox."""
    vendor = Syspro(Options(**{"customers": CUSTOMERS, "orders": 0, **(site or {})}))
    with joined("syspro_mailchimp", vendor, settings={**ODATA, **(settings or {})}, **options) as scene:
        yield scene


def customers(scene: Joined) -> dict[str, dict[str, Any]]:
    """The customers the site holds, by number."""
    return {one["Customer"]: one for one in scene.source.state("customers")}


def usable(field: str | None) -> list[str]:
    """What in an e-mail field can be an address."""
    parts = (part.strip() for part in re.split("[;,]", field or ""))
    return [part.lower() for part in parts if _ADDRESS.fullmatch(part)]


def reachable(scene: Joined) -> dict[str, str]:
    """The address of everybody who has one, by number."""
    found = {key: usable(one["Email"]) for key, one in customers(scene).items()}
    return {key: addresses[0] for key, addresses in found.items() if addresses}


def somebody(scene: Joined, at: int = 0) -> tuple[str, str]:
    """A customer who can be written to: number and address."""
    return sorted(reachable(scene).items())[at]


def link(scene: Joined, key: str) -> RecordLink:
    """A customer's link as it stands."""
    return RecordLink.objects.get(job=scene.job("customers"), source_key=key)


def change_settings(scene: Joined, **settings: Any) -> Connection:
    """Change settings of the SYSPRO connection and ping; the connection as it stands then."""
    connection = scene.integration.source
    connections.change_settings(connection, {**connection.settings, **settings})
    connections.ping(connection)
    connection.refresh_from_db()
    return connection


def check(connection: Connection, name: str) -> dict[str, Any]:
    """One line of the last ping."""
    return next(one for one in connection.ping if one["name"] == name)


def assert_all_stand_once(scene: Joined) -> None:
    """Who can be reached is in the audience, nobody else is; nothing was sent twice, or into SYSPRO."""
    assert scene.members().keys() == set(reachable(scene).values())
    assert scene.mailchimp.journal.needless() == {}
    assert_nothing_was_written(scene)
    assert_sessions(scene)


def assert_nothing_was_written(scene: Joined) -> None:
    """Nothing ever goes into SYSPRO: no record was written, and no call asked for it."""
    assert scene.source.journal.writes() == {}
    asked = {name.rpartition("/")[2] for name in scene.source.journal.counts() if "/Rest/" in name}
    assert asked <= {"GetVersion", "Logon", "Logoff", "Query"}
    assert all(name.startswith("GET ") for name in scene.source.journal.counts())


def assert_sessions(scene: Joined) -> None:
    """Never two sessions at once, never two calls at once, none left open."""
    counted = scene.source.state("sessions")
    assert counted["peak"] <= 1, counted
    assert (counted["open"], counted["overlapping"], counted["second_logons"]) == (0, 0, 0), counted
    assert counted["logons"] == counted["logoffs"] + counted["ended"]["dropped"], counted
    assert counted["seats"]["taken"] == 0
