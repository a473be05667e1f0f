"""What is gone at its source: seen by a complete read, removed only if wished, never in a crowd unasked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import override_settings

from audit.models import RecordEvent
from connectors.engine.removal import plan_removals
from connectors.models import RecordLink, SyncRun
from connectors.services import integrations, runs
from connectors.services.reading import held_removals
from sandboxes.ifs_cloud.options import Options
from tests.connectors.engine.steps import MEMBERS, STORE_CUSTOMERS, counts, link, members, read_only
from tests.worlds import STORE, World, world

CHANGED_AT = "Cf_Changed_At"


def _delete(scene: World, *keys: str) -> None:
    for key in keys:
        scene.ifs.mutate("delete_customer", customer_id=key)


@pytest.fixture
def full(scene: World) -> World:
    """Twelve customers have arrived, and those that go are to be removed."""
    scene.run("customers")
    integrations.set_removal(scene.job("customers"), remove=True)
    return scene


def _removed(scene: World) -> set[str]:
    audience = next(iter(scene.mailchimp.account.audiences.values()))
    return {one.email for one in audience.members.values() if one.status == "archived"}


def test_a_customer_who_is_gone_is_archived_and_leaves_the_store(full: World) -> None:
    email = link(full, "10005").handle
    _delete(full, "10005")
    run = full.run("customers")
    assert counts(run) == {"read": 12, "unchanged": 11, "removed": 1}
    assert run.verdict == SyncRun.Verdict.OK
    assert _removed(full) == {email}
    store = full.mailchimp.account.stores[STORE]
    assert not [one for one in store.customers.values() if one.email == email]
    for sink in (MEMBERS, STORE_CUSTOMERS):
        gone = link(full, "10005", sink=sink)
        assert (gone.state, gone.confirmed_digest, gone.external_id) == ("removed", None, "")
        assert RecordEvent.objects.filter(link_id=gone.pk, kind="removed").exists()
    again = full.run("customers")
    assert counts(again) == {"read": 11, "unchanged": 11}


def test_kept_records_stay_whatever_is_gone(scene: World) -> None:
    scene.run("customers")
    _delete(scene, "10005")
    writes = scene.writes()
    run = scene.run("customers")
    assert counts(run) == {"read": 11, "unchanged": 11}
    assert scene.writes() == writes
    assert link(scene, "10005").state == "clean"


def test_somebody_who_comes_back_unchanged_is_sent_again(full: World) -> None:
    email = link(full, "10005").handle
    with _hidden(full, "10005"):
        assert full.run("customers").removed == 1
    run = full.run("customers")
    assert counts(run) == {"read": 12, "created": 1, "unchanged": 11}
    assert {link(full, "10005", sink=sink).state for sink in (MEMBERS, STORE_CUSTOMERS)} == {"clean"}
    store = full.mailchimp.account.stores[STORE]
    assert [one for one in store.customers.values() if one.email == email]


def test_the_contact_of_somebody_who_comes_back_leaves_the_archive(full: World) -> None:
    email = link(full, "10005").handle
    with _hidden(full, "10005"):
        full.run("customers")
    full.run("customers")
    assert email in members(full)


def test_somebody_who_is_back_before_the_removal_was_sent_stays(full: World) -> None:
    with _hidden(full, "10005"):
        runs.cancel(read_only(full))
        assert link(full, "10005").remove
    run = full.run("customers")
    assert run.adds_up
    assert not link(full, "10005").remove
    assert link(full, "10005").state == "clean"
    assert _removed(full) == set()


@contextmanager
def _hidden(scene: World, key: str) -> Iterator[None]:
    """As when a permission hides a customer for a while: it comes back as it was, down to its version."""
    table = scene.ifs.world.table("CustomerInfo")
    row = table.get({"CustomerId": key})
    assert row
    version, values = row.version, row.values
    table.delete(row)
    yield
    table.insert(values).version = version


# The guard.


def test_more_than_a_third_gone_at_once_waits_for_a_person(full: World) -> None:
    gone = [f"100{number:02}" for number in range(1, 6)]
    _delete(full, *gone)
    writes = full.writes()
    run = full.run("customers")
    assert counts(run) == {"read": 7, "unchanged": 7}
    assert run.verdict == SyncRun.Verdict.HELD
    assert run.note.startswith("10 of 24 records are gone at their source. Nothing was removed")
    assert full.writes() == writes
    assert held_removals(run).count() == 10


def test_a_person_confirms_and_it_is_carried_out(full: World) -> None:
    _delete(full, *[f"100{number:02}" for number in range(1, 6)])
    run = full.run("customers")
    assert runs.confirm_removals(run) == 10
    full.work()
    assert len(_removed(full)) == 5
    assert full.states("customers", MEMBERS) == {"removed": 5, "clean": 7}
    assert held_removals(run).count() == 0
    assert full.run("customers").verdict == SyncRun.Verdict.OK


def test_few_records_may_go_whatever_their_share(full: World) -> None:
    _delete(full, *[f"100{number:02}" for number in range(1, 5)])  # eight links: fewer than ten
    run = full.run("customers")
    assert counts(run) == {"read": 12, "unchanged": 8, "removed": 4}


def test_a_small_share_may_go_however_many_they_are(full: World) -> None:
    run = SyncRun.objects.latest("created_at")
    SyncRun.objects.filter(pk=run.pk).update(generation=run.generation + 1)
    run.refresh_from_db()
    links = RecordLink.objects.order_by("source_key", "sink")
    staying = [one.pk for one in links[7:]]
    RecordLink.objects.filter(pk__in=staying).update(generation=run.generation)
    assert plan_removals(run) == 7, "7 of 24 are less than a third"
    assert RecordLink.objects.filter(remove=True).count() == 7


def test_after_an_empty_read_nothing_is_removed(full: World) -> None:
    RecordLink.objects.exclude(source_key="10001").update(confirmed_digest=None)  # two: below every limit
    _delete(full, *[f"100{number:02}" for number in range(1, 13)])
    run = full.run("customers")
    assert run.read == 0
    assert run.verdict == SyncRun.Verdict.HELD
    assert not RecordLink.objects.filter(remove=True).exists()


def test_pages_that_stay_empty_without_a_word_remove_nothing_and_are_noticed(full: World) -> None:
    full.ifs.faults.add("GET *CustomerInfoSet*", "empty", times=None)
    run = full.run("customers")
    assert run.verdict == SyncRun.Verdict.DEGRADED
    assert run.note == "IFS Cloud counted 12 records and gave us 0. Run it again."
    assert not RecordLink.objects.filter(remove=True).exists()
    full.ifs.faults.clear()
    assert full.run("customers").verdict == SyncRun.Verdict.OK


def test_a_read_that_broke_off_removes_nothing(full: World) -> None:
    _delete(full, "10005")
    full.ifs.faults.add("GET *CustomerInfoSet*", "status", status=400, times=None)
    run = full.run("customers")
    assert run.state == SyncRun.State.ENDED or run.waiting_text
    assert not RecordLink.objects.filter(remove=True).exists()
    assert _removed(full) == set()


def test_a_read_of_changes_only_removes_nothing() -> None:
    options = Options(customers=12, orders=0, change_attribute=CHANGED_AT)
    with world(options) as scene, override_settings(NUDGES_OFF=True):
        scene.connect()
        scene.run("customers")
        integrations.set_removal(scene.job("customers"), remove=True)
        _delete(scene, "10005")
        scene.run("customers")
        assert link(scene, "10005").state == "clean"
        scene.run("customers", full=True)
        assert link(scene, "10005").state == "removed"


# Two customers, one address.


def test_an_heir_takes_over_what_would_be_removed(scene: World) -> None:
    shared = str(scene.ifs.state("customers", "10001")[0]["email"])  # type: ignore[index]
    scene.ifs.mutate("set_email", customer_id="10002", value=shared)
    scene.run("customers")
    integrations.set_removal(scene.job("customers"), remove=True)
    contact = members(scene)[shared].number
    _delete(scene, "10001")
    run = scene.run("customers")
    assert run.adds_up, counts(run)
    assert run.removed == 1
    assert (link(scene, "10001").state, link(scene, "10002").state) == ("removed", "clean")
    assert members(scene)[shared].number == contact, "it was never archived"


def test_an_heir_who_is_gone_too_inherits_nothing(scene: World) -> None:
    shared = str(scene.ifs.state("customers", "10001")[0]["email"])  # type: ignore[index]
    scene.ifs.mutate("set_email", customer_id="10002", value=shared)
    scene.run("customers")
    integrations.set_removal(scene.job("customers"), remove=True)
    _delete(scene, "10001", "10002")
    scene.run("customers")
    assert (link(scene, "10001").state, link(scene, "10002").state) == ("removed", "removed")
    assert _removed(scene) == {shared}
