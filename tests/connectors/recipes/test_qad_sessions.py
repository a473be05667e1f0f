"""Getting into QAD: each kind of session, sessions that end, one refused log-in that stops everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.test import override_settings

from connectors.models import Connection, Lane, SyncJob, SyncRun
from connectors.services import connections, runs
from tests.connectors.engine.patience import at_call, pass_time
from tests.connectors.recipes.qad_tenant import BROWSES, buyer, failures_counted, made, qad, reachable, sell
from tests.connectors.recipes.running import tick, workers
from tests.joined import SHOP, Joined
from tests.workers import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "oauth_body": ({"session_kind": "oauth_body"}, {}),
    "oauth_query": ({"session_kind": "oauth_query"}, {"token_transport": "query"}),
    "basic": ({"session_kind": "basic"}, {}),
    "cookie": ({"session_kind": "cookie"}, {}),
}
LOG_INS = {
    "oauth_body": "password_grants",
    "oauth_query": "password_grants",
    "cookie": "cookie_log_ins",
    "basic": "",
}
FLOWS = ("customers", "items", "orders", "orders_back")
REFUSED = "another password by now"


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of session."""
    return str(request.param)


@pytest.fixture
def scene(kind: str) -> Iterator[Joined]:
    """A tenant met by that kind of session, whose orders go both ways."""
    settings, tenant = KINDS[kind]
    with qad(settings=settings, tenant=tenant, orders_store_id=SHOP) as standing:
        standing.turn_on("orders_back")
        yield standing


def test_everything_is_done_with_one_log_in(scene: Joined, kind: str) -> None:
    scene.run("customers")
    sell(scene, "web-1", buyer(scene)[1])
    for flow in FLOWS:
        assert scene.run(flow).adds_up
    assert scene.members().keys() == set(reachable(scene).values())
    assert len(made(scene, "web-1")) == 1
    assert scene.mailchimp.journal.needless() == {}
    told = failures_counted(scene)
    assert (told["bad_log_ins"], told["failures"]) == (0, 0)
    if LOG_INS[kind]:
        assert told[LOG_INS[kind]] == 1


def test_a_session_that_ends_in_the_middle_is_renewed_in_passing(scene: Joined, kind: str) -> None:
    at_call(scene.source, 3, f"GET {BROWSES}", lambda: scene.source.mutate("end_sessions"))
    run = scene.run("customers")
    assert (run.read, run.adds_up, run.waiting_text) == (60, True, "")
    assert scene.members().keys() == set(reachable(scene).values())
    told = failures_counted(scene)
    assert (told["bad_log_ins"], told["locked"]) == (0, False)
    if LOG_INS[kind]:
        assert told[LOG_INS[kind]] + told["refreshes"] == 2


def test_a_session_that_rested_too_long_is_begun_anew(scene: Joined) -> None:
    scene.run("customers")
    scene.source.clock.advance(61 * 60)
    assert scene.run("customers").unchanged == 60
    assert failures_counted(scene)["bad_log_ins"] == 0


def test_one_refused_log_in_stops_every_job_until_a_person_has_put_it_right(
    scene: Joined, broker: redis.Redis
) -> None:
    scene.run("customers")
    scene.source.mutate("set_password", password=REFUSED)
    run = scene.run("customers")
    assert run.verdict == SyncRun.Verdict.FAILED
    source = Connection.objects.get(pk=scene.integration.source.pk)
    assert source.state == Connection.State.ATTENTION
    assert source.attention_text
    jobs = SyncJob.objects.filter(integration=scene.integration, is_on=True)
    assert all(job.paused_reason for job in jobs)
    for _ in range(5):
        pass_time(broker)
        scene.work()
    told = failures_counted(scene)
    assert (told["failures"], told["bad_log_ins"], told["locked"]) == (1, 1, False)

    known = source.unseal().revealed()
    connections.replace_credentials(source, {**known, "password": REFUSED})
    connections.ping(source)
    assert source.state == Connection.State.OK, source.ping
    assert failures_counted(scene)["failures"] == 0
    scene.integration.refresh_from_db()
    assert scene.run("customers").verdict in {"ok", "partial"}
    assert failures_counted(scene)["bad_log_ins"] == 1


def test_four_workers_and_four_jobs_together_fail_to_log_in_once(tmp_path: Path) -> None:
    with qad(orders_store_id=SHOP, settings={"concurrent": 8}) as scene:
        scene.turn_on("orders_back")
        scene.run("customers")
        for at in range(4):
            sell(scene, f"web-{at}", buyer(scene, at)[1])
        scene.source.mutate("set_password", password=REFUSED)
        counted = failures_counted(scene)
        assert counted["bad_log_ins"] == 0
        with override_settings(NUDGES_OFF=False):
            opened = [runs.start(scene.job(flow), full=True) for flow in FLOWS]
            with workers(tmp_path):
                until(lambda: _all_rest(scene), "every job is paused and nobody works on one")
        for run in opened:
            run.refresh_from_db()
        assert {run.verdict for run in opened if not run.is_open} == {SyncRun.Verdict.FAILED}
        told = failures_counted(scene)
        assert (told["failures"], told["bad_log_ins"], told["locked"]) == (1, 1, False)
        assert not [order for at in range(4) for order in made(scene, f"web-{at}")]


def _all_rest(scene: Joined) -> bool:
    tick()
    jobs = SyncJob.objects.filter(integration=scene.integration)
    return not jobs.filter(paused_reason="").exists() and not Lane.objects.exclude(holder="").exists()


def test_a_workspace_the_user_may_not_use_is_told_by_ping() -> None:
    with qad() as scene:
        source = scene.integration.source
        connections.change_settings(source, {**source.settings, "entity": "99NONE"})
        connections.ping(source)
        assert source.state == Connection.State.ATTENTION
        assert "99NONE" in source.attention_text
        assert failures_counted(scene)["bad_log_ins"] == 0
