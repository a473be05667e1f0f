"""A connected pair of systems for the tests of what people can do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import override_settings

from sandboxes.ifs_cloud.options import Options
from tests.worlds import World, world


@pytest.fixture
def scene(transactional_db: None) -> Iterator[World]:
    """Twelve customers and eight orders; connected and turned on, nothing has run yet."""
    with world(Options(customers=12, orders=8)) as standing, override_settings(NUDGES_OFF=True):
        standing.connect()
        yield standing
