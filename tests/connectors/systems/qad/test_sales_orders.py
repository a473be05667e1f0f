"""Mailchimp orders as sales orders by the entity API: made once, completed, noted on, never twice."""

from decimal import Decimal
from typing import Any

import pytest

from connectors.sdk.errors import ConfigProblem, ReconnectNeeded, RetryLater
from connectors.sdk.mapping import Desired
from connectors.sdk.system import Action
from tests.connectors.systems.qad.mail_orders import change, items, line, look_up, made, options, order, write
from tests.connectors.systems.qad.tenant import BROWSES, Maker, Tenant

HEADERS, GRID, STEP = "*/salesOrderHeaders", "*/salesOrderLinesGrid", "*/fieldChange"


@pytest.fixture
def qad(tenants: Maker) -> Tenant:
    """A pinged tenant orders may be written to."""
    qad = tenants()
    qad.options = options()
    qad.ping()
    return qad


def usual(qad: Tenant, **more: Any) -> Any:
    first, second = items(qad)
    return order(line(first, "2", "25.00"), line(second, "1", "4.90"), **more)


def posts(qad: Tenant, path: str) -> int:
    return len(qad.sandbox.journal.calls(method="POST", path=path))


def test_an_order_becomes_a_sales_order_with_its_lines_currency_and_reference(qad: Tenant) -> None:
    (word,) = write(qad, change(qad, usual(qad)))
    (there,) = made(qad)
    assert (word.action, word.external_id) == (Action.CREATED, there["salesOrderNumber"])
    assert (there["soldToCustomerCode"], there["currencyCode"], there["siteCode"]) == (
        "10001",
        "USD",
        "10-100",
    )
    assert there["orderDate"].startswith("2026-11-19")
    assert Decimal(there["total"]) == Decimal("29.90")
    assert [(one["itemCode"], one["quantityOrdered"], one["netPrice"]) for one in there["lines"]] == [
        (items(qad)[0], "2", "12.5"),
        (items(qad)[1], "1", "4.9"),
    ]
    assert all(one["unitOfMeasureCode"] for one in there["lines"])


def test_writing_twice_equals_writing_once(qad: Tenant) -> None:
    first = change(qad, usual(qad))
    write(qad, first)
    (word,) = write(qad, first)
    assert word.action is Action.UNCHANGED
    assert len(made(qad)) == 1
    assert posts(qad, HEADERS) == 1


@pytest.mark.parametrize(
    ("path", "after", "complete"), [(HEADERS, 0, False), (GRID, 0, False), (GRID, 1, True)]
)
def test_an_answer_lost_after_the_work_was_done_makes_no_second_order(
    qad: Tenant, path: str, after: int, *, complete: bool
) -> None:
    one = change(qad, usual(qad))
    qad.sandbox.faults.add({"method": "POST", "path": path}, "timeout_after", after=after)
    (word,) = write(qad, one)
    assert word.action is Action.UNKNOWN
    found = look_up(qad, one)
    assert bool(found) is complete
    if not complete:
        write(qad, one)
        found = look_up(qad, one)
    (there,) = made(qad)
    assert [(word.action, word.external_id) for word in found] == [
        (Action.CREATED, there["salesOrderNumber"])
    ]
    assert Decimal(there["total"]) == Decimal("29.90")
    assert len(there["lines"]) == 2


def test_what_was_lost_before_it_arrived_is_not_found_and_sent_again(qad: Tenant) -> None:
    one = change(qad, usual(qad))
    qad.sandbox.faults.add({"method": "POST", "path": HEADERS}, "timeout_before", seconds=0)
    assert write(qad, one)[0].action is Action.UNKNOWN
    assert look_up(qad, one) == []
    assert write(qad, one)[0].action is Action.CREATED
    assert len(made(qad)) == 1


def test_a_header_left_without_its_lines_is_completed_by_whoever_comes_next(qad: Tenant) -> None:
    one = change(qad, usual(qad))
    qad.sandbox.faults.add(STEP, "status", status=503, times=None, after=9)
    with pytest.raises(RetryLater):
        write(qad, one)
    assert len(made(qad)[0]["lines"]) == 1
    qad.sandbox.faults.clear()
    assert look_up(qad, one) == []
    assert write(qad, one)[0].action is Action.CREATED
    (there,) = made(qad)
    assert [each["itemCode"] for each in there["lines"]] == items(qad)


def test_an_order_taken_but_not_kept_stays_unknown(qad: Tenant) -> None:
    one = change(qad, usual(qad))
    qad.sandbox.faults.add({"method": "POST", "path": HEADERS}, "queued")
    assert write(qad, one)[0].action is Action.UNKNOWN
    assert look_up(qad, one) == []


def test_an_order_that_has_a_number_of_qad_is_noted_on_where_that_is_meant(qad: Tenant) -> None:
    native = qad.state("sales_orders", "SO100002")[0]
    first, _ = items(qad)
    one = order(line(first), number="SO100002")
    qad.options = options(match_order_numbers=True)
    (word,) = write(qad, change(qad, one, native["soldToCustomerCode"]))
    assert (word.action, word.external_id) == (Action.UNCHANGED, "SO100002")
    assert posts(qad, HEADERS) == 0
    qad.options = options()
    assert write(qad, change(qad, one, native["soldToCustomerCode"]))[0].action is Action.CREATED


def test_an_order_somebody_else_brought_in_under_our_reference_is_left_as_it_is(qad: Tenant) -> None:
    other = [{"itemCode": items(qad, 3)[2], "quantityOrdered": "7"}]
    number = qad.sandbox.mutate("add_order", customer="10001", lines=other, reference="web-1001")
    (word,) = write(qad, change(qad, usual(qad)))
    assert (word.action, {"salesOrderNumber": word.external_id}) == (Action.UNCHANGED, number)
    assert [each["quantityOrdered"] for each in made(qad)[0]["lines"]] == ["7"]


def test_an_order_with_some_of_our_lines_and_some_of_its_own_is_left_to_a_person(qad: Tenant) -> None:
    first, _, third = items(qad, 3)
    mixed = [
        {"itemCode": first, "quantityOrdered": "2", "netPrice": "12.5"},
        {"itemCode": third, "quantityOrdered": "7"},
    ]
    qad.sandbox.mutate("add_order", customer="10001", lines=mixed, reference="web-1001")
    (word,) = write(qad, change(qad, usual(qad)))
    assert (word.action, word.code) == (Action.REJECTED, "lines_differ")


def test_what_is_wanted_of_the_header_is_written_to_the_whole_record_just_read(qad: Tenant) -> None:
    qad.options = options(status_field="shipVia")
    one = change(qad, usual(qad, state="paid"))
    assert write(qad, one)[0].action is Action.CREATED
    (there,) = made(qad)
    assert there["shipVia"] == "paid"
    assert (there["purchaseOrder"], there["daybookSetCode"]) == ("web-1001", "SALES")
    assert write(qad, one)[0].action is Action.UNCHANGED


def test_somebody_saving_in_between_is_not_overwritten(qad: Tenant) -> None:
    qad.options = options(status_field="shipVia")
    one = change(qad, usual(qad, state="paid"))
    qad.sandbox.faults.add({"method": "POST", "path": HEADERS, "query": "salesOrderNumber"}, "stale", times=2)
    assert write(qad, one)[0].action is Action.CREATED
    assert made(qad)[0]["shipVia"] == "paid"


def test_three_times_stale_is_a_conflict_for_a_person(qad: Tenant) -> None:
    qad.options = options(status_field="shipVia")
    one = change(qad, usual(qad, state="paid"))
    qad.sandbox.faults.add(
        {"method": "POST", "path": HEADERS, "query": "salesOrderNumber"}, "stale", times=None
    )
    (word,) = write(qad, one)
    assert word.action is Action.CONFLICT
    assert len(made(qad)) == 1


def test_a_field_the_order_does_not_have_is_a_matter_of_the_options(qad: Tenant) -> None:
    qad.options = options(total_field="customDecimal0")
    with pytest.raises(ConfigProblem, match="have no field customDecimal0"):
        write(qad, change(qad, usual(qad)))
    assert len(made(qad)) == 1


def test_an_item_qad_does_not_have_is_refused_before_anything_is_made(qad: Tenant) -> None:
    first, _ = items(qad)
    (word,) = write(qad, change(qad, order(line(first), line("NO-SUCH-1"))))
    assert (word.action, word.code) == (Action.REJECTED, "no_item")
    assert "no item NO-SUCH-1" in word.text
    assert made(qad) == []


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        ({"currency": "CHF"}, "refused", "Field is mandatory (currencyCode: CHF)"),
    ],
)
def test_what_qad_refuses_is_told_in_its_words(
    qad: Tenant, more: dict[str, Any], code: str, says: str
) -> None:
    (word,) = write(qad, change(qad, usual(qad, **more)))
    assert (word.action, word.code) == (Action.REJECTED, code)
    assert says in word.text


def test_a_buyer_who_is_several_customers_is_a_person_s_decision(qad: Tenant) -> None:
    one = change(qad, usual(qad), "10004", "10001")
    (word,) = write(qad, one)
    assert (word.action, word.code) == (Action.REJECTED, "several_customers")
    assert "10001, 10004" in word.text
    qad.options = options(shared_address="first")
    assert write(qad, one)[0].action is Action.CREATED
    assert made(qad)[0]["soldToCustomerCode"] == "10001"


def test_a_reference_that_stands_on_somebody_else_s_order_makes_no_second_one(qad: Tenant) -> None:
    qad.sandbox.mutate("add_order", customer="10002", reference="web-1001")
    (word,) = write(qad, change(qad, usual(qad)))
    assert (word.action, word.code) == (Action.REJECTED, "other_customer")
    qad.options = options(reference_prefix="MC-")
    assert write(qad, change(qad, usual(qad)))[0].action is Action.CREATED
    assert len(made(qad, "MC-web-1001")) == 1


def test_a_reference_that_stands_on_two_orders_is_told(qad: Tenant) -> None:
    for _ in range(2):
        qad.sandbox.mutate("add_order", customer="10001", reference="web-1001")
    (word,) = write(qad, change(qad, usual(qad)))
    assert (word.action, word.code) == (Action.REJECTED, "several_orders")


def test_an_order_cancelled_before_it_ever_went_stays_out(qad: Tenant) -> None:
    (word,) = write(qad, change(qad, usual(qad, state="cancelled")))
    assert (word.action, word.code) == (Action.SKIPPED, "cancelled_unseen")
    assert made(qad) == []


def test_an_order_cancelled_later_is_left_to_a_person(qad: Tenant) -> None:
    write(qad, change(qad, usual(qad)))
    number = made(qad)[0]["salesOrderNumber"]
    (word,) = write(qad, change(qad, usual(qad, state="refunded"), external_id=number))
    assert (word.action, word.code) == (Action.REJECTED, "cancelled_there")
    assert number in word.text


def test_lines_changed_later_are_left_to_a_person(qad: Tenant) -> None:
    first = change(qad, usual(qad))
    write(qad, first)
    number = made(qad)[0]["salesOrderNumber"]
    (word,) = write(
        qad,
        change(qad, order(line(items(qad)[0], "5", "62.50")), external_id=number, confirmed=first.desired),
    )
    assert (word.action, word.code) == (Action.REJECTED, "lines_changed")
    assert len(made(qad)[0]["lines"]) == 2


def test_an_order_gone_from_qad_is_not_made_again(qad: Tenant) -> None:
    (word,) = write(qad, change(qad, usual(qad), external_id="SO123456"))
    assert (word.action, word.code) == (Action.REJECTED, "gone")
    assert made(qad) == []


def test_none_are_made_where_none_are_to_be(qad: Tenant) -> None:
    qad.options = options(create_orders=False)
    (word,) = write(qad, change(qad, usual(qad)))
    assert (word.action, word.code) == (Action.SKIPPED, "no_order")


def test_a_removed_order_stays(qad: Tenant) -> None:
    one = change(qad, usual(qad), external_id="SO100002", remove=True)
    assert write(qad, one)[0].action is Action.SKIPPED


def test_one_bad_order_does_not_stop_the_others(qad: Tenant) -> None:
    first, _ = items(qad)
    words = write(
        qad,
        change(qad, order(line("NO-SUCH-1"), number="bad-1")),
        change(qad, order(line(first), number="good-1")),
    )
    assert {word.id: word.action for word in words} == {
        "id-bad-1": Action.REJECTED,
        "id-good-1": Action.CREATED,
    }


def test_a_record_somebody_has_open_is_tried_again_in_a_while(qad: Tenant) -> None:
    qad.sandbox.faults.add({"method": "POST", "path": HEADERS}, "business_error")
    (word,) = write(qad, change(qad, usual(qad)))
    assert (word.action, word.after) == (Action.LATER, 120.0)
    assert "locked by another user" in word.text


def test_an_empty_answer_to_the_look_up_makes_no_second_order(qad: Tenant) -> None:
    one = change(qad, usual(qad))
    write(qad, one)
    qad.sandbox.faults.add({"path": BROWSES, "query": "so_po"}, "empty_page")
    assert write(qad, one)[0].action is Action.UNCHANGED
    qad.sandbox.faults.add({"path": BROWSES, "query": "so803"}, "empty_page", times=None)
    with pytest.raises(RetryLater):
        write(qad, one)
    assert len(made(qad)) == 1


def test_without_the_column_of_the_reference_nothing_is_made(qad: Tenant) -> None:
    write(qad, change(qad, usual(qad)))
    qad.sandbox.mutate("remove_column", browse="urn:browse:mfg:so803", column="so_mstr.so_po")
    with pytest.raises(ConfigProblem, match=r"so_mstr\.so_po"):
        write(qad, change(qad, usual(qad, number="web-1002")))
    assert made(qad, "web-1002") == []


def test_without_a_known_field_for_the_reference_nothing_is_made(qad: Tenant) -> None:
    del qad.findings["reference_field"]
    with pytest.raises(ConfigProblem, match="Ping again"):
        write(qad, change(qad, usual(qad)))
    assert posts(qad, HEADERS) == 0


def test_a_refused_log_in_speaks_of_the_connection(qad: Tenant) -> None:
    qad.sandbox.mutate("set_password", password="another-password")
    qad.sandbox.mutate("end_sessions")
    with pytest.raises(ReconnectNeeded):
        write(qad, change(qad, usual(qad)))


def test_an_order_without_a_site_goes_once_the_site_is_chosen(qad: Tenant) -> None:
    qad.options = options(order_site="")
    (word,) = write(qad, change(qad, usual(qad)))
    assert word.action is Action.REJECTED
    assert "siteCode" in word.text
    qad.options = options()
    assert write(qad, change(qad, usual(qad)))[0].action is Action.CREATED
    assert len(made(qad)) == 1


def test_when_the_answer_is_the_entity_itself_it_counts_as_success(tenants: Maker) -> None:
    qad = tenants(write_answer="entity")
    qad.options = options()
    qad.ping()
    assert write(qad, change(qad, usual(qad)))[0].action is Action.CREATED
    assert len(made(qad)[0]["lines"]) == 2


def test_a_tenant_s_own_rule_may_fill_any_field_of_the_header(qad: Tenant) -> None:
    one = change(qad, usual(qad))
    with_rule = Desired({**one.desired.always, "fields": {"shipVia": "DHL"}})
    changed = type(one)(id=one.id, key=one.key, target_key=one.target_key, desired=with_rule, needs=one.needs)
    assert write(qad, changed)[0].action is Action.CREATED
    assert made(qad)[0]["shipVia"] == "DHL"


def test_a_long_reference_is_shortened_and_found_again(qad: Tenant) -> None:
    key = "order-of-a-shop-with-very-long-numbers-0000000001"
    one = change(qad, usual(qad, number=key))
    assert write(qad, one)[0].action is Action.CREATED
    assert len(one.target_key) == 22
    assert len(made(qad, one.target_key)) == 1
    assert write(qad, one)[0].action is Action.UNCHANGED
