"""Mailchimp: one account with an audience for each kind of party, our store and a shop's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pydantic import SecretStr

from connectors.records import Record
from connectors.records.base import Need
from connectors.sdk.calls import Call
from connectors.sdk.system import Account
from connectors.systems.mailchimp.ids import customer_id
from connectors.systems.mailchimp.settings import MailchimpCredentials, MailchimpSettings
from connectors.systems.mailchimp.system import Mailchimp
from sandboxes import mailchimp as pretend
from sandboxes.kit import serve
from tests.connectors.conformance.case import Bench, Case, Misdeed, SinkCase, StreamCase
from tests.connectors.conformance.writing import changes_of, once
from tests.connectors.systems.accounts import account
from tests.connectors.systems.mailchimp import records

SUPPLIERS = "suppliers1"
PEOPLE = 14
_MADE_UP = {"created_at", "updated_at", "number", "processed_at_foreign"}


@contextmanager
def start(case: Case) -> Iterator[Bench]:
    sandbox = pretend.Mailchimp()
    sandbox.mutate("add_audience", name="Suppliers", list_id=SUPPLIERS)
    sandbox.mutate("add_shop")
    calls: list[Call] = []
    options = records.options(pretend.CUSTOMERS, supplier_audience_id=SUPPLIERS, orders_store_id="shop")
    with serve(sandbox) as server:

        def make(credentials: Mapping[str, Any], settings: Mapping[str, Any]) -> Account:
            return account(
                MailchimpSettings(base_url=server.url, **settings),
                MailchimpCredentials(**{"api_key": SecretStr(pretend.API_KEY), **credentials}),
                options=options,
                calls=calls,
                system="Mailchimp",
            )

        for number in range(1, PEOPLE + 1):
            sandbox.mutate("sign_up", email=address(number), merge_fields={"FNAME": f"Jane {number}"})
        for number in range(1, 7):
            sandbox.mutate("unsubscribe", email=address(number))
        for number in range(7, 10):
            sandbox.mutate("clean", email=address(number))
        for number in range(1, 10):
            place_order(sandbox, f"o{number}")
        yield Bench(case, sandbox, server.url, make, calls)


def address(number: int) -> str:
    return f"reader{number}@nordwind.example"


def place_order(sandbox: Any, number: str) -> None:
    line = {"product_id": "p1", "quantity": 2, "price": 5.25}
    sandbox.mutate("place_order", order_id=number, email="jane@nordwind.example", lines=[line])


def members(*statuses: str) -> Any:
    """Hashes of the audience's members with one of these statuses."""

    def keys(bench: Bench) -> list[str]:
        found: Any = bench.sandbox.state("members")
        audience = f"{pretend.CUSTOMERS}/"
        return [
            key.removeprefix(audience)
            for key, member in found.items()
            if key.startswith(audience) and (not statuses or member["status"] in statuses)
        ]

    return keys


def shop_orders(bench: Bench) -> list[str]:
    found: Any = bench.sandbox.state("orders")
    return [key.replace("/", ":", 1) for key in found if key.startswith("shop/")]


def unsubscribed(bench: Bench) -> str:
    return str(bench.sandbox.mutate("unsubscribe", email=address(12)))


def bounced_late(bench: Bench) -> str:
    """Counted by Mailchimp for a moment before the end of the run that did not see it."""
    bench.sandbox.clock.advance(-120)
    key = str(bench.sandbox.mutate("clean", email=address(13)))
    bench.sandbox.clock.advance(120)
    return key


def renamed(bench: Bench) -> str:
    return str(bench.sandbox.mutate("edit_member", email=address(11), merge_fields={"FNAME": "Astrid"}))


def signed_up(bench: Bench) -> str:
    return str(bench.sandbox.mutate("sign_up", email="newcomer@nordwind.example"))


def opened(bench: Bench) -> str:
    campaign = str(bench.sandbox.mutate("send_campaign"))
    return str(bench.sandbox.mutate("engage", email=address(11), campaign_id=campaign))


def bought(bench: Bench) -> str:
    place_order(bench.sandbox, "o99")
    return "shop:o99"


def paid_back(bench: Bench) -> str:
    bench.sandbox.mutate("change_order", order_id="o3", changes={"financial_status": "refunded"})
    return "shop:o3"


MEMBERS = "GET */lists/*/members*"
ORDERS = "GET */ecommerce/stores/shop/orders*"
EVENTS = [
    {"event": "send", "_id": "m1", "ts": 1365109999, "msg": {"_id": "m1", "email": "Jane@nordwind.example",
     "subject": "Your order", "ts": 1365109990, "tags": ["orders"]}},
    {"event": "hard_bounce", "_id": "m2", "ts": 1365109999, "msg": {"_id": "m2",
     "email": "x@nordwind.example", "bounce_description": "bad_mailbox", "diag": "550 no such user"}},
    {"event": "click", "_id": "m3", "ts": 1365109999, "url": "https://shop.example/x",
     "msg": {"_id": "m3", "email": "y@nordwind.example", "reject": {"reason": "spam"}}},
    {"type": "blacklist", "action": "add", "reject": {"email": "z@nordwind.example"}, "ts": 1365109999},
]  # fmt: skip
STREAMS = (
    StreamCase(
        name="consent",
        held=members("unsubscribed", "cleaned"),
        changes={"unsubscribed": unsubscribed, "a late bounce": bounced_late},
        reads=MEMBERS,
        small_page=3,
        overlaps=True,
        silence=Misdeed(MEMBERS, "empty_page"),
    ),
    StreamCase(
        name="contacts",
        held=members("subscribed", "unsubscribed", "cleaned", "pending", "transactional"),
        changes={"renamed": renamed, "signed up": signed_up, "a late bounce": bounced_late},
        reads=MEMBERS,
        small_page=3,
        overlaps=True,
        silence=Misdeed(MEMBERS, "empty_page"),
    ),
    StreamCase(
        name="engagement",
        held=members(),
        changes={"opened": opened, "signed up": signed_up},
        reads=MEMBERS,
        small_page=3,
        overlaps=True,
        silence=Misdeed(MEMBERS, "empty_page"),
    ),
    StreamCase(
        name="orders",
        held=shop_orders,
        changes={"bought": bought, "paid back": paid_back},
        reads=ORDERS,
        small_page=3,
        overlaps=True,
        silence=Misdeed(ORDERS, "empty_page"),
        frame=("id", "store_id", "customer", "lines", "shipping_address"),
    ),
    StreamCase(name="message_events", samples=EVENTS),
)


def audience(list_id: str) -> Any:
    """Who is in an audience because of us, and with what."""

    def stand(bench: Bench) -> dict[str, Any]:
        found: Any = bench.sandbox.state("members")
        return {
            key: one for key, one in found.items() if key.startswith(list_id) and "reader" not in one["email"]
        }

    return stand


def store(collection: str) -> Any:
    """The store's records, without times and the numbers Mailchimp counts by."""

    def stand(bench: Bench) -> dict[str, Any]:
        found: Any = bench.sandbox.state(collection)
        return {key: _settled(one) for key, one in found.items() if key.startswith("erp/")}

    return stand


def _settled(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _settled(part) for name, part in value.items() if name not in _MADE_UP}
    return [_settled(part) for part in value] if isinstance(value, list) else value


def spoil_address(bench: Bench) -> None:
    """The contact was deleted for good, and may come back by themselves alone."""
    bench.sandbox.mutate("sign_up", email="person1@nordwind.example")
    bench.sandbox.mutate("forget", email="person1@nordwind.example")


def spoil_supplier(bench: Bench) -> None:
    bench.sandbox.mutate("sign_up", email="supplier1@nordwind.example", list_id=SUPPLIERS)
    bench.sandbox.mutate("forget", email="supplier1@nordwind.example", list_id=SUPPLIERS)


def refuse(match: Mapping[str, str]) -> Any:
    """Whatever is sent of the first record is refused."""

    def plan(bench: Bench) -> None:
        bench.sandbox.faults.add(match, "status", status=400, times=None)

    return plan


def with_buyers(bench: Bench) -> None:
    """The store has the customers and products that orders name."""
    by_name = {spec.name: spec for spec in SINKS}
    for name in ("store_customers", "store_products"):
        once(bench, by_name[name], changes_of(bench, by_name[name]))


def with_store(bench: Bench) -> None:
    bench.sink(SINKS[2]).prepare()


def buyer_and_goods(bench: Bench, record: Record) -> Mapping[Need, tuple[str, ...]]:
    buyer = customer_id("C1", "person1@nordwind.example")
    return {("customer", "C1"): (buyer,), **{("product", f"P{n}"): (f"P{n}",) for n in (1, 2, 3)}}


def orders(bench: Bench) -> list[Record]:
    two = (records.order_line(1), records.order_line(2))
    return [records.order(1, lines=two), records.order(2), records.order(3, state="Cancelled")]


SINKS = (
    SinkCase(
        name="audience_members",
        records=lambda _: [records.customer(number) for number in (1, 2, 3)],
        held=audience(pretend.CUSTOMERS),
        writes={"method": "POST", "path": "*/lists/*"},
        refusal=spoil_address,
    ),
    SinkCase(
        name="supplier_members",
        records=lambda _: [records.supplier(number) for number in (1, 2, 3)],
        held=audience(SUPPLIERS),
        writes={"method": "POST", "path": "*/lists/*"},
        refusal=spoil_supplier,
    ),
    SinkCase(
        name="store_customers",
        fill=with_store,
        records=lambda _: [records.customer(number) for number in (1, 2, 3)],
        held=store("customers"),
        writes={"method": "PUT", "path": "*/customers/*"},
        refusal=refuse({"method": "PUT", "path": "*/customers/C1*"}),
    ),
    SinkCase(
        name="store_products",
        fill=with_store,
        records=lambda _: [records.product(number) for number in (1, 2, 3)],
        held=store("products"),
        writes={"method": "PUT", "path": "*/products/*"},
        refusal=refuse({"method": "PUT", "path": "*/products/P1"}),
    ),
    SinkCase(
        name="store_orders",
        fill=with_buyers,
        records=orders,
        needs=buyer_and_goods,
        held=store("orders"),
        writes={"path": "*/orders/*"},
        refusal=refuse({"method": "PUT", "path": "*/orders/O1"}),
    ),
)
_OF_MEMBERS = ("consent", "contacts", "engagement")
CASES = (
    Case(
        name="mailchimp",
        system=Mailchimp,
        start=start,
        streams=STREAMS,
        sinks=SINKS,
        wrong_credentials=lambda _: {"api_key": SecretStr("ffffffffffffffffffffffffffffffff-us6")},
        secret_fields=("api_key", "access_token", "transactional_webhook_key"),
    ),
)
