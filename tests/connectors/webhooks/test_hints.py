"""From receipts to records read again: whom it concerns, what is left out, what holds up nobody."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from connectors.engine import hints, runs
from connectors.engine.advance import advance
from connectors.models import (
    Failure,
    Lane,
    RecordLink,
    SyncRun,
    WebhookHint,
    WebhookReceipt,
)
from connectors.services import integrations, webhooks
from connectors.services import runs as running
from connectors.services.errors import Refused
from connectors.systems.mailchimp.hooks import AudienceHook
from connectors.systems.mailchimp.ids import member_hash
from tenants.scope import tenant_scope
from tests.connectors.engine.steps import counts
from tests.connectors.webhooks.steps import Listener, event, hear, receipts, webhook_runs
from tests.worlds import World

Trigger = SyncRun.Trigger


def waiting() -> int:
    return WebhookHint.objects.filter(state="waiting").count()


def test_whoever_unsubscribes_is_flagged_in_ifs(listener: Listener) -> None:
    jane = listener.emails[0]
    listener.leave(jane)
    hear(listener.scene)
    assert listener.flags() == {jane: "unsubscribed"}
    [receipt] = receipts()
    assert (receipt.state, receipt.event, receipt.verdict) == ("read", "unsubscribe", "genuine")
    [run] = webhook_runs(listener.scene)
    assert (run.verdict, counts(run)) == ("ok", {"read": 1, "updated": 1})
    [hint] = WebhookHint.objects.all()
    assert (hint.key, hint.state, hint.run_id) == (member_hash(jane), "read", run.pk)


def test_only_the_named_record_is_read(listener: Listener) -> None:
    journal = listener.scene.mailchimp.journal
    listener.leave(listener.emails[0])
    before = journal.total("GET")
    hear(listener.scene)
    assert journal.total("GET") == before + 1


def test_duplicates_and_the_wrong_order_end_in_the_right_state(listener: Listener) -> None:
    scene, jane = listener.scene, listener.emails[0]
    scene.mailchimp.mutate("unsubscribe", email=jane)
    scene.mailchimp.mutate("sign_up", email=jane)
    scene.mailchimp.mutate("unsubscribe", email=jane)
    listener.deliver(copies=3, backwards=True)
    hear(scene)
    assert listener.flags() == {jane: "unsubscribed"}
    assert len(scene.ifs.journal.calls(method="PATCH")) == 1
    assert sum(1 + receipt.repeats for receipt in receipts()) == 9


def test_a_burst_is_one_run(listener: Listener) -> None:
    for email in listener.emails:
        listener.scene.mailchimp.mutate("unsubscribe", email=email)
    listener.deliver()
    hear(listener.scene)
    [run] = webhook_runs(listener.scene)
    assert counts(run) == {"read": 12, "updated": 12}
    assert len(listener.flags()) == 12


def test_what_has_not_changed_is_not_written(listener: Listener) -> None:
    jane = listener.emails[0]
    listener.leave(jane)
    hear(listener.scene)
    assert listener.post(event("profile", email=jane)) == 200
    hear(listener.scene)
    assert counts(webhook_runs(listener.scene)[-1]) == {"read": 1, "unchanged": 1}
    assert len(listener.scene.ifs.journal.calls(method="PATCH")) == 1


@pytest.mark.parametrize(
    ("body", "state", "reason"),
    [
        (event("campaign", id="c1", subject="News"), "ignored", "Nothing is read because of this event."),
        (event("something_new", email="jane@a.example"), "ignored", "Nothing is read because of this event."),
        (b"type=unsubscribe", "failed", "Its event, unsubscribe, names nobody."),
        (b"\xff\x00", "failed", "It is no form."),
        (b"", "failed", "It names no event."),
        (b"type=%00%01&data[email]=a", "ignored", "Nothing is read because of this event."),
    ],
)
def test_what_cannot_be_used_is_said_and_holds_up_nobody(
    listener: Listener, body: bytes, state: str, reason: str
) -> None:
    assert listener.post(body) == 200
    jane = listener.emails[0]
    listener.leave(jane)
    hear(listener.scene)
    odd, good = receipts()
    assert (odd.state, odd.reason) == (state, reason)
    assert good.state == "read"
    assert listener.flags() == {jane: "unsubscribed"}


def test_a_mistake_of_the_hook_holds_up_nobody(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    right = AudienceHook.hints

    def wrong(inbound: Any) -> Any:
        if b"trap" in inbound.body:
            raise ZeroDivisionError
        return right(inbound)

    monkeypatch.setattr(AudienceHook, "hints", wrong)
    listener.post(event("profile", email="trap@a.example"))
    listener.leave(listener.emails[0])
    hear(listener.scene)
    assert [(one.state, one.reason) for one in receipts()] == [
        ("failed", "It could not be read (ZeroDivisionError)."),
        ("read", ""),
    ]


def test_a_record_the_vendor_takes_offence_at_is_refused_alone(listener: Listener) -> None:
    offence = "offence@a.example"
    listener.scene.mailchimp.faults.add(f"*/members/{member_hash(offence)}", "status", status=400, times=50)
    listener.post(event("profile", email=offence))
    listener.leave(listener.emails[0])
    hear(listener.scene)
    assert len(listener.flags()) == 1
    [run] = webhook_runs(listener.scene)
    assert counts(run) == {"read": 2, "updated": 1, "rejected": 1}
    assert waiting() == 0


def test_who_is_not_there_any_more_is_no_failure(listener: Listener) -> None:
    jane = listener.emails[0]
    listener.leave(jane)
    hear(listener.scene)
    listener.scene.mailchimp.mutate("forget", email=jane)
    listener.post(event("profile", email=jane))
    hear(listener.scene)
    assert [hint.state for hint in WebhookHint.objects.all()] == ["read", "gone"]
    assert not Failure.objects.exists()
    assert webhook_runs(listener.scene)[-1].verdict == "ok"


def test_jobs_that_are_off_are_not_concerned(listener: Listener) -> None:
    integrations.switch_job(listener.scene.job("consent_back"), on=False)
    listener.leave(listener.emails[0])
    hear(listener.scene)
    assert [(one.state, one.reason) for one in receipts()] == [
        ("ignored", "No job that is turned on reads such records.")
    ]
    assert webhook_runs(listener.scene) == []


def test_hints_wait_for_a_job_that_rests(listener: Listener) -> None:
    scene = listener.scene
    integrations.pause(scene.job("consent_back"), "Look at this first.")
    listener.leave(listener.emails[0])
    hear(scene)
    assert (waiting(), webhook_runs(scene)) == (1, [])
    integrations.resume(scene.job("consent_back"))
    assert hints.open_for(scene.job("consent_back"))
    scene.work()
    assert len(listener.flags()) == 1


def test_a_webhook_never_moves_the_cursor_nor_counts_as_the_first_fill(listener: Listener) -> None:
    scene = listener.scene
    listener.leave(listener.emails[0])
    hear(scene)
    [run] = webhook_runs(scene)
    assert not run.full
    assert scene.job("consent_back").cursor is None
    scene.mailchimp.mutate("unsubscribe", email=listener.emails[1])
    polled = scene.run("consent_back")
    assert polled.full
    assert counts(polled) == {"read": 2, "updated": 1, "unchanged": 1}


def test_a_run_that_is_reading_anyway_takes_hints_along(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, (jane, john, *_) = listener.scene, listener.emails
    monkeypatch.setattr("connectors.systems.mailchimp.streams.consent.ConsentStream.page_size", 1)
    for email in (john, listener.emails[2]):
        scene.mailchimp.mutate("unsubscribe", email=email)
    run = running.start(scene.job("consent_back"))
    with monkeypatch.context() as hurried:
        hurried.setattr("connectors.engine.advance.slice_seconds", lambda: 0.0)
        advance(scene.job("consent_back"), Lane.Kind.OBSERVE)  # a slice of one page
        listener.post(event("profile", email=jane))
        while hints.process():
            pass
        assert webhook_runs(scene) == []
        advance(scene.job("consent_back"), Lane.Kind.OBSERVE)
        assert WebhookHint.objects.get().run_id == run.pk
    scene.work()
    run.refresh_from_db()
    assert (run.state, run.adds_up) == ("ended", True)
    assert scene.job("consent_back").cursor


def test_a_hint_that_came_too_late_for_a_run_gets_the_next(listener: Listener) -> None:
    scene = listener.scene
    run = running.start(scene.job("consent_back"))
    advance(scene.job("consent_back"), Lane.Kind.OBSERVE)  # everything is read; it has not ended yet
    run.refresh_from_db()
    assert run.state == "delivering"
    listener.leave(listener.emails[0])
    while hints.process():
        pass
    assert (waiting(), webhook_runs(scene)) == (1, [])
    scene.work()
    assert hints.find_forgotten(timezone.now()) >= 1
    hints.open_for(scene.job("consent_back"))
    scene.work()
    assert len(listener.flags()) == 1


@pytest.mark.parametrize(
    ("asked", "follows", "is_full"),
    [
        ([Trigger.SCHEDULE], "schedule", True),
        ([Trigger.BACKFILL, Trigger.SCHEDULE], "backfill", True),
        ([Trigger.MANUAL], "manual", True),
    ],
)
def test_what_was_asked_for_while_a_webhooks_run_was_open_follows_it(
    listener: Listener, asked: list[Trigger], follows: str, *, is_full: bool
) -> None:
    scene = listener.scene
    listener.leave(listener.emails[0])
    while hints.process():
        pass
    [open_one] = webhook_runs(scene)
    for trigger in asked:
        run, is_new = runs.open_run(scene.job("consent_back"), trigger)
        assert (run.pk, is_new) == (open_one.pk, False)
    scene.work()
    last = SyncRun.objects.filter(job=scene.job("consent_back")).latest("created_at")
    assert (last.trigger, last.state, last.full) == (follows, "ended", is_full)
    assert scene.job("consent_back").cursor
    assert SyncRun.objects.filter(job=scene.job("consent_back")).count() == 2


def test_nothing_follows_where_the_job_was_turned_off(listener: Listener) -> None:
    scene = listener.scene
    listener.leave(listener.emails[0])
    while hints.process():
        pass
    runs.open_run(scene.job("consent_back"), Trigger.SCHEDULE)
    integrations.switch_job(scene.job("consent_back"), on=False)
    running.cancel(webhook_runs(scene)[0])
    assert SyncRun.objects.filter(job=scene.job("consent_back")).count() == 1


def test_many_readers_read_each_receipt_once(listener: Listener, scene: World) -> None:
    for email in listener.emails:
        scene.mailchimp.mutate("unsubscribe", email=email)
    listener.deliver()
    start, read = threading.Barrier(4), []

    def reader() -> None:
        try:
            start.wait(10)
            with tenant_scope(scene.tenant):
                while count := hints.process(limit=2):
                    read.append(count)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=reader) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(read) == 12
    assert WebhookHint.objects.count() == 12


def test_a_slice_that_dies_after_its_page_reads_it_once_more(listener: Listener) -> None:
    scene = listener.scene
    listener.leave(listener.emails[0])
    hear(scene)
    WebhookHint.objects.update(state="waiting")
    hints.open_for(scene.job("consent_back"))
    scene.work()
    assert counts(webhook_runs(scene)[-1]) == {"read": 1, "unchanged": 1}
    assert waiting() == 0


def test_people_can_have_a_receipt_read_again(listener: Listener) -> None:
    jane = listener.emails[0]
    integrations.switch_job(listener.scene.job("consent_back"), on=False)
    listener.leave(jane)
    hear(listener.scene)
    integrations.switch_job(listener.scene.job("consent_back"), on=True)
    assert webhooks.read_again(receipts("ignored")) == 1
    hear(listener.scene)
    assert [one.state for one in receipts()] == ["read"]
    assert listener.flags() == {jane: "unsubscribed"}


def test_what_was_refused_cannot_be_read(listener: Listener) -> None:
    listener.post(event("profile", email="a@b.example"), secret="whsec_guess")
    with pytest.raises(Refused, match="nothing to read again"):
        webhooks.read_again(receipts())


def test_old_receipts_go_with_their_hints_and_what_is_waiting_stays(listener: Listener) -> None:
    listener.leave(listener.emails[0])
    hear(listener.scene)
    listener.leave(listener.emails[1])
    WebhookReceipt.objects.update(received_at=timezone.now() - timedelta(days=91))
    listener.leave(listener.emails[2])
    hear_nothing = receipts("new")
    assert webhooks.prune(listener.scene.tenant) == 1
    assert receipts() == hear_nothing
    assert not WebhookHint.objects.exists()
    assert RecordLink.objects.filter(job=listener.scene.job("consent_back")).exists()
