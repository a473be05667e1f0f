"""Customers into an audience, over real HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.sdk.errors import ConfigProblem, OutcomeUnknown, RetryLater
from connectors.sdk.mapping import Override
from connectors.sdk.system import Action, Sink, Written
from connectors.systems.mailchimp.ids import member_hash
from sandboxes.mailchimp import CLUB, CUSTOMERS
from tests.connectors.systems.mailchimp import records
from tests.connectors.systems.mailchimp.conftest import World, written
from tests.connectors.systems.mailchimp.records import change_of, customer

LISTS = f"POST /3.0/lists/{CUSTOMERS}"


def known(sink: Sink[Any], record: Any, *overrides: Override, **more: Any) -> Any:
    """A change of a record that was confirmed before."""
    change = change_of(sink, record, *overrides)
    return change_of(sink, record, *overrides, **{"external_id": change.target_key, **more})


def actions(words: dict[str, Written]) -> dict[str, str]:
    return {key: str(word.action) for key, word in words.items()}


def test_newcomers_are_created_with_the_status_chosen(world: World) -> None:
    sink = world.sink("audience_members", tags=("ERP",))
    words = written(sink, *(change_of(sink, customer(number)) for number in (1, 2, 3)))
    assert actions(words) == {"C1": "created", "C2": "created", "C3": "created"}
    assert words["C1"].external_id == member_hash("person1@nordwind.example")
    member = world.member("person1@nordwind.example")
    assert member["status"] == "transactional"
    assert member["merge_fields"]["FNAME"] == "Jane"
    assert member["merge_fields"]["ADDRESS"]["zip"] == "62701"
    assert member["language"] == "en"
    assert member["tags"]
    assert world.vendor.journal.total("POST") == 1


@pytest.mark.parametrize("status", ["pending", "subscribed"])
def test_the_set_up_decides_what_newcomers_are(world: World, status: str) -> None:
    sink = world.sink("audience_members", new_member_status=status)
    written(sink, change_of(sink, customer()))
    assert world.member("person1@nordwind.example")["status"] == status


def test_somebody_who_signed_up_before_keeps_their_status_and_gets_our_fields(world: World) -> None:
    world.vendor.mutate("sign_up", email="person1@nordwind.example", merge_fields={"FNAME": "J."})
    sink = world.sink("audience_members")
    words = written(sink, change_of(sink, customer(1)), change_of(sink, customer(2)))
    assert actions(words) == {"C1": "created", "C2": "created"}
    assert world.member("person1@nordwind.example")["status"] == "subscribed"
    assert world.member("person1@nordwind.example")["merge_fields"]["FNAME"] == "Jane"


def test_language_and_tags_of_somebody_who_was_there_stay_theirs(world: World) -> None:
    world.vendor.mutate("sign_up", email="person1@nordwind.example")
    world.vendor.mutate("edit_member", email="person1@nordwind.example", merge_fields={}, language="sv")
    sink = world.sink("audience_members", tags=("ERP",))
    written(sink, change_of(sink, customer()))
    member = world.member("person1@nordwind.example")
    assert member["language"] == "sv"
    assert not member["tags"]


def test_writing_twice_is_writing_once(world: World) -> None:
    sink = world.sink("audience_members")
    changes = [change_of(sink, customer(number)) for number in range(1, 6)]
    written(sink, *changes)
    before = world.member("person1@nordwind.example")
    assert set(actions(written(sink, *changes)).values()) == {"created"}
    assert world.member("person1@nordwind.example") == before
    assert len(world.addresses()) == 5


def test_a_change_reaches_a_known_member_in_one_call(world: World) -> None:
    sink = world.sink("audience_members")
    written(sink, change_of(sink, customer()))
    start = world.vendor.journal.last
    words = written(sink, known(sink, customer(first_name="Janet")))
    assert actions(words) == {"C1": "updated"}
    assert world.member("person1@nordwind.example")["merge_fields"]["FNAME"] == "Janet"
    assert len(world.vendor.journal.calls(since=start, method="POST")) == 1


def test_what_the_source_lacks_stays_as_it_is(world: World) -> None:
    sink = world.sink("audience_members")
    written(sink, change_of(sink, customer()))
    written(sink, known(sink, customer(phone="", first_name="Janet")))
    assert world.member("person1@nordwind.example")["merge_fields"]["PHONE"] == "+1 555 0100"


def test_required_fields_we_do_not_know_stop_nobody(world: World) -> None:
    fields = [*records.STANDARD_FIELDS, {"tag": "MEMBERNO", "type": "number", "required": True}]
    sink = world.client(options=records.options(CLUB), findings=records.findings(CLUB, fields)).sink(
        "audience_members"
    )
    assert actions(written(sink, change_of(sink, customer(last_name="")))) == {"C1": "created"}


def test_a_wrong_value_for_a_field_rejects_only_its_row(world: World) -> None:
    world.vendor.mutate("add_merge_field", tag="AGE", kind="number")
    sink = world.sink("audience_members")
    wrong = change_of(sink, customer(1), Override(field="merge_fields.AGE", source="name"))
    words = written(sink, wrong, change_of(sink, customer(2)))
    assert actions(words) == {"C1": "rejected", "C2": "created"}
    assert "AGE" in words["C1"].text


def test_a_long_text_is_cut_and_found_again(world: World) -> None:
    sink = world.sink("audience_members")
    change = change_of(sink, customer(last_name="ü" * 300))
    written(sink, change)
    assert world.member("person1@nordwind.example")["merge_fields"]["LNAME"] == "ü" * 127
    assert [word.action for word in sink.look_up([change], datetime.now(UTC))] == [Action.CREATED]


def test_somebody_deleted_for_good_is_not_asked_back(world: World) -> None:
    world.vendor.mutate("sign_up", email="person1@nordwind.example")
    world.vendor.mutate("forget", email="person1@nordwind.example")
    sink = world.sink("audience_members")
    words = written(sink, change_of(sink, customer(1)), change_of(sink, customer(2)))
    assert actions(words) == {"C1": "skipped", "C2": "created"}
    assert words["C1"].code == "forgotten"
    assert "signing up themselves" in words["C1"].text


def test_an_address_mailchimp_takes_for_fake_is_rejected(world: World) -> None:
    sink = world.sink("audience_members")
    words = written(sink, change_of(sink, customer(1, email="x@example.com")), change_of(sink, customer(2)))
    assert actions(words) == {"C1": "rejected", "C2": "created"}
    assert words["C1"].code == "fake_address"


def test_an_address_that_signed_up_too_often_comes_later_and_the_others_now(world: World) -> None:
    world.vendor.mutate("flood", email="person1@nordwind.example")
    sink = world.sink("audience_members")
    words = written(sink, change_of(sink, customer(1)), change_of(sink, customer(2)))
    assert actions(words) == {"C1": "later", "C2": "created"}
    world.vendor.clock.advance(90_000)
    assert actions(written(sink, change_of(sink, customer(1)))) == {"C1": "created"}


def test_a_new_address_that_signed_up_too_often_comes_later(world: World) -> None:
    sink = world.sink("audience_members")
    written(sink, change_of(sink, customer()))
    world.vendor.mutate("flood", email="jane@nordwind.example")
    moved = change_of(
        sink, customer(email="jane@nordwind.example"), external_id=member_hash("person1@nordwind.example")
    )
    assert actions(written(sink, moved, change_of(sink, customer(2)))) == {"C1": "later", "C2": "created"}


def test_a_member_gets_their_new_address(world: World) -> None:
    sink = world.sink("audience_members")
    written(sink, change_of(sink, customer()))
    world.vendor.mutate("admin_unsubscribe", email="person1@nordwind.example")
    moved = change_of(
        sink, customer(email="jane@nordwind.example"), external_id=member_hash("person1@nordwind.example")
    )
    words = written(sink, moved)
    assert actions(words) == {"C1": "updated"}
    assert words["C1"].external_id == member_hash("jane@nordwind.example")
    assert world.addresses() == {"jane@nordwind.example"}
    assert world.member("jane@nordwind.example")["status"] == "unsubscribed"


def test_a_new_address_that_is_a_contact_already_leaves_both(world: World) -> None:
    sink = world.sink("audience_members")
    written(sink, change_of(sink, customer()))
    world.vendor.mutate("sign_up", email="jane@nordwind.example")
    moved = change_of(
        sink, customer(email="jane@nordwind.example"), external_id=member_hash("person1@nordwind.example")
    )
    words = written(sink, moved)
    assert words["C1"].external_id == member_hash("jane@nordwind.example")
    assert "a contact of its own already" in words["C1"].text
    assert world.member("person1@nordwind.example")["status"] == "transactional"
    assert world.member("jane@nordwind.example")["status"] == "subscribed"
    assert world.member("jane@nordwind.example")["merge_fields"]["FNAME"] == "Jane"


def test_a_new_address_of_somebody_who_is_gone_makes_a_newcomer(world: World) -> None:
    sink = world.sink("audience_members")
    moved = change_of(
        sink, customer(email="jane@nordwind.example"), external_id=member_hash("person1@nordwind.example")
    )
    written(sink, moved)
    assert world.member("jane@nordwind.example")["status"] == "transactional"


def test_somebody_who_left_the_audience_comes_back_as_a_newcomer(world: World) -> None:
    """They changed their address at Mailchimp, or the set-up names another audience by now."""
    sink = world.sink("audience_members")
    words = written(sink, known(sink, customer(1)), known(sink, customer(2)))
    assert actions(words) == {"C1": "created", "C2": "created"}
    assert world.member("person1@nordwind.example")["status"] == "transactional"
    assert world.member("person2@nordwind.example")["status"] == "transactional"


def test_somebody_deleted_for_good_is_left_alone(world: World) -> None:
    sink = world.sink("audience_members")
    written(sink, change_of(sink, customer()))
    world.vendor.mutate("forget", email="person1@nordwind.example")
    words = written(sink, known(sink, customer(first_name="Janet")))
    assert (words["C1"].action, words["C1"].code) == (Action.SKIPPED, "forgotten")


def test_an_archived_member_stays_archived(world: World) -> None:
    sink = world.sink("audience_members")
    written(sink, change_of(sink, customer()))
    world.vendor.mutate("archive", email="person1@nordwind.example")
    written(sink, known(sink, customer(first_name="Janet")))
    written(sink, change_of(sink, customer(first_name="Joan")))
    assert world.member("person1@nordwind.example")["status"] == "archived"


def test_removing_archives_and_may_be_repeated(world: World) -> None:
    sink = world.sink("audience_members")
    written(sink, change_of(sink, customer()))
    gone = known(sink, customer(), remove=True)
    assert actions(written(sink, gone)) == {"C1": "removed"}
    assert world.member("person1@nordwind.example")["status"] == "archived"
    assert actions(written(sink, known(sink, customer(9), remove=True))) == {"C9": "removed"}
    assert [word.action for word in sink.look_up([gone], datetime.now(UTC))] == [Action.REMOVED]


def test_the_same_address_twice_in_a_batch_is_written_once(world: World) -> None:
    sink = world.sink("audience_members")
    words = written(
        sink, change_of(sink, customer(1)), change_of(sink, customer(2, email="PERSON1@nordwind.example"))
    )
    assert actions(words) == {"C1": "created", "C2": "skipped"}


def test_a_full_batch_takes_one_call(world: World) -> None:
    sink = world.sink("audience_members")
    words = written(sink, *(change_of(sink, customer(number)) for number in range(500)))
    assert len(words) == 500
    assert world.vendor.journal.total("POST") == 1


def test_rules_that_ask_for_what_is_there_get_it(world: World) -> None:
    world.vendor.mutate("sign_up", email="person1@nordwind.example", merge_fields={"FNAME": "Jay"})
    world.vendor.mutate("tag_member", email="person1@nordwind.example", tags=["Old"])
    sink = world.sink("audience_members")
    rules = (
        Override(field="merge_fields.FNAME", source="first_name", mode="if_empty"),
        Override(field="merge_fields.LNAME", source="last_name", mode="if_empty"),
        Override(field="tags", value="New", mode="append"),
    )
    written(sink, known(sink, customer(), *rules))
    member = world.member("person1@nordwind.example")
    assert (member["merge_fields"]["FNAME"], member["merge_fields"]["LNAME"]) == ("Jay", "Doe 1")
    assert len(member["tags"]) == 2


def test_an_unknown_audience_stops_the_job_with_advice(world: World) -> None:
    sink = world.client(options=records.options("ffffffffff")).sink("audience_members")
    with pytest.raises(ConfigProblem, match="no longer exists"):
        written(sink, change_of(sink, customer()))


def test_nothing_is_written_before_the_fields_of_the_audience_are_known(world: World) -> None:
    sink = world.client(findings={}).sink("audience_members")
    with pytest.raises(ConfigProblem, match="Ping the connection"):
        written(sink, change_of(sink, customer()))
    assert not world.addresses()


# -- unanswered


@pytest.mark.parametrize("count", [3, 40])
def test_a_batch_that_was_done_but_not_answered_is_found(world: World, count: int) -> None:
    sink = world.sink("audience_members")
    changes = [change_of(sink, customer(number)) for number in range(count)]
    sent_at = datetime.now(UTC)
    world.vendor.faults.add(LISTS, "timeout_after")
    with pytest.raises(OutcomeUnknown):
        written(sink, *changes)
    found = {word.id for word in sink.look_up(changes, sent_at)}
    assert found == {change.id for change in changes}


@pytest.mark.parametrize("count", [3, 40])
def test_a_batch_that_was_not_done_is_not_found(world: World, count: int) -> None:
    sink = world.sink("audience_members")
    changes = [change_of(sink, customer(number)) for number in range(count)]
    sent_at = datetime.now(UTC)
    world.vendor.faults.add(LISTS, "timeout_before", seconds=0)
    with pytest.raises(OutcomeUnknown):
        written(sink, *changes)
    assert list(sink.look_up(changes, sent_at)) == []


def test_only_what_is_there_as_desired_is_found(world: World) -> None:
    sink = world.sink("audience_members")
    written(sink, change_of(sink, customer(1)), change_of(sink, customer(2)))
    changes = [known(sink, customer(1)), known(sink, customer(2, first_name="Janet"))]
    assert [(word.id, word.action) for word in sink.look_up(changes, datetime.now(UTC))] == [
        ("link-C1", Action.UPDATED)
    ]


def test_a_gateway_that_cuts_the_call_leaves_it_unknown(world: World) -> None:
    sink = world.sink("audience_members")
    world.vendor.faults.add(LISTS, "html", status=502, work=True)
    with pytest.raises(OutcomeUnknown):
        written(sink, change_of(sink, customer()))


def test_an_answer_that_breaks_off_leaves_it_unknown(world: World) -> None:
    sink = world.sink("audience_members")
    world.vendor.faults.add(LISTS, "cut", honest=True)
    with pytest.raises(OutcomeUnknown):
        written(sink, change_of(sink, customer()))


@pytest.mark.parametrize("update", [False, True])
def test_a_contact_the_answer_passes_over_is_unknown(world: World, *, update: bool) -> None:
    sink = world.sink("audience_members")
    if update:
        written(sink, change_of(sink, customer(1)), change_of(sink, customer(2)))
    handle = world.vendor.handle

    def forgetful(request: Any) -> Any:
        response = handle(request)
        answer = json.loads(response.body)
        parts = {name: answer[name][1:] for name in ("new_members", "updated_members")}
        response.body = json.dumps({**answer, **parts}).encode()
        return response

    world.vendor.handle = forgetful  # type: ignore[method-assign]
    make = known if update else change_of
    words = written(sink, make(sink, customer(1)), make(sink, customer(2)))
    assert actions(words) == {"C1": "unknown", "C2": "updated" if update else "created"}
    assert words["C1"].code == "unmentioned"


def test_a_write_is_sent_once_whatever_happens(world: World) -> None:
    sink = world.sink("audience_members")
    world.vendor.faults.add(LISTS, "status", status=500, times=None)
    with pytest.raises(OutcomeUnknown):
        written(sink, change_of(sink, customer()))
    assert world.vendor.journal.total("POST") == 1


def test_a_busy_mailchimp_is_asked_again(world: World) -> None:
    sink = world.sink("audience_members")
    world.vendor.faults.add(LISTS, "status", status=429)
    assert actions(written(sink, change_of(sink, customer()))) == {"C1": "created"}


@pytest.mark.parametrize("status", [403, 429])
def test_an_overloaded_mailchimp_is_left_in_peace(world: World, status: int) -> None:
    sink = world.sink("audience_members")
    world.vendor.faults.add(LISTS, "status", status=status, empty=True, times=None)
    with pytest.raises(RetryLater) as caught:
        written(sink, change_of(sink, customer()))
    assert caught.value.after == 30
    assert world.vendor.journal.total("POST") == 1


def test_a_move_that_was_not_answered_is_looked_up_alone(world: World) -> None:
    sink = world.sink("audience_members")
    written(sink, change_of(sink, customer()))
    moved = change_of(
        sink, customer(email="jane@nordwind.example"), external_id=member_hash("person1@nordwind.example")
    )
    sent_at = datetime.now(UTC)
    world.vendor.faults.add("PATCH *", "timeout_after")
    words = written(sink, moved, change_of(sink, customer(2)))
    assert actions(words) == {"C1": "unknown", "C2": "created"}
    assert [word.external_id for word in sink.look_up([moved], sent_at)] == [moved.target_key]
