"""IFS Cloud: an environment where nothing says when it was changed, and one where it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from connectors.records import Consent, Engagement, Record
from connectors.records.base import Need
from connectors.sdk.system import Account
from connectors.systems.ifs_cloud.options import FlagOptions
from connectors.systems.ifs_cloud.system import IfsCloud
from sandboxes.ifs_cloud import IfsCloud as Sandbox
from sandboxes.ifs_cloud import Options
from sandboxes.kit import serve
from tests.connectors.conformance.case import Bench, Case, Misdeed, SinkCase, StreamCase
from tests.connectors.systems.ifs_cloud.environment import Environment

STATUS, ENGAGEMENT = "Cf_Marketing_Status", "Cf_Marketing_Engagement"
CHANGED_AT = "Cf_Changed_At"
READS = "GET */ifsapplications/projection/v1/*"
FLAG = "PATCH */CustomerInfoSet(*)"


@contextmanager
def start(case: Case, **options: Any) -> Iterator[Bench]:
    small = {"customers": 24, "orders": 12, "parts": 6, "text_attributes": (STATUS, ENGAGEMENT)}
    sandbox = Sandbox(Options(**{**small, **options}))
    with serve(sandbox) as server:
        environment = Environment(sandbox, server, options=FlagOptions())

        def make(credentials: Mapping[str, Any], settings: Mapping[str, Any]) -> Account:
            return replace(environment, credentials=dict(credentials)).account(**settings)

        yield Bench(case, sandbox, server.url, make, environment.calls)


def held(entity: str, *names: str) -> Any:
    """The keys of an entity set: one attribute, or several joined as the product key is."""

    def keys(bench: Bench) -> list[str]:
        rows: Any = bench.sandbox.state(entity)
        return ["|".join(str(row[name]) for name in names) for row in rows]

    return keys


def renamed(bench: Bench) -> str:
    bench.sandbox.mutate("change_customer", customer_id="10007", changes={"Name": "Renamed Ltd"})
    return "10007"


def written_to(bench: Bench) -> str:
    bench.sandbox.mutate("set_email", customer_id="10009", value="new@nordvik.example")
    return "10009"


def added(bench: Bench) -> str:
    bench.sandbox.mutate("add_customer", values={"CustomerId": "NEWCOMER"}, email="n@nordvik.example")
    return "NEWCOMER"


def added_late(bench: Bench) -> str:
    """Entered before the run that did not see it, committed after."""
    before = (bench.now() - timedelta(hours=1)).isoformat(timespec="seconds")
    bench.sandbox.mutate("add_customer", values={"CustomerId": "10001LATE", CHANGED_AT: before})
    return "10001LATE"


def cancelled(bench: Bench) -> str:
    orders: Any = bench.sandbox.state("orders")
    chosen = next(order["OrderNo"] for order in orders if order["Objstate"] != "Cancelled")
    bench.sandbox.mutate("change_order_state", order_no=chosen, state="Cancelled")
    return str(chosen)


def ordered(bench: Bench) -> str:
    line = {"CatalogNo": "P-1", "BuyQtyDue": 2, "SaleUnitPrice": 5}
    made: Any = bench.sandbox.mutate("add_order", customer_no="10001", lines=[line])
    return str(made["OrderNo"])


SMALL = {"page_size": 5}

CUSTOMERS = StreamCase(
    name="customers",
    held=held("customers", "CustomerId"),
    changes={"renamed": renamed, "a new address": written_to, "a new customer": added},
    reads=READS,
    small_settings=SMALL,
    silence=Misdeed("GET */CustomerInfoSet", "empty"),
    frame=("customer", "emails"),
)
ORDERS = StreamCase(
    name="orders",
    held=held("orders", "OrderNo"),
    changes={"cancelled": cancelled, "a new order": ordered},
    reads=READS,
    small_settings=SMALL,
    silence=Misdeed("GET */CustomerOrderSet", "empty"),
    frame=("order", "lines"),
)
SALES_PARTS = StreamCase(
    name="sales_parts", held=held("SalesPart", "Contract", "CatalogNo"), reads=READS, frame=("part",)
)


def flags(attribute: str) -> Any:
    """The flags that stand on customers."""

    def stand(bench: Bench) -> dict[str, Any]:
        rows: Any = bench.sandbox.state("CustomerInfo")
        return {row["CustomerId"]: row[attribute] for row in rows if row[attribute] is not None}

    return stand


def customer_of(bench: Bench, record: Record) -> Mapping[Need, tuple[str, ...]]:
    """The first person is one customer, the second two."""
    ids = {"m1": ("10001",), "m2": ("10002", "10003"), "m3": ("10004",)}
    return {("member", record.key): ids[record.key]}


def lose_a_customer(bench: Bench) -> None:
    bench.sandbox.mutate("delete_customer", customer_id="10001")


FLAGS: dict[str, Any] = {
    "needs": customer_of,
    "writes": FLAG,
    "refusal": lose_a_customer,
    "steals": Misdeed(FLAG, "stale"),
    "removes": False,
}
SINKS = (
    SinkCase(
        name="customer_consent",
        records=lambda _: [Consent(key=f"m{number}", status="unsubscribed") for number in (1, 2, 3)],
        held=flags(STATUS),
        **FLAGS,
    ),
    SinkCase(
        name="customer_engagement",
        records=lambda _: [Engagement(key=f"m{n}", open_rate=n / 10, click_rate=0.01) for n in (1, 2, 3)],
        held=flags(ENGAGEMENT),
        **FLAGS,
    ),
)


def end_session(bench: Bench) -> None:
    bench.sandbox.mutate("revoke_tokens")


MAIN = Case(
    name="ifs_cloud",
    system=IfsCloud,
    start=start,
    streams=(CUSTOMERS, ORDERS, SALES_PARTS),
    sinks=SINKS,
    log_ins="/auth/*",
    wrong_credentials=lambda _: {"client_secret": "not-the-secret-at-all"},
    secret_fields=("client_secret",),
    end_session=end_session,
)
BY_CHANGE = Case(
    name="ifs_cloud, by time of change",
    system=IfsCloud,
    start=partial(start, change_attribute=CHANGED_AT, order_change_attribute="Cf_Modified_Date"),
    streams=(
        replace(
            CUSTOMERS,
            changes={"renamed": renamed, "a new customer": added, "a late one": added_late},
        ),
        replace(ORDERS, changes={"cancelled": cancelled, "a new order": ordered}),
    ),
    log_ins="/auth/*",
    wrong_credentials=lambda _: {"client_secret": "not-the-secret-at-all"},
    secret_fields=("client_secret",),
    end_session=end_session,
    is_main=False,
)
CASES = (MAIN, BY_CHANGE)
