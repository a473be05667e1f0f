"""An ordinary environment, logged in."""

from collections.abc import Iterator

import pytest

from tests.sandboxes.ifs_cloud.caller import Caller, environment


@pytest.fixture
def ifs() -> Iterator[Caller]:
    with environment() as caller:
        yield caller
