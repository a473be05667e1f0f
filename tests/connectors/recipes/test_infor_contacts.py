"""What people do at Mailchimp, on the customer in Infor: called by webhook, once, and without an echo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from pytest_django.live_server_helper import LiveServer

from connectors.models import LinkNeed, RecordLink, SyncRun
from connectors.services import connections, integrations
from connectors.systems.mailchimp.ids import member_hash
from tests.connectors.engine.steps import counts
from tests.connectors.recipes.infor_site import (
    Called,
    Somebody,
    assert_nothing_needless,
    contact_runs,
    customer,
    customers,
    infor,
    link,
    open_failures,
    place,
    posted,
    reachable,
    somebody,
    written_to_infor,
)
from tests.joined import SHOP, Joined

pytestmark = pytest.mark.django_db(transaction=True)
CONSENT, MEMBER, MAIL = "CFC6", "CESA", "MAIL"
NEW = "jane.new@firma.example"
WITH_SHARED = {"customers": 30}
"""Two of them have one address."""


@pytest.fixture
def scene(live_server: LiveServer) -> Iterator[Joined]:
    """Everything that can come back does; everybody who can be reached is a subscriber."""
    back: dict[str, Any] = {
        "write_phone": True,
        "write_name": True,
        "write_address": True,
        "write_email": True,
    }
    with (
        infor(tenant=WITH_SHARED, new_member_status="subscribed", orders_store_id=SHOP, **back) as standing,
        override_settings(PUBLIC_URL=live_server.url),
    ):
        standing.mailchimp.mutate("add_merge_field", tag="COMPANY")
        connections.ping(standing.integration.destination)
        standing.run("customers")
        yield standing


@pytest.fixture
def called(scene: Joined) -> Called:
    """Mailchimp calls us, and what is known of everybody has come back."""
    called = Called.ready(scene)
    scene.run("contacts_back")
    return called


def at_rest(scene: Joined) -> None:
    """Whatever was written is read again from both sides, and nothing comes of it."""
    sent, written = scene.writes(), written_to_infor(scene)
    for flow in ("customers", "contacts_back", "customers"):
        run = scene.run(flow)
        assert counts(run).keys() <= {"read", "unchanged", "skipped"}, (flow, counts(run))
    assert (scene.writes(), written_to_infor(scene)) == (sent, written)
    assert_nothing_needless(scene)


def keep_addresses(scene: Joined) -> None:
    """The set-up says that addresses do not come back."""
    integrations.set_options(scene.integration, {**scene.integration.options, "write_email": False})


def sharing(scene: Joined) -> list[Somebody]:
    """Two customers with one address."""
    found = reachable(scene)
    addresses = list(found.values())
    both = [Somebody(*one) for one in sorted(found.items()) if addresses.count(one[1]) > 1]
    assert len(both) == 2
    return both


# -- the id ----------------------------------------------------------------------------------------------


def test_everybodys_id_is_noted_in_infor_once_and_that_comes_back_to_nobody(scene: Joined) -> None:
    scene.turn_on("contacts_back")
    run = scene.run("contacts_back")
    assert (run.verdict, run.adds_up, run.updated) == (SyncRun.Verdict.OK, True, len(scene.members()))
    noted = {key: one[MEMBER] for key, one in customers(scene).items() if one.get(MEMBER)}
    assert noted == {key: member_hash(address) for key, address in reachable(scene).items()}
    assert written_to_infor(scene) == len(noted)
    at_rest(scene)


def test_a_contact_is_found_by_the_noted_id_when_all_we_knew_is_lost(called: Called) -> None:
    scene, jane = called.scene, somebody(called.scene)
    RecordLink.objects.all().delete()
    scene.source.mutate("set_email", customer=jane.number, value=NEW)
    everybody = scene.members()
    scene.run("customers", full=True)
    assert scene.members().keys() == (everybody.keys() - {jane.email}) | {NEW}
    assert scene.members()[NEW] is everybody[jane.email]  # the same contact, with their history


def test_who_was_in_the_audience_before_they_became_a_customer_is_known_from_then_on(
    called: Called,
) -> None:
    scene = called.scene
    scene.mailchimp.mutate("sign_up", email=NEW, merge_fields={"COMPANY": "Latecomer Ltd"})
    called.hear("unsubscribe", NEW)
    assert link(scene, "contacts_back", member_hash(NEW)).state == "skipped"
    scene.source.mutate("add_customer", values={"CUNO": "77001", "MAIL": NEW, "CUA1": "", "PONO": ""})
    scene.run("customers")
    scene.work()
    assert customers(scene)["77001"][CONSENT] == "UNSUB"
    assert customers(scene)["77001"][MEMBER] == member_hash(NEW)
    assert scene.members()[NEW].status == "unsubscribed"
    assert not LinkNeed.objects.exists()


# -- the events ------------------------------------------------------------------------------------------


def test_somebody_who_leaves_is_marked_in_infor_once_and_nothing_comes_back(called: Called) -> None:
    scene, jane = called.scene, somebody(called.scene)
    assert customer(scene, jane)[CONSENT] == "SUB"
    sent, written = scene.writes(), written_to_infor(scene)
    called.hear("unsubscribe", jane.email)
    assert customer(scene, jane)[CONSENT] == "UNSUB"
    assert (scene.writes(), written_to_infor(scene)) == (sent, written + 1)
    [run] = contact_runs(scene)
    assert (counts(run), run.verdict, run.adds_up) == ({"read": 1, "updated": 1}, SyncRun.Verdict.OK, True)
    at_rest(scene)
    assert scene.members()[jane.email].status == "unsubscribed"


def test_somebody_who_comes_back_by_the_form_is_marked_so(called: Called) -> None:
    scene, jane = called.scene, somebody(called.scene)
    called.hear("unsubscribe", jane.email)
    called.hear("sign_up", jane.email)
    assert customer(scene, jane)[CONSENT] == "SUB"
    at_rest(scene)


def test_an_address_that_bounced_is_marked_once(called: Called) -> None:
    scene, jane = called.scene, somebody(called.scene)
    written = written_to_infor(scene)
    called.hear("clean", jane.email)
    assert customer(scene, jane)[CONSENT] == "BOUNCED"
    assert written_to_infor(scene) == written + 1
    at_rest(scene)


def test_a_profile_that_was_edited_becomes_the_customers_and_is_not_sent_back(called: Called) -> None:
    scene, jane = called.scene, somebody(called.scene)
    address = {"addr1": "1 Quay", "addr2": "", "city": "Hull", "state": "", "zip": "HU1 1AA", "country": "GB"}
    written = written_to_infor(scene)
    edited = {"PHONE": "+44 1482 1", "COMPANY": "Jane & Co", "ADDRESS": address}
    called.hear("edit_member", jane.email, merge_fields=edited)
    row = customer(scene, jane)
    assert (row["PHNO"], row["CUNM"], row["CUA1"], row["TOWN"]) == (
        "+44 1482 1",
        "Jane & Co",
        "1 Quay",
        "Hull",
    )
    assert written_to_infor(scene) == written + 1
    at_rest(scene)


def test_two_customers_with_one_address_are_both_marked(called: Called) -> None:
    scene = called.scene
    both = sharing(scene)
    called.hear("unsubscribe", both[0].email)
    assert [customer(scene, one)[CONSENT] for one in both] == ["UNSUB", "UNSUB"]
    at_rest(scene)


# -- a changed address -----------------------------------------------------------------------------------


def test_an_address_changed_at_mailchimp_is_the_customers_and_is_not_sent_back(called: Called) -> None:
    scene, jane = called.scene, somebody(called.scene)
    sent, written = scene.writes(), written_to_infor(scene)
    called.hear("change_address", jane.email, new_email=NEW)
    row = customer(scene, jane)
    assert (row[MAIL], row[MEMBER], row[CONSENT]) == (NEW, member_hash(NEW), "SUB")
    assert (scene.writes(), written_to_infor(scene)) == (sent, written + 1)
    at_rest(scene)
    assert link(scene, "customers", jane.number).external_id == member_hash(NEW)


def test_whoever_changed_their_address_is_still_known_when_they_leave(called: Called) -> None:
    scene, jane = called.scene, somebody(called.scene)
    keep_addresses(scene)
    called.hear("change_address", jane.email, new_email=NEW)
    assert (customer(scene, jane)[MAIL].lower(), customer(scene, jane)[MEMBER]) == (
        jane.email,
        member_hash(NEW),
    )
    called.hear("unsubscribe", NEW)
    assert customer(scene, jane)[CONSENT] == "UNSUB"
    at_rest(scene)


def test_an_address_that_does_not_come_back_makes_nobody_a_second_contact(called: Called) -> None:
    scene, jane = called.scene, somebody(called.scene)
    keep_addresses(scene)
    called.hear("change_address", jane.email, new_email=NEW)
    called.hear("unsubscribe", NEW)
    count = len(scene.members())
    scene.source.mutate("change_customer", customer=jane.number, changes={"CUNM": "Renamed Ltd"})
    scene.run("customers")
    assert len(scene.members()) == count
    assert scene.members()[jane.email].status == "unsubscribed"  # the same contact, by the ERP's address
    assert_nothing_needless(scene)


def test_a_changed_address_that_was_read_before_mailchimp_told_of_it_is_found_all_the_same(
    called: Called,
) -> None:
    scene, jane = called.scene, somebody(called.scene)
    scene.mailchimp.mutate("change_address", email=jane.email, new_email=NEW)
    scene.run("contacts_back")
    assert link(scene, "contacts_back", member_hash(NEW)).reason == "need_skipped"
    called.deliver()
    assert customer(scene, jane)[MAIL] == NEW
    at_rest(scene)


def test_an_order_by_the_new_address_goes_on_once_mailchimp_tells_of_it(called: Called) -> None:
    scene, jane = called.scene, somebody(called.scene)
    scene.turn_on("orders_back")
    scene.mailchimp.mutate("change_address", email=jane.email, new_email=NEW)
    place(scene, "1001", NEW)
    scene.run("orders_back")
    assert (len(open_failures(scene, "orders_back")), posted(scene)) == (1, [])
    called.deliver()
    assert [row["CUNO"] for row in posted(scene)] == [jane.number]
    assert open_failures(scene, "orders_back") == []


def test_a_change_of_address_told_twice_and_after_what_followed_it_is_one_change(called: Called) -> None:
    scene, jane = called.scene, somebody(called.scene)
    written = written_to_infor(scene)
    scene.mailchimp.mutate("change_address", email=jane.email, new_email=NEW)
    scene.mailchimp.mutate("unsubscribe", email=NEW)
    called.deliver(copies=2, backwards=True)
    row = customer(scene, jane)
    assert (row[MAIL], row[MEMBER], row[CONSENT]) == (NEW, member_hash(NEW), "UNSUB")
    assert written_to_infor(scene) == written + 1
    at_rest(scene)


def test_a_changed_address_of_two_customers_is_that_of_both(called: Called) -> None:
    scene = called.scene
    both = sharing(scene)
    called.hear("change_address", both[0].email, new_email=NEW)
    assert [customer(scene, one)[MAIL] for one in both] == [NEW, NEW]
    at_rest(scene)
