"""Where a run's pages come from.

The stream itself, records somebody needs, records already known, the items of a replay; and in between,
whatever webhooks have named.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing

from django.db.models import QuerySet

from audit import services as trail
from connectors.engine import hints
from connectors.engine.route import Route
from connectors.models import RecordLink, ReplayItem, SyncRun
from connectors.sdk.system import Page, Position, Row

CHUNK = 200
"""Records fetched by key in one page."""


def pages_of(route: Route, run: SyncRun) -> Generator[Page, None, None]:
    """The pages of a run from where it stands; every page carries where to go on. Raises `SystemFault`."""
    position: Position | None = {} if run.trigger == SyncRun.Trigger.WEBHOOK else run.position
    with closing(_source(route, run)) as source:
        while True:
            # Before the next page is read, for what is read later counts as newer. A run that stands nowhere
            # yet has no position to keep.
            if position is not None:
                yield from hints.pages(route, position)
            page = next(source, None)
            if page is None:
                return
            yield page
            position = page.position


def _source(route: Route, run: SyncRun) -> Generator[Page, None, None]:
    if run.replay_id:
        yield from _replayed(route, run)
    elif run.trigger == SyncRun.Trigger.WEBHOOK:
        yield Page(rows=(), position={}, done=True)
    elif run.trigger == SyncRun.Trigger.NEED:
        yield from _wanted(route)
    elif route.stream.on_demand:
        yield from _known(route, run.position)
    else:
        start: Position | None = run.position
        if start is None and not run.full:
            start = run.job.cursor
        yield from route.stream.pages(start, run.started_at or run.created_at)


def moves_cursor(run: SyncRun, route: Route) -> bool:
    """Whether this run's end is where the next one starts: not for records read by key."""
    by_key = {SyncRun.Trigger.NEED, SyncRun.Trigger.WEBHOOK}
    return not run.replay_id and run.trigger not in by_key and not route.stream.on_demand


def _wanted(route: Route) -> Iterator[Page]:
    """Records other flows have asked for. Read until nobody asks any more."""
    sinks = [leg.name for leg in route.legs]
    wanted = RecordLink.objects.filter(job=route.job, state=RecordLink.State.WANTED, sink__in=sinks)
    while keys := list(wanted.order_by("source_key").values_list("source_key", flat=True).distinct()[:CHUNK]):
        page = route.stream.fetch(keys)
        yield Page(rows=page.rows, position={}, missing=page.missing, refused=page.refused)
    yield Page(rows=(), position={}, done=True)


def _known(route: Route, position: Position | None) -> Iterator[Page]:
    """Every record known so far, read again by key; new ones come in when they are needed."""
    after = str((position or {}).get("after", ""))
    links = RecordLink.objects.filter(job=route.job).exclude(state=RecordLink.State.REMOVED)
    while keys := _keys(route, links.filter(source_key__gt=after)):
        page = route.stream.fetch(keys)
        after = keys[-1]
        yield Page(rows=page.rows, position={"after": after}, missing=page.missing, refused=page.refused)
    yield Page(rows=(), position={}, done=True)


def _replayed(route: Route, run: SyncRun) -> Iterator[Page]:
    """The items of a replay that belong to this job: as they were read, or read again."""
    replay = run.replay
    assert replay is not None  # noqa: S101  asked by the caller
    chosen = ReplayItem.objects.filter(replay=replay, job=route.job, done=False).select_related("link")
    if replay.mapping == "original" and not replay.criteria.get("run"):
        chosen = chosen.filter(link__mapping_version=run.mapping_version)
    while items := list(chosen.order_by("id")[:CHUNK]):
        keys = list(dict.fromkeys(item.link.source_key for item in items))
        page = _stored(items) if replay.source == "stored" else None
        left = [key for key in keys if page is None or key not in {row.key for row in page.rows}]
        fresh = route.stream.fetch(left) if left else Page(rows=(), position={})
        yield Page(
            rows=[*(page.rows if page else ()), *fresh.rows],
            position={"items": [str(item.pk) for item in items]},
            missing=fresh.missing,
            refused=fresh.refused,
        )
    yield Page(rows=(), position={}, done=True)


def _stored(items: Sequence[ReplayItem]) -> Page:
    links = {item.link.source_key: item.link for item in items}
    digests = {key: bytes(link.source_digest) for key, link in links.items() if link.source_digest}
    bodies = trail.load_payloads(digests.values())
    # A stored record stays as old as it was: what was read since wins over it.
    rows = [
        Row(key, json.loads(bodies[digest]), links[key].source_version, links[key].source_at)
        for key, digest in digests.items()
        if digest in bodies
    ]
    return Page(rows=rows, position={})


def _keys(route: Route, links: QuerySet[RecordLink]) -> list[str]:
    return list(
        links.filter(sink=route.legs[0].name)
        .order_by("source_key")
        .values_list("source_key", flat=True)[:CHUNK]
    )
