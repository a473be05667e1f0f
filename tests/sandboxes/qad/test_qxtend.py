"""QXtend inbound: what the envelope must hold, and what a QDoc does; its refusals come in a 200."""

import pytest

from tests.sandboxes.qad.caller import SOAP, WORKSPACE, Caller, tenant

LINE = (
    "<salesOrderDetail><operation>A</operation><sodLine>1</sodLine><sodPart>11-00001</sodPart>"
    "<sodQtyOrd>2</sodQtyOrd><sodPrice>4.5</sodPrice></salesOrderDetail>"
)


def order(operation: str = "A", number: str = "MC000001", rest: str = "", lines: str = LINE) -> str:
    numbered = f"<soNbr>{number}</soNbr>" if number else ""
    return (
        f"<dsSalesOrder><salesOrder><operation>{operation}</operation>{numbered}<soCust>10001</soCust>"
        f"<soDueDate>2099-01-01</soDueDate><soPo>MC-1001</soPo>{rest}{lines}</salesOrder></dsSalesOrder>"
    )


def customer(operation: str, code: str = "NEW1", rest: str = "<adName>Æble &amp; Co</adName>") -> str:
    return (
        f"<dsCustomer><customer><operation>{operation}</operation><cmAddr>{code}</cmAddr>{rest}"
        "<cmCurr>EUR</cmCurr></customer></dsCustomer>"
    )


def sales(qad: Caller, number: str = "MC000001") -> dict[str, object]:
    found = qad.sandbox.state("sales_orders", number)
    assert isinstance(found, list)
    assert len(found) == 1
    one = found[0]
    assert isinstance(one, dict)
    return one


def test_an_order_with_its_line_comes_in_and_is_told_its_number(qad: Caller) -> None:
    reply = qad.qdoc("maintainSalesOrder", order())
    assert (reply.result, reply.xml("soNbr")) == ("success", ["MC000001"])
    one = sales(qad)
    assert (one["total"], one["purchaseOrder"], one["currencyCode"]) == ("9", "MC-1001", "USD")
    assert qad.sandbox.journal.write_summary()["salesOrderHeaders"]["created"] == 1
    assert qad.count("MC-1001")["sales_orders"] == 1


def test_the_rest_of_a_line_comes_from_the_item_and_the_order(qad: Caller) -> None:
    line = "<salesOrderDetail><operation>A</operation><sodPart>11-00001</sodPart><sodQtyOrd>2</sodQtyOrd>"
    qad.qdoc("maintainSalesOrder", order(lines=f"{line}</salesOrderDetail>"))
    row = qad.browse("urn:browse:mfg:so011", "so_mstr.so_nbr,eq,MC000001,literal").rows[0]
    assert (row["sod_det.sod_price"], row["sod_det.sod_um"], row["sod_det.sod_line"]) == (2.32, "EA", 1)
    assert row["sod_det.sod_due_date"] == "2099-01-01"


def test_without_a_number_the_same_order_doubles(qad: Caller) -> None:
    first = qad.qdoc("maintainSalesOrder", order(number=""))
    second = qad.qdoc("maintainSalesOrder", order(number=""))
    assert (first.xml("soNbr"), second.xml("soNbr")) == (["SO100031"], ["SO100032"])
    assert qad.count("MC-1001")["sales_orders"] == 2


@pytest.mark.parametrize("action", [None, "", "maintainSalesOrder", '"urn:x"'])
def test_the_soap_action_must_be_two_quotes(qad: Caller, action: str | None) -> None:
    headers = {"Content-Type": "text/xml; charset=utf-8"}
    if action is not None:
        headers["SOAPAction"] = action
    reply = qad.qdoc("maintainSalesOrder", order(), headers)
    assert (reply.status, reply.xml("faultcode")) == (500, ["soapenv:Server"])
    assert qad.count("MC-1001")["total"] == 0


def test_the_content_type_must_be_text_xml(qad: Caller) -> None:
    headers = {"Content-Type": "application/soap+xml", "SOAPAction": '""'}
    assert qad.qdoc("maintainSalesOrder", order(), headers).status == 500


@pytest.mark.parametrize(
    "body",
    [
        b"no xml",
        b"<a/>",
        b'<!DOCTYPE x [<!ENTITY e "boom">]><x>&e;</x>',
        b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>',
        b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><a/></e:Body></e:Envelope>',
    ],
)
def test_a_message_that_is_none_is_a_soap_fault(qad: Caller, body: bytes) -> None:
    assert qad.send("POST", qad.sandbox.options.qxi_path, body, SOAP).status == 500


def test_an_element_of_another_namespace_is_a_soap_fault_and_nothing_is_kept(qad: Caller) -> None:
    foreign = LINE.replace("<sodLine>1</sodLine>", '<sodLine xmlns="urn:other">1</sodLine>')
    assert qad.qdoc("maintainSalesOrder", order(lines=foreign)).status == 500
    assert qad.count("MC-1001")["total"] == 0


def test_an_unknown_operation_or_context_property_is_a_soap_fault(qad: Caller) -> None:
    assert qad.qdoc("maintainEverything", order()).status == 500
    assert qad.qdoc("maintainSalesOrder", order(), colour="red").status == 500


@pytest.mark.parametrize(
    ("context", "property_"),
    [
        ({"to": ""}, "To"),
        ({"to": "ELSEWHERE"}, "To"),
        ({"version": None}, "version"),
        ({"version": "eB_1"}, "version"),
        ({"password": "wrong"}, "username"),
        ({"username": None}, "username"),
        ({"domain": "99XXX"}, "domain"),
        ({"entity": "20EURCO"}, "entity"),
        ({"scopeTransaction": "yes"}, "scopeTransaction"),
        ({"decimalSeparator": ";"}, "decimalSeparator"),
        ({"timeoutLimit": "soon"}, "timeoutLimit"),
    ],
)
def test_a_wrong_context_is_an_error_in_a_200(qad: Caller, context: dict[str, str], property_: str) -> None:
    reply = qad.qdoc("maintainSalesOrder", order(), **context)
    assert (reply.result, reply.xml("tt_msg_sev"), reply.xml("tt_msg_context")) == (
        "error",
        ["error"],
        [property_],
    )
    assert qad.count("MC-1001")["total"] == 0


def test_the_receiver_may_be_a_property_too(qad: Caller) -> None:
    reply = qad.qdoc("maintainSalesOrder", order(), to="", Receiver="urn:services-qad-com:QADERP")
    assert reply.result == "success"


def test_wrong_passwords_lock_the_user_here_too(qad: Caller) -> None:
    for _ in range(3):
        qad.qdoc("maintainSalesOrder", order(), password="wrong")
    assert qad.qdoc("maintainSalesOrder", order()).result == "error"
    assert qad.grant().status == 400


def test_without_a_domain_it_lands_where_the_user_is_at_home(qad: Caller) -> None:
    qad.qdoc("maintainCustomer", customer("A"), domain=None)
    assert qad.found("customerV2s", sharedSetCode="NAM", customerCode="NEW1") == []
    qad.headers[WORKSPACE] = "20EUR_20EURCO"
    assert qad.get("customerV2s", sharedSetCode="EMEA", customerCode="NEW1")["currencyCode"] == "EUR"


def test_suppressed_detail_leaves_the_result_alone(qad: Caller) -> None:
    done = qad.qdoc("maintainSalesOrder", order(), suppress="true")
    assert (done.result, done.xml("soNbr"), done.xml("dsExceptions")) == ("success", [], [])
    failed = qad.qdoc("maintainSalesOrder", order(), suppressResponseDetail="true")
    assert (failed.result, failed.xml("tt_msg_desc")) == ("error", [])


@pytest.mark.parametrize(
    ("operation", "code", "description"),
    [("A", "10001", "Record already exists."), ("M", "NEW1", "Record does not exist."),
     ("D", "NEW1", "Record does not exist."), ("G", "NEW1", "Record does not exist.")],
)  # fmt: skip
def test_an_operation_that_does_not_fit_the_record_fails(
    qad: Caller, operation: str, code: str, description: str
) -> None:
    reply = qad.qdoc("maintainCustomer", customer(operation, code))
    assert (reply.result, reply.xml("tt_msg_desc")[0]) == ("error", description)


def test_a_sync_adds_and_then_changes_and_no_op_does_nothing(qad: Caller) -> None:
    assert qad.qdoc("maintainCustomer", customer("N")).result == "success"
    assert qad.found("customerV2s", sharedSetCode="NAM", customerCode="NEW1") == []
    for name in ("One", "Two"):
        rest = f"<adName>{name}</adName>"
        assert qad.qdoc("maintainCustomer", customer("S", rest=rest)).result == "success"
    assert qad.customer("NEW1")["businessRelationName"] == "Two"
    assert qad.qdoc("maintainCustomer", customer("D")).result == "success"
    summary = qad.sandbox.journal.write_summary()["customerV2s"]
    assert (summary["created"], summary["updated"], summary["deleted"]) == (1, 1, 1)


def test_a_change_keeps_what_is_not_sent(qad: Caller) -> None:
    before = qad.customer()
    reply = qad.qdoc("maintainCustomer", customer("M", "10001", "<adCity>Ålesund</adCity>"))
    assert reply.result == "success"
    after = qad.customer()
    assert (after["city"], after["EMail"], after["currencyCode"]) == ("Ålesund", before["EMail"], "EUR")


def test_a_customer_with_orders_is_not_deleted(qad: Caller) -> None:
    qad.qdoc("maintainSalesOrder", order())
    assert qad.qdoc("maintainCustomer", customer("D", "10001")).result == "error"


@pytest.mark.parametrize(
    ("record", "description"),
    [
        ("<soNbr>X</soNbr><operation>A</operation>", "operation must come first: A, M, D, G, S or N."),
        ("<operation>X</operation><soNbr>X</soNbr>", "operation must come first: A, M, D, G, S or N."),
        ("<operation>A</operation><soCust>10001</soCust><soNbr>X</soNbr>", "soNbr must come first."),
        ("<operation>A</operation><soNbr>X</soNbr><soColour>r</soColour>", "Unknown element."),
        ("<operation>A</operation><soNbr>X</soNbr><soNbr>Y</soNbr>",
         "An element is repeated, or follows a nested record."),
        ("<operation>A</operation><soNbr>X</soNbr><soDueDate>soon</soDueDate>", "Invalid value."),
        ("<operation>A</operation><soNbr>X</soNbr><soCurr>XXX</soCurr>",
         "Value must exist in generalized codes."),
        ("<operation>A</operation><soNbr>X</soNbr><soPo>" + "x" * 23 + "</soPo>",
         "Value is too long, at most 22 characters"),
        ("<operation>A</operation><soNbr>X</soNbr><soCust>none</soCust>", "Field is mandatory"),
        ("<operation>M</operation><soCust>10001</soCust>", "Blank not allowed."),
    ],
)  # fmt: skip
def test_a_bad_record_is_refused_with_its_reason(qad: Caller, record: str, description: str) -> None:
    records = f"<dsSalesOrder><salesOrder>{record}</salesOrder></dsSalesOrder>"
    reply = qad.qdoc("maintainSalesOrder", records)
    assert (reply.result, reply.xml("tt_msg_desc")[0]) == ("error", description)


@pytest.mark.parametrize(
    ("line", "description"),
    [
        ("<operation>A</operation><sodPart>none</sodPart><sodQtyOrd>1</sodQtyOrd>", "Field is mandatory"),
        ("<operation>A</operation><sodPart>11-00001</sodPart>", "Quantity must be greater than zero."),
        ("<operation>M</operation><sodLine>7</sodLine>", "Record does not exist."),
        ("<operation>A</operation><sodPart>11-00001</sodPart><sodQtyOrd>1,5</sodQtyOrd>", "Invalid value."),
        ("<operation>A</operation><sodPart>11-00001</sodPart><sodQtyOrd>1E99</sodQtyOrd>", "Invalid value."),
    ],
)
def test_a_bad_line_takes_the_whole_order_back(qad: Caller, line: str, description: str) -> None:
    lines = f"{LINE}<salesOrderDetail>{line}</salesOrderDetail>"
    reply = qad.qdoc("maintainSalesOrder", order(lines=lines))
    assert (reply.result, reply.xml("tt_msg_desc")[0], reply.xml("soNbr")) == ("error", description, [])
    assert qad.count("MC-1001")["total"] == 0
    assert "salesOrderHeaders" not in qad.sandbox.journal.write_summary()


@pytest.mark.parametrize(("scope", "kept"), [("true", 0), ("false", 1)])
def test_the_scope_decides_whether_good_records_outlive_a_bad_one(qad: Caller, scope: str, kept: int) -> None:
    two = customer("A") + customer("A", "10001")
    records = two.replace("</dsCustomer><dsCustomer>", "")
    reply = qad.qdoc("maintainCustomer", records, scopeTransaction=scope)
    assert reply.result == "error"
    assert len(qad.found("customerV2s", sharedSetCode="NAM", customerCode="NEW1")) == kept


def test_a_warning_goes_with_an_order_that_was_taken(qad: Caller) -> None:
    late = order().replace("2099-01-01", "2020-01-01")
    reply = qad.qdoc("maintainSalesOrder", late)
    assert (reply.result, reply.xml("tt_msg_desc")) == ("warning", ["Due date is in the past."])
    assert qad.count("MC-1001")["sales_orders"] == 1


def test_an_order_of_a_customer_on_hold_is_taken_with_a_warning(qad: Caller) -> None:
    reply = qad.qdoc("maintainSalesOrder", order().replace("10001", "10035"))
    assert (reply.result, sales(qad)["status"]) == ("warning", "HD")


def test_a_comma_separates_decimals_where_that_is_said(qad: Caller) -> None:
    records = order().replace("4.5", "4,5")
    assert qad.qdoc("maintainSalesOrder", records, decimalSeparator=",").result == "success"
    assert sales(qad)["total"] == "9"


def test_an_order_is_changed_and_deleted_with_its_lines(qad: Caller) -> None:
    qad.qdoc("maintainSalesOrder", order())
    more = LINE.replace("<sodLine>1", "<sodLine>2")
    assert qad.qdoc("maintainSalesOrder", order("M", lines=more)).result == "success"
    assert sales(qad)["total"] == "18"
    assert qad.qdoc("maintainSalesOrder", order("D", lines="")).result == "success"
    assert qad.count("MC-1001")["total"] == 0
    assert qad.sandbox.journal.write_summary()["salesOrderLines"]["deleted"] == 2


def test_a_tenant_may_want_every_element_in_its_place() -> None:
    with tenant(rigid_order=True) as qad:
        assert qad.qdoc("maintainSalesOrder", order()).result == "success"
        late = order(number="MC000002", rest="<soShip>10001</soShip>")
        assert qad.qdoc("maintainSalesOrder", late).xml("tt_msg_desc")[0] == "The elements are out of order."


def test_the_wsdl_is_there_and_nothing_else_by_get(qad: Caller) -> None:
    path = qad.sandbox.options.qxi_path
    reply = qad.send("GET", f"{path}?wsdl")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/xml;charset=utf-8")
    assert qad.send("GET", path).status == 405


def test_a_tenant_may_have_no_qxtend() -> None:
    with tenant(qxi=False) as qad:
        assert qad.qdoc("maintainSalesOrder", order()).status == 404
