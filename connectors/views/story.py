"""A record's story in words: what happened, what stands where, what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from audit.rows import EventKind
from connectors.models import RecordLink
from connectors.sdk.mapping import Desired
from connectors.services.reading import sink_title
from connectors.services.records import Story
from connectors.views.frame import Context
from connectors.views.kept import facts_of, is_kept, whose

MODES = {
    "always": "always",
    "if_new": "only on new records",
    "if_empty": "only where it is empty",
    "append": "added to what is there",
    "skip": "left alone",
}
ORIGINS = {"default": "", "yours": "your rule"}


def links_of(story: Story) -> list[Context]:
    """Each place the record goes to: state, ids, what is wanted and confirmed there, field by field."""
    return [_place(story, link) for link in story.links if link.state != RecordLink.State.WANTED]


def timeline(story: Story) -> list[Context]:
    """What happened, newest first, with the call that carried it and its answer."""
    titles = {link.sink: sink_title(link.job, link.sink) for link in story.links}
    kept = is_kept(story.links[0].job)
    reads, writes = story.links[0].job.reads.system_name, story.links[0].job.writes.system_name
    lines = []
    for line in reversed(story.lines):
        event = line.event
        lines.append(
            {
                "id": str(event.id),
                "at": line.at,
                "call": line.call,
                "title": (KEPT.get(event.kind, "").format(reads=reads) if kept else "")
                or _sentence(event.kind, event.outcome, titles.get(event.sink, event.sink), reads, writes),
                "tone": TONES.get(event.kind, "off"),
                "text": event.text,
                "answer": pretty(story.payload(event.answer_digest)),
                "payload": pretty(story.payload(event.payload_digest)),
            }
        )
    return lines


TONES: Mapping[str, str] = {
    EventKind.OBSERVED: "waiting",
    EventKind.SENT: "waiting",
    EventKind.CONFIRMED: "ok",
    EventKind.LOOKED_UP: "ok",
    EventKind.REMOVED: "off",
    EventKind.REFUSED: "failed",
    EventKind.REJECTED: "failed",
    EventKind.CONFLICT: "attention",
    EventKind.UNKNOWN: "attention",
    EventKind.HELD: "waiting",
    EventKind.REPLAYED: "waiting",
    EventKind.RESOLVED: "ok",
}


# Said of records that go nowhere else.
KEPT: Mapping[str, str] = {
    EventKind.OBSERVED: "Read from {reads}",
    EventKind.CONFIRMED: "Kept here as it was read",
    EventKind.SKIPPED: "Not kept",
    EventKind.REMOVED: "No longer kept",
    EventKind.REJECTED: "Cannot be kept as it is",
}


def _sentence(kind: str, outcome: str, title: str, reads: str, writes: str) -> str:
    words = {
        EventKind.OBSERVED: f"Read from {reads}, to be written to {title}",
        EventKind.SKIPPED: f"Not meant for {title}",
        EventKind.REJECTED: f"Cannot be written to {title} as it is",
        EventKind.SENT: f"Sent to {writes}",
        EventKind.CONFIRMED: f"{writes} has it: {title}, {outcome.replace('_', ' ') or 'written'}",
        EventKind.REFUSED: f"Not accepted by {writes} ({title})",
        EventKind.CONFLICT: f"Changed in {writes} at the same time ({title})",
        EventKind.UNKNOWN: f"{writes} did not answer; it is looked up before anything is sent again",
        EventKind.LOOKED_UP: f"Looked up in {writes} ({title})",
        EventKind.HELD: f"Waits for another record ({title})",
        EventKind.REPLAYED: f"Put to work again ({title})",
        EventKind.SUPERSEDED: f"Replaced by a newer change ({title})",
        EventKind.REMOVED: f"Removed from {title}",
        EventKind.RESOLVED: "Its failure was closed",
    }
    known: Mapping[str, str] = {str(one): text for one, text in words.items()}
    return known.get(kind, kind.replace("_", " ").capitalize())


def _place(story: Story, link: RecordLink) -> Context:
    wanted, confirmed = story.payload(link.desired_digest), story.payload(link.confirmed_digest)
    rules = _rules(story.payload(link.trace_digest))
    kept = is_kept(link.job)
    return {
        "link": link,
        "title": "Kept here" if kept else sink_title(link.job, link.sink),
        "facts": facts_of(_flat_desired(confirmed)) if kept else [],
        "whose": whose(link) if kept else [],
        "is_kept": kept,
        "rows": _diff(_flat_desired(confirmed), _flat_desired(wanted), rules),
        "in_step": link.desired_digest is not None and wanted == confirmed,
        "erased": link.desired_digest is not None and wanted is None,
        "wanted": pretty(wanted),
    }


def _rules(trace: Any) -> dict[str, str]:
    """Where each field's value comes from, by field."""
    found: dict[str, str] = {}
    for field, source, mode, origin in (trace or {}).get("rules", []) if isinstance(trace, dict) else []:
        parts = [source, "" if mode == "always" else MODES.get(mode, mode), ORIGINS.get(origin, origin)]
        found[field] = ", ".join(part for part in parts if part)
    return found


def _flat_desired(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        return {}
    parts = {name: part for name, part in body.items() if name in {"always", "if_new", "if_empty", "append"}}
    return dict(flat(Desired.from_json(parts).for_new()))


def _diff(before: dict[str, Any], after: dict[str, Any], rules: dict[str, str]) -> list[Context]:
    names = [*after, *(name for name in before if name not in after)]
    return [
        {"field": name, "before": before.get(name), "after": after.get(name), "rule": _rule_of(rules, name)}
        for name in names
    ]


def _rule_of(rules: dict[str, str], field: str) -> str:
    """The rule of a field, or of what it is part of (`lines.0.id` belongs to `lines`)."""
    while field and field not in rules:
        field = field.rpartition(".")[0]
    return rules.get(field, "")


def flat_rows(body: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """A record's fields one below the other."""
    return list(flat(body))


def flat(tree: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Nested JSON as (path, value) pairs."""
    children: Iterator[tuple[Any, Any]] | None = None
    if isinstance(tree, dict) and tree:
        children = iter(tree.items())
    elif isinstance(tree, list) and any(isinstance(one, dict | list) for one in tree):
        children = iter(enumerate(tree, 1))
    if children is None:
        value = ", ".join(map(str, tree)) if isinstance(tree, list) else tree
        yield (
            above,
            ""
            if value == {}
            else {True: "yes", False: "no"}.get(value, value)
            if isinstance(value, bool)
            else value,
        )
        return
    for name, child in children:
        yield from flat(child, f"{above}.{name}" if above else str(name))


def pretty(body: Any) -> str:
    """JSON for people to read; nothing for nothing."""
    return json.dumps(body, indent=2, ensure_ascii=False) if body not in (None, {}) else ""
