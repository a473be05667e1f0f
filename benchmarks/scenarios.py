"""What is played: a flow of a recipe, the world it is played in, and what happens between its runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from benchmarks.ground import Vendor

Act = Callable[[Vendor], object]
SHARE = 100
"""One record in so many changes."""

# Names go whole into one field every audience has, so that each renamed customer is a changed member.
NAMES: dict[str, Any] = {"first_name_tag": "", "company_tag": "FNAME"}
STORE: dict[str, Any] = {"store_id": "bench", "store_currency": "EUR"}
QAD_STORE: dict[str, Any] = {**STORE, "store_currency": "USD"}
IFS: dict[str, Any] = {"requests_per_minute": 100_000, "concurrent": 8}
QAD: dict[str, Any] = {"requests_per_minute": 10_000}
SYSPRO: dict[str, Any] = {"requests_per_minute": 10_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One job, run again and again.

    `before` are flows that have to have run; `touch` gives every record a new version and no new value;
    `late` adds one that looks old. `failing`: also played with a Mailchimp that fails in the middle.
    """

    title: str
    source: str
    recipe: str
    flow: str
    before: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    counts: Literal["customers", "items", "orders"] = "customers"
    orders_per_customer: float = 0.0
    change: Act
    touch: Act | None = None
    late: Act | None = None
    failing: bool = False

    def world(self, size: int) -> tuple[int, int]:
        """How many customers and orders the ERP holds where there are `size` of what is counted."""
        if self.counts == "customers":
            return size, int(size * self.orders_per_customer)
        return (max(100, size // 10), size) if self.counts == "orders" else (100, 0)

    def prepare(self, source: Vendor, size: int) -> None:
        """What the sandbox's own options do not provide."""
        if self.counts == "items":
            for _ in range(size - len(_rows(source, "items"))):
                source.mutate("add_item")
        if self.counts == "orders" and self.source == "ifs_cloud":
            _have_one_currency(source)


def _rename(source: Vendor) -> object:
    return source.mutate("rename_customers", every=SHARE)


def _late_customer(source: Vendor) -> object:
    values = {"CustomerId": "10000L", "CreationDate": "2019-03-01"}
    return source.mutate("add_customer", values=values, email="late.one@spaet.example")


def _have_one_currency(source: Vendor) -> None:
    """A store has one currency; two thirds of the orders would be left out of it."""
    euro = {"CurrencyCode": STORE["store_currency"]}
    for row in source.ask("state?collection=CustomerOrder"):
        if row["CurrencyCode"] != euro["CurrencyCode"]:
            source.mutate("change", entity="CustomerOrder", key={"OrderNo": row["OrderNo"]}, changes=euro)


def _move_ifs_orders(source: Vendor) -> None:
    for row in source.ask("state?collection=CustomerOrder")[SHARE - 1 :: SHARE]:
        state = "Released" if row["Objstate"] == "Invoiced" else "Invoiced"
        source.mutate("change_order_state", order_no=row["OrderNo"], state=state)


def _close_qad_orders(source: Vendor) -> None:
    ours = [row for row in source.ask("state?collection=sales_orders") if row["domainCode"] == "10USA"]
    for row in ours[SHARE - 1 :: SHARE]:
        status = "" if row.get("status") == "C" else "C"
        source.mutate("set_order_status", number=row["salesOrderNumber"], status=status)


def _price_items(source: Vendor) -> None:
    for row in _rows(source, "items")[SHARE - 1 :: SHARE]:
        source.mutate("set_price", code=row["itemCode"], price="1234.56")


def _rows(source: Vendor, collection: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = source.ask(f"state?collection={collection}")
    return [row for row in found if row.get("domainCode", "10USA") == "10USA"]


SCENARIOS: dict[str, Scenario] = {
    "members": Scenario(
        title="IFS Cloud customers into an audience",
        source="ifs_cloud",
        recipe="bench_members",
        flow="customers",
        options=NAMES,
        settings=IFS,
        change=_rename,
        touch=lambda source: source.mutate("touch", entity="CustomerInfo"),
        late=_late_customer,
        failing=True,
    ),
    "orders": Scenario(
        title="IFS Cloud orders into a store",
        source="ifs_cloud",
        recipe="ifs_cloud_mailchimp",
        flow="orders",
        before=("customers",),
        options=STORE,
        settings=IFS,
        counts="orders",
        change=_move_ifs_orders,
        touch=lambda source: source.mutate("touch", entity="CustomerOrder"),
    ),
    "syspro": Scenario(
        title="SYSPRO customers into an audience",
        source="syspro",
        recipe="syspro_mailchimp",
        flow="customers",
        options=NAMES,
        settings=SYSPRO,
        change=_rename,
        touch=lambda source: source.mutate("touch", table="ArCustomer"),
    ),
    "infor": Scenario(
        title="Infor customers into an audience",
        source="infor",
        recipe="infor_mailchimp",
        flow="customers",
        options=NAMES,
        settings={"requests_per_minute": 3000, "concurrent": 8},
        orders_per_customer=0.2,
        change=_rename,
        touch=lambda source: source.mutate("touch_customers"),
    ),
    "qad": Scenario(
        title="QAD customers into an audience and a store",
        source="qad",
        recipe="qad_mailchimp",
        flow="customers",
        options={**NAMES, **QAD_STORE},
        settings=QAD,
        change=_rename,
    ),
    "qad_items": Scenario(
        title="QAD items into a store",
        source="qad",
        recipe="qad_mailchimp",
        flow="items",
        options=QAD_STORE,
        settings=QAD,
        counts="items",
        change=_price_items,
    ),
    "qad_orders": Scenario(
        title="QAD orders into a store",
        source="qad",
        recipe="qad_mailchimp",
        flow="orders",
        before=("customers", "items"),
        options=QAD_STORE,
        settings=QAD,
        counts="orders",
        change=_close_qad_orders,
    ),
}
