"""An ordinary site."""

from collections.abc import Iterator

import pytest

from tests.sandboxes.syspro.caller import Site, site


@pytest.fixture
def syspro() -> Iterator[Site]:
    with site() as running:
        yield running
