"""Accounts in bad standing and their way back, over real HTTP: only what we did is ever undone."""

from __future__ import annotations

import pytest

from connectors.records import Standing
from connectors.sdk.errors import RecordSkipped, RetryLater
from connectors.sdk.system import Written
from connectors.systems.mailchimp.ids import member_hash
from connectors.systems.mailchimp.sinks import audience_batch
from connectors.systems.mailchimp.standing import CLEARED, Mark
from sandboxes.mailchimp import CUSTOMERS
from tests.connectors.systems.mailchimp.conftest import World, written
from tests.connectors.systems.mailchimp.records import change_of, customer
from tests.connectors.systems.mailchimp.standing_account import ADDRESS, HASH, Account, collect

BY_THEMSELVES = ("subscribed", "pending", "transactional")


def calls_so_far(world: World) -> int:
    """What Mailchimp has been asked."""
    return world.vendor.journal.total()


@pytest.mark.parametrize("treatment", ["unsubscribe", "archive"])
@pytest.mark.parametrize("was", BY_THEMSELVES)
def test_an_account_on_hold_leaves_and_comes_back_as_it_was(world: World, treatment: str, was: str) -> None:
    account = Account(world, treatment, new_member_status=was)
    assert account.now().action == "created"
    assert account.now(Standing.ON_HOLD).action == "updated"
    away = {"unsubscribe": "unsubscribed", "archive": "archived"}[treatment]
    assert account.status == (was if (treatment, was) == ("unsubscribe", "transactional") else away)
    assert account.now(Standing.ACTIVE, first_name="Janet").action == "updated"
    assert account.status == was
    assert world.member(ADDRESS)["merge_fields"]["FNAME"] == "Janet"
    assert Mark.of(account.version) is None


@pytest.mark.parametrize("treatment", ["unsubscribe", "archive"])
def test_who_unsubscribed_themselves_before_is_never_brought_back_as_a_subscriber(
    world: World, treatment: str
) -> None:
    account = Account(world, treatment, new_member_status="subscribed")
    account.now()
    world.vendor.mutate("unsubscribe", email=ADDRESS)
    account.now(Standing.ON_HOLD)
    account.now(Standing.ACTIVE)
    assert account.status == "unsubscribed"


def test_who_unsubscribes_themselves_after_we_did_stays_unsubscribed(world: World) -> None:
    account = Account(world, new_member_status="subscribed")
    account.now()
    account.now(Standing.ON_HOLD)
    world.vendor.mutate("unsubscribe", email=ADDRESS)
    word = account.now(Standing.ACTIVE, first_name="Janet")
    assert account.status == "unsubscribed"
    assert "stays unsubscribed" in word.text
    assert world.member(ADDRESS)["merge_fields"]["FNAME"] == "Janet", "the rest of the contact goes on"
    account.now(Standing.ACTIVE, first_name="Joan")
    assert account.status == "unsubscribed"


def test_a_refusal_of_mailchimps_leaves_them_where_they_are(world: World) -> None:
    """The reason looks as ours does, but Mailchimp knows that they left."""
    account = Account(world, new_member_status="subscribed")
    account.now()
    account.now(Standing.ON_HOLD)
    world.vendor.mutate("unsubscribe", email=ADDRESS, reason="N/A (Unsubscribed by admin)")
    word = account.now(Standing.ACTIVE)
    assert account.status == "unsubscribed"
    assert "nobody but themselves" in word.text


def test_an_archived_contact_others_have_changed_stays_archived_with_the_reason(world: World) -> None:
    account = Account(world, "archive", new_member_status="subscribed")
    world.vendor.clock.freeze()
    account.now()
    account.now(Standing.ON_HOLD)
    world.vendor.clock.advance(60)
    world.vendor.mutate("unarchive", email=ADDRESS)
    world.vendor.mutate("archive", email=ADDRESS)
    word = account.now(Standing.ACTIVE)
    assert (word.action, word.code) == ("skipped", "stays_archived")
    assert "changed in Mailchimp after we archived it" in word.text
    assert account.status == "archived"


def test_a_contact_a_colleague_archived_stays_archived(world: World) -> None:
    account = Account(world, "archive", new_member_status="subscribed")
    account.now()
    world.vendor.mutate("archive", email=ADDRESS)
    assert account.now(Standing.ON_HOLD).action == "updated"
    account.now(Standing.ACTIVE)
    assert account.status == "archived"


def test_a_contact_that_came_back_by_itself_keeps_what_it_chose(world: World) -> None:
    account = Account(world, new_member_status="transactional")
    world.vendor.mutate("sign_up", email=ADDRESS)
    account.now()
    account.now(Standing.ON_HOLD)
    assert account.status == "unsubscribed"
    world.vendor.mutate("sign_up", email=ADDRESS)
    account.now(Standing.ON_HOLD, first_name="Janet")
    assert account.status == "subscribed", "we act once, and do not quarrel"
    account.now(Standing.ACTIVE)
    assert account.status == "subscribed"
    assert account.version == CLEARED


def test_a_status_others_chose_stands_even_within_the_same_second(world: World) -> None:
    world.vendor.clock.freeze()
    account = Account(world, "archive", new_member_status="subscribed")
    account.now()
    account.now(Standing.ON_HOLD)
    world.vendor.mutate("unarchive", email=ADDRESS, status="unsubscribed")
    account.now(Standing.ACTIVE)
    assert account.status == "unsubscribed"


def test_a_bounced_contact_is_skipped_with_the_reason(world: World) -> None:
    world.vendor.mutate("sign_up", email=ADDRESS)
    world.vendor.mutate("clean", email=ADDRESS)
    for treatment in ("unsubscribe", "archive"):
        for standing in (Standing.ACTIVE, Standing.ON_HOLD):
            word = Account(world, treatment).now(standing)
            assert (word.action, word.code) == ("skipped", "cleaned")
            assert "bounced for good" in word.text
    assert world.member(ADDRESS)["status"] == "cleaned"


@pytest.mark.parametrize("treatment", ["unsubscribe", "archive"])
def test_newcomers_in_bad_standing_are_not_created(world: World, treatment: str) -> None:
    account = Account(world, treatment)
    word = account.now(Standing.ON_HOLD)
    assert (word.action, word.code) == ("skipped", "not_created")
    assert "on hold" in word.text
    assert not world.addresses()
    assert account.now(Standing.ACTIVE).action == "created"


@pytest.mark.parametrize("treatment", ["unsubscribe", "archive"])
def test_a_contact_from_elsewhere_is_treated_and_comes_back_too(world: World, treatment: str) -> None:
    world.vendor.mutate("sign_up", email=ADDRESS)
    account = Account(world, treatment)
    assert account.now(Standing.ON_HOLD).external_id == HASH
    assert account.status in {"unsubscribed", "archived"}
    account.now(Standing.ACTIVE)
    assert account.status == "subscribed"


def test_who_left_the_audience_meanwhile_is_not_created_anew_in_bad_standing(world: World) -> None:
    account = Account(world, new_member_status="subscribed")
    account.now()
    account.now(Standing.ON_HOLD)
    audience = world.vendor.account.audiences[CUSTOMERS]
    del audience.members[HASH]
    assert account.now(Standing.ON_HOLD, first_name="Janet").code == "not_created"
    assert not world.addresses()


def test_who_is_left_out_stays_as_they_are_and_newcomers_are_not_created(world: World) -> None:
    account = Account(world, "leave_out", new_member_status="subscribed")
    with pytest.raises(RecordSkipped):
        account.change(Standing.ON_HOLD)
    store = world.sink("store_customers", standing_actions={"on_hold": "leave_out"})
    with pytest.raises(RecordSkipped):
        change_of(store, customer(standing=Standing.ON_HOLD))


@pytest.mark.parametrize("treatment", ["unsubscribe", "archive"])
def test_the_store_is_no_back_door_into_the_audience(world: World, treatment: str) -> None:
    store = world.sink("store_customers", standing_actions={"on_hold": treatment})
    with pytest.raises(RecordSkipped, match="on hold"):
        change_of(store, customer(standing=Standing.ON_HOLD))
    assert change_of(store, customer(standing=Standing.ACTIVE)).key == "C1"


@pytest.mark.parametrize(
    ("first", "then", "between"),
    [("unsubscribe", "archive", "archived"), ("archive", "unsubscribe", "unsubscribed")],
)
def test_one_treatment_after_the_other_still_knows_the_way_back(
    world: World, first: str, then: str, between: str
) -> None:
    account = Account(world, first, new_member_status="subscribed")
    account.now()
    account.now(Standing.ON_HOLD)
    account.options["standing_actions"] = {"on_hold": then}
    account.now(Standing.ON_HOLD)
    assert account.status == between
    account.now(Standing.ACTIVE)
    assert account.status == "subscribed"


def test_a_new_address_is_given_whatever_the_standing(world: World) -> None:
    account = Account(world, new_member_status="subscribed")
    account.now()
    word = account.now(Standing.ON_HOLD, email="jane@nordwind.example")
    assert word.external_id == member_hash("jane@nordwind.example")
    assert world.member("jane@nordwind.example")["status"] == "unsubscribed"


def test_who_moves_and_pays_at_once_comes_back_under_the_new_address(world: World) -> None:
    account = Account(world, "archive", new_member_status="subscribed")
    account.now()
    account.now(Standing.ON_HOLD)
    word = account.now(Standing.ACTIVE, email="jane@nordwind.example")
    assert word.action == "updated"
    assert world.addresses() == {"jane@nordwind.example"}
    assert world.member("jane@nordwind.example")["status"] == "subscribed"


# -- removal


@pytest.mark.parametrize("was", BY_THEMSELVES)
def test_a_removed_contact_comes_back_as_it_was(world: World, was: str) -> None:
    account = Account(world, new_member_status=was)
    account.now()
    assert account.gone().action == "removed"
    assert account.status == "archived"
    assert account.now(first_name="Janet").action == "created"
    assert account.status == was
    assert world.member(ADDRESS)["merge_fields"]["FNAME"] == "Janet"


def test_a_removed_contact_who_had_unsubscribed_comes_back_unsubscribed(world: World) -> None:
    account = Account(world, new_member_status="subscribed")
    account.now()
    world.vendor.mutate("unsubscribe", email=ADDRESS)
    account.gone()
    account.now()
    assert account.status == "unsubscribed"


def test_a_removed_contact_whose_mail_bounced_stays_away(world: World) -> None:
    account = Account(world)
    account.now()
    world.vendor.mutate("clean", email=ADDRESS)
    account.gone()
    word = account.now()
    assert (word.action, word.code) == ("skipped", "stays_archived")
    assert account.status == "archived"


def test_removing_what_a_colleague_archived_gives_no_right_to_bring_it_back(world: World) -> None:
    account = Account(world, new_member_status="subscribed")
    account.now()
    world.vendor.mutate("archive", email=ADDRESS)
    account.gone()
    account.now()
    assert account.status == "archived"


def test_what_we_unsubscribed_and_then_removed_comes_back_as_it_was_before_both(world: World) -> None:
    account = Account(world, new_member_status="subscribed")
    account.now()
    account.now(Standing.ON_HOLD)
    account.gone()
    account.now(Standing.ACTIVE)
    assert account.status == "subscribed"


def test_a_removed_contact_who_comes_back_with_another_address_is_a_newcomer(world: World) -> None:
    account = Account(world)
    account.now()
    account.gone()
    assert account.now(email="jane@nordwind.example").action == "created"
    assert account.status == "archived"
    assert account.version == CLEARED


# -- what it costs


def test_nobody_is_looked_at_where_nothing_is_switched_on_or_nothing_changed(world: World) -> None:
    account = Account(world, new_member_status="subscribed")
    account.now()
    account.now(Standing.ON_HOLD)
    before = calls_so_far(world)
    account.now(Standing.ON_HOLD, first_name="Janet")
    assert calls_so_far(world) == before + 1, "one batch call"


def test_an_archived_contact_costs_nothing_while_it_stays_away(world: World) -> None:
    account = Account(world, "archive")
    account.now()
    account.now(Standing.ON_HOLD)
    before = calls_so_far(world)
    assert account.now(Standing.ON_HOLD, first_name="Janet").action == "unchanged"
    assert calls_so_far(world) == before


def test_a_full_batch_in_good_standing_still_takes_one_call(world: World) -> None:
    sink = world.sink(
        "audience_members",
        standing_actions={"on_hold": "archive", "dormant": "tag"},
        tags_from=("branch", "category"),
    )
    people = [customer(n, standing=Standing.DORMANT, branch="N", category="A") for n in range(500)]
    assert len(written(sink, *(change_of(sink, one) for one in people))) == 500
    assert calls_so_far(world) == 1


def test_a_long_row_of_single_calls_goes_on_in_the_next_batch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience_batch, "SINGLES_SECONDS", -1.0)
    account = Account(world, new_member_status="subscribed")
    account.now()
    sink, words = account.sink, list[Written]()
    changes = [account.change(Standing.ON_HOLD), change_of(account.sink, customer(2))]
    with pytest.raises(RetryLater) as caught:
        collect(sink, changes, words)
    assert caught.value.after == 0
    assert [word.id for word in words] == ["link-C2"], "what is one row of a call has been written"
