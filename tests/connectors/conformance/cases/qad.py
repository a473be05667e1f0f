"""QAD: a tenant whose customer browse shows e-mail addresses, written to through the entity API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from connectors.records import Record
from connectors.records.base import Need
from connectors.sdk.system import Account
from connectors.systems.qad.system import Qad
from sandboxes.kit import serve
from sandboxes.qad import Options
from sandboxes.qad import Qad as Sandbox
from tests.connectors.conformance.case import Bench, Case, Misdeed, SinkCase, StreamCase
from tests.connectors.systems.qad import mail_orders
from tests.connectors.systems.qad.tenant import BROWSES, Tenant

DOMAIN, SET = "10USA", "NAM"
LATE = 3600.0


@contextmanager
def start(case: Case) -> Iterator[Bench]:
    sandbox = Sandbox(Options(customers=80, orders=80, items=80, email_column="ad_mstr.ad_email"))
    with serve(sandbox) as server:
        tenant = Tenant(sandbox, server, options=mail_orders.options())

        def make(credentials: Mapping[str, Any], settings: Mapping[str, Any]) -> Account:
            return replace(tenant, credentials=dict(credentials)).account(**settings)

        yield Bench(case, sandbox, server.url, make, tenant.calls)


def rows(bench: Bench, collection: str) -> list[dict[str, Any]]:
    found: Any = bench.sandbox.state(collection)
    return list(found)


def customers(bench: Bench) -> list[str]:
    return [one["customerCode"] for one in rows(bench, "customers") if one["sharedSetCode"] == SET]


def items(bench: Bench) -> list[str]:
    return [one["itemCode"] for one in rows(bench, "items") if one["domainCode"] == DOMAIN]


def orders(bench: Bench) -> list[str]:
    return [one["salesOrderNumber"] for one in rows(bench, "sales_orders") if one["domainCode"] == DOMAIN]


def renamed(bench: Bench) -> str:
    code = customers(bench)[2]
    bench.sandbox.mutate("change_customer", code=code, changes={"businessRelationName": "Renamed Ltd"})
    return code


def written_to(bench: Bench) -> str:
    code = customers(bench)[3]
    bench.sandbox.mutate("set_email", code=code, value="new@nordvik.example")
    return code


def customer_added(bench: Bench) -> str:
    made: Any = bench.sandbox.mutate("add_customer")
    return str(made["customerCode"])


def priced(bench: Bench) -> str:
    code = items(bench)[4]
    bench.sandbox.mutate("set_price", code=code, price="1.23")
    return code


def item_added(bench: Bench) -> str:
    made: Any = bench.sandbox.mutate("add_item")
    return str(made["itemCode"])


def item_added_late(bench: Bench) -> str:
    """With a stamp from before the run that did not see it."""
    bench.sandbox.clock.advance(-LATE)
    code = item_added(bench)
    bench.sandbox.clock.advance(LATE)
    return code


def order_closed(bench: Bench) -> str:
    number = orders(bench)[1]
    bench.sandbox.mutate("set_order_status", number=number, status="C")
    return number


def ordered(bench: Bench) -> str:
    lines = [{"itemCode": items(bench)[0], "quantityOrdered": 3}]
    made: Any = bench.sandbox.mutate("add_order", customer=customers(bench)[0], lines=lines)
    return str(made["salesOrderNumber"])


SMALL = {"page_size": 25}
SILENCE = Misdeed(BROWSES, "empty_page")


def mail_order(bench: Bench) -> list[Record]:
    first, second = [
        one["itemCode"]
        for one in rows(bench, "items")
        if one["domainCode"] == DOMAIN and one["itemStatusCode"] == "ACTIVE"
    ][:2]
    line = mail_orders.line
    return [
        mail_orders.order(line(first, "2", "25.00"), line(second, "1", "4.90"), number="web-1001"),
        mail_orders.order(line(second, "3", "14.70"), number="web-1002"),
    ]


def buyer(bench: Bench, record: Record) -> Mapping[Need, tuple[str, ...]]:
    return {("customer", "hash"): (mail_orders.BUYER,)}


def sales_orders(bench: Bench) -> dict[str, Any]:
    """Ours, each under its reference and how many there are of it."""
    ours = [one for one in rows(bench, "sales_orders") if str(one.get("purchaseOrder")).startswith("web-")]
    return {
        f"{one['purchaseOrder']} #{number}": {
            "customer": one["soldToCustomerCode"],
            "currency": one["currencyCode"],
            "total": one["total"],
            "lines": [(line["itemCode"], line["quantityOrdered"], line["netPrice"]) for line in one["lines"]],
        }
        for number, one in enumerate(sorted(ours, key=lambda one: str(one["purchaseOrder"])))
    }


def refuse_a_header(bench: Bench) -> None:
    bench.sandbox.faults.add(
        {"method": "POST", "path": "*/salesOrderHeaders"}, "business_error", message="The period is closed"
    )


def end_session(bench: Bench) -> None:
    bench.sandbox.mutate("end_sessions")


CASES = (
    Case(
        name="qad",
        system=Qad,
        start=start,
        settings={"page_size": 250},
        streams=(
            StreamCase(
                name="customers",
                held=customers,
                changes={"renamed": renamed, "a new address": written_to, "a new customer": customer_added},
                small_settings=SMALL,
                silence=SILENCE,
                frame=("row", "record"),
            ),
            StreamCase(
                name="items",
                held=items,
                changes={"priced": priced, "a new item": item_added, "a late one": item_added_late},
                small_settings=SMALL,
                silence=SILENCE,
                frame=("row",),
            ),
            StreamCase(
                name="orders",
                held=orders,
                changes={"closed": order_closed, "a new order": ordered},
                small_settings=SMALL,
                silence=SILENCE,
                frame=("order", "lines"),
            ),
        ),
        sinks=(
            SinkCase(
                name="sales_orders",
                records=mail_order,
                needs=buyer,
                held=sales_orders,
                writes={"method": "POST", "path": "*/api/*"},
                refusal=refuse_a_header,
                removes=False,
            ),
        ),
        log_ins="*/oauth/token",
        wrong_credentials=lambda _: {"password": "not-the-password"},
        secret_fields=("password", "qxtend_password"),
        end_session=end_session,
    ),
)
