"""The gateway: paths, quotas, its own errors, and the answers it gives after the work was done."""

import json

from sandboxes.infor import Quota
from sandboxes.kit import Clock
from tests.sandboxes.infor.caller import JSON, Caller, tenant


def test_an_unknown_suite_or_path_is_404(infor: Caller) -> None:
    root = f"/{infor.options.tenant}"
    for path in ("/FSM/anything", "/M3/other", "/M3/m3api-rest/v3/execute/X/Y", "/CSI/other"):
        headers = {"X-Infor-MongooseConfig": infor.options.csi_config}
        assert infor.send("GET", root + path, headers=headers).status == 404


def test_the_suite_is_registered_under_the_name_the_admin_chose() -> None:
    with tenant(m3_suite="CUSTOMERAPI") as infor:
        assert infor.mi("MNS150MI", "GetUserData").status == 404
        path = infor.api.replace("/M3/", "/CUSTOMERAPI/") + "/execute/MNS150MI/GetUserData"
        assert infor.send("GET", path).status == 200


def test_only_get_executes_one_transaction_and_only_post_executes_many(infor: Caller) -> None:
    for method in ("POST", "PUT", "HEAD", "DELETE"):
        assert infor.send(method, f"{infor.api}/execute/MNS150MI/GetUserData").status == 405
    assert infor.send("GET", f"{infor.api}/execute").status == 405


def test_a_quota_counts_from_its_first_request_and_its_429_says_not_for_how_long() -> None:
    with tenant(Clock(), quotas=(Quota(2, "minute"),)) as infor:
        infor.sandbox.clock.freeze()
        assert infor.mi("MNS150MI", "GetUserData").status == 200
        infor.sandbox.clock.advance(50)
        assert infor.mi("MNS150MI", "GetUserData").status == 200
        refused = infor.mi("MNS150MI", "GetUserData")
        assert refused.status == 429
        assert not {name.lower() for name in refused.headers} & {"retry-after", "x-ratelimit-remaining"}
        infor.sandbox.clock.advance(10)  # sixty after the first one
        assert infor.mi("MNS150MI", "GetUserData").status == 200


def test_a_new_quota_holds_from_now_on(infor: Caller) -> None:
    infor.sandbox.mutate("set_quota", allow=1, unit="hour")
    assert infor.mi("MNS150MI", "GetUserData").status == 200
    assert infor.mi("MNS150MI", "GetUserData").status == 429
    infor.sandbox.mutate("set_quota", allow=None)
    assert infor.mi("MNS150MI", "GetUserData").status == 200


def test_a_message_beyond_five_megabytes_does_not_pass(infor: Caller) -> None:
    body = json.dumps({"program": "CRS610MI", "filler": "x" * (5 * 1024 * 1024)}).encode()
    assert infor.send("POST", f"{infor.api}/execute", body, JSON).status == 413


def test_a_maintenance_is_a_503_for_everybody_with_a_token(infor: Caller) -> None:
    infor.sandbox.mutate("set_maintenance", on=True)
    assert infor.mi("MNS150MI", "GetUserData").status == 503
    infor.sandbox.mutate("set_maintenance", on=False)
    assert infor.mi("MNS150MI", "GetUserData").status == 200


def test_a_504_can_come_after_the_work_was_done(infor: Caller) -> None:
    infor.sandbox.faults.add("*ChgBasicData*", "status", status=504, work=True)
    assert infor.mi("CRS610MI", "ChgBasicData", CUNO="10001", CFC1="MARK").status == 504
    assert infor.customer("10001")["CFC1"] == "MARK"


def test_a_wide_full_list_takes_longer_than_the_gateway_waits() -> None:
    with tenant(cell_limit=5000) as infor:
        assert infor.mi("CRS610MI", "LstByNumber", ";maxrecs=0").status == 504
        narrow = infor.mi("CRS610MI", "LstByNumber", ";maxrecs=0;returncols=CUNO,CUNM")
        assert len(narrow.records) == 150


def test_the_journal_tells_calls_by_transaction_whatever_their_options(infor: Caller) -> None:
    infor.mi("CRS610MI", "LstByNumber", ";maxrecs=1", CUNO="10001")
    infor.mi("CRS610MI", "LstByNumber", ";maxrecs=2;returncols=CUNO")
    assert infor.sandbox.journal.counts()[f"GET {infor.api}/execute/CRS610MI/LstByNumber"] == {"200": 2}
