"""What every answer carries, and that the admin works under it."""

import re

import pytest
from django.test import Client
from structlog.testing import capture_logs

pytestmark = pytest.mark.django_db


def test_every_answer_forbids_foreign_and_inline_code(client: Client) -> None:
    policy = client.get("/healthz").headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_every_answer_tells_browsers_to_be_careful(client: Client) -> None:
    headers = client.get("/healthz").headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_admins_pages_need_no_inline_code(admin_client: Client) -> None:
    for address in ("/admin/", "/admin/auth/group/", "/admin/auth/group/add/"):
        page = admin_client.get(address).content.decode()

        assert "<body" in page
        assert not re.search(r"<script(?![^>]*(\bsrc=|type=\"application/json\"))", page), address
        assert not re.search(r"\s(style|onclick|onload|onsubmit)=\"", page), address


def test_the_admins_log_in_is_the_one_with_second_factor_and_rate_limit(client: Client) -> None:
    answer = client.get("/admin/login/?next=/admin/")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_an_answer_names_its_request_and_the_log_does_too(client: Client) -> None:
    with capture_logs() as logs:
        answer = client.get("/healthz", headers={"X-Request-Id": "from-the-proxy-1"})

    assert answer.headers["X-Request-Id"] == "from-the-proxy-1"
    assert [entry["route"] for entry in logs if entry["event"] == "request_answered"] == ["healthz"]


def test_an_odd_request_id_is_replaced(client: Client) -> None:
    answer = client.get("/healthz", headers={"X-Request-Id": "x\n" + "y" * 9999})

    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"])
