"""The first fill of a store.

Orders of last year send no mails today, and the store's automations run again afterwards.
"""

from __future__ import annotations

import pytest

from sandboxes.ifs_cloud.options import Options
from tests.worlds import STORE, world

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_first_fill_sends_nobody_a_mail_and_lets_automations_run_again() -> None:
    with world(Options(customers=80, orders=60)) as scene:
        scene.connect()
        scene.run("customers")
        assert scene.run("orders").created > 0
        store = scene.mailchimp.account.stores[STORE]
        assert not store.notifications
        assert store.details["is_syncing"] is False


def test_without_holding_automations_back_the_same_orders_send_mails() -> None:
    with world(Options(customers=80, orders=60)) as scene:
        scene.connect(suspend_automations=False)
        scene.run("customers")
        scene.run("orders")
        assert scene.mailchimp.account.stores[STORE].notifications
