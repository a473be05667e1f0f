"""The tags that follow the ERP: put on and taken off as they change, other people's left alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.records import Standing
from connectors.sdk.errors import OutcomeUnknown
from connectors.sdk.mapping import Override
from connectors.sdk.system import Change, Sink
from connectors.systems.mailchimp.ids import member_hash
from tests.connectors.systems.mailchimp.conftest import World, written
from tests.connectors.systems.mailchimp.records import change_of, customer

ADDRESS = "person1@nordwind.example"


def tagging(world: World, **options: Any) -> Sink[Any]:
    return world.sink("audience_members", **{"tags_from": ("branch", "category"), **options})


def after(sink: Sink[Any], before: Change, record: Any, *rules: Override, **more: Any) -> Change:
    """A change of a record that stands there as `before` wanted it."""
    about = {"external_id": before.target_key, "confirmed": before.desired, **more}
    return change_of(sink, record, *rules, **about)


def tags(world: World, address: str = ADDRESS) -> set[str]:
    return set(world.member(address)["tags"])


def test_newcomers_come_with_their_tags_in_the_same_call(world: World) -> None:
    sink = tagging(world, tags=("ERP",))
    written(sink, change_of(sink, customer(branch="North", category="A")))
    assert tags(world) == {"ERP", "Branch: North", "Category: A"}
    assert world.vendor.journal.total("POST") == 1


def test_who_is_there_already_gets_them_too_and_keeps_their_own(world: World) -> None:
    world.vendor.mutate("sign_up", email=ADDRESS)
    world.vendor.mutate("tag_member", email=ADDRESS, tags=["VIP"])
    sink = tagging(world)
    written(sink, change_of(sink, customer(branch="North")))
    assert tags(world) == {"VIP", "Branch: North"}


def test_a_tag_goes_when_its_reason_goes_and_no_other(world: World) -> None:
    sink = tagging(world, standing_actions={"dormant": "tag"})
    first = change_of(sink, customer(branch="North", standing=Standing.DORMANT))
    written(sink, first)
    world.vendor.mutate("tag_member", email=ADDRESS, tags=["VIP"])
    second = after(sink, first, customer(branch="South", standing=Standing.ACTIVE))
    written(sink, second)
    assert tags(world) == {"VIP", "Branch: South"}
    written(sink, after(sink, second, customer()))
    assert tags(world) == {"VIP"}


def test_a_tag_somebody_else_put_on_is_not_ours_to_take_off(world: World) -> None:
    """The same name, but never confirmed as ours."""
    world.vendor.mutate("sign_up", email=ADDRESS)
    world.vendor.mutate("tag_member", email=ADDRESS, tags=["Branch: North"])
    sink = tagging(world)
    written(sink, change_of(sink, customer(branch="South")))
    assert tags(world) == {"Branch: North", "Branch: South"}


def test_a_batch_that_loses_the_same_tag_loses_it_in_one_call(world: World) -> None:
    sink = tagging(world)
    before = [change_of(sink, customer(number, branch="North")) for number in range(100)]
    written(sink, *before)
    start = world.vendor.journal.last
    sink = tagging(world)
    written(sink, *(after(sink, one, customer(number, branch="South")) for number, one in enumerate(before)))
    assert len(world.vendor.journal.calls(since=start)) == 3, "which tag it is, off with it, and the batch"
    assert {frozenset(tags(world, f"person{number}@nordwind.example")) for number in range(100)} == {
        frozenset({"Branch: South"})
    }


def test_a_change_of_something_else_takes_one_call(world: World) -> None:
    sink = tagging(world)
    before = change_of(sink, customer(branch="North"))
    written(sink, before)
    start = world.vendor.journal.last
    written(sink, after(sink, before, customer(branch="North", first_name="Janet")))
    assert len(world.vendor.journal.calls(since=start)) == 1
    assert tags(world) == {"Branch: North"}


def test_a_tag_a_colleague_deleted_is_gone_already(world: World) -> None:
    sink = tagging(world)
    before = change_of(sink, customer(branch="North"))
    written(sink, before)
    world.vendor.account.audiences[sink.audience].segments.clear()  # type: ignore[attr-defined]
    for member in world.vendor.account.audiences[sink.audience].members.values():  # type: ignore[attr-defined]
        member.tags = None
    words = written(sink, after(sink, before, customer(branch="South")))
    assert words["C1"].action == "updated"
    assert tags(world) == {"Branch: South"}


def test_tags_move_with_a_new_address_and_change_on_the_way(world: World) -> None:
    sink = tagging(world)
    before = change_of(sink, customer(branch="North", category="A"))
    written(sink, before)
    moved = after(sink, before, customer(email="jane@nordwind.example", branch="South", category="A"))
    assert written(sink, moved)["C1"].action == "updated"
    assert tags(world, "jane@nordwind.example") == {"Branch: South", "Category: A"}


def test_a_rule_can_tag_by_anything_the_source_knows(world: World) -> None:
    sink = world.sink("audience_members")
    rule = Override(field="managed_tags", source="extra.Region")
    before = change_of(sink, customer(extra={"Region": "Alps"}), rule)
    written(sink, before)
    assert tags(world) == {"Alps"}
    written(sink, after(sink, before, customer(extra={"Region": "Coast"}), rule))
    assert tags(world) == {"Coast"}


def test_a_tag_that_is_wanted_for_another_reason_stays(world: World) -> None:
    sink = tagging(world, tags=("Branch: North",))
    before = change_of(sink, customer(branch="North"))
    written(sink, before)
    written(sink, after(sink, before, customer(branch="South")))
    assert tags(world) == {"Branch: North", "Branch: South"}


def test_who_is_removed_leaves_our_tags_behind_and_nobody_elses(world: World) -> None:
    sink = tagging(world)
    before = change_of(sink, customer(branch="North"))
    written(sink, before)
    world.vendor.mutate("tag_member", email=ADDRESS, tags=["VIP"])
    written(sink, after(sink, before, customer(branch="North"), remove=True))
    assert tags(world) == {"VIP"}


@pytest.mark.parametrize("done", [True, False])
def test_an_unanswered_batch_is_judged_by_its_tags_too(world: World, *, done: bool) -> None:
    sink = tagging(world)
    before = change_of(sink, customer(branch="North"))
    written(sink, before)
    change, sent_at = after(sink, before, customer(branch="South")), datetime.now(UTC)
    if done:
        world.vendor.faults.add("POST *", "timeout_after", times=None)
        with pytest.raises(OutcomeUnknown):
            written(sink, change)  # cut off after the old tag went: the new one is still to come
        world.vendor.faults.clear()
        assert not list(sink.look_up([change], sent_at))
        written(sink, change)
    found = list(sink.look_up([change], sent_at))
    assert len(found) == done


def test_a_batch_whose_old_tags_are_still_on_was_not_done(world: World) -> None:
    sink = tagging(world)
    before = change_of(sink, customer(branch="North"))
    written(sink, before)
    world.vendor.mutate("tag_member", email=ADDRESS, tags=["Branch: South"])
    change = after(sink, before, customer(branch="South"))
    assert not list(sink.look_up([change], datetime.now(UTC)))


# -- the id the source keeps


def test_a_new_link_finds_the_contact_its_source_names(world: World) -> None:
    world.vendor.mutate("sign_up", email="old@nordwind.example")
    sink = world.sink("audience_members")
    record = customer(marketing_id=member_hash("old@nordwind.example").upper())
    assert written(sink, change_of(sink, record))["C1"].action == "updated"
    assert world.addresses() == {ADDRESS}
    assert world.member(ADDRESS)["status"] == "subscribed"


def test_the_id_that_outlives_addresses_is_understood_too(world: World) -> None:
    world.vendor.mutate("sign_up", email="old@nordwind.example")
    contact_id = world.member("old@nordwind.example")["contact_id"]
    sink = tagging(world)
    written(sink, change_of(sink, customer(marketing_id=contact_id, branch="North")))
    assert world.addresses() == {ADDRESS}
    assert tags(world) == {"Branch: North"}


def test_an_id_nobody_has_makes_a_newcomer(world: World) -> None:
    sink = world.sink("audience_members")
    assert written(sink, change_of(sink, customer(marketing_id="f" * 32)))["C1"].action == "created"
    assert world.addresses() == {ADDRESS}


def test_an_id_whose_new_address_is_a_contact_already_leaves_both(world: World) -> None:
    world.vendor.mutate("sign_up", email="old@nordwind.example")
    world.vendor.mutate("sign_up", email=ADDRESS)
    sink = world.sink("audience_members")
    word = written(sink, change_of(sink, customer(marketing_id=member_hash("old@nordwind.example"))))["C1"]
    assert "a contact of its own already" in word.text
    assert world.addresses() == {ADDRESS, "old@nordwind.example"}


def test_an_id_copied_with_another_account_takes_nobodys_contact(world: World) -> None:
    world.vendor.mutate("add_merge_field", tag="NUMBER")
    fields = [{"tag": "NUMBER", "name": "Number", "type": "text", "required": False}]
    options = {"customer_number_tag": "NUMBER"}
    client = world.client()
    client.account.options = client.account.options.model_copy(update=options)  # type: ignore[union-attr]
    client.account.findings = {"audiences": [{"id": "a1b2c3d4e5", "name": "C", "merge_fields": fields}]}
    sink = client.sink("audience_members")
    written(sink, change_of(sink, customer(1)))
    copied = customer(2, marketing_id=member_hash(ADDRESS))
    assert written(sink, change_of(sink, copied))["C2"].action == "created"
    assert world.addresses() == {ADDRESS, "person2@nordwind.example"}
    assert world.member(ADDRESS)["merge_fields"]["NUMBER"] == "C1"


def test_an_id_that_is_the_address_itself_costs_no_look(world: World) -> None:
    sink = world.sink("audience_members")
    written(sink, change_of(sink, customer(marketing_id=member_hash(ADDRESS))))
    assert world.vendor.journal.total() == 1
