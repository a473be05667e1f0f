"""Calls about members of one audience, and the shapes they are written and compared in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.sdk.errors import ConfigProblem, RecordRejected
from connectors.sdk.http import HttpClient
from connectors.systems.mailchimp.client import LARGEST_PAGE, read_object, written_object
from connectors.systems.mailchimp.contact import merge_values
from connectors.systems.mailchimp.errors import NOT_FOUND
from connectors.systems.mailchimp.sinks.own_tags import MANAGED_TAGS
from connectors.systems.mailchimp.standing import TREATMENT
from connectors.systems.mailchimp.times import utc_text

MEMBER = "/lists/{audience}/members/{member}"
UNCHECKED = (("skip_merge_validation", "true"),)
"""An audience may require fields an ERP does not have; better a contact without them than none."""
STATUSES = frozenset({"status", "status_if_new"})
KNOWN_AS = "known_as"
"""The field of a desired state with the id the source keeps of the contact; never sent."""
_UNSENT = STATUSES | {KNOWN_AS, TREATMENT, MANAGED_TAGS}

Member = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MemberCalls:
    """The calls. Members are named by their hash."""

    api: HttpClient
    audience: str

    def read(self, key: str) -> Member | None:
        """A member as it is, None where there is none."""
        try:
            return read_object(self.api, MEMBER, query=(("exclude_fields", "_links"),), **self._path(key))
        except RecordRejected as fault:
            if fault.code == NOT_FOUND:
                return None
            raise

    def changed_since(self, moment: datetime) -> Iterator[Member]:
        """Members changed after a moment, oldest change first."""
        offset = 0
        while True:
            query = (
                ("since_last_changed", utc_text(moment)),
                ("sort_field", "last_changed"),
                ("sort_dir", "ASC"),
                ("count", str(LARGEST_PAGE)),
                ("offset", str(offset)),
                ("exclude_fields", "_links,members._links"),
            )
            page = read_object(self.api, "/lists/{audience}/members", query=query, audience=self.audience)
            members = page.get("members") or []
            yield from members
            if len(members) < LARGEST_PAGE:
                return
            offset += LARGEST_PAGE

    def post(self, rows: Sequence[Member], *, update: bool) -> Member:
        """Up to 500 rows; the answer tells of each. Raises `ConfigProblem` where the audience is gone."""
        try:
            answer = self.api.call(
                "POST",
                "/lists/{audience}",
                path={"audience": self.audience},
                query=UNCHECKED,
                json={"members": list(rows), "update_existing": update},
            )
        except RecordRejected as fault:
            if fault.code != NOT_FOUND:
                raise
            raise ConfigProblem(
                f"The Mailchimp audience {self.audience} no longer exists. Choose another one in the set-up.",
                detail=fault.detail,
                code="no_audience",
            ) from fault
        return written_object(answer)

    def change(self, key: str, row: Member) -> Member:
        """Change one member, its address perhaps."""
        return written_object(self.api.call("PATCH", MEMBER, path=self._path(key), query=UNCHECKED, json=row))

    def set_status(self, address: str, key: str, status: str) -> None:
        """Give a member a status, out of the archive too.

        Who may use it is told in `audience_batch` and `standing_steps`.
        """
        body = {"email_address": address, "status_if_new": status, "status": status}
        self.api.call("PUT", MEMBER, path=self._path(key), query=UNCHECKED, json=body)

    def unsubscribe(self, key: str) -> Member:
        """Take a subscription away; returns the member as it is then."""
        return written_object(
            self.api.call("PATCH", MEMBER, path=self._path(key), json={"status": "unsubscribed"})
        )

    def archive(self, key: str) -> None:
        """Take a member out of the audience; one that is not in it is no fault."""
        try:
            self.api.call("DELETE", MEMBER, path=self._path(key))
        except RecordRejected as fault:
            if fault.code != NOT_FOUND:
                raise

    def _path(self, member: str) -> dict[str, str]:
        return {"audience": self.audience, "member": member}


def row_of(wanted: Mapping[str, Any]) -> Member:
    """What is sent of a desired state: never a status, merge fields cut to fit, tags as a list of names."""
    row = {name: value for name, value in wanted.items() if name not in _UNSENT}
    if isinstance(tags := row.get("tags"), str):
        row["tags"] = [tags]
    if fields := row.get("merge_fields"):
        row["merge_fields"] = merge_values(fields)
    return row


def comparable(member: Mapping[str, Any]) -> Member:
    """A member in the shape it is written in: tags by their names."""
    return {**member, "tags": [tag["name"] for tag in member.get("tags") or () if isinstance(tag, Mapping)]}
