"""A vendor for the tests of the kit."""

from collections.abc import Iterator

import pytest

from tests.connectors.sdk.vendor import Vendor, serving


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with serving() as one:
        yield one
