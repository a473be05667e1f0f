"""Connecting what is more than a key: an .ionapi file, and settings that depend on one another."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from connectors.models import Connection
from sandboxes.kit import serve
from sandboxes.serve import build_worlds
from tenants.models import Membership
from tenants.scope import tenant_scope
from tests.browser.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def connect(page: Page, file: Path) -> None:
    page.get_by_label(".ionapi file", exact=True).set_input_files(file)
    page.get_by_role("button", name="Save and go to ping").click()


def test_infor_is_connected_with_the_file_and_another_kind_of_file_says_why_not(
    open_page: OpenPage, owner: Membership, tmp_path: Path
) -> None:
    world = build_worlds(only=["infor"])["infor"]
    with serve(world.sandbox) as server:
        access = world.shown(server.url)
        backend, web_app = tmp_path / "backend.ionapi", tmp_path / "web-app.ionapi"
        backend.write_text(access["ionapi"])
        web_app.write_text(access["ionapi"].replace("saak", "xxak").replace("sask", "xxsk"))
        page = open_page(reverse("connectors:connection_new", args=["infor"]), as_=owner, width=390)

        page.get_by_label("M3 company").fill(access["company"])
        connect(page, web_app)
        reason = page.locator(".field", has_text=".ionapi file").locator(".errorlist")
        expect(reason).to_contain_text("create an app of the type Backend Service")
        expect(page.get_by_label("M3 company")).to_have_value(access["company"])
        assert "xxsk" not in page.content()

        connect(page, backend)
        page.get_by_role("button", name="Ping now").click()
        expect(page.get_by_text("Infor CloudSuite works.")).to_be_visible()
        page.goto(urljoin(page.url, reverse("connectors:connections")))
        assert access["ionapi"][:60] not in page.content()
    with tenant_scope(owner.tenant_id):
        assert Connection.objects.get().state == Connection.State.OK


def test_only_what_the_chosen_product_needs_is_on_the_page(open_page: OpenPage, owner: Membership) -> None:
    page = open_page(reverse("connectors:connection_new", args=["infor"]), as_=owner)
    expect(page.get_by_label("Industrial configuration")).to_be_hidden()
    page.get_by_label("Product").select_option("csi")
    expect(page.get_by_label("Industrial configuration")).to_be_visible()
    expect(page.get_by_label("M3 company")).to_be_hidden()


def test_without_a_script_all_of_it_is_on_the_page(open_page: OpenPage, owner: Membership) -> None:
    page = open_page(
        reverse("connectors:connection_new", args=["infor"]), as_=owner, java_script_enabled=False
    )
    expect(page.get_by_label("Industrial configuration")).to_be_visible()
    page.get_by_text("Or paste its content").click()
    expect(page.get_by_label("Content of the .ionapi file")).to_be_visible()
