"""Infor CloudSuite: a tenant with M3."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.records import Consent, Contact, MessageEvent, Record, SalesOrder
from connectors.records.base import Need
from connectors.sdk.system import Account
from connectors.systems.infor.options import CustomerBackOptions, MessageLogOptions, ReceivableOptions
from connectors.systems.infor.system import Infor
from sandboxes.infor import Infor as Sandbox
from sandboxes.infor import Options
from sandboxes.kit import serve
from tests.connectors.conformance.case import Bench, Case, Misdeed, SinkCase, StreamCase
from tests.connectors.systems.infor.environment import Environment

LATE = 600.0
WHEN = datetime(2026, 6, 30, 10, 0, tzinfo=UTC)
BUYER = "f" * 32
READS = "*/m3api-rest/*"


class BackOptions(CustomerBackOptions, ReceivableOptions, MessageLogOptions):
    """What an integration that writes everything back decides."""


@contextmanager
def start(case: Case) -> Iterator[Bench]:
    options = Options(
        customers=24,
        suppliers=12,
        items=6,
        orders=10,
        invoices=8,
        logins_per_minute=None,
        tokens_per_day=None,
    )
    sandbox = Sandbox(options)
    with serve(sandbox) as server:
        tenant = Environment(sandbox, server, options=BackOptions())

        def make(credentials: Mapping[str, Any], settings: Mapping[str, Any]) -> Account:
            return replace(tenant, **credentials).account(**settings)

        yield Bench(case, sandbox, server.url, make, tenant.calls)


def wrong(bench: Bench) -> dict[str, str]:
    """The file of a service account whose key was renewed since."""
    options: Any = bench.sandbox
    file = json.loads(options.options.ionapi(bench.url))
    return {"ionapi": json.dumps({**file, "sask": "sk-not-the-secret-key"})}


def rows(bench: Bench, collection: str) -> list[dict[str, Any]]:
    found: Any = bench.sandbox.state(collection)
    return list(found)


def customers(bench: Bench) -> list[str]:
    return [row["CUNO"] for row in rows(bench, "customers")]


def suppliers(bench: Bench) -> list[str]:
    return [row["SUNO"] for row in rows(bench, "suppliers")]


def renamed(bench: Bench) -> str:
    bench.sandbox.mutate("change_customer", customer="10007", changes={"CUNM": "Renamed Ltd"})
    return "10007"


def written_to(bench: Bench) -> str:
    bench.sandbox.mutate("set_email", customer="10008", value="new@nordvik.example")
    return "10008"


def added(bench: Bench) -> str:
    made: Any = bench.sandbox.mutate("add_customer")
    return str(made["CUNO"])


def added_late(bench: Bench) -> str:
    """With a stamp from before the run that did not see it."""
    bench.sandbox.clock.advance(-LATE)
    key = added(bench)
    bench.sandbox.clock.advance(LATE)
    return key


def supplier_renamed(bench: Bench) -> str:
    key = suppliers(bench)[3]
    bench.sandbox.mutate("change_supplier", supplier=key, changes={"SUNM": "Renamed Ltd"})
    return key


def supplier_added(bench: Bench) -> str:
    made: Any = bench.sandbox.mutate("add_supplier")
    return str(made["SUNO"])


def people(kind: type[Consent]) -> Any:
    def records(bench: Bench) -> list[Record]:
        return [kind(key=f"{n:032x}", email=f"p{n}@x.example", status="unsubscribed") for n in (1, 2)]

    return records


def customer_of(bench: Bench, record: Record) -> Mapping[Need, tuple[str, ...]]:
    """The first person is one customer, the second two."""
    ids = ("10001",) if record.key.endswith("1") else ("10002", "10003")
    return {("member", record.key): ids}


def fields(*names: str) -> Any:
    """What stands in some fields of customers."""

    def stand(bench: Bench) -> dict[str, Any]:
        return {row["CUNO"]: [row.get(name) for name in names] for row in rows(bench, "customers")}

    return stand


def lose_a_customer(bench: Bench) -> None:
    bench.sandbox.mutate("delete_customer", customer="10001")


def orders(bench: Bench) -> list[Record]:
    return [
        SalesOrder(
            key=f"shop:{number}", customer_key=BUYER, currency="EUR", state="paid", placed_at=WHEN,
            reference=str(number), total=Decimal(total), tax=Decimal("19.00"),
        )
        for number, total in ((1001, "119.00"), (1002, "238.00"))
    ]  # fmt: skip


def events(bench: Bench) -> list[Record]:
    return [
        MessageEvent(key=f"m{n}:open:1", member_key=BUYER, event="open", message_id=f"m{n}", happened_at=WHEN)
        for n in (1, 2)
    ]


def two_customers(bench: Bench, record: Record) -> Mapping[Need, tuple[str, ...]]:
    return {("member", BUYER): ("10001", "10002")}


def payer(bench: Bench, record: Record) -> Mapping[Need, tuple[str, ...]]:
    return {("customer", BUYER): ("10001",)}


def invoices(bench: Bench) -> dict[str, Any]:
    """Ours in the ledger, each under its number and how many there are of it."""
    ours = [row for row in rows(bench, "invoices") if str(row.get("VTXT")).startswith("Mailchimp")]
    ordered = sorted(ours, key=lambda row: str(row["CINO"]))
    return {f"{row['CINO']} #{n}": [row["CUNO"], row["CUAM"], row["CUCD"]] for n, row in enumerate(ordered)}


def log(bench: Bench) -> dict[str, Any]:
    sandbox: Any = bench.sandbox
    names = ("A030", "A130", "A230", "DAT1")
    return {
        f"{row['PK01']}/{row['PK02']}": [row.get(name) for name in names]
        for row in sandbox.m3.custom.rows.values()
        if row["FILE"] == "MLCMSG"
    }


def refuse_first(path: str) -> Any:
    def plan(bench: Bench) -> None:
        bench.sandbox.faults.add(path, "nok", message="The period is closed")

    return plan


def end_session(bench: Bench) -> None:
    bench.sandbox.mutate("revoke_tokens")


SMALL = {"page_size": 5}
CASES = (
    Case(
        name="infor",
        system=Infor,
        start=start,
        settings={"server_time_zone": "Europe/Stockholm"},
        streams=(
            StreamCase(
                name="customers",
                held=customers,
                changes={
                    "renamed": renamed,
                    "a new address": written_to,
                    "a new customer": added,
                    "a late one": added_late,
                },
                reads=READS,
                small_settings=SMALL,
                silence=Misdeed("*/LstByNumber*", "empty"),
                frame=("party", "standing", "reason"),
            ),
            StreamCase(
                name="suppliers",
                held=suppliers,
                changes={"renamed": supplier_renamed, "a new supplier": supplier_added},
                reads=READS,
                small_settings=SMALL,
                silence=Misdeed("*/LstSuppliers*", "empty"),
                frame=("party", "standing", "reason"),
            ),
        ),
        sinks=(
            SinkCase(
                name="customer_contacts",
                records=people(Contact),
                needs=customer_of,
                held=fields("CESA", "CFC6"),
                writes="*/ChgBasicData*",
                refusal=lose_a_customer,
                removes=False,
            ),
            SinkCase(
                name="customer_consent",
                records=people(Consent),
                needs=customer_of,
                held=fields("CFC6"),
                writes="*/ChgBasicData*",
                refusal=lose_a_customer,
                removes=False,
            ),
            SinkCase(
                name="ar_transactions",
                records=orders,
                needs=payer,
                held=invoices,
                writes="*GLS840MI*",
                refusal=refuse_first("*/AddBatchHead*"),
                removes=False,
            ),
            SinkCase(
                name="message_log",
                records=events,
                needs=two_customers,
                held=log,
                writes="*/AddFieldValue*",
                refusal=refuse_first("*/AddFieldValue*"),
                removes=False,
            ),
        ),
        log_ins="/*/as/*",
        wrong_credentials=wrong,
        secret_fields=("ionapi",),
        end_session=end_session,
    ),
)
