"""The data, what happens behind the client's back, planned faults, and what outlives a restart."""

import json
import pickle

import pytest

from sandboxes.infor import Infor, Options
from sandboxes.kit import MutationFailed
from tests.sandboxes.infor.caller import Caller, values


def test_the_same_figures_make_the_same_tenant_and_a_larger_one_starts_with_the_smaller() -> None:
    small, same, large = (Infor(Options(customers=count, orders=5)) for count in (40, 40, 90))
    assert small.state("customers") == same.state("customers")
    first, more = small.state("customers"), large.state("customers")
    assert isinstance(first, list)
    assert isinstance(more, list)
    by_number = {one["CUNO"]: one for one in more}
    assert {one["CUNO"]: one["CUNM"] for one in first}.items() <= {
        n: one["CUNM"] for n, one in by_number.items()
    }.items()
    assert Infor(Options(customers=40, seed=2)).state("customers") != first


def test_the_data_hold_what_a_real_customer_master_holds(infor: Caller) -> None:
    state = infor.sandbox.state()
    assert isinstance(state, dict)
    assert state["emails"] == {"valid": 137, "missing": 6, "several": 4, "invalid": 3}
    assert state["by_status"] == {"20": 135, "10": 8, "90": 7}
    assert state["stopped"] > 0
    assert infor.customer("10031")["email_state"] == "several"
    assert infor.customer("10023")["email_state"] == "missing"
    rows = infor.sandbox.state("customers")
    assert isinstance(rows, list)
    assert all(len(row.get("CUNM", "")) <= 36 and len(row.get("MAIL", "")) <= 50 for row in rows)
    assert "error" in infor.sandbox.state("nothing")  # type: ignore[operator]


def test_people_change_add_block_and_delete_customers(infor: Caller) -> None:
    mutate = infor.sandbox.mutate
    made = mutate("add_customer", values={"CUNM": "Late Ltd", "MAIL": "late@x.example"})
    assert isinstance(made, dict)
    assert infor.mi("CRS610MI", "GetBasicData", CUNO=made["CUNO"]).record["MAIL"] == "late@x.example"
    mutate("set_email", customer="10001", value="new@x.example")
    mutate("block_customer", customer="10001")
    record = infor.mi("CRS610MI", "GetBasicData", CUNO="10001").record
    assert (record["MAIL"], record["STAT"]) == ("new@x.example", "90")
    mutate("activate_customer", customer="10001")
    assert infor.customer("10001")["STAT"] == "20"
    mutate("delete_customer", customer="10001")
    assert infor.mi("CRS610MI", "GetBasicData", CUNO="10001").nok[1] == "CUNO"
    renamed = mutate("rename_customers", every=50)
    assert isinstance(renamed, dict)
    assert renamed["changed"] == 3
    mutate("set_custom_field", customer="10002", field="A030", value="x")
    assert infor.mi("CUGEX1MI", "GetFieldValue", FILE="OCUSMA", PK01="10002").record["A030"] == "x"
    assert infor.sandbox.journal.writes() == {}  # none of it is a client's doing
    with pytest.raises(MutationFailed):
        mutate("change_customer", customer="10002", changes={"EMAL": "x"})


def test_people_add_orders_and_suppliers(infor: Caller) -> None:
    order = infor.sandbox.mutate("add_order", customer="10001", values={"CUOR": "X1"})
    assert isinstance(order, dict)
    infor.sandbox.mutate("change_order_status", order=order["ORNO"], status="77")
    assert infor.mi("OIS100MI", "GetHead", ORNO=order["ORNO"]).record["ORST"] == "77"
    supplier = infor.sandbox.mutate("add_supplier", values={"SUNM": "Late Supplies"})
    assert isinstance(supplier, dict)
    assert infor.mi("CRS620MI", "GetBasicData", SUNO=supplier["SUNO"]).record["SUNM"] == "Late Supplies"


def test_planned_business_errors_come_in_either_form(infor: Caller) -> None:
    infor.sandbox.faults.add("*ChgBasicData*", "nok", code="XRE0101", field="CUNO", work=True)
    assert infor.mi("CRS610MI", "ChgBasicData", CUNO="10001", CFC1="x").nok[:2] == ("XRE0101", "CUNO")
    assert infor.customer("10001")["CFC1"] == "x"
    infor.sandbox.faults.add("*LstByNumber*", "top_level", code="CPF9898")
    assert infor.mi("CRS610MI", "LstByNumber").refusal == ("ServerReturnedNOK", "")
    infor.sandbox.faults.add("*v*/execute/*", "nok")
    assert infor.v1("CRS610MI", "LstByNumber").status == 200
    infor.sandbox.faults.clear()
    infor.sandbox.faults.add("*load*", "success_false", message="Out of licences")
    body = infor.ido("load/SLCustomers", properties="CustNum").json()
    assert (body["Success"], body["Message"]) == (False, "Out of licences")


def test_a_silently_empty_or_short_page_looks_like_any_other(infor: Caller) -> None:
    infor.sandbox.faults.add("*LstByNumber*", "empty")
    empty = infor.mi("CRS610MI", "LstByNumber")
    assert (empty.records, empty.json()["nrOfSuccessfullTransactions"]) == ([], 1)
    infor.sandbox.faults.add("*LstByNumber*", "short", rows=7)
    assert len(infor.mi("CRS610MI", "LstByNumber").records) == 7
    infor.sandbox.faults.add("*load*", "empty")
    page = infor.ido("load/SLCustomers", properties="CustNum", recordcap="5").json()
    assert (page["Items"], page["MoreRowsExist"], page["Success"]) == ([], False, True)


def test_tokens_can_be_dropped_all_at_once(infor: Caller) -> None:
    infor.sandbox.faults.add("*LstByNumber*", "token_dropped")
    assert infor.mi("CRS610MI", "LstByNumber").status == 401
    assert infor.mi("CRS610MI", "LstByNumber").status == 401
    infor.log_in()
    assert infor.mi("CRS610MI", "LstByNumber").status == 200


def test_planned_gateway_errors_carry_no_waiting_time(infor: Caller) -> None:
    for status in (401, 429, 503, 504):
        infor.sandbox.faults.add("*LstByNumber*", "status", status=status)
        reply = infor.mi("CRS610MI", "LstByNumber")
        assert reply.status == status
        assert "Retry-After" not in reply.headers
    infor.sandbox.faults.add("POST */token.oauth2", "status", status=503)
    assert infor.ask_token().status == 503


def test_what_clients_wrote_outlives_a_restart(infor: Caller) -> None:
    infor.mi("CRS610MI", "ChgBasicData", CUNO="10001", CFC1="member")
    infor.mi("CUGEX1MI", "AddFieldValue", FILE="OCUSMA", PK01="10001", A030="x")
    made = infor.mi("CRS610MI", "Add", CUTM="TMPLWEB", CUNM="New Ltd", CUA1="1 Street").record["CUNO"]
    infor.sandbox.mutate("delete_customer", customer="10003")
    held = infor.ido("load/SLCustomers", properties="CustNum", recordcap="1").json()["Items"]
    assert isinstance(held, list)
    infor.change(
        "SLCustomers", {"Action": 2, "ItemId": held[0]["_ItemId"], "Properties": values(City="Lund")}
    )
    memory = pickle.loads(pickle.dumps(infor.sandbox.memory()))  # noqa: S301 - our own
    again = Infor(infor.options)
    again.remember(memory)
    infor.server.sandbox = infor.sandbox = again
    assert infor.customer("10001")["CFC1"] == "member"
    assert infor.customer(made)["CUNM"] == "New Ltd"
    assert again.state("customers", "10003") == []
    assert again.csi.rows["SLCustomers"].items["      1", "0"]["City"] == "Lund"
    assert infor.mi("MNS150MI", "GetUserData").status == 200  # the token holds
    next_one = infor.mi("CRS610MI", "Add", CUTM="TMPLWEB", CUNM="Next Ltd", CUA1="1 Street").record["CUNO"]
    assert next_one != made
    assert pickle.dumps(again.memory())


def test_reset_is_the_first_state(infor: Caller) -> None:
    before = infor.sandbox.state("customers")
    infor.mi("CRS610MI", "ChgBasicData", CUNO="10001", CFC1="member")
    infor.sandbox.reset()
    assert infor.sandbox.state("customers") == before
    assert infor.mi("MNS150MI", "GetUserData").status == 401


def test_control_works_from_another_process(infor: Caller) -> None:
    body = json.dumps({"action": "set_client", "enabled": False}).encode()
    assert infor.send("POST", "/_sandbox/mutate", body).status == 200
    assert infor.mi("MNS150MI", "GetUserData").status == 401
    assert infor.send("GET", "/_sandbox/state?collection=tokens").json()["live"] == 0
