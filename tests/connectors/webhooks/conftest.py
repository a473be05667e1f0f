"""A small scene whose vendor can call us: this process serves our pages, and they are our public address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import override_settings
from pytest_django.live_server_helper import LiveServer

from sandboxes.ifs_cloud.options import Options
from tests.connectors.webhooks.steps import Listener
from tests.worlds import World, world


@pytest.fixture
def scene(transactional_db: None, live_server: LiveServer) -> Iterator[World]:
    """Twelve customers, each with an address of their own; connected and turned on, nothing has run."""
    with (
        world(Options(customers=12, orders=0)) as standing,
        override_settings(NUDGES_OFF=True, PUBLIC_URL=live_server.url),
    ):
        standing.connect()
        standing.mailchimp.mutate("hold_webhooks")
        yield standing


@pytest.fixture
def listener(scene: World) -> Listener:
    """The customers stand in Mailchimp, and it calls us when one of them unsubscribes."""
    return Listener.ready(scene)
