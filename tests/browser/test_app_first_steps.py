"""The whole way of somebody new: sign up, connect, choose, preview, turn on, watch, look up, mend, replay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from connectors.models import Failure, Integration
from sandboxes.ifs_cloud.options import Options
from sandboxes.ifs_cloud.sandbox import IfsCloud
from sandboxes.kit import serve
from sandboxes.mailchimp import API_KEY, Mailchimp
from tenants.models import Tenant
from tenants.scope import across_tenants, tenant_scope
from tests.browser.conftest import OpenPage
from tests.worlds import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
PATIENCE = 15_000


@contextmanager
def working(world: World) -> Iterator[World]:
    """In the scope of whoever signed up, with their integration."""
    with across_tenants("a test looks for who signed up"):
        world.tenant = Tenant.objects.get()
    with tenant_scope(world.tenant):
        world.integration = Integration.objects.get()
        yield world


def sign_up(page: Page) -> None:
    page.get_by_label("E-mail").fill("ana@nordlicht.example")
    page.get_by_label("Password").fill("a-long-password")
    page.get_by_label("Organisation").fill("Nordlicht")
    page.get_by_role("button", name="Create your account").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    link = re.search(r"(/accounts/confirm-email/\S+)", str(mail.outbox[0].body))
    assert link
    page.goto(urljoin(page.url, link[1]))
    page.get_by_role("main").get_by_role("button").click()
    if "/login/" in page.url:
        page.get_by_label("E-mail").fill("ana@nordlicht.example")
        page.get_by_label("Password").fill("a-long-password")
        page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.goto(urljoin(page.url, "/app/"))


def connect_ifs(page: Page, world: World) -> None:
    page.get_by_role("link", name="Connect a system").click()
    page.get_by_role("link", name="IFS Cloud").click()
    page.get_by_label("Client id").fill(world.ifs.options.client_id)
    page.get_by_label("Client secret").fill("not-the-secret")
    page.get_by_label("Address", exact=True).fill(world.ifs_server.url)
    page.get_by_label("Realm").fill(world.ifs.options.realm)
    page.get_by_role("button", name="Save and go to ping").click()
    page.get_by_role("button", name="Ping now").click()
    expect(page.get_by_text("IFS Cloud does not work yet")).to_be_visible()
    page.get_by_role("link", name="Replace credentials").click()
    expect(page.get_by_label("Client secret")).to_have_value("")
    page.get_by_label("Client id").fill(world.ifs.options.client_id)
    page.get_by_label("Client secret").fill(world.ifs.options.client_secret)
    page.get_by_role("button", name="Replace and go to ping").click()
    page.get_by_role("button", name="Ping again").click()
    expect(page.get_by_text("IFS Cloud works.")).to_be_visible()
    page.get_by_role("link", name="Next step").click()


def connect_mailchimp(page: Page, world: World) -> None:
    page.get_by_role("link", name="Connect the next system").click()
    page.get_by_role("link", name="Mailchimp").click()
    page.get_by_label("API key").fill(API_KEY)
    page.get_by_text("More settings").click()
    page.get_by_label("API address").fill(world.mailchimp_server.url)
    page.get_by_role("button", name="Save and go to ping").click()
    page.get_by_role("button", name="Ping now").click()
    expect(page.get_by_text("Mailchimp works.")).to_be_visible()
    page.get_by_role("link", name="Next step").click()


def set_up(page: Page) -> None:
    page.get_by_role("link", name="Set an integration up").click()
    page.get_by_role("link", name="IFS Cloud").click()
    page.get_by_role("button", name="Go on to the options").click()
    page.get_by_label("Audience", exact=True).select_option(label="Customers (0 people)")
    page.get_by_label("Store currency").select_option("EUR")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Change the schedule of Customers").click()
    page.get_by_label("Daily").check()
    page.get_by_label("At", exact=True).fill("06:00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#customers")).to_contain_text("every day at 06:00")
    page.locator("#customers").get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Would be created").first).to_be_visible()


@pytest.mark.usefixtures("transactional_db")
def test_from_sign_up_to_a_replay_that_gets_through(open_page: OpenPage) -> None:
    ifs, mailchimp = IfsCloud(Options(customers=60, orders=0)), Mailchimp()
    with serve(ifs) as ifs_server, serve(mailchimp) as mailchimp_server:
        world = World(Tenant(), ifs, mailchimp, ifs_server, mailchimp_server)
        page = open_page("/accounts/signup/")
        sign_up(page)
        connect_ifs(page, world)
        connect_mailchimp(page, world)
        set_up(page)
        assert world.writes() == 0, "nothing is written before it is turned on"

        page.get_by_role("link", name="IFS Cloud and Mailchimp").click()
        page.get_by_role("button", name="Turn on").click()
        live = page.locator("#run")
        expect(live).to_contain_text("Reading")
        address = page.url
        with working(world):
            world.work()
            failure = Failure.objects.select_related("link").first()
            assert failure, "the sandbox has a customer whose address is none"
            refused = failure.link
        expect(live).to_contain_text("Some records need you", timeout=PATIENCE)
        expect(live.get_by_role("button", name="Stop this run")).to_have_count(0)
        assert page.url == address

        page.get_by_role("searchbox", name="Search").fill(refused.source_key)
        page.keyboard.press("Enter")
        expect(page.get_by_text("This did not arrive")).to_be_visible()

        ifs.mutate("set_email", customer_id=refused.source_key, value="mended.person@ivory-marine.example")
        page.get_by_role("link", name="Failures").first.click()
        page.get_by_role("link", name=re.compile(r"Replay \d")).first.click()
        page.get_by_role("button", name=re.compile(r"Replay \d+ record")).click()
        replayed = page.locator("#replay")
        expect(replayed).to_contain_text("Running")
        with working(world):
            world.work()
            assert not Failure.objects.filter(resolved_at=None).exists()
        expect(replayed).to_contain_text("Done", timeout=PATIENCE)

        page.get_by_role("searchbox", name="Search").fill("mended.person@ivory-marine.example")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="mended.person@ivory-marine.example")).to_be_visible()
        expect(page.get_by_text("Mailchimp has it").first).to_be_visible()
        expect(page.get_by_text("All is well")).to_be_visible()
