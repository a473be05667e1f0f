"""Orders as AR transactions: posted once, found again, never doubled, never changed."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import OrderLine, SalesOrder
from connectors.sdk.errors import ConfigProblem, RecordRejected, RecordSkipped
from connectors.sdk.mapping import Desired, FieldMap
from connectors.sdk.system import Action, Change, Written
from connectors.systems.infor.options import ReceivableOptions
from connectors.systems.infor.sinks.receivables import reference_of
from tests.connectors.systems.infor.environment import Environment, Maker

PLACED = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
SENT_AT = datetime(2026, 7, 1, tzinfo=UTC)
BUYER = "f" * 32
STEPS = ("AddBatchHead", "AddBatchLine", "CtrlBatch", "UpdBatch")


def order(**values: Any) -> SalesOrder:
    usual = {
        "key": "shop:1001", "customer_key": BUYER, "currency": "EUR", "state": "paid", "placed_at": PLACED,
        "reference": "1001", "total": Decimal("119.00"), "tax": Decimal("19.00"), "shipping": Decimal("4.90"),
    }  # fmt: skip
    return SalesOrder(**{**usual, **values})


def mapped(tenant: Environment, record: SalesOrder) -> Desired:
    return FieldMap(tenant.system().sink("ar_transactions").rules()).apply(record)


def change(
    tenant: Environment, record: SalesOrder, customers: Iterable[str] = ("10001",), **more: Any
) -> Change:
    wanted = mapped(tenant, record)
    target = tenant.system().sink("ar_transactions").target_key(record, wanted)
    needs = {("customer", record.customer_key): tuple(customers)}
    return Change(id="id-1", key=record.key, target_key=target, desired=wanted, needs=needs, **more)


def post(tenant: Environment, one: Change) -> Written:
    (word,) = tenant.write("ar_transactions", one)
    return word


def invoices(tenant: Environment, reference: str) -> list[dict[str, Any]]:
    rows: Any = tenant.sandbox.state("invoices")
    return [row for row in rows if row["CINO"] == reference]


@pytest.fixture
def dated(m3: Environment) -> Environment:
    """A tenant whose dates are those of Stockholm."""
    m3.settings = {"server_time_zone": "Europe/Stockholm"}
    return m3


def test_an_order_becomes_an_invoice_of_the_customer(dated: Environment) -> None:
    one = change(dated, order())
    word = post(dated, one)
    assert (word.action, word.external_id) == (Action.CREATED, f"10001/{one.target_key}")
    (row,) = invoices(dated, one.target_key)
    assert (row["CUNO"], row["CUAM"], row["CUCD"]) == ("10001", "119.00", "EUR")
    assert (row["IVDT"], row["DUDT"], row["INYR"]) == ("20260701", "20260701", "2026")
    assert row["VTXT"] == "Mailchimp 1001"
    assert row["DIVI"] == "AAA"


def test_what_was_posted_is_not_posted_again(m3: Environment) -> None:
    one = change(m3, order())
    post(m3, one)
    calls = len(m3.sandbox.journal.calls(path="*GLS840MI*"))
    word = post(m3, one)
    assert word.action is Action.UNCHANGED
    assert len(m3.sandbox.journal.calls(path="*GLS840MI*")) == calls
    assert len(invoices(m3, one.target_key)) == 1


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ["timeout_after", "timeout_before"])
def test_an_answer_lost_at_any_step_doubles_nothing(m3: Environment, step: str, kind: str) -> None:
    m3.sandbox.faults.add(f"*/{step}*", kind, seconds=0)
    one = change(m3, order())
    word = post(m3, one)
    assert word.action is Action.UNKNOWN
    found = list(m3.system().sink("ar_transactions").look_up([one], SENT_AT))
    assert [one.action for one in found] == (
        [Action.CREATED] if (step, kind) == (STEPS[-1], "timeout_after") else []
    )
    if not found:
        assert post(m3, one).action is Action.CREATED
    assert post(m3, one).action is Action.UNCHANGED
    assert len(invoices(m3, one.target_key)) == 1
    doubles: Any = m3.state()["doubles"]
    assert not any(doubles.values())


def test_an_update_that_ends_late_is_found_though_the_look_up_came_too_early(m3: Environment) -> None:
    one = change(m3, order())
    sink = m3.system().sink("ar_transactions")
    m3.sandbox.faults.add("*/UpdBatch*", "timeout_before", seconds=0)
    post(m3, one)
    assert list(sink.look_up([one], SENT_AT)) == []
    m3.sandbox.faults.add("*/LstInvoices*", "empty")
    m3.write("ar_transactions", one)
    m3.sandbox.faults.add("*/LstInvoices*", "empty")
    assert post(m3, one).action is Action.CREATED
    assert len(invoices(m3, one.target_key)) == 1


def test_an_order_that_changed_after_it_was_posted_waits_for_a_person(m3: Environment) -> None:
    one = change(m3, order())
    posted = post(m3, one)
    later = change(m3, order(total=Decimal("99.00")), external_id=posted.external_id)
    word = post(m3, later)
    assert (word.action, word.code) == (Action.REJECTED, "posted_differently")
    assert "119.00 EUR" in word.text
    assert "99.00 EUR" in word.text
    assert [row["CUAM"] for row in invoices(m3, one.target_key)] == ["119.00"]


def test_what_somebody_reversed_is_not_posted_again(m3: Environment) -> None:
    word = post(m3, change(m3, order(), external_id="10001/MCABC"))
    assert (word.action, word.code) == (Action.REJECTED, "reversed")
    assert m3.state()["ar"]["posted"] == 0


def test_an_order_changed_before_it_was_posted_is_posted_as_it_is_now(m3: Environment) -> None:
    m3.sandbox.faults.add("*/CtrlBatch*", "timeout_before", seconds=0)
    assert post(m3, change(m3, order())).action is Action.UNKNOWN
    one = change(m3, order(total=Decimal("99.00")))
    assert post(m3, one).action is Action.CREATED
    assert [row["CUAM"] for row in invoices(m3, one.target_key)] == ["99.00"]


def test_a_buyer_nobody_knows_waits_for_the_customer(m3: Environment) -> None:
    word = post(m3, change(m3, order(), ()))
    assert (word.action, word.code) == (Action.REJECTED, "no_customer")
    assert "replay this order" in word.text


def test_an_address_of_several_customers_is_decided_by_people_or_by_the_options(m3: Environment) -> None:
    one = change(m3, order(), ("10002", "10001"))
    word = post(m3, one)
    assert (word.action, word.code) == (Action.REJECTED, "several_customers")
    assert "10001, 10002" in word.text
    m3.options = ReceivableOptions(several_customers="first")
    assert post(m3, one).external_id == f"10001/{one.target_key}"


@pytest.mark.parametrize(
    "values", [{"state": "cancelled"}, {"state": "refunded"}, {"total": Decimal(0)}, {"total": Decimal(-5)}]
)
def test_orders_that_nobody_owes_for_are_left_out(m3: Environment, values: dict[str, Any]) -> None:
    with pytest.raises(RecordSkipped):
        change(m3, order(**values))


@pytest.mark.parametrize("values", [{"currency": "XXX"}, {"placed_at": None}])
def test_orders_that_make_no_sense_are_refused(m3: Environment, values: dict[str, Any]) -> None:
    with pytest.raises(RecordRejected):
        change(m3, order(**values))


def test_an_order_without_a_total_comes_to_its_lines(m3: Environment) -> None:
    lines = tuple(
        OrderLine(
            key=key,
            product_key=key,
            title=key,
            quantity=Decimal(1),
            net=Decimal(8),
            gross=Decimal(10),
            cancelled=gone,
        )
        for key, gone in (("a", False), ("b", False), ("c", True))
    )
    assert mapped(m3, order(total=None, lines=lines)).always["total"] == "20.00"


def test_amounts_have_the_decimals_of_their_currency(m3: Environment) -> None:
    assert mapped(m3, order(currency="JPY", total=Decimal("1200.4"))).always["total"] == "1200"
    assert mapped(m3, order(currency="KWD", total=Decimal("12.3456"))).always["total"] == "12.346"


def test_revenue_and_tax_get_lines_of_their_own_where_the_options_name_accounts(environments: Maker) -> None:
    m3 = environments(balanced_journals=True)
    assert post(m3, change(m3, order())).action is Action.REJECTED
    m3.options = ReceivableOptions(
        ar_receivable_account="1510", ar_revenue_account="3000", ar_tax_account="2610", ar_due_days=30
    )
    one = change(m3, order(key="shop:1002"))
    assert post(m3, one).action is Action.CREATED
    assert [row["CUAM"] for row in invoices(m3, one.target_key)] == ["119.00"]
    layout = m3.sandbox.options.journal_layout
    posted: Any = [row for row in m3.sandbox.m3.journal_lines.rows.values() if one.target_key in row["KEY1"]]
    lines = [layout.read(row["PARM"]) for row in posted]
    assert [(line["AIT1"], line["CUAM"], line["CUNO"]) for line in lines] == [
        ("1510", "119.00", "10001"), ("3000", "-100.00", ""), ("2610", "-19.00", ""),
    ]  # fmt: skip
    assert lines[0]["DUDT"] > lines[0]["IVDT"]


def test_an_interface_m3_does_not_have_is_told(m3: Environment) -> None:
    m3.options = ReceivableOptions(ar_interface="NONE")
    word = post(m3, change(m3, order()))
    assert word.action is Action.REJECTED
    assert "NONE" in word.text


def test_a_value_that_does_not_fit_its_place_is_refused_not_cut(m3: Environment) -> None:
    m3.options = ReceivableOptions(ar_line_layout=("CUNO 1-10", "CINO 11-25", "CUAM 26-29"))
    word = post(m3, change(m3, order()))
    assert (word.action, word.code) == (Action.REJECTED, "too_long")
    assert m3.state()["ar"]["batches"] == 0


def test_a_program_that_is_forbidden_stops_everything_at_once(m3: Environment) -> None:
    m3.sandbox.mutate("forbid_program", program="GLS840MI")
    with pytest.raises(ConfigProblem):
        post(m3, change(m3, order()))


def test_an_order_gone_from_the_shop_keeps_its_invoice(m3: Environment) -> None:
    word = post(m3, change(m3, order(), remove=True))
    assert (word.action, word.code) == (Action.SKIPPED, "kept")


@given(st.lists(st.text(min_size=1, max_size=60), min_size=2, max_size=30, unique=True))
def test_different_orders_have_different_numbers_that_fit(keys: list[str]) -> None:
    for length in (12, 15):
        numbers = [reference_of(key, "MC", length) for key in keys]
        assert len(set(numbers)) == len(keys)
        assert all(len(number) == length and number.isalnum() for number in numbers)
        assert numbers == [reference_of(key, "MC", length) for key in keys]


def test_industrial_takes_an_invoice_and_gives_it_back(csi: Environment) -> None:
    one = change(csi, order(), ("4",))
    assert post(csi, one).action is Action.CREATED
    assert post(csi, one).action is Action.UNCHANGED
    rows: Any = csi.sandbox.state("csi_ar_invoices")
    (row,) = [row for row in rows if row["InvNum"] == one.target_key]
    assert (row["CustNum"], row["Amount"], row["SalesTax"], row["Freight"]) == (
        "      4",
        "95.10",
        "19.00",
        "4.90",
    )
    assert row["CustPo"] == "1001"


@pytest.mark.parametrize("kind", ["timeout_after", "timeout_before"])
def test_an_answer_lost_in_industrial_doubles_nothing(csi: Environment, kind: str) -> None:
    csi.sandbox.faults.add("*/update/*", kind, seconds=0)
    one = change(csi, order(), ("4",))
    assert post(csi, one).action is Action.UNKNOWN
    found = list(csi.system().sink("ar_transactions").look_up([one], SENT_AT))
    assert len(found) == (1 if kind == "timeout_after" else 0)
    if not found:
        assert post(csi, one).action is Action.CREATED
    rows: Any = csi.sandbox.state("csi_ar_invoices")
    assert [row["InvNum"] for row in rows].count(one.target_key) == 1
