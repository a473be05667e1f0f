"""What the engine's tests share: time that passes without waiting, a moment to strike, and what must stand in
Mailchimp.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from fnmatch import fnmatchcase
from itertools import count

import redis
from django.test import override_settings
from django.utils import timezone

from connectors.engine.advance import advance
from connectors.engine.sweeper import to_deliver, to_observe
from connectors.models import Lane, RecordLink
from sandboxes.kit import Request
from sandboxes.kit.journal import Writes
from sandboxes.kit.sandbox import Sandbox
from sandboxes.mailchimp import CUSTOMERS
from sandboxes.mailchimp.state import Member, Store
from tests.worlds import STORE, Scene, World, world

ROUNDS = 300


@contextmanager
def town() -> Iterator[World]:
    """Sixty customers, some with odd addresses, and thirty orders; connected, turned on, nothing has run."""
    with world() as standing, override_settings(NUDGES_OFF=True):
        standing.connect()
        yield standing


def pass_time(broker: redis.Redis) -> None:
    """Hours pass: whatever the engine put off until later is due, and no vendor is spared any more."""
    now = timezone.now()
    Lane.objects.filter(wake_at__gt=now).update(wake_at=now)
    RecordLink.objects.filter(not_before__gt=now).update(not_before=now - timedelta(seconds=1))
    for key in broker.scan_iter("budget:*:pause"):
        broker.delete(key)


def work_on(scene: Scene, broker: redis.Redis) -> None:
    """Work until nothing is left to do, however long the engine wants to wait in between."""
    for _ in range(ROUNDS):
        pass_time(broker)
        reading = [(job, Lane.Kind.OBSERVE) for job in to_observe()]
        writing = [(job, Lane.Kind.DELIVER) for job in to_deliver(timezone.now())]
        if not reading and not writing:
            return
        for job, kind in reading + writing:
            advance(scene.job(job.flow_code), kind)
    raise AssertionError("the work never came to an end")


def at_call(sandbox: Sandbox, number: int, call: str, strike: Callable[[], object]) -> None:
    """Do something to the vendor right before it gets its n-th such call ("GET */members*")."""
    method, _, glob = call.rpartition(" ")
    calls = count(1)

    def looks(request: Request) -> bool:
        if request.method == method and fnmatchcase(request.path, glob) and next(calls) == number:
            strike()
        return False

    sandbox.faults.add(looks, "status", times=None)


def customers_by_email_state(scene: World) -> dict[str, dict[str, str]]:
    """{"valid": {customer id: address}, "duplicate": ..., "invalid": ..., "missing": ...} in IFS Cloud."""
    found: dict[str, dict[str, str]] = {name: {} for name in ("valid", "duplicate", "invalid", "missing")}
    listed = scene.ifs.state("customers")
    assert isinstance(listed, list)
    for one in listed:
        found[one["email_state"]][one["CustomerId"]] = (one["email"] or "").lower()
    return found


def members(scene: World) -> dict[str, Member]:
    """The audience's members by address."""
    return {
        member.email.lower(): member
        for member in scene.mailchimp.account.audiences[CUSTOMERS].members.values()
    }


def store(scene: World) -> Store:
    """The store of the integration."""
    return scene.mailchimp.account.stores[STORE]


def assert_every_customer_stands_once(scene: World) -> None:
    """Each reachable customer is in audience and store, nobody else is, and nothing was sent without need."""
    emails = customers_by_email_state(scene)
    reachable = set(emails["valid"].values())
    assert members(scene).keys() == reachable
    bought = sorted(customer.email.lower() for customer in store(scene).customers.values())
    assert bought == sorted([*emails["valid"].values(), *emails["duplicate"].values()])
    assert scene.mailchimp.journal.needless() == {}


def written_twice(scene: World) -> dict[str, Writes]:
    """Records Mailchimp was sent more than once. The store itself is: it is quiet while first filled."""
    found = scene.mailchimp.journal.repeated()
    return {key: held for key, held in found.items() if not key.startswith("stores:")}


def orders_to_arrive(scene: World) -> set[str]:
    """Orders in the store's currency, of customers with an address, with a line that is not cancelled."""
    emails = customers_by_email_state(scene)
    listed, lines = scene.ifs.state("orders"), scene.ifs.state("CustomerOrderLine")
    assert isinstance(listed, list)
    assert isinstance(lines, list)
    live = {line["OrderNo"] for line in lines if line["Objstate"] != "Cancelled"}
    reachable = {*emails["valid"], *emails["duplicate"]}
    return {
        one["OrderNo"]
        for one in listed
        if one["CurrencyCode"] == "EUR" and one["customer"] in reachable and one["OrderNo"] in live
    }


def assert_every_order_stands_once(scene: World) -> None:
    """Each order that can go there is there, no other is, and nothing was sent without need."""
    assert set(store(scene).orders) == orders_to_arrive(scene)
    assert scene.mailchimp.journal.needless() == {}
