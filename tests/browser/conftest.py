"""A real Chromium on real pages. A script error, a refused resource or a stranger's host fails a test."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tenants.models import Membership
from tenants.services import sign_up

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 10_000  # milliseconds
NAMES = ("chromium", "chromium-browser", "google-chrome")


def _chromium() -> str | None:
    """MLC_CHROMIUM, or the machine's own; None leaves it to what playwright may have downloaded."""
    return os.environ.get("MLC_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    # Playwright runs a loop in this thread, and Django then refuses to touch the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        path = _chromium() or playwright.chromium.executable_path
        if not Path(path).exists():
            pytest.skip("No Chromium here: install it, or set MLC_CHROMIUM to its path.")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def owner(transactional_db: None) -> Membership:
    return sign_up(email="ana@acme.example", password="a-long-password", organisation="Acme", verified=True)


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, live_server: LiveServer) -> Iterator[OpenPage]:
    """`open_page("/app/", width=360, as_=owner)`; more keywords go to the browser's context."""
    troubles: list[str] = []
    contexts: list[BrowserContext] = []

    def note(message: ConsoleMessage) -> None:
        if (
            message.type in {"error", "warning"}
            and "the server responded with a status of" not in message.text
        ):
            troubles.append(message.text)

    def note_stranger(request: Request) -> None:
        if not request.url.startswith((live_server.url, "data:")):
            troubles.append(f"asked {request.url}")

    def opened(path: str, *, width: int = 1280, as_: Membership | None = None, **options: object) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 800}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        if as_:
            client = Client()
            client.force_login(as_.user, "django.contrib.auth.backends.ModelBackend")
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", note)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", note_stranger)
        page.goto(live_server.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []
