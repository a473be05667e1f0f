"""The pages fit any screen, ask no third party, and work by keyboard and without a script."""

from urllib.parse import urljoin

import pytest
from playwright.sync_api import expect

from tenants.models import Membership
from tenants.permissions import KEY_SCOPES
from tenants.scope import tenant_scope
from tenants.services import create_api_key
from tests.browser.conftest import OpenPage
from tests.browser.urls import ERRORS

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.browser.urls"), pytest.mark.timeout(120)]

PUBLIC = [
    "/look/home/",
    "/look/integration/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
]
INSIDE = [
    "/look/styleguide/",
    "/look/confirm/",
    "/app/settings/team/",
    "/app/settings/organisation/",
    "/app/settings/api-keys/",
    "/app/start/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/sessions/",
]
TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_scrolls_sideways(open_page: OpenPage, owner: Membership, width: int) -> None:
    with tenant_scope(owner.tenant_id):
        create_api_key(owner, "A key with quite a long name", list(KEY_SCOPES), None)
    page = open_page(INSIDE[0], width=width, as_=owner)
    wide = {}
    for path in [*INSIDE, *PUBLIC, *(f"/look/{name}/" for name in ERRORS)]:
        page.goto(urljoin(page.url, path))
        if (excess := page.evaluate(TOO_WIDE)) > 0:
            wide[path] = excess
    assert wide == {}


def test_a_slash_goes_to_the_search_and_typing_one_does_not(open_page: OpenPage, owner: Membership) -> None:
    page = open_page("/app/settings/team/", as_=owner)
    page.keyboard.press("/")
    search = page.get_by_role("searchbox", name="Search")
    expect(search).to_be_focused()
    page.keyboard.type("a/b")
    expect(search).to_have_value("a/b")


def test_on_a_phone_the_slash_opens_the_menu_that_hides_the_search(
    open_page: OpenPage, owner: Membership
) -> None:
    page = open_page("/app/settings/team/", width=360, as_=owner)
    search = page.get_by_role("searchbox", name="Search")
    expect(search).to_be_hidden()
    page.keyboard.press("/")
    expect(search).to_be_focused()


def test_the_appearance_one_chose_is_there_before_the_next_page_is_drawn(open_page: OpenPage) -> None:
    page = open_page("/look/home/", color_scheme="light")
    background = "getComputedStyle(document.body).backgroundColor"
    by_day = page.evaluate(background)
    page.get_by_role("button", name="Dark").click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate(background) != by_day
    page.get_by_role("button", name="System").click()
    assert page.evaluate(background) == by_day


def test_a_dialog_asks_before_a_key_is_revoked(open_page: OpenPage, owner: Membership) -> None:
    page = open_page("/app/settings/api-keys/", as_=owner)
    page.get_by_label("Name").fill("Nightly export")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_text("Copy it now")).to_be_visible()
    page.get_by_role("button", name="Revoke", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Nightly export")
    dialog.get_by_role("button", name="Keep as it is").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Revoke", exact=True).click()
    dialog.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_role("table")).to_contain_text("Revoked")


def test_without_a_script_a_key_can_be_revoked_and_the_whole_menu_is_open(
    open_page: OpenPage, owner: Membership
) -> None:
    page = open_page("/app/settings/api-keys/", width=360, as_=owner, java_script_enabled=False)
    expect(page.get_by_role("link", name="Failures")).to_be_visible()
    page.get_by_label("Name").fill("Nightly export")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Make the key").click()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("table")).to_contain_text("Revoked")


def test_the_schedule_picker_shows_only_the_fields_of_the_chosen_rhythm(
    open_page: OpenPage, owner: Membership
) -> None:
    page = open_page("/look/styleguide/", as_=owner, java_script_enabled=False)
    expect(page.get_by_label("Cron expression")).to_be_hidden()
    page.get_by_label("Cron", exact=True).check()
    expect(page.get_by_label("Cron expression")).to_be_visible()
    expect(page.get_by_label("On", exact=True)).to_be_hidden()


def test_the_page_after_an_accident_needs_nothing_and_has_its_looks(open_page: OpenPage) -> None:
    page = open_page("/look/500/")
    assert page.evaluate("getComputedStyle(document.body).margin") == "0px"
    expect(page.get_by_role("heading")).to_have_text("Something broke on our side")


def test_a_log_in_that_fails_says_so_and_marks_no_field_as_the_guilty_one(open_page: OpenPage) -> None:
    page = open_page("/accounts/login/")
    page.get_by_label("E-mail").fill("nobody@acme.example")
    page.get_by_label("Password").fill("not-the-password")
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
