"""What is created twice when it is sent twice: orders, journals that become AR transactions, payments."""

from dataclasses import replace

import pytest

from sandboxes.infor.m3.journal_line import Layout
from tests.sandboxes.infor.caller import Caller, tenant

HEAD = {"CONO": "100", "KEY1": "MC-1001", "INTN": "MLC-AR", "DESC": "Order 1001"}
KEY = {"CONO": "100", "KEY1": "MC-1001"}
SALE = {
    "CUNO": "10001", "CINO": "MC1001", "INYR": "2026", "IVDT": "20260701", "DUDT": "20260731", "CUCD": "EUR",
    "CUAM": "125.50", "VTXT": "Mailchimp order 1001",
}  # fmt: skip


def line(infor: Caller, number: str = "1", **values: str) -> dict[str, str]:
    return {**KEY, "LINE": number, "PARM": infor.options.journal_layout.written(**{**SALE, **values})}


def post(infor: Caller, **values: str) -> None:
    """A whole journal, controlled and updated."""
    assert infor.mi("GLS840MI", "AddBatchHead", **HEAD).records == [{"CONO": "100"}]
    assert infor.mi("GLS840MI", "AddBatchLine", **line(infor, **values)).records
    assert infor.mi("GLS840MI", "CtrlBatch", **KEY).records
    assert infor.mi("GLS840MI", "UpdBatch", **KEY).records


def references(infor: Caller) -> dict[str, dict[str, int]]:
    found = infor.sandbox.state("references")
    assert isinstance(found, dict)
    return found


# Orders.


def new_order(infor: Caller, reference: str = "WEB-1") -> str:
    head = infor.mi(
        "OIS100MI", "AddBatchHead", CUNO="10001", CUOR=reference, ORTP="C01", RLDT="20261224"
    ).record
    added = infor.mi(
        "OIS100MI", "AddBatchLine", ORNO=head["ORNO"], ITNO="I00001", ORQT="2", SAPR="19.90"
    ).record
    assert added == {"PONR": "1", "POSX": "0"}
    return head["ORNO"]


def test_the_number_of_a_batch_is_not_the_number_of_the_order(infor: Caller) -> None:
    temporary = new_order(infor)
    assert infor.mi("OIS100MI", "GetHead", ORNO=temporary).nok[1] == "ORNO"
    confirmed = infor.mi("OIS100MI", "Confirm", ORNO=temporary).record
    assert confirmed["ORNO"] != temporary
    head = infor.mi("OIS100MI", "GetHead", ORNO=confirmed["ORNO"]).record
    assert (head["CUOR"], head["CUNO"], head["ORST"]) == ("WEB-1", "10001", "22")
    lines = infor.sandbox.state("order_lines", confirmed["ORNO"])
    assert isinstance(lines, list)
    assert [(row["ITNO"], row["ORQT"], row["SAPR"]) for row in lines] == [("I00001", "2", "19.90")]


def test_an_order_is_confirmed_once(infor: Caller) -> None:
    temporary = new_order(infor)
    infor.mi("OIS100MI", "Confirm", ORNO=temporary)
    assert infor.mi("OIS100MI", "Confirm", ORNO=temporary).nok[1] == "ORNO"
    assert infor.sandbox.state("batch_orders") == infor.sandbox.state("batch_order_lines") == []
    new = infor.mi("OIS100MI", "Confirm", ORNO=new_order(infor)).record
    assert references(infor)["orders"]["WEB-1"] == 2  # nobody minds the same reference twice
    assert infor.sandbox.state()["doubles"]["orders"] == ["WEB-1"]  # type: ignore[index]
    listed = infor.mi("OIS100MI", "LstHead", ";maxrecs=0", CUNO="10001", ORSL="22", ORST="33").records
    assert new["ORNO"] in {row["ORNO"] for row in listed}
    assert infor.mi("OIS100MI", "LstHead", CUNO="10001", ORSL="88").records == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ITNO": "NOPE"}, "ITNO"),
        ({"ITNO": "I00021"}, "ITNO"),
        ({"ORQT": "0"}, "ORQT"),
        ({"ORNO": "1"}, "ORNO"),
    ],
)
def test_an_order_line_that_cannot_be_is_refused(infor: Caller, values: dict[str, str], field: str) -> None:
    number = infor.mi("OIS100MI", "AddBatchHead", CUNO="10001").record["ORNO"]
    wanted = {"ORNO": number, "ITNO": "I00001", "ORQT": "1", **values}
    assert infor.mi("OIS100MI", "AddBatchLine", **wanted).nok[1] == field
    assert infor.mi("OIS100MI", "Confirm", ORNO=number).nok[1] == "ORNO"  # it has no lines


def test_a_customer_who_is_stopped_blocked_or_preliminary_gets_no_order(infor: Caller) -> None:
    infor.sandbox.mutate("block_customer", customer="10002")
    infor.sandbox.mutate("stop_customer", customer="10004")
    for number in ("10002", "10004", "10017", "NOPE"):
        assert infor.mi("OIS100MI", "AddBatchHead", CUNO=number).nok[1] == "CUNO"


# Journals.


def test_a_journal_becomes_an_ar_transaction_of_the_customer(infor: Caller) -> None:
    post(infor)
    listed = infor.mi("ARS200MI", "LstInvoices", CUNO="10001", IVDT="20260701").records
    (row,) = [one for one in listed if one["CINO"] == "MC1001"]
    assert (row["INYR"], row["RECO"], row["PYNO"], row["DUDT"]) == ("2026", "0", "10001", "20260731")
    assert not {"CUAM", "OCUA", "OAMT"} & row.keys()
    key = {"PYNO": "10001", "CINO": "MC1001", "INYR": "2026", "CUNO": "10001"}
    total = infor.mi("ARS200MI", "GetInvTotInfo", **key).record
    assert (total["CUAM"], total["OAMT"], total["CUCD"], total["VTXT"]) == (
        "125.50", "125.50", "EUR", "Mailchimp order 1001",
    )  # fmt: skip
    assert infor.mi("ARS200MI", "GetInvTotInfo", **{**key, "INYR": "2025"}).nok[1] == "CINO"
    assert infor.mi("ARS200MI", "GetInvTotInfo", DIVI="BBB", **key).nok[1] == "CINO"
    assert references(infor)["invoices"]["MC1001"] == 1


def test_the_same_key_is_taken_once_and_a_batch_is_updated_once(infor: Caller) -> None:
    post(infor)
    assert infor.mi("GLS840MI", "AddBatchHead", **HEAD).nok[1] == "KEY1"
    assert infor.mi("GLS840MI", "UpdBatch", **KEY).nok[1] == "KEY1"
    assert infor.mi("GLS840MI", "CtrlBatch", **KEY).nok[1] == "KEY1"
    assert infor.mi("GLS840MI", "AddBatchLine", **line(infor, "2")).nok[1] == "KEY1"
    assert references(infor)["batches"] == {"MC-1001": 1}
    assert (
        infor.sandbox.journal.writes("invoices")["AAA/10001/10001/MC1001/2026/" + voucher(infor)].created == 1
    )


def voucher(infor: Caller) -> str:
    rows = infor.sandbox.state("invoices", "MC1001")
    assert isinstance(rows, list)
    return str(rows[0]["SINO"])


def test_an_answer_lost_after_the_update_leaves_one_transaction(infor: Caller) -> None:
    infor.mi("GLS840MI", "AddBatchHead", **HEAD)
    infor.mi("GLS840MI", "AddBatchLine", **line(infor))
    infor.mi("GLS840MI", "CtrlBatch", **KEY)
    infor.sandbox.faults.add("*UpdBatch*", "status", status=504, work=True)
    assert infor.mi("GLS840MI", "UpdBatch", **KEY).status == 504
    assert infor.mi("GLS840MI", "UpdBatch", **KEY).nok[1] == "KEY1"
    assert references(infor)["invoices"]["MC1001"] == 1


def test_an_update_needs_a_control_and_a_line_after_it_needs_another(infor: Caller) -> None:
    infor.mi("GLS840MI", "AddBatchHead", **HEAD)
    assert infor.mi("GLS840MI", "CtrlBatch", **KEY).nok[1] == "KEY1"  # no lines
    infor.mi("GLS840MI", "AddBatchLine", **line(infor))
    assert infor.mi("GLS840MI", "UpdBatch", **KEY).nok[1] == "KEY1"
    infor.mi("GLS840MI", "CtrlBatch", **KEY)
    assert infor.mi("GLS840MI", "AddBatchLine", **line(infor)).nok[1] == "LINE"
    infor.mi("GLS840MI", "AddBatchLine", **line(infor, "2", CINO="MC1002"))
    assert infor.mi("GLS840MI", "UpdBatch", **KEY).nok[1] == "KEY1"
    assert infor.mi("GLS840MI", "CtrlBatch", **KEY).records


@pytest.mark.parametrize(
    "wrong",
    [
        {"CUNO": "NOPE"},
        {"CUCD": "ZZZ"},
        {"CUAM": "1,50"},
        {"IVDT": "2026-7-1"},
        {"CINO": ""},
        {"CUNO": "", "AIT1": ""},
    ],
)
def test_a_line_that_makes_no_sense_is_found_by_the_control(infor: Caller, wrong: dict[str, str]) -> None:
    infor.mi("GLS840MI", "AddBatchHead", **HEAD)
    infor.mi("GLS840MI", "AddBatchLine", **line(infor, **wrong))
    assert infor.mi("GLS840MI", "CtrlBatch", **KEY).nok[1] == "PARM"
    assert "MC1001" not in references(infor)["invoices"]


def test_an_interface_nobody_set_up_is_refused(infor: Caller) -> None:
    assert infor.mi("GLS840MI", "AddBatchHead", **{**HEAD, "INTN": "OTHER"}).nok[1] == "INTN"
    without = {name: value for name, value in HEAD.items() if name != "CONO"}
    assert infor.mi("GLS840MI", "AddBatchHead", **without).refusal == ("MandatoryInputFieldNotFound", "CONO")


def test_an_invoice_number_is_taken_once_unless_the_tenant_lets_it() -> None:
    with tenant() as infor:
        post(infor)
        infor.mi("GLS840MI", "AddBatchHead", **{**HEAD, "KEY1": "MC-X"})
        infor.mi("GLS840MI", "AddBatchLine", **{**line(infor), "KEY1": "MC-X"})
        assert infor.mi("GLS840MI", "CtrlBatch", **{**KEY, "KEY1": "MC-X"}).nok[1] == "CINO"
    with tenant(refuse_duplicate_invoices=False) as infor:
        post(infor)
        for name, values in (
            ("AddBatchHead", HEAD),
            ("AddBatchLine", line(infor)),
            ("CtrlBatch", KEY),
            ("UpdBatch", KEY),
        ):
            infor.mi("GLS840MI", name, **{**values, "KEY1": "MC-X"})
        assert references(infor)["invoices"]["MC1001"] == 2
        assert infor.sandbox.state()["doubles"]["invoices"] == ["MC1001"]  # type: ignore[index]


def test_a_tenant_may_insist_on_a_balance_and_have_a_layout_of_its_own() -> None:
    layout = Layout((("CUAM", 1, 12), ("CUNO", 13, 10), ("CINO", 23, 15), ("INYR", 38, 4), ("IVDT", 42, 8),
                     ("DUDT", 50, 8), ("CUCD", 58, 3), ("AIT1", 61, 8), ("VTXT", 69, 20)))  # fmt: skip
    assert layout.described().startswith("CUAM 1-12, CUNO 13-22")
    with tenant(balanced_journals=True, journal_layout=layout) as infor:
        infor.mi("GLS840MI", "AddBatchHead", **HEAD)
        infor.mi("GLS840MI", "AddBatchLine", **line(infor))
        assert infor.mi("GLS840MI", "CtrlBatch", **KEY).nok[0] == "GL84012"
        infor.mi("GLS840MI", "AddBatchLine", **line(infor, "2", CUNO="", CUAM="-125.50", AIT1="3010"))
        assert infor.mi("GLS840MI", "CtrlBatch", **KEY).records
        assert infor.mi("GLS840MI", "UpdBatch", **KEY).records
        assert infor.mi("CRS610MI", "GetFinancial", CUNO="10001").record["TOIN"] == "125.50"
    assert replace(Layout(), fields=layout.fields) == layout


def test_invoices_are_listed_of_one_division_and_open_ones_alone_on_demand(infor: Caller) -> None:
    infor.sandbox.mutate("add_invoice", customer="10001", amount="10.00", values={"CINO": "A1"})
    infor.sandbox.mutate(
        "add_invoice", customer="10001", amount="10.00", values={"CINO": "B1", "DIVI": "BBB"}
    )
    infor.sandbox.mutate("add_invoice", customer="10001", amount="10.00", values={"CINO": "A2"})
    infor.sandbox.mutate("pay_invoice", invoice="A2")

    def listed(**values: str) -> set[str]:
        return {row["CINO"] for row in infor.mi("ARS200MI", "LstInvoices", CUNO="10001", **values).records}

    assert {"A1", "A2"} <= listed()
    assert "B1" not in listed()
    assert "B1" in listed(DIVI="BBB")
    assert "A2" not in listed(AAC0="1")


# Payments.


def test_payments_come_as_a_batch_against_invoices_there_are(infor: Caller) -> None:
    invoice = infor.sandbox.mutate("add_invoice", customer="10001", amount="10.00")
    assert isinstance(invoice, dict)
    assert infor.mi("ARS040MI", "AddBatchHead", PBID="501", BOPE="MLC").record["PBID"] == "501"
    assert infor.mi("ARS040MI", "AddBatchHead", PBID="501", BOPE="MLC").nok[1] == "PBID"
    assert infor.mi("ARS040MI", "ControlBatch", PBID="501").nok[1] == "PBID"
    payment = {"PBID": "501", "TRNO": "1", "CUNO": "10001", "PYAM": "10.00", **invoice}
    assert infor.mi("ARS040MI", "AddBatchLine", **{**payment, "CINO": "NOPE"}).nok[1] == "CINO"
    assert infor.mi("ARS040MI", "AddBatchLine", **payment).records == []
    assert infor.mi("ARS040MI", "AddBatchLine", **payment).nok[1] == "TRNO"
    assert infor.mi("ARS040MI", "ControlBatch", PBID="501").records == []
    assert references(infor)["payment_batches"] == {"501": 1}
