"""Real servers for the tests: one PostgreSQL and one Valkey per session, one database per process."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import redis
from django.conf import settings
from pytest_django.plugin import DjangoDbBlocker

from mlconnector.local.errors import LocalError
from mlconnector.local.places import place
from mlconnector.local.postgres import Postgres
from mlconnector.local.valkey import Valkey
from tests import settings as test_settings
from tests.database.creation import database_of_this_process

_servers = ExitStack()


def _starts_servers() -> bool:
    return "PYTEST_XDIST_WORKER" not in os.environ


def pytest_sessionstart() -> None:
    if not _starts_servers():
        return
    here = place(test_settings.HOME)
    _servers.callback(_remove, here.home, here.data, here.sockets)
    try:
        if os.environ.get("MLC_TEST_OWN_POSTGRES"):
            _servers.enter_context(Postgres(here, durable=False))
        if os.environ.get("MLC_TEST_OWN_VALKEY"):
            _servers.enter_context(Valkey(here, durable=False))
    except LocalError as error:
        _servers.close()
        pytest.exit(str(error), returncode=4)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    _servers.close()


def _remove(*folders: os.PathLike[str]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), database_of_this_process():
        yield


@pytest.fixture(scope="session")
def _broker_of_this_process() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        if client.dbsize():
            pytest.exit(
                "The Redis of REDIS_URL is not empty, and tests empty it; give another database.",
                returncode=4,
            )
        yield client


@pytest.fixture(autouse=True)
def broker(_broker_of_this_process: redis.Redis) -> Iterator[redis.Redis]:
    """Broker and cache, emptied after every test: rate limits and messages must not reach the next one."""
    yield _broker_of_this_process
    _broker_of_this_process.flushdb()
