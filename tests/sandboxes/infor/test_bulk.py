"""Many transactions in one POST: order, single failures, and what ends the whole."""

import json

import pytest

from tests.sandboxes.infor.caller import JSON, Caller, tenant


def test_results_come_in_order_and_a_failure_leaves_the_others_done(infor: Caller) -> None:
    reply = infor.bulk(
        "CRS610MI",
        ("ChgBasicData", {"CUNO": "10001", "CFC1": "one"}),
        ("ChgBasicData", {"CUNO": "NOPE", "CFC1": "two"}),
        ("ChgBasicData", {"CUNO": "10003", "CFC1": "far too long a text"}),
        ("ChgBasicdata", {"CUNO": "10004"}),
        ("ChgBasicData", {"CFC1": "five"}),
        ("ChgBasicData", {"CUNO": "10006", "CFC1": "six"}),
    )
    body = reply.json()
    assert reply.status == 200
    assert [result.get("errorType") for result in reply.results] == [
        None, "ServerReturnedNOK", "InputFieldTooLong", "TransactionNotFound", "MandatoryInputFieldNotFound",
        None,
    ]  # fmt: skip
    assert (body["nrOfSuccessfullTransactions"], body["nrOfFailedTransactions"], body["wasTerminated"]) == (
        2,
        4,
        False,
    )
    assert [infor.customer(number)["CFC1"] for number in ("10001", "10006")] == ["one", "six"]
    assert "CFC1" not in infor.customer("10003")


def test_a_company_that_is_not_the_users_ends_the_whole(infor: Caller) -> None:
    items = [("GetBasicData", {"CUNO": "10001"}), ("GetBasicData", {"CUNO": "10002"})]
    body = infor.bulk("CRS610MI", *items, cono=300).json()
    assert body["wasTerminated"] is True
    assert body["terminationReason"]
    assert isinstance(body["results"], list)
    assert [result["errorCode"] for result in body["results"]] == ["XAU0008"]


def test_a_connection_lost_in_the_middle_keeps_what_was_done(infor: Caller) -> None:
    infor.sandbox.faults.add("POST *execute", "terminated", after_items=2)
    items = [("ChgBasicData", {"CUNO": f"1000{n}", "CFC1": "mark"}) for n in range(1, 6)]
    body = infor.bulk("CRS610MI", *items).json()
    assert isinstance(body["results"], list)
    assert (body["wasTerminated"], len(body["results"]), body["nrOfFailedTransactions"]) == (True, 2, 0)
    assert [infor.customer(f"1000{n}").get("CFC1", "") for n in range(1, 6)] == ["mark", "mark", "", "", ""]


def test_a_chunk_too_large_is_a_504_after_the_work_was_done() -> None:
    with tenant(bulk_limit=3) as infor:
        items = [("ChgBasicData", {"CUNO": f"1000{n}", "CFC1": "mark"}) for n in range(1, 5)]
        assert infor.bulk("CRS610MI", *items[:3]).status == 200
        assert infor.bulk("CRS610MI", *items).status == 504
        assert infor.customer("10004")["CFC1"] == "mark"
        assert infor.sandbox.journal.repeated("customers").keys() == {"10001", "10002", "10003"}


def test_columns_and_records_are_limited_as_with_get(infor: Caller) -> None:
    transactions = [
        {"transaction": "LstByNumber", "record": {"CUNO": start}, "selectedColumns": ["CUNO"]}
        for start in ("10001", "10020")
    ]
    body = {"program": "CRS610MI", "maxReturnedRecords": 2, "transactions": transactions}
    reply = infor.send("POST", f"{infor.api}/execute", json.dumps(body).encode(), JSON)
    assert [result["records"] for result in reply.results] == [
        [{"CUNO": "10001"}, {"CUNO": "10002"}], [{"CUNO": "10020"}, {"CUNO": "10021"}],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {"transactions": [{"transaction": "LstByNumber"}]},
        {"program": "CRS610MI", "transactions": []},
        {"program": "CRS610MI", "cono": "100", "transactions": [{"transaction": "LstByNumber"}]},
        {"program": "CRS610MI", "maxrecs": 1, "transactions": [{"transaction": "LstByNumber"}]},
        {"program": "CRS610MI", "transactions": [{"transaction": "GetBasicData", "record": {"CUNO": 10001}}]},
        {"program": "CRS610MI", "transactions": [{"transaction": "LstByNumber", "columns": []}]},
    ],
)
def test_a_body_of_another_shape_is_refused(infor: Caller, body: dict[str, object]) -> None:
    reply = infor.send("POST", f"{infor.api}/execute", json.dumps(body).encode(), JSON)
    assert reply.status == 400
    assert reply.json()["errorMessage"]


def test_a_bulk_body_must_be_json(infor: Caller) -> None:
    assert infor.send("POST", f"{infor.api}/execute", b"{}", {"Content-Type": "text/plain"}).status == 415
    assert infor.send("POST", f"{infor.api}/execute", b"{", JSON).status == 400
    unknown = infor.bulk("XXX999MI", ("Get", {}))
    assert (unknown.status, unknown.body) == (400, b"")
