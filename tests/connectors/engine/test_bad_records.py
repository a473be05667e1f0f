"""Records that make no sense: each is refused by name, and the others arrive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from audit.models import RecordEvent
from connectors.models import Failure, RecordLink, SyncRun
from connectors.services import replay
from tests.connectors.engine.patience import (
    assert_every_customer_stands_once,
    customers_by_email_state,
    members,
    orders_to_arrive,
    store,
    town,
)
from tests.worlds import World


@pytest.fixture
def scene(transactional_db: None) -> Iterator[World]:
    """See `town`."""
    with town() as standing:
        yield standing


def test_a_record_without_key_is_refused_by_name(scene: World) -> None:
    key, address = _reachable(scene)
    name = _name_of(scene, key)
    scene.ifs.mutate("spoil_customer", customer_id=key, how="no_key")
    run = scene.run("customers")

    assert (run.read, run.refused) == (60, 1)
    assert run.rejected == 1 + len(customers_by_email_state(scene)["invalid"])
    assert run.verdict == SyncRun.Verdict.PARTIAL
    assert run.adds_up
    assert address not in members(scene)
    assert len(members(scene)) == len(customers_by_email_state(scene)["valid"]) - 1
    told = RecordEvent.objects.get(run_id=run.pk, link_id=None)  # what the page of the run shows
    assert (told.kind, told.source_key) == ("rejected", name)
    assert told.text.endswith("was left out because it has no key (CustomerId).")


def test_a_name_of_forty_kilobytes_is_rejected_alone(scene: World) -> None:
    key, address = _reachable(scene)
    scene.ifs.mutate("spoil_customer", customer_id=key, how="long_name")
    run = scene.run("customers")
    assert (run.read, run.adds_up) == (60, True)
    told = Failure.objects.filter(link__source_key=key)
    assert {one.cause for one in told} == {"too_long"}
    assert {one.text for one in told} == {
        f"Name of customer {key} has 40,960 characters, more than any system takes. Shorten it in IFS Cloud."
    }
    assert members(scene).keys() == set(customers_by_email_state(scene)["valid"].values()) - {address}

    scene.ifs.mutate("change_customer", customer_id=key, changes={"Name": "Kurz GmbH"})
    scene.run("customers")
    assert_every_customer_stands_once(scene)
    assert not told.filter(resolved_at=None).exists()


def test_nul_bytes_are_taken_out_of_a_name(scene: World) -> None:
    key, _ = _reachable(scene)
    name = _name_of(scene, key)
    scene.ifs.mutate("spoil_customer", customer_id=key, how="nul")
    scene.run("customers")
    assert_every_customer_stands_once(scene)
    link = RecordLink.objects.get(sink="store_customers", source_key=key)
    details = store(scene).customers[link.external_id].details
    shown = details.get("company") or f"{details['first_name']} {details['last_name']}"
    assert shown == name


@pytest.mark.parametrize(
    ("how", "cause", "text"),
    [
        ("negative_total", "negative", "Mailchimp keeps orders, not credits."),
        ("unknown_currency", "currency", "'ZZZ' is not a currency of ISO 4217. Correct it in the source."),
        ("no_currency", "no_currency", "has no currency (CurrencyCode). Correct it in IFS Cloud."),
    ],
)
def test_an_order_with_an_impossible_amount_is_rejected_alone(
    scene: World, how: str, cause: str, text: str
) -> None:
    order_no = min(orders_to_arrive(scene))
    others = orders_to_arrive(scene) - {order_no}
    scene.ifs.mutate("spoil_order", order_no=order_no, how=how)
    run = scene.run("orders")
    assert (run.verdict, run.rejected, run.read, run.adds_up) == (SyncRun.Verdict.PARTIAL, 1, 30, True)
    failure = Failure.objects.get()
    assert (failure.link.source_key, failure.cause) == (order_no, cause)
    assert failure.text.endswith(text)
    assert set(store(scene).orders) == others


def test_an_order_of_an_unknown_customer_arrives_once_there_is_one(scene: World) -> None:
    order_no = min(orders_to_arrive(scene))
    others = orders_to_arrive(scene) - {order_no}
    scene.ifs.mutate("spoil_order", order_no=order_no, how="unknown_customer")
    run = scene.run("orders")
    assert (run.verdict, run.rejected, run.adds_up) == (SyncRun.Verdict.PARTIAL, 1, True)
    assert set(store(scene).orders) == others
    failure = Failure.objects.get(link__source_key=order_no)
    assert "IFS Cloud has no customer NOBODY. Create it there, or correct what refers to it." in failure.text

    scene.ifs.mutate("add_customer", values={"CustomerId": "NOBODY"}, email="nobody@neu.example")
    scene.run("customers")

    assert set(store(scene).orders) == {*others, order_no}
    assert not Failure.objects.filter(resolved_at=None).exclude(cause="email").exists()
    assert scene.mailchimp.journal.needless() == {}


def test_an_order_of_an_unknown_customer_can_be_replayed(scene: World) -> None:
    order_no = min(orders_to_arrive(scene))
    scene.ifs.mutate("spoil_order", order_no=order_no, how="unknown_customer")
    scene.run("orders")
    failure = Failure.objects.get(link__source_key=order_no)
    replay.start(replay.Selection(failures=[failure.pk]))
    scene.work()
    failure.refresh_from_db()
    assert (failure.times, failure.resolved_at) == (2, None)
    assert order_no not in store(scene).orders

    scene.ifs.mutate("add_customer", values={"CustomerId": "NOBODY"}, email="nobody@neu.example")
    replay.start(replay.Selection(failures=[failure.pk]))  # the customer is looked for again
    scene.work()

    assert order_no in store(scene).orders
    failure.refresh_from_db()
    assert failure.resolution == Failure.Resolution.DELIVERED
    assert scene.mailchimp.journal.needless() == {}


def _reachable(scene: World) -> tuple[str, str]:
    """A customer with an address nobody shares: id and address."""
    emails = customers_by_email_state(scene)
    shared = set(emails["duplicate"].values())
    return min((key, address) for key, address in emails["valid"].items() if address not in shared)


def _name_of(scene: World, key: str) -> str:
    listed = scene.ifs.state("customers", key)
    assert isinstance(listed, list)
    return str(listed[0]["Name"])
