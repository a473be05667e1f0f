"""What is to become of a contact, and what is remembered of what was done: pure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.records import Standing
from connectors.sdk.errors import ConfigProblem, RecordRejected, RecordSkipped
from connectors.sdk.mapping import Desired, Override
from connectors.systems.mailchimp.options import STANDINGS, TREATMENTS, orders_store, supplier_options
from connectors.systems.mailchimp.standing import CLEARED, Mark, managed_tags, treatment_of
from connectors.systems.mailchimp.system import Mailchimp
from tests.connectors.systems.accounts import account
from tests.connectors.systems.mailchimp import records
from tests.connectors.systems.mailchimp.conftest import World
from tests.connectors.systems.mailchimp.records import change_of, customer, desired_of

HASH = "9e26471d35a78862c17e467d87cddedf"


@given(
    did=st.sampled_from(["archived", "unsubscribed"]),
    was=st.sampled_from(["subscribed", "pending", "transactional"]),
    evidence=st.text(max_size=200),
)
def test_a_mark_survives_being_kept_as_a_version(did: str, was: str, evidence: str) -> None:
    mark = Mark(did, was, HASH, evidence)
    assert Mark.of(str(mark)) == mark


@pytest.mark.parametrize("version", ["", CLEARED, "W/5", "archived|subscribed", "other|subscribed|x|y"])
def test_a_version_that_is_no_mark_is_none(version: str) -> None:
    assert Mark.of(version) is None


def test_a_mark_fits_the_column_it_is_kept_in() -> None:
    mark = Mark.made("unsubscribed", "subscribed", HASH, {"unsubscribe_reason": "x" * 1000})
    assert len(str(mark)) < 400
    assert not mark.doubt({"unsubscribe_reason": "x" * 1000})


def test_who_looks_as_we_left_them_raises_no_doubt() -> None:
    member = {"last_changed": "2026-05-01T12:00:00+00:00", "unsubscribe_reason": "N/A"}
    for did in ("archived", "unsubscribed"):
        assert not Mark.made(did, "subscribed", HASH, member).doubt(member)


def test_whatever_is_not_as_we_left_it_raises_doubt() -> None:
    archived = Mark("archived", "subscribed", HASH, "2026-05-01T12:00:00+00:00")
    assert "changed in Mailchimp" in archived.doubt({"last_changed": "2026-05-02T12:00:00+00:00"})
    unseen = Mark.made("archived", "subscribed", HASH, None)
    assert "could not see" in unseen.doubt({"last_changed": ""})
    left = Mark("unsubscribed", "subscribed", HASH, "N/A")
    assert "Did not want it" in left.doubt({"unsubscribe_reason": "Did not want it"})
    assert "bounced" in Mark("archived", "cleaned", HASH, "x").doubt({"last_changed": "x"})


@pytest.mark.parametrize("standing", list(Standing))
def test_everybody_is_kept_unless_the_set_up_says_otherwise(standing: Standing) -> None:
    record = customer(standing=standing)
    assert treatment_of(record, records.options()) is None
    assert managed_tags(record, records.options()) == []


def test_who_is_left_out_is_skipped_with_the_reason() -> None:
    options = records.options(standing_actions={"on_hold": "leave_out"})
    record = customer(standing=Standing.ON_HOLD, standing_reason="credit limit")
    with pytest.raises(RecordSkipped, match=r"on hold \(credit limit\)") as caught:
        treatment_of(record, options)
    assert caught.value.code == "left_out"


def test_tags_tell_standing_and_where_an_account_belongs() -> None:
    options = records.options(
        standing_actions={"dormant": "tag"}, tags_from=("category", "group", "branch", "parent")
    )
    record = customer(standing=Standing.DORMANT, category="A", branch=" North ", parent_key="C9")
    assert managed_tags(record, options) == [
        "Account: dormant", "Category: A", "Branch: North", "Part of: C9",
    ]  # fmt: skip


def test_a_tag_is_never_longer_than_mailchimp_takes() -> None:
    found = managed_tags(customer(branch="ü" * 300), records.options(tags_from=("branch",)))
    assert [len(tag) for tag in found] == [100]


def test_the_standing_tag_can_go_without_words_before_it() -> None:
    options = records.options(standing_actions={"on_hold": "tag"}, standing_tag_prefix="")
    assert managed_tags(customer(standing=Standing.ON_HOLD), options) == ["on hold"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"standing_actions": {"bankrupt": "keep"}},
        {"standing_actions": {"on_hold": "delete"}},
        {"supplier_standing_actions": {"on_hold": "delete"}},
        {"tags_from": ("colour",)},
        {"supplier_audience_id": "aud1"},
        {"orders_store_id": "erp"},
        {"tax_id_tag": "taxid"},
    ],
)
def test_what_makes_no_sense_cannot_be_chosen(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        records.options(**wrong)


def test_every_standing_takes_every_treatment() -> None:
    for treatment in TREATMENTS:
        table = dict.fromkeys(STANDINGS, treatment)
        assert records.options(standing_actions=table).standing_actions == table


def test_suppliers_and_orders_that_nobody_chose_a_place_for_stop_with_advice(world: World) -> None:
    about = world.client().account
    with pytest.raises(ConfigProblem, match="audience for suppliers"):
        supplier_options(about)
    with pytest.raises(ConfigProblem, match="whose orders come back"):
        orders_store(about)


def test_our_own_store_is_refused_however_it_got_into_the_options(world: World) -> None:
    about = world.client().account
    about.options = records.options().model_copy(update={"orders_store_id": "erp"})
    with pytest.raises(ConfigProblem, match="the store we fill ourselves"):
        orders_store(about)


def test_suppliers_share_the_fields_but_not_the_rules_of_customers(world: World) -> None:
    about = account(
        world.client().account.settings,
        world.client().account.credentials,
        options=records.options(
            supplier_audience_id="aud2",
            supplier_tags=("Supplier",),
            tags=("ERP",),
            tax_id_tag="TAX",
            standing_actions={"on_hold": "archive"},
        ),
    )
    found = supplier_options(about)
    assert (found.audience_id, found.tags, found.tax_id_tag) == ("aud2", ("Supplier",), "TAX")
    assert found.standing_actions == {}


@pytest.mark.parametrize("mode", ["always", "skip"])
def test_no_rule_decides_what_becomes_of_somebody(world: World, mode: str) -> None:
    sink = world.sink("audience_members", standing_actions={"on_hold": "unsubscribe"})
    rule = Override(field="treatment", value="archive" if mode == "always" else None, mode=mode)
    with pytest.raises(RecordRejected, match="remove it"):
        change_of(sink, customer(standing=Standing.ON_HOLD), rule)


def test_a_rule_cannot_smuggle_a_treatment_in_where_none_is_chosen(world: World) -> None:
    with pytest.raises(RecordRejected):
        change_of(world.sink("audience_members"), customer(), Override(field="treatment", value="archive"))


def test_what_is_kept_to_ourselves_is_no_part_of_what_is_sent(world: World) -> None:
    sink = world.sink("audience_members", standing_actions={"on_hold": "archive"}, tags_from=("branch",))
    wanted = desired_of(sink, customer(standing=Standing.ON_HOLD, branch="N", marketing_id=HASH))
    assert isinstance(wanted, Desired)
    assert wanted.if_new["known_as"] == HASH
    assert wanted.always["treatment"] == {"action": "archive", "standing": "on_hold"}
    assert wanted.always["managed_tags"] == ["Branch: N"]


@pytest.mark.parametrize("marketing_id", ["", "12345", "jane@nordwind.example", "g" * 32])
def test_what_is_no_id_of_a_member_is_none(world: World, marketing_id: str) -> None:
    wanted = desired_of(world.sink("audience_members"), customer(marketing_id=marketing_id))
    assert "known_as" not in wanted.if_new


def test_the_system_offers_what_recipes_name() -> None:
    assert {"orders", "contacts", "message_events"} <= set(Mailchimp.streams)
    assert "supplier_members" in Mailchimp.sinks
