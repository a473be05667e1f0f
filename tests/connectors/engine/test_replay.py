"""Trying again: what is chosen is put to work once more, whatever breaks in between; twice equals once."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings
from django.utils import timezone

from audit.models import AuditEntry
from connectors.engine import reading
from connectors.engine.advance import advance
from connectors.engine.replays import push
from connectors.models import Failure, Lane, RecordLink, Replay, ReplayItem, SyncRun
from connectors.services import integrations, replay, runs
from connectors.services.errors import Refused
from connectors.services.replay import Selection
from tests.connectors.engine.steps import MEMBERS, counts, link, members
from tests.worlds import World

BAD = ("10001", "10002", "10003")
BROKEN = {
    "field": "merge_fields.NOPE",
    "source": "[@][?contains(['10001', '10002', '10003'], key)].name | [0]",
}


def _work(scene: World, one: Replay) -> Replay:
    """Work until the replay has ended, as workers and sweeper would."""
    for _ in range(10):
        push(one)
        scene.work()
        one.refresh_from_db()
        if one.state != Replay.State.RUNNING:
            return one
    raise AssertionError("the replay never ended")


def _again(scene: World, selection: Selection, **how: str) -> Replay:
    return _work(scene, replay.start(selection, **how))


def _runs(one: Replay) -> list[SyncRun]:
    return list(SyncRun.objects.filter(replay=one).order_by("created_at"))


@pytest.fixture
def failing(scene: World) -> World:
    """Three of twelve customers were refused, by a rule that has been mended since."""
    job = scene.job("customers")
    integrations.set_overrides(job, MEMBERS, [BROKEN])
    run = scene.run("customers")
    assert counts(run) == {"read": 12, "created": 9, "rejected": 3}
    assert Failure.objects.filter(resolved_at=None).count() == 3
    integrations.set_overrides(scene.job("customers"), MEMBERS, [])
    return scene


def _open() -> set[str]:
    """The keys of records that fail."""
    return set(Failure.objects.filter(resolved_at=None).values_list("link__source_key", flat=True))


# What is chosen.


def test_one_failure_is_replayed_and_no_other(failing: World) -> None:
    one = Failure.objects.get(link__source_key="10002")
    done = _again(failing, Selection(failures=[one.pk]))
    assert (done.state, done.total) == (Replay.State.DONE, 1)
    assert _open() == {"10001", "10003"}
    assert link(failing, "10002").state == "clean"
    one.refresh_from_db()
    assert (one.resolution, one.times) == ("delivered", 1)
    [run] = _runs(done)
    assert counts(run) == {"read": 1, "created": 1}
    assert (run.trigger, run.verdict) == ("replay", "ok")


def test_a_selection_is_replayed_by_cause_by_link_and_by_run(failing: World) -> None:
    cause = Failure.objects.values_list("cause", flat=True).first() or ""
    run = SyncRun.objects.latest("created_at")
    assert replay.plan(Selection(cause=cause)).records == 3
    assert replay.plan(Selection(cause="something else")).records == 0
    assert replay.plan(Selection(run=run.pk)).records == 3
    assert replay.plan(Selection(links=[link(failing, "10001").pk])).records == 1
    assert replay.plan(Selection(job=failing.job("orders").pk)).records == 0
    _again(failing, Selection(links=[link(failing, key).pk for key in BAD[:2]]))
    assert _open() == {"10003"}


def test_a_whole_run_is_replayed_with_what_had_arrived(failing: World) -> None:
    run = SyncRun.objects.latest("created_at")
    planned = replay.plan(Selection(run=run.pk, only_failed=False))
    assert planned.records == 24, "twelve members and twelve customers of the store"
    assert (planned.jobs, planned.calls) == (1, 13), "one call for all members, one for each store customer"
    before = failing.writes()
    done = _again(failing, Selection(run=run.pk, only_failed=False))
    assert done.total == 24
    assert _open() == set()
    assert counts(_runs(done)[0]) == {"read": 12, "created": 3, "unchanged": 9}
    assert failing.writes() == before + 2, "the three that had not arrived: as new ones, then as known ones"


def test_a_time_range_is_replayed(failing: World) -> None:
    now, hour = timezone.now(), timedelta(hours=1)
    assert replay.plan(Selection(since=now - hour, until=now + hour)).records == 3
    assert replay.plan(Selection(since=now + hour)).records == 0
    assert replay.plan(Selection(until=now - hour)).records == 0
    assert replay.plan(Selection(since=now - hour, only_failed=False)).records == 24
    _again(failing, Selection(since=now - hour, until=now + hour))
    assert _open() == set()


def test_everything_at_once_must_be_asked_for_by_name(failing: World) -> None:
    with pytest.raises(Refused, match="Choose which records"):
        replay.plan(Selection(only_failed=False))


def test_a_replay_of_nothing_is_refused_and_leaves_no_trace(failing: World) -> None:
    with pytest.raises(Refused, match="nothing to replay"):
        replay.start(Selection(cause="something else"))
    assert not Replay.objects.exists()


# How it is done.


def test_a_replay_of_what_is_equal_writes_nothing(failing: World) -> None:
    _again(failing, Selection())
    writes = failing.writes()
    everything = Selection(job=failing.job("customers").pk, only_failed=False)
    for source in ("fresh", "stored"):
        for mapping in ("today", "original"):
            done = _again(failing, everything, source=source, mapping=mapping)
            assert done.state == Replay.State.DONE
            assert all(run.adds_up for run in _runs(done))
    assert failing.writes() == writes


def test_fresh_reads_again_and_stored_does_not(failing: World) -> None:
    failing.ifs.mutate("set_email", customer_id="10001", value="fresh1@nordlicht.de")
    failing.ifs.mutate("set_email", customer_id="10002", value="fresh2@nordlicht.de")
    reads = failing.ifs.journal.last
    _again(failing, Selection(links=[link(failing, "10001").pk]), source="stored")
    assert failing.ifs.journal.last == reads
    assert "fresh1@nordlicht.de" not in members(failing)
    _again(failing, Selection(links=[link(failing, "10002").pk]), source="fresh")
    assert "fresh2@nordlicht.de" in members(failing)


def test_what_was_read_since_wins_over_what_is_stored(failing: World) -> None:
    _again(failing, Selection())
    one = replay.start(Selection(links=[link(failing, "10001").pk], only_failed=False), source="stored")
    failing.ifs.mutate("set_email", customer_id="10001", value="newer@nordlicht.de")
    _work(failing, one)
    failing.run("customers")
    assert "newer@nordlicht.de" in members(failing)
    assert link(failing, "10001").state == "clean"


def test_the_rules_of_then_are_used_where_they_are_asked_for(failing: World) -> None:
    _again(failing, Selection())  # by today's rules: mapping version 3
    rule = {"field": "merge_fields.FNAME", "source": "", "value": "Then"}
    integrations.set_overrides(failing.job("customers"), MEMBERS, [rule])
    then = failing.run("customers")
    integrations.set_overrides(failing.job("customers"), MEMBERS, [{**rule, "value": "Now"}])
    failing.run("customers")
    names = {key: one.merge["FNAME"] for key, one in members(failing).items()}
    assert set(names.values()) == {"Now"}
    done = _again(failing, Selection(run=then.pk, only_failed=False), source="stored", mapping="original")
    assert {run.mapping_version for run in _runs(done)} == {then.mapping_version}
    done = _again(
        failing,
        Selection(job=failing.job("customers").pk, only_failed=False),
        source="stored",
        mapping="today",
    )
    assert {one.merge["FNAME"] for one in members(failing).values()} == {"Now"}


def test_records_mapped_by_several_rules_each_keep_theirs(failing: World) -> None:
    _again(failing, Selection(links=[link(failing, "10001").pk]))
    mapped = {key: link(failing, key).mapping_version for key in BAD}
    assert mapped["10001"] != mapped["10002"]
    done = _again(
        failing, Selection(links=[link(failing, k).pk for k in BAD], only_failed=False), mapping="original"
    )
    assert done.state == Replay.State.DONE
    assert {key: link(failing, key).mapping_version for key in BAD} == mapped
    assert [link(failing, key).state for key in BAD] == ["clean", "rejected", "rejected"]


def test_a_failure_that_fails_again_is_counted_not_doubled(failing: World) -> None:
    integrations.set_overrides(failing.job("customers"), MEMBERS, [BROKEN])
    _again(failing, Selection())
    assert sorted(Failure.objects.values_list("times", flat=True)) == [2, 2, 2]


def test_a_job_that_is_busy_gets_its_replay_afterwards(failing: World) -> None:
    run = runs.start(failing.job("customers"))
    one = replay.start(Selection())
    assert _runs(one) == []
    runs.cancel(run)
    assert _work(failing, one).state == Replay.State.DONE
    assert len(_runs(one)) == 1


def test_a_replay_that_died_between_two_items_is_resumed(
    failing: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "CHUNK", 2)
    one = replay.start(Selection(job=failing.job("customers").pk, only_failed=False))
    with override_settings(SLICE_SECONDS=0):
        advance(failing.job("customers"), Lane.Kind.OBSERVE)
    assert ReplayItem.objects.filter(replay=one, done=True).count() == 2
    # The page was committed and its items were not yet ticked off.
    ReplayItem.objects.filter(replay=one).update(done=False)
    assert _work(failing, one).state == Replay.State.DONE
    [run] = _runs(one)
    assert run.adds_up, counts(run)
    assert counts(run) == {"read": 12, "created": 3, "unchanged": 9}
    assert failing.mailchimp.journal.repeated("members") == {}


def test_a_cancelled_replay_stops_and_what_it_has_done_stays(
    failing: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "CHUNK", 1)
    one = replay.start(Selection())
    with override_settings(SLICE_SECONDS=0):
        advance(failing.job("customers"), Lane.Kind.OBSERVE)
    cancelled = replay.cancel(one)
    assert cancelled.state == Replay.State.CANCELLED
    assert push(cancelled) == []
    failing.work()
    assert len(_open()) == 2
    assert [run.verdict for run in _runs(one)] == ["cancelled"]
    with pytest.raises(Refused, match="ended already"):
        replay.cancel(one)


def test_a_replay_says_who_started_it_and_what_it_was_about(failing: World) -> None:
    cause = Failure.objects.values_list("cause", flat=True).first() or ""
    one = replay.start(Selection(cause=cause), source="stored")
    entry = AuditEntry.objects.get(kind="replay_started")
    assert entry.data["total"] == one.total == 3
    assert (entry.data["cause"], entry.data["source"]) == (cause, "stored")


def test_what_came_since_goes_first_and_is_counted(failing: World) -> None:
    later = timezone.now() + timedelta(minutes=1)  # as if a webhook had brought news of it meanwhile
    RecordLink.objects.filter(source_key="10001").update(source_at=later)
    one = _again(failing, Selection())
    assert (one.total, one.superseded) == (3, 1)
    assert _open() == {"10001"}


# Failures that need no replay.


def test_failures_that_a_later_run_gets_through_close_themselves(failing: World) -> None:
    failing.run("customers")
    assert _open() == set()
    assert set(Failure.objects.values_list("resolution", flat=True)) == {"delivered"}


def test_a_failure_of_what_is_no_longer_wanted_is_superseded(failing: World) -> None:
    integrations.set_overrides(failing.job("customers"), MEMBERS, [BROKEN])
    failing.ifs.mutate("set_email", customer_id="10001", value="")
    failing.run("customers")
    assert Failure.objects.get(link__source_key="10001").resolution == "superseded"
    assert _open() == {"10002", "10003"}


def test_a_failure_is_ignored_with_a_reason_and_opens_again_when_it_fails_again(failing: World) -> None:
    chosen = list(Failure.objects.filter(link__source_key="10001"))
    with pytest.raises(Refused, match="Say why"):
        replay.ignore(chosen, "  ")
    assert replay.ignore(chosen, "A test account.") == 1
    chosen[0].refresh_from_db()
    assert (chosen[0].resolution, chosen[0].resolution_note) == ("ignored", "A test account.")
    assert _open() == {"10002", "10003"}
    integrations.set_overrides(failing.job("customers"), MEMBERS, [BROKEN])
    failing.ifs.mutate("change_customer", customer_id="10001", changes={"Name": "Changed"})
    failing.run("customers")
    assert _open() == set(BAD)


# From the command line.


def _command(*arguments: str) -> str:
    out = StringIO()
    call_command("replay", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_what_it_would_do_and_does_nothing(failing: World) -> None:
    assert "3 records in 1 jobs, about 1 calls." in _command("nordlicht", "--dry-run")
    assert not Replay.objects.exists()


def test_the_command_replays_and_is_named_as_the_one_who_did(failing: World) -> None:
    one = Failure.objects.get(link__source_key="10002")
    said = _command("nordlicht", "--failure", str(one.pk), "--stored")
    started = Replay.objects.get()
    assert str(started.pk) in said
    assert (started.source, started.mapping, started.by) == ("stored", "today", "manage.py replay")
    _work(failing, started)
    assert _open() == {"10001", "10003"}
    entry = AuditEntry.objects.get(kind="replay_started")
    assert (entry.actor_kind, entry.actor_label) == ("staff", "manage.py replay")


def test_the_command_understands_times_runs_and_all(failing: World) -> None:
    run = SyncRun.objects.latest("created_at")
    assert "24 records" in _command(str(failing.tenant.pk), "--run", str(run.pk), "--all", "--dry-run")
    assert "0 records" in _command("nordlicht", "--until", "2020-01-01", "--dry-run")
    with pytest.raises(CommandError, match="2026-11-20T14:00"):
        _command("nordlicht", "--since", "yesterday")


def test_the_command_refuses_in_one_sentence(failing: World) -> None:
    with pytest.raises(CommandError, match="There is no tenant sudlicht"):
        _command("sudlicht")
    with pytest.raises(CommandError, match="nothing to replay"):
        _command("nordlicht", "--cause", "no_such_cause")
