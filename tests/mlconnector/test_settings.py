"""Starting the product with settings that must not be accepted, in a process of its own."""

import os
import subprocess
import sys

from django.conf import settings

_ENOUGH = {
    "SECRET_KEY": "x" * 60,
    "FIELD_ENCRYPTION_KEYS": "A" * 43 + "=",
    "DATABASE_URL": "postgresql://app@db.example/shop",
    "REDIS_URL": "redis://cache.example/0",
    "ALLOWED_HOSTS": "shop.example",
    "MLC_PUBLIC_URL": "https://shop.example",
    "MLC_EMAIL_URL": "smtp://mail.example",
}


def python(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def load(environment: dict[str, str], show: str) -> subprocess.CompletedProcess[str]:
    return python("-c", f"from mlconnector import settings; print(settings.{show})", environment=environment)


def test_production_starts_with_exactly_these_variables() -> None:
    done = load(_ENOUGH, "SECURE_SSL_REDIRECT, settings.SESSION_COOKIE_SECURE, settings.DEBUG")

    assert done.stdout.split() == ["True", "True", "False"], done.stderr


_ONE_BY_ONE = """
import os, sys
from django.core.exceptions import ImproperlyConfigured
for name in sys.argv[1:]:
    value = os.environ.pop(name)
    sys.modules.pop("mlconnector.settings", None)
    try:
        import mlconnector.settings
    except ImproperlyConfigured as error:
        print(error)
    os.environ[name] = value
"""


def test_production_refuses_to_start_without_any_of_them() -> None:
    done = python("-c", _ONE_BY_ONE, *_ENOUGH, environment=_ENOUGH)

    assert done.stdout.splitlines() == [f"Set the environment variable {name}." for name in _ENOUGH], (
        done.stderr
    )


def test_a_developer_needs_no_variable_but_one() -> None:
    done = load({"DEBUG": "1"}, "DEBUG")

    assert done.stdout.strip() == "True", done.stderr


def test_a_message_outlives_every_task_and_countdown() -> None:
    longest_countdown = 300
    visible_again = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]

    assert isinstance(visible_again, int)
    assert visible_again > settings.CELERY_TASK_TIME_LIMIT + longest_countdown
