"""With real workers: what happens at Mailchimp is in Infor within seconds; one token for four processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from pytest_django.live_server_helper import LiveServer

from connectors.models import SyncRun, WebhookEndpoint
from connectors.services import integrations, runs
from sandboxes.mailchimp import CUSTOMERS as AUDIENCE
from tests.connectors.engine.patience import at_call
from tests.connectors.recipes.infor_site import (
    SUPPLIERS_AUDIENCE,
    assert_nothing_needless,
    customer,
    infor,
    place,
    posted,
    reachable,
    somebody,
    written_to_infor,
)
from tests.connectors.webhooks.steps import fresh, receipts
from tests.joined import SHOP, Joined
from tests.workers import until, worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.connectors.webhooks.worker_settings"}


@pytest.fixture
def scene(live_server: LiveServer) -> Iterator[Joined]:
    """Everything is set up and nothing has run; whoever has work is told of it."""
    options: dict[str, Any] = {"supplier_audience_id": SUPPLIERS_AUDIENCE, "orders_store_id": SHOP}
    with (
        infor(new_member_status="subscribed", **options) as standing,
        override_settings(PUBLIC_URL=live_server.url, NUDGES_OFF=False),
    ):
        yield standing


def at_rest() -> bool:
    """Nothing is being read or written."""
    return not SyncRun.objects.exclude(state="ended").exists()


def test_somebody_who_unsubscribes_is_marked_in_infor_once_and_it_does_not_come_back(
    scene: Joined, tmp_path: Path
) -> None:
    jane, john = somebody(scene), somebody(scene, 1)
    public = {**SETTINGS, "MLC_TEST_PUBLIC_URL": settings.PUBLIC_URL}
    with worker(tmp_path / "worker.log", **public):
        runs.start(scene.job("customers"))
        until(at_rest, "the customers have arrived")
        scene.turn_on("contacts_back")
        endpoint = WebhookEndpoint.objects.get()
        until(lambda: fresh(endpoint).state == "on", "the webhook is set up")
        runs.start(scene.job("contacts_back"))
        until(at_rest, "everybody is known")
        sent, written = scene.writes(), written_to_infor(scene)

        for who in (jane, john):
            scene.mailchimp.mutate("unsubscribe", email=who.email)
        until(lambda: written_to_infor(scene) == written + 2, "both are marked", patience=20)
        until(at_rest, "the runs have ended")
        for flow in ("customers", "contacts_back"):
            runs.start(scene.job(flow))
            until(at_rest, "what was written has been read again")
        integrations.switch_job(scene.job("contacts_back"), on=False)
        hooks = scene.mailchimp.account.audiences[AUDIENCE].webhooks
        until(lambda: not hooks, "the webhook is taken down")

    assert [customer(scene, who)["CFC6"] for who in (jane, john)] == ["UNSUB", "UNSUB"]
    assert written_to_infor(scene) == written + 2
    assert scene.writes() == sent + 1  # that the webhook goes
    assert [(one.state, one.repeats) for one in receipts()] == [("read", 0)] * 2
    assert {run.verdict for run in SyncRun.objects.filter(trigger="webhook")} == {"ok"}
    assert_nothing_needless(scene)


def test_four_processes_share_one_token_and_the_one_that_follows_it(scene: Joined, tmp_path: Path) -> None:
    with override_settings(NUDGES_OFF=True):
        for flow in ("suppliers", "contacts_back", "orders_back"):
            scene.turn_on(flow)
    for number in range(6):
        place(scene, f"10{number:02}", somebody(scene, number).email)
    assert scene.source.state()["tokens"]["issued"] == 1  # that of the ping
    at_call(scene.source, 8, "GET *", lambda: scene.source.mutate("revoke_tokens"))
    with ExitStack() as workers:
        for number in range(2):  # of two processes each
            workers.enter_context(worker(tmp_path / f"{number}.log"))
        for flow in ("customers", "suppliers", "orders_back"):
            runs.start(scene.job(flow))
        until(at_rest, "everything has arrived")
        runs.start(scene.job("contacts_back"))
        until(at_rest, "everything has come back")
        until(lambda: len(posted(scene)) == 6, "the orders that had to wait are posted")
    tokens = scene.source.state()["tokens"]
    assert (tokens["issued"], tokens["denied"]) == (2, {})
    assert scene.members().keys() == set(reachable(scene).values())
