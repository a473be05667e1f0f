"""Data, faults, mutations, and what is left after a restart."""

import http.client
import json
import pickle
from collections.abc import Callable

import pytest

from sandboxes.kit import MutationFailed
from sandboxes.qad import Options, Qad
from tests.sandboxes.qad.caller import CUSTOMERS, Caller
from tests.sandboxes.qad.test_entities import NEW
from tests.sandboxes.qad.test_orders import ATTRIBUTION, HEADER
from tests.sandboxes.qad.test_qxtend import order


def summary(sandbox: Qad) -> dict[str, object]:
    told = sandbox.state()
    assert isinstance(told, dict)
    return told


def customers(sandbox: Qad) -> list[dict[str, object]]:
    found = sandbox.state("customers")
    assert isinstance(found, list)
    return found


def test_the_same_seed_makes_the_same_tenant_and_another_one_another() -> None:
    one, same, other = (customers(Qad(Options(customers=70, seed=seed))) for seed in (3, 3, 4))
    assert one == same != other


def test_a_larger_tenant_starts_with_the_customers_of_a_smaller_one() -> None:
    small = {str(one["key"]): one["EMail"] for one in customers(Qad(Options(customers=60)))}
    large = {str(one["key"]): one["EMail"] for one in customers(Qad(Options(customers=200)))}
    assert small.items() <= large.items()


def test_some_customers_are_odd() -> None:
    told = summary(Qad(Options(customers=1000)))
    emails = {"valid": 938, "duplicate": 16, "several": 16, "invalid": 13, "missing": 17}
    assert told["customers"] == {"NAM": 1000, "EMEA": 25}
    assert told["emails"] == {"EMEA": dict.fromkeys(emails, 0) | {"valid": 25}, "NAM": emails}
    assert (told["on_hold"], told["inactive"]) == ({"NAM": 28}, {"NAM": 33, "EMEA": 1})


def test_a_page_may_be_silently_empty_short_repeated_or_without_its_key(qad: Caller) -> None:
    match = "GET */qracore/browses"
    for kind in ("empty_page", "short_page", "no_key", "repeat_page"):
        qad.sandbox.faults.add(match, kind, rows=3)
    assert qad.browse().rows == []
    assert len(qad.browse().rows) == 3
    assert "cm_mstr.cm_addr" not in qad.browse().rows[0]
    assert qad.browse(page=2).rows == qad.browse(page=1).rows


def test_a_write_may_be_refused_by_rule_in_a_200(qad: Caller) -> None:
    qad.sandbox.faults.add(None, "business_error", field="currencyCode", message="Period is closed", code="7")
    assert qad.post("customerV2s", NEW).faults == [("currencyCode", "Period is closed")]
    assert qad.post("customerV2s", NEW).accepted


def test_a_qdoc_may_be_refused_by_rule_or_done_with_a_warning(qad: Caller) -> None:
    qad.sandbox.faults.add(None, "business_error", message="Period is closed")
    qad.sandbox.faults.add(None, "warning")
    refused = qad.qdoc("maintainSalesOrder", order())
    assert (refused.result, refused.xml("tt_msg_desc")) == ("error", ["Period is closed"])
    assert qad.qdoc("maintainSalesOrder", order()).result == "warning"
    assert qad.count("MC-1001")["sales_orders"] == 1


def test_a_write_may_be_answered_as_done_and_not_kept(qad: Caller) -> None:
    qad.sandbox.faults.add("POST *", "queued", times=3)
    assert qad.post("customerV2s", NEW).accepted
    assert qad.save(qad.customer(), customShort0="x").accepted
    assert qad.qdoc("maintainSalesOrder", order()).result == "success"
    assert qad.found("customerV2s", sharedSetCode="NAM", customerCode="NEW1") == []
    assert qad.customer()["customShort0"] == ""
    assert qad.sandbox.journal.write_summary() == {}
    assert qad.count("MC-1001")["total"] == 0


def test_a_queued_update_leaves_the_record_as_it_was(qad: Caller) -> None:
    before = qad.customer()
    qad.sandbox.faults.add("POST *", "queued")
    assert qad.save(before, customShort0="x").accepted
    assert qad.customer() == before


def test_the_entity_may_come_back_instead_of_a_result(qad: Caller) -> None:
    qad.sandbox.faults.add("POST *", "entity_answer")
    reply = qad.post("customerV2s", NEW)
    assert (reply.status, list(reply.json())) == (201, ["data"])


def test_somebody_may_save_the_record_in_between(qad: Caller) -> None:
    record = qad.customer()
    qad.sandbox.faults.add("POST *", "stale")
    assert qad.save(record, customShort0="x").faults[0][0] == "concurrencyHash"
    assert qad.save(record, customShort0="x").faults[0][0] == "concurrencyHash"
    assert qad.save(qad.customer(), customShort0="x").accepted


def test_a_session_may_end_with_the_very_call(qad: Caller) -> None:
    qad.sandbox.faults.add("GET *", "session_dropped")
    assert [qad.browse().status for _ in range(2)] == [401, 401]
    qad.log_in()
    assert len(qad.browse().rows) == 25


WRITES: dict[str, Callable[[Caller], object]] = {
    "salesOrderHeaders": lambda qad: qad.post("salesOrderHeaders", HEADER),
    "marketingAttributions": lambda qad: qad.post("marketingAttributions", ATTRIBUTION),
    "QdocWebService": lambda qad: qad.qdoc("maintainSalesOrder", order(number="")),
}


@pytest.mark.parametrize("path", WRITES)
def test_a_write_whose_answer_is_lost_is_done(qad: Caller, path: str) -> None:
    qad.sandbox.faults.add(f"POST *{path}", "timeout_after")
    with pytest.raises((http.client.HTTPException, OSError)):
        WRITES[path](qad)
    assert qad.count("MC-1001")["total"] == 1
    WRITES[path](qad)  # a blind second try doubles it
    assert qad.count("MC-1001")["total"] == 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, "text/html"),
        (502, "text/html"),
        (503, "text/html"),
        (500, "text/plain"),
        (403, "application/json"),
    ],
)
def test_the_front_door_speaks_html_and_the_platform_json(qad: Caller, status: int, kind: str) -> None:
    qad.sandbox.faults.add(None, "status", status=status)
    reply = qad.browse()
    assert (reply.status, reply.headers["Content-Type"].partition(";")[0]) == (status, kind)


@pytest.mark.parametrize(
    ("action", "arguments", "seen"),
    [
        ("hold_customer", {}, {"isLockedCreditLimit": True}),
        ("deactivate_customer", {}, {"isActive": False}),
        ("set_email", {"value": "no address"}, {"EMail": "no address"}),
        ("change_customer", {"changes": {"currencyCode": "ZZZ", "fixedCreditLimit": 1.5}},
         {"currencyCode": "ZZZ", "fixedCreditLimit": 1.5}),
    ],
)  # fmt: skip
def test_people_change_customers_and_that_is_no_write_of_ours(
    qad: Caller, action: str, arguments: dict[str, object], seen: dict[str, object]
) -> None:
    before = qad.customer()
    qad.sandbox.mutate(action, code="10001", **arguments)
    after = qad.customer()
    assert {name: after[name] for name in seen} == seen
    assert after["concurrencyHash"] != before["concurrencyHash"]
    assert qad.sandbox.journal.write_summary() == {}


def test_customers_come_and_go(qad: Caller) -> None:
    qad.sandbox.mutate("add_customer", code="AA", values={"EMail": "aa@name.example"})
    assert qad.customer("AA")["EMail"] == "aa@name.example"
    qad.sandbox.mutate("delete_customer", code="AA")
    assert qad.browse(CUSTOMERS, "cm_mstr.cm_addr,eq,AA,literal").rows == []
    assert summary(qad.sandbox)["customers"] == {"NAM": 130, "EMEA": 25}


def test_a_share_of_the_customers_is_renamed(qad: Caller) -> None:
    told = qad.sandbox.mutate("rename_customers", every=10)
    assert isinstance(told, dict)
    assert told["changed"] == 13
    assert str(qad.customer(told["codes"][0])["businessRelationName"]).endswith(" renamed")


def test_items_and_orders_are_made_and_changed(qad: Caller) -> None:
    qad.sandbox.mutate("add_item", code="X", values={"price": "1.25"})
    qad.sandbox.mutate("set_price", code="X", price="2.5")
    made = qad.sandbox.mutate("add_order", customer="10001", lines=[{"itemCode": "X", "quantityOrdered": 4}])
    assert isinstance(made, dict)
    found = qad.sandbox.state("sales_orders", made["salesOrderNumber"])
    assert isinstance(found, list)
    assert (found[0]["total"], found[0]["lines"][0]["unitOfMeasureCode"]) == ("10", "EA")
    qad.sandbox.mutate("delete_item", code="X")
    assert qad.found("items", domainCode="10USA", itemCode="X") == []


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("set_email", {"code": "none", "value": "x"}),
        ("change_customer", {"code": "10001", "changes": {"nothing": 1}}),
        ("add_customer", {"code": "10001"}),
        ("delete_item", {"code": "none"}),
        ("add_order", {"customer": "none"}),
        ("remove_column", {"browse": CUSTOMERS, "column": "none"}),
        ("remove_column", {"browse": "none", "column": "none"}),
        ("explode", {}),
    ],
)
def test_a_mutation_that_makes_no_sense_says_so(
    qad: Caller, action: str, arguments: dict[str, object]
) -> None:
    with pytest.raises(MutationFailed):
        qad.sandbox.mutate(action, **arguments)


def test_what_was_written_outlives_a_restart(qad: Caller) -> None:
    qad.post("customerV2s", NEW)
    qad.post("salesOrderHeaders", HEADER)
    qad.sandbox.mutate("delete_customer", code="10005")
    qad.sandbox.mutate("lock_user")
    kept = pickle.dumps(qad.sandbox.memory())
    fresh = Qad(qad.sandbox.options)
    fresh.remember(pickle.loads(kept))  # noqa: S301 - ours
    assert customers(fresh) == customers(qad.sandbox)
    assert fresh.state("references", "MC-1001") == qad.sandbox.state("references", "MC-1001")
    assert fresh.access.user.locked
    made = fresh.mutate("add_order", customer="10001")
    assert made == {"salesOrderNumber": "SO100032"}


def test_what_is_kept_is_small() -> None:
    sandbox = Qad(Options(customers=5000))
    sandbox.mutate("set_email", code="10001", value="new@name.example")
    assert len(pickle.dumps(sandbox.memory())) < 10_000


def test_a_reset_brings_the_first_state_back(qad: Caller) -> None:
    first = customers(qad.sandbox)
    qad.post("customerV2s", NEW)
    qad.sandbox.mutate("forbid", resource="customerV2s")
    qad.sandbox.reset()
    assert customers(qad.sandbox) == first
    assert summary(qad.sandbox)["forbidden"] == []
    qad.log_in()
    assert len(qad.browse().rows) == 25


def test_the_whole_state_travels_over_control(qad: Caller) -> None:
    collections = ["", "customers", "sales_orders", "references", "access", "browses", "items", "none"]
    for collection in collections:
        told = qad.send("GET", f"/_sandbox/state?collection={collection}").body
        plain = json.loads(json.dumps(qad.sandbox.state(collection), default=str))
        told_now = json.loads(told)
        for one in (plain, told_now):
            if isinstance(one, dict):
                one.pop("server_time", None)
        assert told_now == plain
