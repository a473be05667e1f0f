"""QAD tenants for tests."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from sandboxes.kit import serve
from sandboxes.qad import Options, Qad
from tests.connectors.systems.qad.tenant import Maker, Tenant


@pytest.fixture
def tenants() -> Iterator[Maker]:
    """Makes tenants: `tenants(customers=50, email_column="ad_mstr.ad_email")` are options of the sandbox."""
    with ExitStack() as stack:

        def make(**options: Any) -> Tenant:
            small = {"customers": 60, "orders": 20, "items": 30, "email_column": "ad_mstr.ad_email"}
            sandbox = Qad(Options(**{**small, **options}))
            return Tenant(sandbox, stack.enter_context(serve(sandbox)))

        yield make


@pytest.fixture
def qad(tenants: Maker) -> Tenant:
    """A small tenant whose customer browse shows e-mail addresses."""
    return tenants()
