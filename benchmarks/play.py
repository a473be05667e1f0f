"""A round: the first run, unchanged, 1 % changed, touched, late, a failing vendor; and what came of each."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.floor import Floor
from benchmarks.ground import Ground, Measured, ground
from benchmarks.scenarios import Scenario
from connectors.engine import sweeper
from connectors.models import Integration

Figures = dict[str, float]
Say = Callable[[str], None]


def play(scenario: Scenario, size: int, *, say: Say) -> Figures:
    """One round of a scenario."""
    with ground(scenario.source, *scenario.world(size)) as here:
        scenario.prepare(here.source, size)
        _warm_up(here, scenario)
        floor = Floor(here.source, here.mailchimp)
        with here.tenant():
            since = here.mailchimp.last()
            integration = _joined(here, scenario)
            before = [one for one in here.mailchimp.calls(since) if one.body]
            first = here.measure(integration, scenario.flow)
            _complete(here, scenario, integration, first)
            later = _later_runs(here, scenario, integration, floor)
        _forget(here)
        floor.send(before)
        read = floor.read(first.reads)
        figures = _of_first(first, read, read + floor.send(first.writes)) | later
        if scenario.failing:
            figures |= _failing_vendor(here, scenario)
        figures["peak memory, MB"] = here.peak_megabytes()
        say(
            f"{scenario.title}, {size:,}: "
            + " ".join(f"{name}: {value:.3g};" for name, value in figures.items())
        )
        return figures


def _warm_up(here: Ground, scenario: Scenario) -> None:
    """Once for another tenant: in production workers have long been up, and the tables are not empty."""
    with here.tenant():
        here.measure(_joined(here, scenario), scenario.flow)
    _forget(here)


def _joined(here: Ground, scenario: Scenario) -> Integration:
    """Connected, turned on, and everything there that has to have run before."""
    integration = here.join(scenario.recipe, scenario.options, scenario.settings)
    for flow in scenario.before:
        here.measure(integration, flow)
    return integration


def _complete(here: Ground, scenario: Scenario, integration: Integration, done: Measured) -> None:
    """Whatever a run left behind is brought in, so that the next one finds everything there."""
    while done.run.pending:
        sweeper.sweep()
        done = here.measure(integration, scenario.flow)


def _of_first(first: Measured, read: float, by_hand: float) -> Figures:
    return {
        "first run, seconds": first.seconds,
        "first run, records written": first.changed,
        "first run, read/s": first.run.read / first.seconds,
        "first run, written/s": first.changed / first.seconds,
        "first run, records left behind": first.run.pending,
        "first run, times picked up by the sweeper": first.picked_up,
        "by hand, seconds": by_hand,
        "first run, to by hand": first.seconds / by_hand,
        "first run, write calls per record": len(first.writes) / max(1, first.changed),
        "first run, read calls": len(first.reads),
        "first run, share of time on the trail": first.share_of_trail,
        "reading alone, seconds": read,
    }


def _later_runs(here: Ground, scenario: Scenario, integration: Integration, floor: Floor) -> Figures:
    same = here.measure(integration, scenario.flow)
    assert same.run.unchanged == same.run.read, "an unchanged run found something to do"
    read = min(floor.read(same.reads) for _ in range(2))
    figures: Figures = {
        "unchanged run, seconds": same.seconds,
        "unchanged run, reading alone": read,
        "unchanged run, to reading alone": same.seconds / read,
        "unchanged run, API calls": len(same.reads) + len(same.calls),
        "unchanged run, write calls": len(same.writes),
        "unchanged run, share of time on the trail": same.share_of_trail,
    }

    scenario.change(here.source)
    changed = here.measure(integration, scenario.flow)
    figures |= {
        "1 % changed, to reading alone": changed.seconds / min(floor.read(changed.reads) for _ in range(2)),
        "1 % changed, records written": changed.changed,
        "1 % changed, write calls per changed record": len(changed.writes) / max(1, changed.changed),
    }

    if scenario.touch:
        scenario.touch(here.source)
        touched = here.measure(integration, scenario.flow)
        read = min(floor.read(touched.reads) for _ in range(2))
        figures |= {
            "all touched but equal, to reading alone": touched.seconds / read,
            "all touched but equal, write calls": len(touched.writes),
        }
    if scenario.late:
        scenario.late(here.source)
        figures["late records found"] = here.measure(integration, scenario.flow).run.created
    written = here.mailchimp.written().values()
    figures["rows sent without need"] = sum(kind["unchanged"] for kind in written)
    return figures


def _failing_vendor(here: Ground, scenario: Scenario) -> Figures:
    """From the eleventh batch on the vendor does the work and answers 503, three times."""
    _forget(here)
    batches = {"method": "POST", "path": "/3.0/lists/*"}
    here.mailchimp.tell("faults", match=batches, kind="status", status=503, after=10, times=3, work=True)
    with here.tenant():
        run = here.measure(_joined(here, scenario), scenario.flow).run
    return {
        "after a failing vendor, duplicates": here.mailchimp.written()["members"]["repeated"],
        "after a failing vendor, missing": run.pending,
    }


def _forget(here: Ground) -> None:
    """Mailchimp as it was before anybody wrote to it."""
    here.mailchimp.tell("reset")
