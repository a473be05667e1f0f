"""What SYSPRO sites differ in and what goes wrong there: change columns, sessions; engagement to look at."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from connectors.engine.advance import advance
from connectors.models import Connection, Lane, SyncRun
from connectors.services import connections, integrations, records, runs
from tests.connectors.engine.patience import at_call, pass_time, work_on
from tests.connectors.engine.steps import counts
from tests.connectors.recipes.syspro_site import (
    ENET,
    assert_all_stand_once,
    assert_nothing_was_written,
    assert_sessions,
    change_settings,
    check,
    customers,
    link,
    reachable,
    somebody,
    syspro,
)
from tests.joined import Joined

pytestmark = pytest.mark.django_db(transaction=True)
QUERY, CHANGES = "*/Query/Query", "Changed customers"


@pytest.fixture
def site() -> Iterator[Joined]:
    """Read through OData."""
    with syspro() as standing:
        yield standing


@pytest.fixture
def enet() -> Iterator[Joined]:
    """Read through e.net: pages of 25, each with a session of its own."""
    with syspro(settings=ENET) as standing:
        yield standing


# -- the column of the last change -----------------------------------------------------------------------


@pytest.mark.parametrize("unknown", ["refuse", "ignore"])
def test_an_unknown_change_column_is_told_by_ping_and_everything_is_read_instead(unknown: str) -> None:
    column = {"change_column": "LastModifiedDate"}
    with syspro(site={"unknown_column": unknown}, settings=column) as site:
        told = check(site.integration.source, CHANGES)
        assert told["outcome"] == "warning"
        assert "One cannot ask for changes by LastModifiedDate" in told["text"]
        assert "Every run reads all customers" in told["text"]
        assert told["advice"]
        for _ in range(2):
            assert site.run("customers").read == 60
        key, address = somebody(site)
        site.source.mutate("change_customer", customer=key, changes={"Contact": "Zora Neuname"})
        assert site.run("customers").updated == 1
        assert site.members()[address].merge["LNAME"] == "Neuname"
        assert_all_stand_once(site)


@pytest.mark.parametrize("column", ["ChangeNumber", "ChangedAt"])
def test_a_proved_change_column_is_used_and_when_it_goes_reading_stops_with_advice(column: str) -> None:
    view = {"customers_table": "MlCustomers", "change_column": column, "overlap_minutes": 10}
    with syspro(site={"change_view": "MlCustomers"}, settings=view) as site:
        assert (
            f"by {column}, and all of them every 24 hours" in check(site.integration.source, CHANGES)["text"]
        )
        site.run("customers")
        site.run("customers")
        key, address = somebody(site, 7)
        site.source.mutate("change_customer", customer=key, changes={"Contact": "Zora Neuname"})
        run = site.run("customers")
        assert run.read < 10
        assert (run.updated, run.adds_up) == (1, True)
        assert site.members()[address].merge["LNAME"] == "Neuname"
        before = site.writes()

        site.source.mutate("drop_column", table="MlCustomers", column=column)
        run = site.run("customers")

        assert run.verdict == SyncRun.Verdict.FAILED
        assert column in run.note
        assert site.job("customers").paused_reason
        assert site.writes() == before
        source = change_settings(site)
        assert source.state == Connection.State.OK
        assert "Every run reads all customers" in check(source, CHANGES)["text"]
        assert site.run("customers").read == 60
        assert site.writes() == before
        assert_all_stand_once(site)


def test_a_column_the_operator_may_not_see_any_more_stops_before_anything_is_blanked(site: Joined) -> None:
    site.run("customers")
    before = site.writes()
    site.source.faults.add("*/ArCustomer", "without", columns=["CustomerOnHold"], times=None)
    run = site.run("customers")
    assert run.verdict == SyncRun.Verdict.FAILED
    assert "no longer shows CustomerOnHold" in run.note
    assert site.writes() == before


def test_a_company_that_does_not_exist_is_told_with_advice(site: Joined) -> None:
    source = change_settings(site, company="ZZZ")
    assert source.state == Connection.State.ATTENTION
    assert "ZZZ" in source.attention_text or "company" in source.attention_text.lower()
    assert change_settings(site, company="EDU1").state == Connection.State.OK
    site.run("customers")
    assert_all_stand_once(site)


def test_an_empty_answer_where_there_were_customers_removes_nobody(site: Joined, broker: redis.Redis) -> None:
    site.run("customers")
    integrations.set_removal(site.job("customers"), remove=True)
    before = site.writes()
    site.source.faults.add("*/ArCustomer", "empty", times=None)
    run = site.run("customers")
    assert run.is_open
    assert "shows no customers at all, although there were 60" in run.waiting_text
    assert site.writes() == before
    site.source.faults.clear()
    work_on(site, broker)
    assert SyncRun.objects.get(pk=run.pk).verdict == SyncRun.Verdict.OK
    assert_all_stand_once(site)


# -- sessions of e.net -----------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["drop_session", "drop_session_after", "status"])
def test_a_session_that_ends_in_the_middle_is_renewed_in_passing(enet: Joined, fault: str) -> None:
    enet.source.faults.add(QUERY, fault, after=1, **({"status": 401} if fault == "status" else {}))
    run = enet.run("customers")
    assert (run.read, run.adds_up, run.waiting_text) == (60, True, "")
    assert enet.members().keys() == set(reachable(enet).values())
    assert enet.mailchimp.journal.needless() == {}
    counted = enet.source.state("sessions")
    assert (counted["open"], counted["overlapping"], counted["seats"]["taken"]) == (0, 0, 0)
    assert_nothing_was_written(enet)


def test_somebody_who_uses_our_operator_is_named_and_work_goes_on_when_he_is_gone(
    enet: Joined, broker: redis.Redis
) -> None:
    enet.source.faults.add(QUERY, "drop_session", times=None, after=1)
    run = enet.run("customers")
    assert run.is_open
    assert "Somebody else logs on as operator MLCONN" in run.waiting_text
    enet.source.faults.clear()
    work_on(enet, broker)
    run.refresh_from_db()
    assert (run.read, run.adds_up) == (60, True)
    assert_all_stand_once(enet)


def test_a_question_without_an_answer_is_asked_again_later_and_nothing_is_read_twice(
    enet: Joined, broker: redis.Redis
) -> None:
    enet.source.faults.add(QUERY, "timeout_after", after=2)
    run = runs.start(enet.job("customers"))
    advance(enet.job("customers"), Lane.Kind.OBSERVE)
    run.refresh_from_db()
    assert "e.net did not answer" in run.waiting_text
    work_on(enet, broker)
    run.refresh_from_db()
    assert (run.read, run.adds_up) == (60, True)
    assert_all_stand_once(enet)


def test_a_password_that_was_changed_is_tried_once_until_a_person_has_entered_the_new_one(
    enet: Joined, broker: redis.Redis
) -> None:
    enet.run("customers")
    enet.source.mutate("set_password", operator="MLCONN", password="another-one")
    run = enet.run("customers")
    assert run.verdict == SyncRun.Verdict.FAILED
    source = Connection.objects.get(pk=enet.integration.source.pk)
    assert source.state == Connection.State.ATTENTION
    assert "did not let the operator log on" in source.attention_text
    for _ in range(3):
        pass_time(broker)
        enet.work()
    assert enet.source.state("sessions")["failed_logons"] == 1
    known = source.unseal().revealed()
    connections.replace_credentials(source, {**known, "operator_password": "another-one"})
    connections.ping(source)
    assert source.state == Connection.State.OK
    enet.integration.refresh_from_db()
    assert enet.run("customers").verdict == SyncRun.Verdict.OK
    assert enet.source.state("sessions")["failed_logons"] == 1
    assert_sessions(enet)


def test_every_page_has_a_session_of_its_own_which_is_logged_off(enet: Joined) -> None:
    before = enet.source.state("sessions")["logons"]
    enet.run("customers")
    pages = math.ceil(len(customers(enet)) / 25)
    assert enet.source.state("sessions")["logons"] == before + pages
    assert_sessions(enet)


def test_what_changes_while_it_is_read_costs_nobody_his_place(enet: Joined) -> None:
    gone, _ = somebody(enet, 3)
    at_call(enet.source, 3, f"GET {QUERY}", lambda: enet.source.mutate("delete_customer", customer=gone))
    enet.run("customers")
    others = {address for key, address in reachable(enet).items() if key != gone}
    assert others <= enet.members().keys()


# -- engagement ------------------------------------------------------------------------------------------


def test_engagement_is_kept_beside_the_customer_and_found_by_address_and_number() -> None:
    with syspro(new_member_status="subscribed") as site:
        site.run("customers")
        site.mailchimp.mutate("send_campaign")
        run = site.run("engagement")
        assert (run.verdict, run.read, run.created) == ("ok", len(site.members()), len(site.members()))
        key, address = somebody(site)
        [told] = [one for one in records.search(address) if one.sink == "kept"]
        story = records.story(told)
        shown: dict[str, Any] = story.payload(told.confirmed_digest)
        assert shown["always"].keys() >= {"open_rate", "click_rate"}
        assert told.external_id == key
        assert story.lines
        rates = {one: _rates(site, one) for one in (somebody(site, at)[1] for at in range(40))}
        assert len(set(rates.values())) > 1
        before = site.writes()
        again = site.run("engagement")
        assert (again.unchanged, again.verdict) == (again.read, "ok")
        assert site.writes() == before
        assert_nothing_was_written(site)


def test_somebody_who_is_no_customer_is_not_kept(site: Joined) -> None:
    site.run("customers")
    site.mailchimp.mutate("sign_up", email="stranger@elsewhere.example")
    run = site.run("engagement")
    assert (run.skipped, run.adds_up) == (1, True)
    assert [one.sink for one in records.search("stranger@elsewhere.example") if one.state == "clean"] == []


def test_an_opened_mail_is_news_of_that_customer_alone() -> None:
    with syspro(new_member_status="subscribed") as site:
        site.run("customers")
        campaign = site.mailchimp.mutate("send_campaign")
        site.run("engagement")
        quiet = next(address for address in reachable(site).values() if _rates(site, address) == (0, 0))
        site.mailchimp.mutate("engage", email=quiet, campaign_id=campaign, done="open")
        run = site.run("engagement")
        assert counts(run) == {"read": run.read, "updated": 1, "unchanged": run.read - 1}
        assert _rates(site, quiet)[0] > 0
        assert link(site, next(key for key, one in reachable(site).items() if one == quiet)).state == "clean"


def _rates(site: Joined, address: str) -> tuple[float, float]:
    [told] = [one for one in records.search(address) if one.sink == "kept"]
    shown = records.story(told).payload(told.confirmed_digest)["always"]
    return shown.get("open_rate", 0), shown.get("click_rate", 0)
