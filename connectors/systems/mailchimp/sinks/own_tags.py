"""The tags that are ours: which to put on, which to take off, and the calls that do.

A tag is a static segment under another name. Putting tags on goes along in the call that writes a batch of
members; taking one off goes in one call for all members of a batch that lose it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from connectors.sdk.decoding import read_json
from connectors.sdk.errors import RecordRejected
from connectors.sdk.http import HttpClient
from connectors.sdk.mapping import Desired
from connectors.sdk.system import Change
from connectors.systems.mailchimp.errors import NOT_FOUND
from connectors.systems.mailchimp.options import LONGEST_TAG

MANAGED_TAGS = "managed_tags"
"""The field of a desired state that lists them; a rule of the tenant's may fill it from any source."""


def tags_of(desired: Desired | None) -> list[str]:
    """Our tags in a desired state."""
    found = desired.always.get(MANAGED_TAGS) if desired else None
    names = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    trimmed = (name.strip()[:LONGEST_TAG].strip() for name in names if isinstance(name, str))
    return [name for name in dict.fromkeys(trimmed) if name]


def surplus(change: Change) -> list[str]:
    """Our tags that stand there, as far as it was confirmed, and that are wanted no more."""
    wanted = {*tags_of(change.desired), *_other_tags(change.desired)}
    return [name for name in tags_of(change.confirmed) if name not in wanted]


def with_tags(row: dict[str, object], change: Change) -> dict[str, object]:
    """A row of a batch with our tags among its tags."""
    ours = tags_of(change.desired)
    given = row.get("tags")
    return (
        {**row, "tags": [*dict.fromkeys([*(given if isinstance(given, list) else []), *ours])]}
        if ours
        else row
    )


def _other_tags(desired: Desired) -> list[str]:
    found = desired.for_new().get("tags")
    return [found] if isinstance(found, str) else list(found) if isinstance(found, list) else []


@dataclass(slots=True)
class TagCalls:
    """The calls about tags of one audience; the tags' ids are asked for once."""

    api: HttpClient
    audience: str
    _ids: dict[str, int] = field(default_factory=dict)

    def take_off(self, tag: str, addresses: Sequence[str]) -> None:
        """Take a tag off many members; who does not carry it, or is none, is passed over."""
        segment = self._id_of(tag)
        if segment is None:
            return
        try:
            self.api.call(
                "POST",
                "/lists/{audience}/segments/{segment}",
                path={"audience": self.audience, "segment": str(segment)},
                json={"members_to_remove": list(addresses)},
            )
        except RecordRejected as fault:
            self._ids.pop(tag, None)
            if fault.code != NOT_FOUND:  # the tag was deleted, so nobody carries it
                raise

    def change(self, member: str, *, on: Iterable[str] = (), off: Iterable[str] = ()) -> None:
        """Put tags on one member and take others off, without setting off what a tag would set off."""
        rows = [{"name": name, "status": "inactive"} for name in off]
        rows += [{"name": name, "status": "active"} for name in on]
        if not rows:
            return
        try:
            self.api.call(
                "POST",
                "/lists/{audience}/members/{member}/tags",
                path={"audience": self.audience, "member": member},
                json={"tags": rows, "is_syncing": True},
            )
        except RecordRejected as fault:
            if fault.code != NOT_FOUND:
                raise

    def _id_of(self, tag: str) -> int | None:
        if tag not in self._ids:
            answer = self.api.get(
                "/lists/{audience}/tag-search", query=(("name", tag),), audience=self.audience
            )
            found = read_json(answer, self.api.system)
            rows = found.get("tags") if isinstance(found, dict) else None
            for row in rows or ():
                if isinstance(row, dict) and row.get("name") == tag and isinstance(row.get("id"), int):
                    self._ids[tag] = row["id"]
        return self._ids.get(tag)
