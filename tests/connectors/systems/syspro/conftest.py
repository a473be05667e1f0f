"""SYSPRO sites for tests."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from sandboxes.kit import serve
from sandboxes.syspro import Options, Syspro
from tests.connectors.systems.syspro.environment import Environment, Maker


@pytest.fixture
def sites() -> Iterator[Maker]:
    """Makes sites: `sites(customers=50, row_cap=20)` are options of the sandbox."""
    with ExitStack() as stack:

        def make(**options: Any) -> Environment:
            sandbox = Syspro(Options(**{"customers": 60, "orders": 10, "items": 10, **options}))
            return Environment(sandbox, stack.enter_context(serve(sandbox)))

        yield make


@pytest.fixture
def site(sites: Maker) -> Environment:
    """A small site."""
    return sites()
