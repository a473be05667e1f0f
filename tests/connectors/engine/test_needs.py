"""Orders wait for their customer and products, ask for them, share their fate, and wake when they arrive."""

from __future__ import annotations

import json
from typing import Any

import pytest
import redis
from django.conf import settings
from django.test import override_settings

from connectors.engine import needs
from connectors.engine.runs import end_if_done
from connectors.engine.sweeper import sweep
from connectors.models import Failure, LinkNeed, RecordLink, SyncRun
from connectors.services import integrations, runs
from tests.connectors.engine.steps import STORE_CUSTOMERS, counts, link, read_only
from tests.worlds import STORE, World

ORDERS, PRODUCTS = "store_orders", "store_products"


# Five of the eight orders are in euros, the currency of the store; the others are not meant to go there.
def orders(scene: World) -> list[dict[str, Any]]:
    """The orders of IFS, in the order of their numbers."""
    found = scene.ifs.state("orders")
    assert isinstance(found, list)
    return found


def of_one_customer(scene: World) -> tuple[str, str]:
    """An order's number and its customer's."""
    first = orders(scene)[0]
    return str(first["OrderNo"]), str(first["customer"])


def order(scene: World, number: str) -> RecordLink:
    """The link of an order."""
    return link(scene, number, flow="orders", sink=ORDERS)


def test_orders_ask_for_what_they_need_and_arrive_after_it(shop: World) -> None:
    run = shop.run("orders")
    assert run.verdict == SyncRun.Verdict.OK, counts(run)
    assert counts(run) == {"read": 8, "created": 5, "skipped": 3}
    store = shop.mailchimp.account.stores[STORE]
    assert len(store.orders) == 5
    buyers = {str(one["customer"]) for one in orders(shop) if one["CurrencyCode"] == "EUR"}
    assert shop.states("customers", STORE_CUSTOMERS) == {"clean": len(buyers)}, "nobody else was read"
    assert shop.states("products", PRODUCTS) == {"clean": len(store.products)}
    assert not LinkNeed.objects.exists()
    asked = {
        one.job.flow_code: one
        for one in SyncRun.objects.filter(trigger="need").select_related("job__integration")
    }
    assert asked.keys() == {"customers", "products"}
    assert all(one.adds_up for one in asked.values())


def test_an_order_says_what_it_waits_for(shop: World) -> None:
    number, customer = of_one_customer(shop)
    read_only(shop, "orders")
    waiting = order(shop, number)
    assert (waiting.state, waiting.reason) == ("held", "need")
    assert (
        waiting.text.startswith("Waits for its product ")
        or waiting.text == f"Waits for its customer {customer}."
    )
    assert LinkNeed.objects.filter(link=waiting, kind="customer", key=customer).count() == 1
    asked = link(shop, customer, sink=STORE_CUSTOMERS)
    assert asked.state == "wanted"
    assert SyncRun.objects.count() == 1, "it is only asked for"


def test_an_order_whose_provider_is_switched_off_says_so_and_its_run_ends(shop: World) -> None:
    integrations.switch_job(shop.job("products"), on=False)
    run = shop.run("orders")
    assert run.state == SyncRun.State.ENDED
    assert run.verdict == SyncRun.Verdict.PARTIAL
    assert counts(run) == {"read": 8, "skipped": 3, "pending": 5}
    waiting = [one.text for one in RecordLink.objects.filter(sink=ORDERS, state="held")]
    assert len(waiting) == 5
    assert all("The job bringing it is switched off: Products that orders need." in text for text in waiting)
    integrations.switch_job(shop.job("products"), on=True)
    shop.work()
    assert shop.states("orders", ORDERS) == {"clean": 5, "skipped": 3}


def test_an_order_of_somebody_who_does_not_go_there_follows_and_comes_back_with_him(shop: World) -> None:
    number, customer = of_one_customer(shop)
    email = str(shop.ifs.state("customers", customer)[0]["email"])  # type: ignore[index]
    shop.ifs.mutate("set_email", customer_id=customer, value="")
    run = shop.run("orders")
    assert run.adds_up
    assert run.skipped >= 1
    followed = order(shop, number)
    assert (followed.state, followed.reason) == ("skipped", "need_skipped")
    assert followed.text.startswith(f"Its customer {customer} does not go there: ")
    shop.ifs.mutate("set_email", customer_id=customer, value=email)
    shop.run("customers")
    assert order(shop, number).state == "clean"
    assert number in shop.mailchimp.account.stores[STORE].orders


def test_an_order_of_somebody_who_is_not_accepted_is_rejected_with_the_reason(shop: World) -> None:
    number, customer = of_one_customer(shop)
    email = str(shop.ifs.state("customers", customer)[0]["email"])  # type: ignore[index]
    shop.ifs.mutate("set_email", customer_id=customer, value="no-at-sign.example")
    shop.run("orders")
    followed = order(shop, number)
    assert (followed.state, followed.reason) == ("rejected", "need_rejected")
    assert customer in followed.text
    shop.ifs.mutate("set_email", customer_id=customer, value=email)
    shop.run("customers")
    assert order(shop, number).state == "clean"
    assert not Failure.objects.filter(resolved_at=None).exists()


def test_an_order_of_somebody_unknown_is_rejected_and_the_others_arrive(shop: World) -> None:
    number, _ = of_one_customer(shop)
    shop.ifs.mutate("spoil_order", order_no=number, how="unknown_customer")
    run = shop.run("orders")
    assert run.verdict == SyncRun.Verdict.PARTIAL
    assert counts(run) == {"read": 8, "created": 4, "skipped": 3, "rejected": 1}
    assert "NOBODY" in order(shop, number).text
    assert "NOBODY" in Failure.objects.get(link=order(shop, number)).text


def test_a_provider_that_was_refused_there_is_followed_and_woken_by_its_success(shop: World) -> None:
    number, customer = of_one_customer(shop)
    shop.mailchimp.faults.add(
        {"method": "PUT", "path": f"*/customers/{customer}-*"}, "status", status=400, times=None
    )
    shop.mailchimp.faults.add(
        {"method": "POST", "path": "*/customers", "body": customer}, "status", status=400, times=None
    )
    shop.run("orders")
    assert link(shop, customer, sink=STORE_CUSTOMERS).state == "rejected"
    assert order(shop, number).reason == "need_rejected"
    shop.mailchimp.faults.clear()
    shop.ifs.mutate("change_customer", customer_id=customer, changes={"Name": "Somebody Else Ltd"})
    shop.run("customers")
    assert order(shop, number).state == "clean"


def test_what_waits_for_two_things_wakes_only_for_the_last(shop: World) -> None:
    number, _ = of_one_customer(shop)
    read_only(shop, "orders")
    waiting = order(shop, number)
    open_ = list(LinkNeed.objects.filter(link=waiting))
    assert len(open_) > 1
    for need in open_[:-1]:
        assert needs.wake(need.provider_job_id, need.provider_sink, [need.key]) == set()
        assert order(shop, number).state == "held"
    last = open_[-1]
    assert needs.wake(last.provider_job_id, last.provider_sink, [last.key]) == {waiting.job_id}
    assert order(shop, number).state == "dirty"


def test_one_that_began_to_wait_in_the_moment_of_the_arrival_is_woken_by_the_sweeper(shop: World) -> None:
    number, _ = of_one_customer(shop)
    shop.run("orders")
    there = order(shop, number)
    RecordLink.objects.filter(pk=there.pk).update(state="held", reason="need", text="Waits.")
    provider = RecordLink.objects.filter(sink=STORE_CUSTOMERS).first()
    assert provider
    LinkNeed.objects.create(
        link=there,
        provider_job=shop.job("customers"),
        provider_sink=STORE_CUSTOMERS,
        kind="customer",
        key=provider.source_key,
    )
    sweep()
    assert order(shop, number).state == "dirty"
    assert not LinkNeed.objects.exists()


def test_what_is_still_on_its_way_is_not_taken_for_met(shop: World) -> None:
    number, customer = of_one_customer(shop)
    read_only(shop, "orders")
    assert needs.wake_missed() == set()
    assert order(shop, number).state == "held"
    RecordLink.objects.filter(source_key=customer, sink=STORE_CUSTOMERS).update(
        state="removed", confirmed_digest=b"x"
    )
    assert needs.wake_missed() == set()


def test_an_order_waits_again_for_a_customer_who_was_removed_meanwhile(shop: World) -> None:
    number, customer = of_one_customer(shop)
    shop.run("orders")
    shop.ifs.mutate("change_order_state", order_no=number, state="Invoiced")
    runs.cancel(read_only(shop, "orders"))
    RecordLink.objects.filter(source_key=customer, sink=STORE_CUSTOMERS).update(
        state="removed", confirmed_digest=None
    )
    shop.work()
    waiting = order(shop, number)
    assert (waiting.state, waiting.text) == ("held", f"Waits for its customer {customer}.")


@pytest.mark.parametrize("flow", ["customers", "orders"])
def test_a_run_that_waits_for_others_adds_up(shop: World, flow: str) -> None:
    shop.run("orders")
    run = shop.run(flow)
    assert run.adds_up, counts(run)
    assert run.verdict == SyncRun.Verdict.OK


# Races between the two jobs.


def _clean_order(scene: World) -> tuple[RecordLink, RecordLink]:
    """An order that arrived, and one of its products."""
    scene.run("orders")
    arrived = RecordLink.objects.filter(sink=ORDERS, state="clean").earliest("source_key")
    product = RecordLink.objects.filter(sink=PRODUCTS, state="clean").earliest("source_key")
    return arrived, product


def test_a_run_does_not_end_over_a_link_whose_need_was_met_in_the_moment_it_began_to_wait(
    shop: World,
) -> None:
    arrived, product = _clean_order(shop)
    run = runs.start(shop.job("orders"))
    SyncRun.objects.filter(pk=run.pk).update(state="delivering", read=1)
    RecordLink.objects.filter(pk=arrived.pk).update(state="held", outcome="", run=run)
    LinkNeed.objects.create(
        link=arrived, provider_job=product.job, provider_sink=PRODUCTS, kind="product", key=product.source_key
    )
    assert end_if_done(run.job_id) is None
    arrived.refresh_from_db()
    assert arrived.state == "dirty"
    shop.work()
    run.refresh_from_db()
    assert (run.state, run.adds_up) == ("ended", True)
    assert RecordLink.objects.get(pk=arrived.pk).state == "clean"


def test_what_was_asked_for_while_a_run_was_ending_is_read_without_waiting_for_the_sweeper(
    shop: World, broker: redis.Redis
) -> None:
    _, product = _clean_order(shop)
    run = runs.start(shop.job("products"))
    SyncRun.objects.filter(pk=run.pk).update(state="delivering")
    RecordLink.objects.filter(pk=product.pk).update(state="wanted")
    with override_settings(NUDGES_OFF=False):
        assert end_if_done(run.job_id) is not None
    prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    asked = [json.loads(raw) for raw in broker.lrange(f"{prefix}polls", 0, -1)]
    assert any(one["headers"]["task"] == "connectors.observe" for one in asked)
