"""What is done to subscriptions without an answer: found again, and never forgotten."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.records import Standing
from connectors.sdk.errors import OutcomeUnknown, RetryLater
from connectors.sdk.system import Written
from connectors.systems.mailchimp.standing import CLEARED
from sandboxes.mailchimp import CUSTOMERS
from tests.connectors.systems.mailchimp.conftest import World, written
from tests.connectors.systems.mailchimp.standing_account import Account, collect

LISTS = f"POST /3.0/lists/{CUSTOMERS}"


@pytest.mark.parametrize(("treatment", "call"), [("unsubscribe", "PATCH *"), ("archive", "DELETE *")])
def test_what_was_done_without_an_answer_is_found_and_can_be_undone(
    world: World, treatment: str, call: str
) -> None:
    account = Account(world, treatment, new_member_status="subscribed")
    account.now()
    change, sent_at = account.change(Standing.ON_HOLD), datetime.now(UTC)
    world.vendor.faults.add(call, "timeout_after")
    word = written(account.sink, change)["C1"]
    assert word.action == "unknown"
    account.told(change, word)
    change = account.change(Standing.ON_HOLD)
    [found] = account.sink.look_up([change], sent_at)
    assert found.action == "updated"
    account.told(change, found)
    account.now(Standing.ACTIVE)
    assert account.status == "subscribed"


@pytest.mark.parametrize(("treatment", "call"), [("unsubscribe", "PATCH *"), ("archive", "DELETE *")])
def test_what_was_not_done_is_not_found(world: World, treatment: str, call: str) -> None:
    account = Account(world, treatment, new_member_status="subscribed")
    account.now()
    change = account.change(Standing.ON_HOLD)
    world.vendor.faults.add(call, "timeout_before", seconds=0)
    word = written(account.sink, change)["C1"]
    assert word.action == "unknown"
    account.told(change, word)
    assert not list(account.sink.look_up([account.change(Standing.ON_HOLD)], datetime.now(UTC)))
    account.now(Standing.ON_HOLD)
    account.now(Standing.ACTIVE)
    assert account.status == "subscribed"


def test_a_way_back_without_an_answer_is_looked_up(world: World) -> None:
    account = Account(world, "archive", new_member_status="subscribed")
    account.now()
    account.now(Standing.ON_HOLD)
    change, sent_at = account.change(Standing.ACTIVE), datetime.now(UTC)
    assert not list(account.sink.look_up([change], sent_at)), "still in the archive: not done"
    world.vendor.faults.add("PUT *", "timeout_after")
    word = written(account.sink, change)["C1"]
    assert word.action == "unknown"
    account.told(change, word)
    [found] = account.sink.look_up([account.change(Standing.ACTIVE)], sent_at)
    assert (found.action, found.version) == ("updated", CLEARED)


@pytest.mark.parametrize("fault", ["timeout_after", "status"])
def test_a_batch_that_fails_does_not_forget_whom_it_unsubscribed(world: World, fault: str) -> None:
    account = Account(world, new_member_status="subscribed")
    account.now()
    # With a new number, so that there is something for the batch to say.
    change, words = account.change(Standing.ON_HOLD, phone="+1 555 0199"), list[Written]()
    more: dict[str, Any] = {"status": 429, "empty": True, "times": None} if fault == "status" else {}
    world.vendor.faults.add(LISTS, fault, **more)
    with pytest.raises((OutcomeUnknown, RetryLater)):
        collect(account.sink, [change], words)
    world.vendor.faults.clear()
    [word] = words
    assert word.action == ("later" if fault == "status" else "unknown")
    account.told(change, word)
    account.now(Standing.ON_HOLD)
    account.now(Standing.ACTIVE)
    assert account.status == "subscribed"


def test_a_removal_without_an_answer_is_found_and_can_be_undone(world: World) -> None:
    account = Account(world, new_member_status="subscribed")
    account.now()
    change = account.change(remove=True)
    world.vendor.faults.add("DELETE *", "timeout_after")
    word = written(account.sink, change)["C1"]
    account.told(change, word)
    [found] = account.sink.look_up([account.change(remove=True)], datetime.now(UTC))
    assert found.action == "removed"
    account.version = found.version or account.version
    account.before, account.external_id = None, ""
    account.now()
    assert account.status == "subscribed"


@pytest.mark.parametrize(("treatment", "call"), [("unsubscribe", "PATCH *"), ("archive", "DELETE *")])
def test_what_mailchimp_did_not_do_is_not_written_down_as_done(
    world: World, treatment: str, call: str
) -> None:
    account = Account(world, treatment, new_member_status="subscribed")
    account.now()
    world.vendor.faults.add(call, "status", status=429, empty=True, times=None)
    words = list[Written]()
    with pytest.raises(RetryLater):
        collect(account.sink, [account.change(Standing.ON_HOLD)], words)
    assert words == []
