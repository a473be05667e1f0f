"""Infor tenants for tests."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from sandboxes.infor import Infor, Options
from sandboxes.kit import serve
from tests.connectors.systems.infor.environment import Environment, Maker


@pytest.fixture
def environments() -> Iterator[Maker]:
    """Makes tenants: `environments(customers=50, record_cap=20)` are options of the sandbox."""
    with ExitStack() as stack:

        def make(**options: Any) -> Environment:
            small = {"customers": 60, "suppliers": 12, "items": 10, "orders": 40, "invoices": 30}
            sandbox = Infor(Options(**{**small, **options}))
            return Environment(sandbox, stack.enter_context(serve(sandbox)))

        yield make


@pytest.fixture
def m3(environments: Maker) -> Environment:
    """A small tenant with M3."""
    return environments()


@pytest.fixture
def csi(environments: Maker) -> Environment:
    """A small tenant with CloudSuite Industrial."""
    found = environments()
    found.settings = {"product": "csi"}
    return found
