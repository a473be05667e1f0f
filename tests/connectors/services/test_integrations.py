"""Joining, choosing, scheduling, mapping: what is refused by field, and what a rule does over there."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from audit.models import AuditEntry
from connectors.models import Connection, MappingVersion, RecordLink
from connectors.services import connections, integrations
from connectors.services.errors import Refused
from sandboxes.mailchimp.state import Member
from tests.worlds import STORE, World

MEMBERS = "audience_members"
CHOSEN: dict[str, Any] = {"audience_id": "a1b2c3d4e5", "store_id": STORE, "store_currency": "EUR"}


def _fields(refusal: pytest.ExceptionInfo[Refused]) -> dict[str, str]:
    return refusal.value.fields


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"audience_id": ""}, "audience_id"),
        ({"store_currency": "ZZZ"}, "store_currency"),
        ({"new_member_status": "cleaned"}, "new_member_status"),
        ({"store_id": "no blanks"}, "store_id"),
        ({"no_such_option": 1}, "no_such_option"),
        ({"financial_status": {"Invoiced": "maybe"}}, "financial_status"),
    ],
)
def test_a_wrong_option_is_named_and_changes_nothing(
    scene: World, options: dict[str, Any], field: str
) -> None:
    before = dict(scene.integration.options)
    with pytest.raises(Refused) as refusal:
        integrations.set_options(scene.integration, {**CHOSEN, **options})
    assert any(name.startswith(field) for name in _fields(refusal)), _fields(refusal)
    scene.integration.refresh_from_db()
    assert scene.integration.options == before


def test_connections_must_fit_the_recipe(scene: World) -> None:
    with pytest.raises(Refused, match="no integration called"):
        integrations.create_integration("sap_mailchimp", scene.source, scene.destination)
    with pytest.raises(Refused, match="Our Mailchimp is not a connection to the system"):
        integrations.create_integration("ifs_cloud_mailchimp", scene.destination, scene.source)


def test_nothing_is_turned_on_before_both_connections_work_and_options_are_chosen(scene: World) -> None:
    fresh = connections.create_connection(
        "mailchimp", "Not pinged", {"base_url": scene.mailchimp_server.url}, {"api_key": "x-us6"}
    )
    waiting = integrations.create_integration("ifs_cloud_mailchimp", scene.source, fresh)
    with pytest.raises(Refused, match="Ping Not pinged first"):
        integrations.turn_on(waiting)
    Connection.objects.filter(pk=fresh.pk).update(state=Connection.State.OK)
    waiting.destination.refresh_from_db()
    with pytest.raises(Refused) as refusal:
        integrations.turn_on(waiting)
    assert {"audience_id", "store_id", "store_currency"} <= _fields(refusal).keys()
    waiting.refresh_from_db()
    assert not waiting.is_on


def test_another_audience_is_filled_from_the_beginning(scene: World) -> None:
    scene.run("customers")
    integrations.set_options(scene.integration, {**CHOSEN, "store_id": "second"})
    scene.integration.refresh_from_db()
    run = scene.run("customers")
    assert run.adds_up
    assert len(scene.mailchimp.account.stores["second"].customers) == 12
    assert AuditEntry.objects.filter(kind="options_changed").latest("seq").data["moved"] == ["store_id"]


# Schedules.


def test_a_schedule_by_the_clock_is_in_the_tenants_zone(scene: World) -> None:
    job = integrations.set_schedule(scene.job("customers"), cron="30 6 * * 1-5", blackout_days=["2026-12-24"])
    assert job.crontab
    assert job.next_slot
    assert str(job.crontab.timezone) == "Europe/Berlin"
    assert f"{job.next_slot.astimezone(ZoneInfo('Europe/Berlin')):%H:%M}" == "06:30"
    again = integrations.set_schedule(scene.job("orders"), cron="30 6 * * 1-5")
    assert again.crontab_id == job.crontab_id, "one row for all who run at that time"
    entry = AuditEntry.objects.filter(kind="schedule_changed", job_id=job.pk).latest("seq")
    assert entry.data["blackout_days"] == ["2026-12-24"]


def test_neither_interval_nor_clock_means_by_hand(scene: World) -> None:
    job = integrations.set_schedule(scene.job("customers"))
    assert (job.interval, job.crontab, job.next_slot) == (None, None, None)


@pytest.mark.parametrize(
    "how",
    [
        {"every_minutes": 5, "cron": "0 6 * * *"},
        {"every_minutes": -1},
        {"every_minutes": 60 * 24 * 32},
        {"cron": "0 6 * *"},
        {"cron": "61 6 * * *"},
        {"cron": "every morning at six o'clock"},
        {"cron": "*/0 * * * *"},
    ],
)
def test_a_schedule_nobody_can_read_is_refused_and_changes_nothing(scene: World, how: dict[str, Any]) -> None:
    job = scene.job("customers")
    with pytest.raises(Refused):
        integrations.set_schedule(job, **how)
    before = scene.job("customers")
    assert before.interval
    assert (job.interval, job.crontab, job.next_slot) == (before.interval, None, before.next_slot)


# Field rules.


def _rule(scene: World, **rule: str) -> None:
    integrations.set_overrides(scene.job("customers"), MEMBERS, [rule])


def _member(scene: World) -> Member:
    audience = scene.mailchimp.account.audiences["a1b2c3d4e5"]
    return audience.members[RecordLink.objects.get(sink=MEMBERS, source_key="10001").external_id]


def _phone(scene: World) -> object:
    return _member(scene).merge.get("PHONE")


def _type(scene: World, text: str) -> None:
    """A colleague types into Mailchimp."""
    scene.mailchimp.mutate("edit_member", email=_member(scene).email, merge_fields={"PHONE": text})


@pytest.mark.parametrize(
    ("mode", "new", "typed_over", "emptied"),
    [
        ("always", "A1", "A2", "A2"),
        ("if_new", "A1", "typed", ""),
        ("if_empty", "A1", "typed", "A2"),
        ("skip", None, "typed", ""),
    ],
)
def test_a_rule_overwrites_as_its_mode_says(
    scene: World, mode: str, new: str | None, typed_over: str, emptied: str
) -> None:
    _rule(scene, field="merge_fields.PHONE", value="A1", mode=mode)
    scene.run("customers")
    assert _phone(scene) == new
    _type(scene, "typed")
    _rule(scene, field="merge_fields.PHONE", value="A2", mode=mode)
    scene.run("customers")
    assert _phone(scene) == typed_over
    _type(scene, "")
    _rule(scene, field="merge_fields.PHONE", value="A2", mode=mode)
    scene.ifs.mutate("change_customer", customer_id="10001", changes={"Name": "Something Else"})
    scene.run("customers", full=True)
    if mode != "always":  # what we believe to stand there is not sent again for itself
        assert (_phone(scene) or "") in {emptied, ""}


def test_an_appending_rule_adds_to_what_stands_there(scene: World) -> None:
    scene.run("customers")
    scene.mailchimp.mutate("tag_member", email=_member(scene).email, tags=["By hand"])
    _rule(scene, field="tags", value="From the ERP", mode="append")
    scene.run("customers")
    assert "By hand" in _tags(scene)


def _tags(scene: World) -> list[str]:
    audience = scene.mailchimp.account.audiences["a1b2c3d4e5"]
    return [audience.segments[number].name for number in _member(scene).tags or {}]


def test_a_field_of_the_record_and_a_default_for_who_has_none(scene: World) -> None:
    _rule(scene, field="merge_fields.PHONE", source="key", default="none")
    scene.run("customers")
    assert _phone(scene) == "10001"
    _rule(scene, field="merge_fields.PHONE", source="extra.NoSuchThing", default="none")
    scene.run("customers")
    assert _phone(scene) == "none"


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"field": "merge_fields.PHONE", "source": "name["}, "source"),
        ({"field": "no blanks"}, "field"),
        ({"field": "a", "mode": "sometimes"}, "mode"),
        ({"field": "a", "colour": "red"}, "colour"),
        ({}, "field"),
    ],
)
def test_a_rule_nobody_can_read_is_refused_by_field(scene: World, rule: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        integrations.set_overrides(scene.job("customers"), MEMBERS, [rule])
    assert field in _fields(refusal)
    assert scene.job("customers").mapping_version == 1


def test_rules_for_a_sink_the_job_does_not_have_are_refused(scene: World) -> None:
    with pytest.raises(Refused, match="does not write to store_orders"):
        integrations.set_overrides(scene.job("customers"), "store_orders", [])


def test_each_change_of_rules_is_a_version_that_stays(scene: World) -> None:
    _rule(scene, field="merge_fields.PHONE", value="A1")
    _rule(scene, field="merge_fields.PHONE", value="A2")
    job = scene.job("customers")
    kept = dict(MappingVersion.objects.filter(job=job).values_list("version", "overrides"))
    assert job.mapping_version == 3
    assert [kept[number].get(MEMBERS, [{}])[0].get("value") for number in (2, 3)] == ["A1", "A2"]
    assert kept[1] == {}
    entry = AuditEntry.objects.filter(kind="mapping_changed").latest("seq")
    assert (entry.data["before"][0]["value"], entry.data["after"][0]["value"]) == ("A1", "A2")


# On, off, paused.


def test_what_is_off_or_paused_does_not_move_and_goes_on_where_it_was(scene: World) -> None:
    run = scene.job("customers").runs.create(trigger="manual")
    integrations.turn_off(scene.integration)
    scene.work()
    assert not RecordLink.objects.exists()
    integrations.turn_on(scene.integration)
    integrations.pause(scene.job("customers"), "For the holidays.")
    scene.work()
    assert not RecordLink.objects.exists()
    integrations.resume(scene.job("customers"))
    scene.work()
    run.refresh_from_db()
    assert run.verdict == "ok"
    assert [entry.kind for entry in AuditEntry.objects.filter(kind__in=["job_paused", "job_resumed"])]
