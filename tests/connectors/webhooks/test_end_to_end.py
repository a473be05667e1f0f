"""From Mailchimp's sender over our pages to a flag in IFS, with real workers, the broker there or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from celery import Celery, current_app
from django.conf import settings
from django.test import override_settings

from connectors.models import SyncRun, WebhookEndpoint
from connectors.services import integrations
from connectors.webhooks import notifier
from tests.connectors.webhooks.steps import Listener, at_vendor, event, fresh, receipts
from tests.workers import until, worker
from tests.worlds import World

SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.connectors.webhooks.worker_settings"}
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def awake(scene: World) -> Iterator[World]:
    """The scene with a broker that is told of what is to be done."""
    scene.run("customers")
    scene.mailchimp.mutate("hold_webhooks", held=False)
    with override_settings(NUDGES_OFF=False):
        yield scene


def switched_on(scene: World) -> Listener:
    """Turn the way back on and wait until a worker has set the webhook up."""
    integrations.switch_job(scene.job("consent_back"), on=True)
    endpoint = WebhookEndpoint.objects.get()
    until(lambda: fresh(endpoint).state == "on", "the webhook is set up")
    return Listener(scene, fresh(endpoint))


def test_an_unsubscribe_is_a_flag_in_ifs_once(awake: World, tmp_path: Path) -> None:
    with worker(tmp_path / "worker.log", **SETTINGS, MLC_TEST_PUBLIC_URL=settings.PUBLIC_URL):
        listener = switched_on(awake)
        jane, john, *_ = listener.emails
        for email in (jane, john):
            awake.mailchimp.mutate("unsubscribe", email=email)
        until(lambda: len(listener.flags()) == 2, "both are flagged")
        until(lambda: not SyncRun.objects.exclude(state="ended").exists(), "the runs have ended")
        integrations.switch_job(awake.job("consent_back"), on=False)
        until(lambda: at_vendor(awake) == [], "the webhook is taken down")
    assert listener.flags() == {jane: "unsubscribed", john: "unsubscribed"}
    assert [receipt.state for receipt in receipts()] == ["read", "read"]
    assert len(awake.ifs.journal.calls(method="PATCH")) == 2
    assert {run.verdict for run in SyncRun.objects.filter(trigger="webhook")} == {"ok"}


def test_what_came_while_the_broker_was_away_is_found(
    awake: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with override_settings(NUDGES_OFF=True):
        listener = Listener.ready(awake)
    jane = listener.emails[0]
    with monkeypatch.context() as away:
        nobody_there = Celery(broker="redis://127.0.0.1:9/0", set_as_current=False)
        nobody_there.conf.task_publish_retry_policy = settings.CELERY_TASK_PUBLISH_RETRY_POLICY
        away.setattr("connectors.engine.hints.current_app", nobody_there)
        awake.mailchimp.mutate("unsubscribe", email=jane)
        awake.mailchimp.sender.finish()
        assert [delivery.last_status for delivery in awake.mailchimp.sender.done] == [200]
        until(lambda: "nudge_not_sent" in caplog.text, "nobody could be told")
    assert [receipt.state for receipt in receipts()] == ["new"]
    with worker(tmp_path / "worker.log"):
        current_app.send_task("connectors.sweep", queue="interactive")
        until(lambda: listener.flags() == {jane: "unsubscribed"}, "she is flagged")


def test_the_answer_does_not_wait_for_a_broker_that_hangs(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, told = Event(), []

    def hang(task: str, *ids: object) -> None:
        told.append((task, *ids))
        let_go.wait(30)

    monkeypatch.setattr(notifier, "send", hang)
    try:
        assert listener.post(event("profile", email="first@a.example")) == 200
        until(lambda: len(told) == 1, "the first is being told")
        for number in range(4):
            # Answered although the first message has not been taken yet.
            assert listener.post(event("profile", email=f"{number}@a.example")) == 200
    finally:
        let_go.set()
    until(lambda: len(told) == 2 and not notifier._waiting, "the rest is told")
    # Four receipts, one message.
    assert told == [("receipts", listener.scene.tenant.pk)] * 2


def test_a_message_that_fails_does_not_silence_the_next(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []

    def fail(task: str, *ids: object) -> None:
        told.append(task)
        raise RuntimeError

    monkeypatch.setattr(notifier, "send", fail)
    for number in range(2):
        assert listener.post(event("profile", email=f"{number}@a.example")) == 200
        until(lambda: not notifier._waiting, "it is taken up")
        until(lambda: len(told) > 0, "it was tried")
        told.clear()
