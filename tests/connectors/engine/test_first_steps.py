"""The recipe end to end, in one process: first run, second run, one change."""

from __future__ import annotations

import pytest

from tests.worlds import world

pytestmark = pytest.mark.django_db(transaction=True)


def test_customers_arrive_and_a_second_run_writes_nothing() -> None:
    with world() as scene:
        scene.connect()
        first = scene.run("customers")
        print(
            first.state,
            first.verdict,
            {
                n: getattr(first, n)
                for n in (
                    "read",
                    "created",
                    "updated",
                    "unchanged",
                    "skipped",
                    "rejected",
                    "pending",
                    "api_calls",
                )
            },
            first.note,
            first.detail,
            first.waiting_text,
        )
        print(scene.states("customers", "audience_members"), scene.states("customers", "store_customers"))
        writes = scene.writes()
        second = scene.run("customers")
        print(
            second.verdict,
            {
                n: getattr(second, n)
                for n in (
                    "read",
                    "created",
                    "updated",
                    "unchanged",
                    "skipped",
                    "rejected",
                    "pending",
                    "api_calls",
                )
            },
        )
        assert scene.writes() == writes
        assert second.unchanged == second.read == first.read
        third = scene.run("orders")
        print(
            third.verdict,
            third.note,
            {
                n: getattr(third, n)
                for n in (
                    "read",
                    "created",
                    "updated",
                    "unchanged",
                    "skipped",
                    "rejected",
                    "pending",
                    "api_calls",
                )
            },
        )
        print(scene.states("orders", "store_orders"), scene.states("products", "store_products"))
