"""An ordinary tenant, logged in."""

from collections.abc import Iterator

import pytest

from tests.sandboxes.infor.caller import Caller, tenant


@pytest.fixture
def infor() -> Iterator[Caller]:
    with tenant() as caller:
        yield caller
