"""Steps that several of the engine's tests take."""

from __future__ import annotations

from connectors.engine import lanes
from connectors.engine.advance import advance
from connectors.models import COUNTED, Lane, RecordLink, SyncRun
from connectors.services import runs
from sandboxes.mailchimp.state import Member
from tests.worlds import World

MEMBERS, STORE_CUSTOMERS = "audience_members", "store_customers"


def link(scene: World, key: str, *, flow: str = "customers", sink: str = MEMBERS) -> RecordLink:
    """A record's link as it stands."""
    return RecordLink.objects.get(job=scene.job(flow), sink=sink, source_key=key)


def members(scene: World) -> dict[str, Member]:
    """What stands in the audience, by address; archived ones are not there."""
    audience = next(iter(scene.mailchimp.account.audiences.values()))
    return {one.email: one for one in audience.members.values() if one.status != "archived"}


def read_only(scene: World, flow: str = "customers") -> SyncRun:
    """Open a run and read to its end, without delivering anything."""
    run = runs.start(scene.job(flow))
    while SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.OBSERVING).exists():
        advance(scene.job(flow), Lane.Kind.OBSERVE)
    run.refresh_from_db()
    return run


def hold(scene: World, flow: str, kind: Lane.Kind) -> lanes.Held:
    """The lane, as a worker holds it."""
    held = lanes.take(scene.job(flow), kind)
    assert held
    return held


def counts(run: SyncRun) -> dict[str, int]:
    """A run's figures that are not nought."""
    names = ("read", *COUNTED, "pending")
    return {name: value for name in names if (value := getattr(run, name))}
