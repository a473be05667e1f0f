"""Infor's customers and suppliers in Mailchimp, through the engine: who arrives, how often, tagged how."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis

from audit.models import AuditEntry
from connectors.models import SyncRun
from connectors.services import runs
from connectors.systems.mailchimp.ids import member_hash
from sandboxes.mailchimp import CUSTOMERS as AUDIENCE
from tests.connectors.engine.patience import work_on
from tests.connectors.engine.steps import counts
from tests.connectors.recipes.infor_site import (
    SUPPLIERS_AUDIENCE,
    assert_nothing_needless,
    customers,
    infor,
    link,
    open_failures,
    place,
    reachable,
    somebody,
    written_to_infor,
)
from tests.joined import SHOP, Joined

pytestmark = pytest.mark.django_db(transaction=True)
TAGGED: dict[str, Any] = {
    "standing_actions": dict.fromkeys(("active", "dormant", "delinquent", "on_hold", "inactive"), "tag"),
    "tags_from": ["parent"],
}


@pytest.fixture
def scene() -> Iterator[Joined]:
    """The plain recipe."""
    with infor() as standing:
        yield standing


@pytest.fixture
def tagged() -> Iterator[Joined]:
    """Every standing is a tag, and so is the head office; nobody has ordered or owes anything yet."""
    with infor(tenant={"customers": 12, "orders": 0, "invoices": 0}, **TAGGED) as standing:
        yield standing


def tags(scene: Joined, key: str) -> set[str]:
    """What a customer's contact is tagged with."""
    audience = scene.mailchimp.account.audiences[AUDIENCE]
    member = scene.members()[reachable(scene)[key]]
    return {audience.segments[segment].name for segment in member.tags or ()}


# -- customers -------------------------------------------------------------------------------------------


def test_the_first_run_brings_everybody_once_and_the_second_writes_nothing(scene: Joined) -> None:
    first = scene.run("customers")

    found = reachable(scene)
    assert scene.members().keys() == set(found.values())
    by_mail: dict[str, int] = {}
    for one in customers(scene).values():
        by_mail[one["email_state"]] = by_mail.get(one["email_state"], 0) + 1
    shared = len(found) - len(set(found.values()))
    assert (shared, by_mail["several"], by_mail["invalid"]) == (1, 1, 1)  # or this test shows nothing
    assert counts(first) == {
        "read": 42,
        "created": len(found) - shared,
        "skipped": by_mail["missing"] + shared,
        "rejected": by_mail["invalid"],
    }
    assert (first.adds_up, first.verdict) == (True, SyncRun.Verdict.PARTIAL)
    assert [one.link.source_key for one in open_failures(scene, "customers")] == ["10041"]
    assert {member.status for member in scene.members().values()} == {"transactional"}
    assert_nothing_needless(scene)
    before = scene.writes()

    for full in (False, True):
        again = scene.run("customers", full=full)
        assert again.unchanged == again.read
        assert again.verdict == SyncRun.Verdict.OK
        assert again.read == 42 or not full
    assert scene.writes() == before
    assert written_to_infor(scene) == 0


def test_everything_that_was_done_is_in_the_trail(scene: Joined) -> None:
    run = scene.run("customers")
    entries = AuditEntry.objects.filter(run_id=run.pk).order_by("seq")
    kinds = [entry.kind for entry in entries]
    assert (kinds[0], kinds[-1]) == ("run_opened", "run_ended")
    assert {"page_observed", "batch_delivered"} <= set(kinds)


def test_a_customer_who_changed_is_one_write_and_one_who_was_touched_none(scene: Joined) -> None:
    scene.run("customers")
    jane = somebody(scene)
    before = scene.writes()
    scene.source.mutate("touch_customers")
    scene.source.mutate("change_customer", customer=jane.number, changes={"PHNO": "+47 22 00 00"})
    run = scene.run("customers")
    assert (run.updated, run.unchanged + run.updated) == (1, run.read)
    assert scene.writes() == before + 1
    assert scene.members()[jane.email].merge["PHONE"] == "+47 22 00 00"
    assert_nothing_needless(scene)


def test_a_late_customer_is_found(scene: Joined) -> None:
    scene.run("customers")
    scene.source.mutate("add_customer", values={"CUNO": "10000A", "MAIL": "late@firma.example"})
    run = scene.run("customers")
    assert run.created == 1
    assert "late@firma.example" in scene.members()


def test_a_token_that_ends_between_pages_and_pages_cut_short_lose_nobody(scene: Joined) -> None:
    scene.source.faults.add("*/LstByNumber*", "token_dropped")
    scene.source.faults.add("*/LstByNumber*", "short", after=1)
    scene.run("customers")
    assert scene.members().keys() == set(reachable(scene).values())
    assert_nothing_needless(scene)


# -- standing and hierarchy ------------------------------------------------------------------------------


def test_standing_and_head_office_are_tags(tagged: Joined) -> None:
    for number, days in (("10001", 5), ("10002", 400)):
        day = (tagged.source.clock.now() - timedelta(days=days)).strftime("%Y%m%d")
        tagged.source.mutate("add_order", customer=number, values={"ORDT": day})
    tagged.source.mutate("add_invoice", customer="10005", amount="900.00", days_overdue=60)
    tagged.source.mutate("add_invoice", customer="10006", amount="900.00", days_overdue=3)
    tagged.source.mutate("stop_customer", customer="10007")
    tagged.source.mutate("block_customer", customer="10008")
    tagged.run("customers")
    assert tags(tagged, "10001") == {"Account: active"}
    assert tags(tagged, "10002") == {"Account: dormant"}
    assert tags(tagged, "10003") >= {"Part of: 10001"}
    assert tags(tagged, "10005") == {"Account: delinquent"}
    assert "Account: delinquent" not in tags(tagged, "10006")
    assert tags(tagged, "10007") == {"Account: on hold"}
    assert tags(tagged, "10008") == {"Account: inactive"}
    before = tagged.writes()
    assert counts(tagged.run("customers", full=True)).keys() == {"read", "unchanged"}
    assert tagged.writes() == before


def test_an_account_that_pays_loses_the_tag_and_keeps_its_subscription(tagged: Joined) -> None:
    jane = somebody(tagged)
    made = tagged.source.mutate("add_invoice", customer=jane.number, amount="900.00", days_overdue=60)
    tagged.run("customers")
    assert "Account: delinquent" in tags(tagged, jane.number)
    tagged.mailchimp.mutate("tag_member", email=jane.email, tags=["VIP"])
    tagged.mailchimp.mutate("unsubscribe", email=jane.email)
    tagged.source.mutate("pay_invoice", invoice=made["CINO"])
    tagged.run("customers", full=True)
    assert "Account: delinquent" not in tags(tagged, jane.number)
    assert "VIP" in tags(tagged, jane.number)
    assert tagged.members()[jane.email].status == "unsubscribed"
    assert_nothing_needless(tagged)


def test_a_customer_who_gets_another_head_office_gets_its_tag(tagged: Joined) -> None:
    tagged.run("customers")
    assert "Part of: 10001" in tags(tagged, "10003")
    tagged.source.mutate("change_customer", customer="10003", changes={"PYNO": "10002", "CCUS": "10002"})
    tagged.run("customers")
    found = tags(tagged, "10003")
    assert "Part of: 10002" in found
    assert "Part of: 10001" not in found
    assert_nothing_needless(tagged)


# -- suppliers -------------------------------------------------------------------------------------------


def test_suppliers_go_into_an_audience_of_their_own_once() -> None:
    with infor(supplier_audience_id=SUPPLIERS_AUDIENCE) as scene:
        scene.turn_on("suppliers")
        run = scene.run("suppliers")
        suppliers = scene.source.state("suppliers")
        expected = {one["SUCM"].lower() for one in suppliers if one.get("SUCM")}
        theirs = scene.mailchimp.account.audiences[SUPPLIERS_AUDIENCE].members.values()
        assert {member.email.lower() for member in theirs} == expected
        assert scene.members() == {}
        assert counts(run) == {
            "read": len(suppliers),
            "created": len(expected),
            "skipped": len(suppliers) - len(expected),
        }
        before = scene.writes()
        again = scene.run("suppliers", full=True)
        assert (again.unchanged, scene.writes()) == (len(suppliers), before)
        scene.source.mutate("change_supplier", supplier=suppliers[0]["SUNO"], changes={"PHNO": "+1 555"})
        assert counts(scene.run("suppliers", full=True))["updated"] == 1
        assert_nothing_needless(scene)


def test_suppliers_without_an_audience_of_their_own_say_what_to_choose() -> None:
    with infor() as scene:
        scene.turn_on("suppliers")
        run = scene.run("suppliers")
        assert run.verdict == SyncRun.Verdict.FAILED
        assert "audience for suppliers" in run.note
        assert scene.writes() == 0


# -- CloudSuite Industrial -------------------------------------------------------------------------------


def test_industrial_is_the_same_recipe_and_takes_what_comes_back() -> None:
    with infor(tenant={"customers": 20}, settings={"product": "csi"}) as scene:
        first = scene.run("customers")
        bill_to = [one for one in scene.source.state("csi_customers") if one["CustSeq"] == "0"]
        addresses = {one["CustNum"].strip(): one["ExternalEmailAddr"].lower() for one in bill_to}
        assert scene.members().keys() == set(addresses.values())
        assert (counts(first), first.verdict) == ({"read": 20, "created": 20}, SyncRun.Verdict.OK)
        assert link(scene, "customers", "4").state == "clean"  # without the blanks Industrial pads with
        before = scene.writes()
        assert counts(scene.run("customers", full=True)) == {"read": 20, "unchanged": 20}
        assert scene.writes() == before

        scene.turn_on("contacts_back")
        assert counts(scene.run("contacts_back")) == {"read": 20, "updated": 20}
        noted = {
            one["CustNum"].strip(): one["Uf_MarketingId"]
            for one in scene.source.state("csi_customers")
            if one["CustSeq"] == "0"
        }
        assert noted == {key: member_hash(address) for key, address in addresses.items()}
        scene.run("customers", full=True)
        assert scene.writes() == before
        assert_nothing_needless(scene)


def test_an_order_becomes_an_invoice_in_industrial_once_though_its_answer_is_lost(
    broker: redis.Redis,
) -> None:
    with infor(tenant={"customers": 20}, settings={"product": "csi"}, orders_store_id=SHOP) as scene:
        scene.run("customers")
        scene.turn_on("orders_back")
        buyer = next(one for one in scene.source.state("csi_customers", "4") if one["CustSeq"] == "0")
        place(scene, "1001", buyer["ExternalEmailAddr"])
        scene.source.faults.add("*/update/*", "timeout_after", seconds=0)
        run = runs.start(scene.job("orders_back"))
        work_on(scene, broker)
        run.refresh_from_db()
        assert (counts(run), run.verdict) == ({"read": 1, "created": 1}, SyncRun.Verdict.OK)
        [invoice] = [one for one in scene.source.state("csi_ar_invoices") if one["CustPo"] == "1001"]
        assert invoice["CustNum"].strip() == "4"
        assert_nothing_needless(scene)
