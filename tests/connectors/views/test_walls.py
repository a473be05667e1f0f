"""Who may see and do what, for every address there is; and that no page shows a secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from connectors.models import (
    Connection,
    Failure,
    Integration,
    RecordLink,
    Replay,
    SyncJob,
    SyncRun,
    WebhookEndpoint,
)
from connectors.services import integrations, replay, webhooks
from connectors.urls import app_name, urlpatterns
from sandboxes.mailchimp import API_KEY
from tenants.models import Role
from tests.connectors.views.conftest import ClientOf
from tests.worlds import World

PUBLIC = {"home", "public_integration"}
# What the id in an address is an id of.
OWNERS = {
    **dict.fromkeys(["connection", "connection_edit", "connection_credentials", "ping"], "connection"),
    **dict.fromkeys(
        ["integration", "options", "integration_switch", "webhooks", "webhook_read_again"], "integration"
    ),
    **dict.fromkeys(["webhook_address", "webhook_key"], "webhook"),
    **dict.fromkeys(
        ["schedule", "fields", "removal", "preview", "run_now", "job_switch", "job_resume"], "job"
    ),
    **dict.fromkeys(["run", "run_live", "run_cancel", "removals"], "run"),
    "record": "record",
    **dict.fromkeys(["replay", "replay_live", "replay_cancel"], "replay"),
}
WORDS = {"system": "ifs_cloud", "code": "ifs_cloud_mailchimp", "sink": "audience_members"}
LOOKING = {
    "overview",
    "connections",
    "connection",
    "ping",
    "integrations",
    "integration",
    "webhooks",
    "runs",
    "run",
    "run_live",
    "audit",
    "calls",
    "search",
    "records",
    "record",
    "failures",
    "replays",
    "replay",
    "replay_live",
}


def patterns() -> Iterator[URLPattern]:
    yield from (one for one in urlpatterns if one.name not in PUBLIC)


def address(pattern: URLPattern, ids: dict[str, str]) -> str:
    names = pattern.pattern.converters
    values = {name: ids[OWNERS[str(pattern.name)]] if name == "pk" else WORDS[name] for name in names}
    return reverse(f"{app_name}:{pattern.name}", kwargs=values)


@pytest.fixture
def ids(scene: World) -> dict[str, str]:
    """One of everything, after a run in which something was refused."""
    run = scene.run("customers")
    integrations.switch_job(scene.job("consent_back"), on=True)
    failed = Failure.objects.filter(resolved_at=None).first()
    assert failed, "the sandbox has customers that Mailchimp refuses"
    started = replay.start(replay.Selection(failures=[failed.pk]))
    link = RecordLink.objects.filter(state="clean").first()
    assert link
    return {
        "connection": str(scene.destination.pk),
        "integration": str(scene.integration.pk),
        "job": str(run.job_id),
        "run": str(run.pk),
        "record": str(link.pk),
        "replay": str(started.pk),
        "webhook": str(WebhookEndpoint.objects.get().pk),
    }


def test_another_tenants_objects_do_not_exist_at_any_address(ids: dict[str, str], stranger: Client) -> None:
    with_id = [pattern for pattern in patterns() if "pk" in pattern.pattern.converters]
    assert {str(one.name) for one in with_id} == set(OWNERS)
    answers = {}
    for pattern in with_id:
        url = address(pattern, ids)
        for method in (stranger.get, stranger.post):
            status = method(url).status_code
            if status not in {404, 405}:
                answers[url, method.__name__] = status
    assert answers == {}
    assert Connection.objects.count() == 2


def test_nobody_sees_anything_without_logging_in(ids: dict[str, str], client: Client) -> None:
    for pattern in patterns():
        answer = client.get(address(pattern, ids))
        if answer.status_code != 405:
            assert answer.status_code == 302, pattern.name
            assert answer["Location"].startswith("/accounts/login/"), pattern.name


def state_of_everything() -> list[Any]:
    models = (Connection, Integration, SyncJob, SyncRun, Failure, Replay, WebhookEndpoint)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_viewer_sees_the_pages_and_changes_nothing(ids: dict[str, str], as_: ClientOf) -> None:
    viewer = as_(Role.VIEWER)
    before = state_of_everything()
    for pattern in patterns():
        url = address(pattern, ids)
        looked = viewer.get(url)
        if pattern.name in LOOKING:
            assert looked.status_code == 200, (url, looked.status_code)
        else:
            assert looked.status_code in {403, 405}, (url, looked.status_code)
        posted = viewer.post(url, {"to": "off", "go": "1", "cause": "x", "reason": "x"})
        assert posted.status_code in {403, 405}, (url, posted.status_code)
    assert state_of_everything() == before


def test_an_operator_runs_and_replays_and_configures_nothing(ids: dict[str, str], as_: ClientOf) -> None:
    operator = as_(Role.OPERATOR)
    pages = ("schedule", "removal", "preview")
    allowed = {
        one: operator.get(reverse(f"connectors:{one}", args=[ids["job"]])).status_code for one in pages
    }
    assert allowed == {"schedule": 403, "removal": 403, "preview": 200}
    started = operator.post(reverse("connectors:run_now", args=[ids["job"]]))
    assert started.status_code == 302
    assert "/activity/runs/" in started["Location"]


def test_no_page_shows_a_secret(ids: dict[str, str], scene: World, as_: ClientOf) -> None:
    owner = as_(Role.OWNER)
    token = webhooks.url_of(WebhookEndpoint.objects.get()).rpartition("/")[2]
    secrets = (API_KEY, scene.ifs.options.client_secret, token)
    pages = 0
    for pattern in patterns():
        for connection in (scene.source, scene.destination):
            answer = owner.get(address(pattern, {**ids, "connection": str(connection.pk)}))
            if answer.status_code == 200:
                text = answer.content.decode()
                assert not [secret for secret in secrets if secret in text], pattern.name
                pages += 1
    assert pages > 40


def test_wrong_credentials_come_back_without_what_was_typed(scene: World, as_: ClientOf) -> None:
    url = reverse("connectors:connection_new", args=["mailchimp"])
    answer = as_(Role.OWNER).post(url, {"name": "", "credentials-api_key": "typed-by-hand-us6"})
    assert answer.status_code == 422
    assert b"typed-by-hand" not in answer.content
