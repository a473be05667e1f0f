"""An ordinary tenant, logged in."""

from collections.abc import Iterator

import pytest

from tests.sandboxes.qad.caller import Caller, tenant


@pytest.fixture
def qad() -> Iterator[Caller]:
    with tenant() as caller:
        yield caller
