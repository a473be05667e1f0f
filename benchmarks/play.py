"""The rounds: what is run, and the figures that come of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.floor import Floor
from benchmarks.ground import Ground, Vendor, ground, run_to_end
from connectors.models import Integration, SyncJob

Figures = dict[str, float]
Say = Callable[[str], None]
Prepared = list[tuple[str, str, bytes]]


def play_members(customers: int, *, say: Say) -> Figures:
    """Customers into an audience: first, unchanged, 1 % changed, all touched, one late, a failing vendor."""
    with ground(customers, 0) as here:
        # Names go whole into one field, so that each renamed customer is a changed member.
        audience = {
            "audience_id": here.mailchimp.access["audience"],
            "first_name_tag": "",
            "company_tag": "FNAME",
        }
        bodies = _bodies(here, "bench_members", audience, ("customers",))
        floor = Floor(here.ifs, here.mailchimp)
        here.mailchimp.tell("reset")
        read = floor.read_customers()
        by_hand = read + floor.send(bodies)
        here.mailchimp.tell("reset")
        with here.tenant():
            integration = here.join("bench_members", audience)
            job = integration.jobs.get(flow_code="customers")
            run, first = run_to_end(job)
            assert run.adds_up, run.note
            figures: Figures = {
                "first run, seconds": first,
                "first run, records/s": customers / first,
                "by hand, seconds": by_hand,
                "first run, to by hand": first / by_hand,
                "reading alone, seconds": read,
            }
            say(f"{customers:,} customers: first run {first:.1f} s, by hand {by_hand:.1f} s")
            figures |= _later_runs(here, job, floor)
        figures |= _failing_vendor(here, audience)
        figures["peak memory, MB"] = here.peak_megabytes()
        say(" ".join(f"{name}: {value:.2f};" for name, value in figures.items()))
        return figures


def _later_runs(here: Ground, job: SyncJob, floor: Floor) -> Figures:
    figures: Figures = {}
    before = _writes(here.mailchimp)
    run, unchanged = run_to_end(job)
    read = min(floor.read_customers() for _ in range(2))
    figures["unchanged run, to reading alone"] = unchanged / read
    figures["unchanged run, write calls"] = _writes(here.mailchimp) - before
    assert run.unchanged == run.read, "an unchanged run found something to do"

    before = _writes(here.mailchimp)
    here.ifs.tell("mutate", action="rename_customers", every=100)
    run, changed = run_to_end(job)
    figures["1 % changed, to reading alone"] = changed / read
    figures["1 % changed, records per write call"] = (run.created + run.updated) / max(
        1, _writes(here.mailchimp) - before
    )

    before = _writes(here.mailchimp)
    here.ifs.tell("mutate", action="touch", entity="CustomerInfo")
    _, touched = run_to_end(job)
    figures["all touched but equal, to reading alone"] = touched / read
    figures["all touched but equal, rows sent"] = _writes(here.mailchimp) - before

    here.ifs.tell(
        "mutate",
        action="add_customer",
        values={"CustomerId": "10000L", "CreationDate": "2019-03-01"},
        email="late.one@spaet.example",
    )
    run, _ = run_to_end(job)
    figures["late records found"] = run.created
    figures["rows sent without need"] = _summary(here.mailchimp)["unchanged"]
    return figures


def _failing_vendor(here: Ground, audience: dict[str, Any]) -> Figures:
    """From the eleventh batch on the vendor does the work and answers 503, three times."""
    here.mailchimp.tell("reset")
    here.mailchimp.tell(
        "faults",
        match={"method": "POST", "path": "/3.0/lists/*"},
        kind="status",
        status=503,
        after=10,
        times=3,
        work=True,
    )
    with here.tenant():
        integration = here.join("bench_members", audience)
        run, _ = run_to_end(integration.jobs.get(flow_code="customers"))
        assert run.adds_up, run.note
        summary = _summary(here.mailchimp)
        return {
            "after a failing vendor, duplicates": summary["repeated"],
            "after a failing vendor, missing": run.pending,
        }


def play_orders(orders: int, *, say: Say) -> Figures:
    """Customers, products and orders into a store: the one-by-one path."""
    customers = max(100, orders // 10)
    with ground(customers, orders) as here:
        options = {
            "audience_id": here.mailchimp.access["audience"],
            "store_id": "bench",
            "store_currency": "EUR",
        }
        bodies = _bodies(here, "ifs_cloud_mailchimp", options, ("customers", "orders"))
        floor = Floor(here.ifs, here.mailchimp)
        here.mailchimp.tell("reset")
        placed = [call for call in bodies if "/orders/" in call[1] or "/products/" in call[1]]
        floor.send([call for call in bodies if call not in placed])
        by_hand = floor.read_orders() + floor.send(placed)
        here.mailchimp.tell("reset")
        with here.tenant():
            integration = here.join("ifs_cloud_mailchimp", options)
            run_to_end(integration.jobs.get(flow_code="customers"))
            job = integration.jobs.get(flow_code="orders")
            run, first = run_to_end(job)
            assert run.adds_up, run.note
            read = min(floor.read_orders() for _ in range(2))
            _, unchanged = run_to_end(job)
            figures = {
                "first run, seconds": first,
                "by hand, seconds": by_hand,
                "first run, to by hand": first / by_hand,
                "unchanged run, to reading alone": unchanged / read,
                "orders written": float(run.created),
                "rows sent without need": float(_summary(here.mailchimp, "orders")["unchanged"]),
            }
        say(" ".join(f"{name}: {value:.2f};" for name, value in figures.items()))
        return figures


def _bodies(here: Ground, recipe: str, options: dict[str, Any], flows: tuple[str, ...]) -> Prepared:
    """What the product sends, written down once: the floor sends the same."""
    here.mailchimp.tell("journal", keep_bodies=True)
    with here.tenant():
        integration: Integration = here.join(recipe, options)
        for flow in flows:
            run_to_end(integration.jobs.get(flow_code=flow))
    calls = here.mailchimp.ask("journal?limit=10000000")["calls"]
    here.mailchimp.tell("journal", keep_bodies=False)
    return [
        (call["method"], call["path"].removeprefix("/3.0"), call["body"].encode())
        for call in calls
        if call["method"] in {"POST", "PUT", "PATCH"} and call["body"] and call["path"].startswith("/3.0")
    ]


def _writes(vendor: Vendor) -> int:
    counts = vendor.ask("journal/counts")["counts"]
    return sum(
        sum(by.values())
        for call, by in counts.items()
        if call.split()[0] in {"POST", "PUT", "PATCH", "DELETE"}
    )


def _summary(vendor: Vendor, kind: str = "members") -> dict[str, int]:
    found: dict[str, int] = vendor.ask("journal/writes")["summary"].get(kind, {"unchanged": 0, "repeated": 0})
    return found
