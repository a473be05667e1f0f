"""What may not be read in a log."""

import json
import subprocess
import sys

import pytest
from django.conf import settings

from mlconnector.logging import REMOVED, redact


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "client_secret",
        "api_key",
        "apikey",
        "Authorization",
        "access_token",
        "session_key",
        "cookie",
    ],
)
def test_the_value_of_a_secret_looking_key_is_removed(key: str) -> None:
    assert redact(None, "info", {"event": "x", key: "hunter2"}) == {"event": "x", key: REMOVED}


def test_secrets_deep_inside_are_removed_too() -> None:
    event = {"event": "x", "calls": [{"headers": {"authorization": "Bearer hunter2", "accept": "json"}}]}

    assert redact(None, "info", event)["calls"] == [{"headers": {"authorization": REMOVED, "accept": "json"}}]


def test_counts_about_secrets_stay_readable() -> None:
    assert redact(None, "info", {"event": "x", "tokens": 3})["tokens"] == 3


_SCRIPT = """
from mlconnector import logging as setup
setup.configure(as_json=True, level="INFO")
import structlog, logging
def call(key):
    password = "hunter2-" + key
    raise ValueError("no such thing")
try:
    call("local")
except ValueError:
    structlog.get_logger("ours").exception("failed", password="hunter2")
logging.getLogger("theirs").warning("it is %s", "late")
structlog.get_logger("ours").debug("not_shown")
"""


def test_ours_and_theirs_are_json_lines_without_secrets_or_local_variables() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    ours, theirs = map(json.loads, done.stderr.splitlines())

    assert (ours["event"], ours["level"], ours["password"]) == ("failed", "error", REMOVED)
    assert ours["exception"][0]["exc_type"] == "ValueError"
    assert (theirs["event"], theirs["logger"]) == ("it is late", "theirs")
    assert "hunter2" not in done.stderr
