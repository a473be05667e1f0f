"""IFS Cloud environments for tests."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from sandboxes.ifs_cloud import IfsCloud, Options
from sandboxes.kit import serve
from tests.connectors.systems.ifs_cloud.environment import Environment, Maker


@pytest.fixture
def environments() -> Iterator[Maker]:
    """Makes environments: `environments(customers=50, page_cap=20)` are options of the sandbox."""
    with ExitStack() as stack:

        def make(**options: Any) -> Environment:
            sandbox = IfsCloud(Options(**{"customers": 60, "orders": 30, "parts": 20, **options}))
            return Environment(sandbox, stack.enter_context(serve(sandbox)))

        yield make


@pytest.fixture
def ifs(environments: Maker) -> Environment:
    """A small environment."""
    return environments()
