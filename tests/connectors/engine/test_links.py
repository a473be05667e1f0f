"""The link table: which observation wins, what is sent again, who carries a shared address."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from connectors.engine import claims, links
from connectors.engine.advance import advance
from connectors.engine.claims import Settlement
from connectors.engine.links import Verdict
from connectors.engine.runs import open_run
from connectors.models import Failure, Lane, RecordLink, SyncRun
from connectors.services import integrations, runs
from tests.connectors.engine.steps import MEMBERS, counts, hold, link, members, read_only
from tests.worlds import World

NOW = timezone.now()
OLD, NEW = b"old-desired-----", b"new-desired-----"


def seen(desired: bytes | None = OLD, *, minutes: int = 0, state: str = "dirty") -> Verdict:
    """What a page says about one record, so many minutes from now."""
    return Verdict(
        sink=MEMBERS,
        source_key="10001",
        state=state,
        outcome="" if state == "dirty" else state,
        source_digest=desired or b"",
        source_version="",
        source_at=NOW + timedelta(minutes=minutes),
        mapping_version=1,
        trace_digest=b"trace",
        target_key="t1",
        desired_digest=desired,
    )


class Table:
    """The links of one job, brought in and settled without any vendor."""

    def __init__(self, scene: World) -> None:
        self.scene, self.job = scene, scene.job("customers")
        self.run, _ = open_run(self.job, SyncRun.Trigger.MANUAL)
        self.held = hold(scene, "customers", Lane.Kind.DELIVER)

    def bring(self, verdict: Verdict) -> list[links.Brought]:
        return links.bring(self.job.pk, self.run.pk, 1, [verdict])

    def claim(self) -> list[claims.Claimed]:
        return claims.claim(self.job.pk, MEMBERS, self.held.fence, 10)

    def settle(self, state: str = "clean", *, confirmed: bool = True) -> None:
        claims.settle([Settlement(self.link.pk, state, "created", confirmed=confirmed)], self.held.fence)

    @property
    def link(self) -> RecordLink:
        return link(self.scene, "10001")


@pytest.fixture
def table(scene: World) -> Table:
    return Table(scene)


def test_an_older_observation_never_replaces_a_newer_one(table: Table) -> None:
    table.bring(seen(NEW, minutes=5))
    assert table.bring(seen(OLD, minutes=4)) == []
    assert bytes(table.link.desired_digest or b"") == NEW
    assert table.bring(seen(OLD, minutes=5))
    assert bytes(table.link.desired_digest or b"") == OLD


def test_what_was_desired_anew_while_sending_is_sent_after_the_answer(table: Table) -> None:
    table.bring(seen(OLD))
    assert [one.desired_digest for one in table.claim()] == [OLD]
    assert [brought.state for brought in table.bring(seen(NEW, minutes=1))] == ["sending"]
    assert table.claim() == [], "one delivery at a time"
    table.settle()
    assert (table.link.state, bytes(table.link.confirmed_digest or b"")) == ("dirty", OLD)
    assert [one.desired_digest for one in table.claim()] == [NEW]


def test_a_record_desired_as_it_was_confirmed_is_clean_without_a_call(table: Table) -> None:
    table.bring(seen(OLD))
    table.claim()
    table.settle()
    table.bring(seen(NEW, minutes=1))
    [back] = table.bring(seen(OLD, minutes=2))
    assert (back.state, back.outcome) == ("clean", "unchanged")
    assert table.claim() == []


def test_what_is_no_longer_meant_to_go_there_while_it_was_sent_is_decided_anew(table: Table) -> None:
    table.bring(seen(OLD))
    table.claim()
    table.bring(seen(None, minutes=1, state="skipped"))
    table.settle()
    assert (table.link.state, table.link.source_digest) == ("wanted", None)
    assert bytes(table.link.confirmed_digest or b"") == OLD


def test_a_link_of_an_earlier_holder_is_not_settled(table: Table) -> None:
    table.bring(seen(OLD))
    table.claim()
    late = claims.settle([Settlement(table.link.pk, "clean", confirmed=True)], table.held.fence - 1)
    assert late == {}
    assert table.link.state == "sending"


def test_a_stray_comes_back_with_what_was_sent_not_with_what_is_desired_now(table: Table) -> None:
    table.bring(seen(OLD))
    table.claim()
    table.bring(seen(NEW, minutes=1))
    claims.abandoned(table.job.pk, MEMBERS, table.held.fence + 1, 0.0)
    [stray] = claims.strays(table.job.pk, MEMBERS, table.held.fence + 1, 10)
    assert stray.desired_digest == OLD
    assert table.link.state == "unknown"


def test_what_a_dead_worker_was_sending_is_left_alone_while_the_vendor_may_be_at_it(table: Table) -> None:
    table.bring(seen(OLD))
    table.claim()
    claims.abandoned(table.job.pk, MEMBERS, table.held.fence + 1, 60.0)
    assert table.link.state == "unknown"
    assert claims.strays(table.job.pk, MEMBERS, table.held.fence + 1, 10) == []
    assert claims.claim(table.job.pk, MEMBERS, table.held.fence + 1, 10) == []
    table.job.links.update(not_before=table.link.sent_at)
    assert len(claims.strays(table.job.pk, MEMBERS, table.held.fence + 1, 10)) == 1


# Two customers, one address.


@pytest.fixture
def couple(scene: World) -> World:
    """Customer 10002 has the address of 10001, and both have been delivered."""
    _share(scene, "10001", "10002")
    scene.run("customers")
    return scene


def _email(scene: World, key: str) -> str:
    listed = scene.ifs.state("customers", key)
    assert isinstance(listed, list)
    return str(listed[0]["email"])


def _share(scene: World, owner: str, *others: str) -> None:
    for other in others:
        scene.ifs.mutate("set_email", customer_id=other, value=_email(scene, owner))


def test_the_first_customer_owns_a_shared_address_and_the_other_is_told(couple: World) -> None:
    owner, other = link(couple, "10001"), link(couple, "10002")
    assert owner.state == "clean"
    assert (other.state, other.reason) == ("skipped", "shared")
    assert "10001" in other.text
    assert not Failure.objects.exists()
    assert link(couple, "10002", sink="store_customers").state == "clean", "the store knows them apart"


def test_the_other_gets_the_address_when_its_owner_moves_to_another(couple: World) -> None:
    shared = _email(couple, "10001")
    couple.ifs.mutate("set_email", customer_id="10001", value="moved@nordlicht.de")
    run = couple.run("customers")
    assert run.adds_up
    assert (link(couple, "10001").state, link(couple, "10002").state) == ("clean", "clean")
    assert {shared, "moved@nordlicht.de"} <= members(couple).keys()
    assert members(couple)["moved@nordlicht.de"].number < members(couple)[shared].number, "the contact moved"
    assert link(couple, "10002").text == ""


def test_the_other_waits_until_the_owner_has_really_moved(couple: World) -> None:
    couple.ifs.mutate("set_email", customer_id="10001", value="moved@nordlicht.de")
    read_only(couple)
    assert link(couple, "10001").state == "dirty"
    assert link(couple, "10002").state == "skipped"
    couple.work()
    assert link(couple, "10002").state == "clean"


def test_a_newcomer_taken_along_by_a_moving_owner_is_written_again(scene: World) -> None:
    shared = _email(scene, "10001")
    scene.run("customers")
    scene.ifs.mutate("set_email", customer_id="10001", value="moved@nordlicht.de")
    runs.cancel(read_only(scene))
    # 10002 takes the address over while 10001 still stands under it, and happens to be written first.
    scene.ifs.mutate("set_email", customer_id="10002", value=shared)
    runs.cancel(read_only(scene))
    RecordLink.objects.filter(source_key="10001").update(not_before=NOW + timedelta(hours=1))
    advance(scene.job("customers"), Lane.Kind.DELIVER)
    assert link(scene, "10002").state == "clean"
    RecordLink.objects.filter(source_key="10001").update(not_before=None)
    scene.work()
    assert {shared, "moved@nordlicht.de"} <= members(scene).keys()
    assert (link(scene, "10001").state, link(scene, "10002").state) == ("clean", "clean")


@pytest.mark.parametrize("address", ["", "no-at-sign.example"])
def test_the_other_gets_the_address_when_its_owner_has_none_any_more(couple: World, address: str) -> None:
    shared, contact = _email(couple, "10001"), members(couple)[_email(couple, "10001")].number
    couple.ifs.mutate("set_email", customer_id="10001", value=address)
    couple.run("customers")
    assert link(couple, "10001").state in {"skipped", "rejected"}
    assert link(couple, "10002").state == "clean"
    assert members(couple)[shared].number == contact
    # What is no longer its own must not move along when the former owner gets another address.
    couple.ifs.mutate("set_email", customer_id="10001", value="again@nordlicht.de")
    couple.run("customers")
    assert {shared, "again@nordlicht.de"} <= members(couple).keys()
    assert members(couple)[shared].number == contact


def test_of_three_the_next_in_line_inherits_and_the_last_learns_its_name(scene: World) -> None:
    _share(scene, "10001", "10002", "10003")
    scene.run("customers")
    scene.ifs.mutate("set_email", customer_id="10001", value="moved@nordlicht.de")
    scene.run("customers")
    assert link(scene, "10002").state == "clean"
    last = link(scene, "10003")
    assert (last.state, last.reason) == ("skipped", "shared")
    assert "10002" in last.text


NO_SUCH_FIELD = {"field": "merge_fields.NOPE", "source": "[@][?key=='10001'].name | [0]"}
"""A rule by which Mailchimp refuses 10001 alone: it fills a field the audience does not have."""


def test_an_owner_whose_update_is_refused_keeps_its_address(couple: World) -> None:
    integrations.set_overrides(couple.job("customers"), MEMBERS, [NO_SUCH_FIELD])
    couple.run("customers")
    assert link(couple, "10001").state == "rejected"
    assert (link(couple, "10002").state, link(couple, "10002").reason) == ("skipped", "shared")


def test_a_newcomer_that_is_refused_hands_its_address_on(scene: World) -> None:
    _share(scene, "10001", "10002")
    integrations.set_overrides(scene.job("customers"), MEMBERS, [NO_SUCH_FIELD])
    run = scene.run("customers")
    assert run.adds_up, counts(run)
    assert link(scene, "10001").state == "rejected"
    assert link(scene, "10002").state == "clean", link(scene, "10002").text


def test_an_heir_whose_content_has_outlived_its_retention_is_read_again(couple: World) -> None:
    shared = _email(couple, "10001")
    RecordLink.objects.filter(pk=link(couple, "10002").pk).update(desired_digest=b"pruned----------")
    couple.ifs.mutate("set_email", customer_id="10001", value="moved@nordlicht.de")
    couple.run("customers")
    assert link(couple, "10002").state == "clean"
    assert shared in members(couple)


def test_two_customers_swap_their_addresses(scene: World) -> None:
    scene.run("customers")
    first, second = _email(scene, "10001"), _email(scene, "10002")
    scene.ifs.mutate("set_email", customer_id="10001", value=second)
    scene.ifs.mutate("set_email", customer_id="10002", value=first)
    for _ in range(3):
        run = scene.run("customers")
        assert run.adds_up, counts(run)
    assert {first, second} <= members(scene).keys()
    settled = scene.writes()
    scene.run("customers")
    assert scene.writes() == settled, "it comes to rest"


def test_reading_alone_leaves_the_pages_calls_and_verdicts_in_the_table(scene: World) -> None:
    run = read_only(scene)
    assert run.state == SyncRun.State.DELIVERING
    assert scene.states("customers", MEMBERS) == {"dirty": 12}
    assert runs.progress(run).counts["pending"] == 12
