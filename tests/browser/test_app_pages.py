"""The customer's pages on a phone and a desk, and without a script."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from connectors.models import Failure, RecordLink
from connectors.recipes import RECIPES
from connectors.services import replay
from connectors.systems import SYSTEMS
from tenants.models import Membership, Role, User
from tests.browser.conftest import OpenPage
from tests.worlds import World, world

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"


@pytest.fixture
def scene(transactional_db: None) -> Iterator[World]:
    with world() as made:
        made.connect()
        yield made


@pytest.fixture
def ana(scene: World) -> Membership:
    """The owner of the scene's tenant."""
    return Membership.objects.create(
        user=User.objects.create_user("ana@nordlicht.example", "a-long-password"), role=Role.OWNER
    )


def addresses(scene: World) -> list[str]:
    """Every page, after a run with a failure and its replay."""
    run = scene.run("customers")
    failure = Failure.objects.filter(resolved_at=None)[0]
    started = replay.start(replay.Selection(failures=[failure.pk]))
    link = RecordLink.objects.filter(state="clean")[0]
    by_id = {
        scene.source.pk: ["connection", "connection_edit", "connection_credentials", "ping"],
        scene.integration.pk: ["integration", "options", "webhooks"],
        run.job_id: ["schedule", "removal", "preview"],
        run.pk: ["run", "removals"],
        link.pk: ["record"],
        failure.link_id: ["record"],
        started.pk: ["replay"],
    }
    lists = [
        "home",
        "overview",
        "connections",
        "integrations",
        "runs",
        "audit",
        "calls",
        "search",
        "records",
        "failures",
        "replays",
    ]
    run_url = reverse("connectors:run", args=[run.pk])
    return [
        *(reverse(f"connectors:{name}") for name in lists),
        *(reverse(f"connectors:{name}", args=[pk]) for pk, names in by_id.items() for name in names),
        *(reverse("connectors:connection_new", args=[system]) for system in SYSTEMS),
        reverse("connectors:integration_new", args=["ifs_cloud_mailchimp"]),
        reverse("connectors:fields", args=[run.job_id, "audience_members"]),
        *(reverse("connectors:public_integration", args=[code.replace("_", "-")]) for code in RECIPES),
        f"{run_url}?show=calls",
        f"{run_url}?show=failures",
        f"{reverse('connectors:failures')}?cause={failure.cause}",
        f"{reverse('connectors:replay_new')}?cause={failure.cause}",
    ]


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_of_the_app_scrolls_sideways(
    open_page: OpenPage, scene: World, ana: Membership, width: int
) -> None:
    page = open_page("/app/", width=width, as_=ana)
    wide = {}
    for path in addresses(scene):
        answer = page.goto(urljoin(page.url, path))
        assert answer
        assert answer.status == 200, path
        if (excess := page.evaluate(TOO_WIDE)) > 0:
            wide[path] = excess
    assert wide == {}


def test_without_a_script_one_pings_previews_runs_and_replays(
    open_page: OpenPage, scene: World, ana: Membership
) -> None:
    page = open_page(
        reverse("connectors:ping", args=[scene.destination.pk]), as_=ana, java_script_enabled=False
    )
    page.get_by_role("button", name="Ping again").click()
    expect(page.get_by_text("Our Mailchimp works.")).to_be_visible()
    page.goto(urljoin(page.url, reverse("connectors:integration", args=[scene.integration.pk])))
    page.locator("#customers").get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Would be created").first).to_be_visible()
    page.goto(urljoin(page.url, reverse("connectors:integration", args=[scene.integration.pk])))
    page.locator("#customers").get_by_role("button", name="Run now").click()
    expect(page.locator("#run")).to_contain_text("Reading")
    scene.work()
    page.get_by_role("link", name="Show how far it is now").click()
    page.get_by_role("link", name="Replay what failed in this run").click()
    page.get_by_role("button", name="Replay").click()
    expect(page.locator("#replay")).to_contain_text("Running")
