"""Sales orders and attributions: steps in their order, references that may double, headers left behind."""

import json
from collections.abc import Mapping

import pytest

from tests.sandboxes.qad.caller import JSON, Caller, tenant

HEADER: dict[str, object] = {
    "domainCode": "10USA",
    "soldToCustomerCode": "10001",
    "billToCustomerCode": "10001",
    "shipToCustomerCode": "10001",
    "siteCode": "10-100",
    "currencyCode": "USD",
    "creditTermsCode": "NET30",
    "daybookSetCode": "SALES",
    "shipVia": "UPS",
    "orderDate": "2026-07-01T00:00:00.000Z",
    "dueDate": "2026-07-10T00:00:00.000Z",
    "purchaseOrder": "MC-1001",
}
ITEM = "11-00001"  # 2.32 a piece
STEPS: dict[str, object] = {
    "itemCode": ITEM,
    "siteCode": "10-200",
    "quantityOrdered": 3,
    "listPrice": 10,
    "discountFormatted": "20.00",
    "netPrice": 7.5,
    "dueDate": "2026-07-11T00:00:00.000Z",
}
ATTRIBUTION: dict[str, object] = {
    "domainCode": "10USA",
    "referenceCode": "MC-1001",
    "customerCode": "10001",
    "currencyCode": "USD",
    "orderTotal": 99.95,
    "orderDate": "2026-07-01T00:00:00.000Z",
    "campaignCode": "c1",
    "lineDetail": "1 x A",
}


def header(qad: Caller, number: str = "MC000001", **changes: object) -> str:
    reply = qad.post("salesOrderHeaders", {**HEADER, "salesOrderNumber": number, **changes})
    assert reply.accepted, reply.faults
    return number


def lines(qad: Caller, number: str, *, blank: bool = False) -> list[dict[str, object]]:
    asked = f"domainCode=10USA&salesOrderNumber={number}" + ("&initialize=true" if blank else "")
    data = qad.send("GET", f"{qad.root}/api/erp/salesOrderLinesGrid?{asked}").json()["data"]
    assert isinstance(data, dict)
    found = data["salesOrderLinesGrid"]
    assert isinstance(found, list)
    return found


def step(qad: Caller, line: Mapping[str, object], name: str, value: object) -> dict[str, object]:
    body = {"supplementaryMessages": [], "salesOrderLines": [{**line, name: value}]}
    path = f"{qad.root}/api/erp/salesOrderLines/fieldChange?fieldName={name}&dataOperation=CREATE"
    answer = qad.send("POST", path, json.dumps(body).encode(), JSON).json()
    data = answer.get("data")
    if data is None:
        return answer
    assert isinstance(data, dict)
    changed = data["salesOrderLines"][0]
    assert isinstance(changed, dict)
    return changed


def refusal(answer: Mapping[str, object]) -> tuple[str, str]:
    result = answer["submitResult"]
    assert isinstance(result, dict)
    return result["errors"][0]["fieldName"], result["errors"][0]["message"]


def submit(qad: Caller, line: Mapping[str, object]) -> list[tuple[str, str]]:
    body = {"supplementaryMessages": [], "salesOrderLinesGrid": [line]}
    reply = qad.send("POST", f"{qad.root}/api/erp/salesOrderLinesGrid", json.dumps(body).encode(), JSON)
    return reply.faults


def entered(qad: Caller, number: str, **changes: object) -> dict[str, object]:
    line = lines(qad, number, blank=True)[0]
    for name, value in {**STEPS, **changes}.items():
        line = step(qad, line, name, value)
    return line


def test_a_header_is_created_under_the_number_it_brings(qad: Caller) -> None:
    header(qad)
    record = qad.get("salesOrderHeaders", domainCode="10USA", salesOrderNumber="MC000001")
    assert record["uri"] == "urn:be:com.qad.sales.salesorder.ISalesOrderHeader:10USA.MC000001"
    assert {name: record[name] for name in HEADER} == HEADER


def test_a_header_without_a_number_gets_one_and_is_told_it(qad: Caller) -> None:
    reply = qad.post("salesOrderHeaders", HEADER)
    assert reply.accepted
    data = reply.json()["data"]
    assert isinstance(data, dict)
    assert data["salesOrderHeaders"][0]["salesOrderNumber"] == "SO100031"


def test_the_same_number_is_refused_and_the_same_reference_is_not(qad: Caller) -> None:
    header(qad)
    again = qad.post("salesOrderHeaders", {**HEADER, "salesOrderNumber": "MC000001"})
    assert again.faults == [("salesOrderNumber", "Record already exists")]
    assert qad.count("MC-1001")["sales_orders"] == 1
    header(qad, "MC000002")
    assert qad.count("MC-1001") == {"sales_orders": 2, "attributions": 0, "customers": 0, "total": 2}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"soldToCustomerCode": "nobody"}, ("soldToCustomerCode", "Field is mandatory")),
        ({"soldToCustomerCode": "10023"}, ("soldToCustomerCode", "Customer is not active")),
        ({"billToCustomerCode": "nobody"}, ("billToCustomerCode", "Field is mandatory")),
        ({"currencyCode": "XXX"}, ("currencyCode", "Field is mandatory")),
        ({"siteCode": "20-100"}, ("siteCode", "Field is mandatory")),
        ({"dueDate": ""}, ("dueDate", "Field is mandatory")),
        ({"orderDate": "2026-07-01"}, ("orderDate", "Invalid date, ISO 8601 in UTC expected")),
        ({"orderDate": "2026-02-30T00:00:00Z"}, ("orderDate", "Invalid date")),
        ({"domainCode": "20EUR"}, ("domainCode", "The workspace does not give access to it")),
        ({"salesOrderNumber": "MC0000001"}, ("salesOrderNumber", "Value is too long, at most 8 characters")),
        ({"purchaseOrder": "x" * 23}, ("purchaseOrder", "Value is too long, at most 22 characters")),
        ({"total": 5}, ("total", "Field does not exist")),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(
    qad: Caller, changes: dict[str, object], fault: tuple[str, str]
) -> None:
    reply = qad.post("salesOrderHeaders", {**HEADER, "salesOrderNumber": "MC000001", **changes})
    assert reply.faults == [fault]
    assert qad.count("MC000001")["total"] == 0


def test_whom_and_where_it_goes_follows_from_the_customer(qad: Caller) -> None:
    header(qad, billToCustomerCode="", shipToCustomerCode="", creditTermsCode="")
    record = qad.get("salesOrderHeaders", domainCode="10USA", salesOrderNumber="MC000001")
    assert (record["billToCustomerCode"], record["shipToCustomerCode"]) == ("10001", "10001")
    assert record["creditTermsCode"] == qad.customer()["creditTermsCode"]


def test_an_order_of_a_customer_on_hold_is_on_hold(qad: Caller) -> None:
    header(qad, soldToCustomerCode="10035")
    row = qad.browse("urn:browse:mfg:so803", "so_mstr.so_nbr,eq,MC000001,literal").rows[0]
    assert row["so_mstr.so_stat"] == "HD"


def test_a_closed_order_takes_no_change_and_no_line(qad: Caller) -> None:
    key = {"domainCode": "10USA", "salesOrderNumber": header(qad)}
    line = entered(qad, "MC000001")
    qad.sandbox.mutate("set_order_status", number="MC000001", status="C")
    changed = {**qad.get("salesOrderHeaders", **key), "changeStatus": "2"}
    closed = [("salesOrderNumber", "Sales order is closed")]
    assert qad.post("salesOrderHeaders", changed, **key).faults == closed
    assert submit(qad, line) == closed


def test_a_tenant_may_show_no_reference_field_in_the_entity() -> None:
    with tenant(order_reference="") as qad:
        reply = qad.post("salesOrderHeaders", {**HEADER, "salesOrderNumber": "MC000001"})
        assert reply.faults == [("purchaseOrder", "Field does not exist")]


def test_a_line_that_is_entered_step_by_step_is_recalculated_at_each(qad: Caller) -> None:
    header(qad)
    line = lines(qad, "MC000001", blank=True)[0]
    assert (line["lineNumber"], line["siteCode"], line["quantityOrdered"]) == (1, "10-100", 0)
    line = step(qad, line, "itemCode", ITEM)
    assert (line["unitOfMeasureCode"], line["listPrice"], line["netPrice"]) == ("EA", 2.32, 2.32)
    line = step(qad, step(qad, line, "siteCode", "10-200"), "quantityOrdered", 3)
    line = step(qad, line, "listPrice", 10)
    assert line["netPrice"] == 10
    assert step(qad, line, "discountFormatted", "20.00")["netPrice"] == 8


def test_an_entered_line_is_kept_as_it_was_entered(qad: Caller) -> None:
    header(qad)
    assert submit(qad, entered(qad, "MC000001")) == []
    kept = lines(qad, "MC000001")[0]
    assert {name: kept[name] for name in STEPS} == STEPS
    assert kept["unitOfMeasureCode"] == "EA"
    order = qad.sandbox.state("sales_orders", "MC000001")
    assert isinstance(order, list)
    assert (order[0]["total"], len(order[0]["lines"])) == ("22.5", 1)
    assert lines(qad, "MC000001", blank=True)[0]["lineNumber"] == 2


def test_a_line_posted_without_the_steps_has_neither_price_nor_unit(qad: Caller) -> None:
    header(qad)
    line = {**lines(qad, "MC000001", blank=True)[0], **STEPS}
    assert submit(qad, line) == []
    kept = lines(qad, "MC000001")[0]
    assert (kept["itemCode"], kept["quantityOrdered"]) == (ITEM, 3)
    assert (kept["netPrice"], kept["listPrice"], kept["unitOfMeasureCode"]) == (0, 0, "")


def test_the_steps_cannot_be_taken_in_another_order(qad: Caller) -> None:
    header(qad)
    line = lines(qad, "MC000001", blank=True)[0]
    assert refusal(step(qad, line, "quantityOrdered", 1)) == (
        "quantityOrdered",
        "itemCode must be entered first",
    )
    line = step(qad, line, "itemCode", ITEM)
    assert refusal(step(qad, line, "netPrice", 1)) == ("netPrice", "siteCode must be entered first")


def test_going_back_to_a_step_undoes_those_behind_it(qad: Caller) -> None:
    header(qad)
    line = step(qad, entered(qad, "MC000001"), "quantityOrdered", 5)
    assert refusal(step(qad, line, "netPrice", 1)) == ("netPrice", "listPrice must be entered first")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("itemCode", "none", "Field is mandatory"),
        ("itemCode", "16-00020", "Item status does not allow this transaction"),
        ("siteCode", "20-100", "Field is mandatory"),
        ("quantityOrdered", 0, "Quantity must be greater than zero"),
        ("quantityOrdered", "3", "Invalid value, decimal expected"),
        ("listPrice", -1, "Price must not be negative"),
        ("discountFormatted", "a fifth", "Invalid value"),
        ("dueDate", None, "Field is mandatory"),
    ],
)
def test_a_step_with_a_bad_value_is_refused_and_the_header_stays(
    qad: Caller, name: str, value: object, message: str
) -> None:
    header(qad)
    line = lines(qad, "MC000001", blank=True)[0]
    for known, good in STEPS.items():
        if known == name:
            break
        line = step(qad, line, known, good)
    assert refusal(step(qad, line, name, value)) == (name, message)
    assert qad.count("MC-1001")["sales_orders"] == 1
    assert lines(qad, "MC000001") == []
    summary = qad.sandbox.state()
    assert isinstance(summary, dict)
    assert summary["orders_without_lines"] == 1


def test_a_line_must_be_what_was_entered(qad: Caller) -> None:
    header(qad)
    line = entered(qad, "MC000001")
    assert submit(qad, {**line, "netPrice": 1}) == [("netPrice", "The value was not entered")]
    assert submit(qad, {**line, "extra": 1}) == [("extra", "Field does not exist")]


def test_a_line_is_not_taken_twice(qad: Caller) -> None:
    header(qad)
    line = entered(qad, "MC000001")
    assert submit(qad, line) == []
    assert submit(qad, line) == [("lineNumber", "Record already exists")]


def test_a_line_needs_a_blank_line_first_and_an_order(qad: Caller) -> None:
    header(qad)
    line = {"domainCode": "10USA", "salesOrderNumber": "MC000001", "lineNumber": 1}
    assert refusal(step(qad, line, "itemCode", ITEM)) == ("lineNumber", "The line was not initialized")
    stray = {**line, "salesOrderNumber": "NONE"}
    assert refusal(step(qad, stray, "itemCode", ITEM)) == ("salesOrderNumber", "Record does not exist")


def test_a_line_may_be_refused_by_rule_or_answered_as_done_and_not_kept(qad: Caller) -> None:
    header(qad)
    line = entered(qad, "MC000001")
    grid = "POST *salesOrderLinesGrid"
    qad.sandbox.faults.add(grid, "business_error", field="itemCode", message="Period is closed")
    qad.sandbox.faults.add(grid, "queued")
    assert submit(qad, line) == [("itemCode", "Period is closed")]
    assert submit(qad, line) == []
    assert lines(qad, "MC000001") == []


def test_two_attributions_may_have_the_same_reference(qad: Caller) -> None:
    assert qad.post("marketingAttributions", ATTRIBUTION).accepted
    assert qad.count("MC-1001") == {"sales_orders": 0, "attributions": 1, "customers": 0, "total": 1}
    assert qad.post("marketingAttributions", ATTRIBUTION).accepted
    assert qad.count("MC-1001")["attributions"] == 2
    assert qad.sandbox.state("references") == {"sales_orders": {}, "attributions": {"MC-1001": 2}}


def test_an_attribution_is_found_by_its_reference(qad: Caller) -> None:
    qad.post("marketingAttributions", ATTRIBUTION)
    browse = "urn:browse:custom:marketingAttributions"
    row = qad.browse(browse, "marketingAttribution.referenceCode,eq,MC-1001,literal").rows[0]
    assert row["marketingAttribution.orderTotal"] == 99.95
    number = str(row["marketingAttribution.attributionNumber"])
    record = qad.get("marketingAttributions", domainCode="10USA", attributionNumber=number)
    assert record["lineDetail"] == "1 x A"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"customerCode": "nobody"}, "customerCode"),
        ({"salesOrderNumber": "NONE"}, "salesOrderNumber"),
        ({"currencyCode": "XXX"}, "currencyCode"),
        ({"referenceCode": ""}, "referenceCode"),
    ],
)
def test_an_attribution_must_match_a_customer_and_an_order(
    qad: Caller, changes: dict[str, object], field: str
) -> None:
    assert qad.post("marketingAttributions", {**ATTRIBUTION, **changes}).faults == [
        (field, "Field is mandatory")
    ]


def test_a_tenant_may_have_no_attributions() -> None:
    with tenant(attributions=False) as qad:
        assert qad.send("GET", qad.entity("marketingAttributions")).status == 404
        assert qad.browse("urn:browse:custom:marketingAttributions").status == 404


def test_a_reference_in_a_customers_custom_fields_is_counted(qad: Caller) -> None:
    assert qad.save(qad.customer(), customLong0="MC-7 MC-8").accepted
    assert qad.count("MC-7")["customers"] == 1
    assert qad.count("MC")["customers"] == 0
