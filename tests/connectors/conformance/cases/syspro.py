"""SYSPRO: a site read through OData, one read through e.net, and one that shows what was changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from connectors.sdk.system import Account
from connectors.systems.syspro.system import Syspro
from sandboxes.kit import serve
from sandboxes.syspro import Options
from sandboxes.syspro import Syspro as Sandbox
from tests.connectors.conformance.case import Bench, Case, Misdeed, StreamCase
from tests.connectors.systems.syspro.environment import Environment

LATE = 3600.0
SECRETS = ("odata_password", "operator_password")


@contextmanager
def start(case: Case, **options: Any) -> Iterator[Bench]:
    sandbox = Sandbox(Options(**{"customers": 24, "orders": 6, "items": 6, **options}))
    with serve(sandbox) as server:
        site = Environment(sandbox, server)

        def make(credentials: Mapping[str, Any], settings: Mapping[str, Any]) -> Account:
            return replace(site, credentials=dict(credentials)).account(**settings)

        yield Bench(case, sandbox, server.url, make, site.calls)


def customers(bench: Bench) -> list[str]:
    found: Any = bench.sandbox.state("customers")
    return [one["Customer"] for one in found]


def renamed(bench: Bench) -> str:
    key = customers(bench)[5]
    bench.sandbox.mutate("change_customer", customer=key, changes={"Name": "Renamed Ltd"})
    return key


def written_to(bench: Bench) -> str:
    key = customers(bench)[6]
    bench.sandbox.mutate("set_email", customer=key, value="new@nordvik.example")
    return key


def held_back(bench: Bench) -> str:
    key = customers(bench)[7]
    bench.sandbox.mutate("hold_customer", customer=key)
    return key


def added(bench: Bench) -> str:
    made: Any = bench.sandbox.mutate("add_customer")
    return str(made["Customer"])


def added_late(bench: Bench) -> str:
    """With a stamp from before the run that did not see it."""
    bench.sandbox.clock.advance(-LATE)
    key = added(bench)
    bench.sandbox.clock.advance(LATE)
    return key


def end_session(bench: Bench) -> None:
    bench.sandbox.mutate("drop_sessions")


CUSTOMERS = StreamCase(
    name="customers",
    held=customers,
    changes={
        "renamed": renamed,
        "a new address": written_to,
        "put on hold": held_back,
        "a new customer": added,
    },
    reads="*/ArCustomer",
    small_settings={"page_size": 5},
    silence=Misdeed("*/ArCustomer", "empty"),
    frame=("customer", "notes", "custom"),
)
MAIN = Case(
    name="syspro",
    system=Syspro,
    start=start,
    streams=(CUSTOMERS,),
    log_ins="*/SYSPROOData/*",
    wrong_credentials=lambda _: {"odata_password": "not-the-password"},
    secret_fields=SECRETS,
)
THROUGH_ENET = Case(
    name="syspro, through e.net",
    system=Syspro,
    start=start,
    settings={"read_through": "enet"},
    streams=(
        replace(
            CUSTOMERS,
            reads="*/Query/Query",
            small_settings={"enet_page_size": 5},
            silence=Misdeed("*/Query/Query", "empty"),
        ),
    ),
    log_ins="*/Logon",
    wrong_credentials=lambda _: {"operator_password": "not-the-password"},
    secret_fields=SECRETS,
    end_session=end_session,
    known={
        "the_time_a_vendor_asks_for_while_it_is_down_is_passed_on": "e.net makes it 30 seconds",
    },
    is_main=False,
)
BY_CHANGE = Case(
    name="syspro, by time of change",
    system=Syspro,
    start=partial(start, change_view="MlCustomers"),
    settings={"customers_table": "MlCustomers", "change_column": "ChangedAt"},
    streams=(
        replace(
            CUSTOMERS,
            changes={"renamed": renamed, "a new customer": added, "a late one": added_late},
            reads="*/MlCustomers",
            silence=Misdeed("*/MlCustomers", "empty"),
        ),
    ),
    log_ins="*/SYSPROOData/*",
    wrong_credentials=lambda _: {"odata_password": "not-the-password"},
    secret_fields=SECRETS,
    is_main=False,
)
CASES = (MAIN, THROUGH_ENET, BY_CHANGE)
