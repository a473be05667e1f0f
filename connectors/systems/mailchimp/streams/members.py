"""What the streams of an audience share: members as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.sdk.errors import RecordRejected
from connectors.sdk.http import HttpClient
from connectors.sdk.system import Page, Row
from connectors.systems.mailchimp.client import read_object
from connectors.systems.mailchimp.errors import NOT_FOUND
from connectors.systems.mailchimp.times import read_time

MEMBERS = "/lists/{audience}/members"
MEMBER = "/lists/{audience}/members/{member}"


def row_of(member: Mapping[str, Any], fields: Sequence[str]) -> Row:
    """A member as a row: only what the stream is about, so that nothing else counts as a change."""
    raw = {name: member.get(name) for name in fields}
    return Row(key=str(member.get("id") or ""), raw=raw, changed_at=read_time(member.get("last_changed")))


def fetch_members(api: HttpClient, audience: str, keys: Sequence[str], fields: Sequence[str]) -> Page:
    """These members as they are now."""
    rows: list[Row] = []
    missing: list[str] = []
    query = (("fields", ",".join(fields)),)
    for key in keys:
        try:
            rows.append(row_of(read_object(api, MEMBER, query=query, audience=audience, member=key), fields))
        except RecordRejected as fault:
            if fault.code != NOT_FOUND:
                raise
            missing.append(key)
    return Page(rows, {}, done=True, missing=missing)
