"""What the streams of an audience share: members as rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.sdk.errors import RecordRejected, RecordSkipped
from connectors.sdk.http import HttpClient
from connectors.sdk.system import Page, Row
from connectors.systems.mailchimp.client import read_object
from connectors.systems.mailchimp.errors import NOT_FOUND
from connectors.systems.mailchimp.standing import BY_US, withdrew_nothing
from connectors.systems.mailchimp.times import read_time

_ID = re.compile(r"[0-9a-f]{32}")
MEMBERS = "/lists/{audience}/members"
MEMBER = "/lists/{audience}/members/{member}"
TAGGED = "unsubscribed_by_us"
"""In a row: whether the member carries our tag. Left out where not."""


def row_of(member: Mapping[str, Any], fields: Sequence[str]) -> Row:
    """A member as a row: only what the stream is about, so that nothing else counts as a change."""
    raw = {name: member.get(name) for name in fields}
    return Row(key=str(member.get("id") or ""), raw=raw, changed_at=read_time(member.get("last_changed")))


def tagged_by_us(member: Mapping[str, Any]) -> bool:
    """Whether a member, or a row made of one, carries the tag of whom we unsubscribed."""
    tags = member.get("tags") or ()
    return bool(member.get(TAGGED)) or any(
        isinstance(tag, Mapping) and tag.get("name") == BY_US for tag in tags
    )


def refuse_what_we_did(raw: Mapping[str, Any]) -> None:
    """Raises `RecordSkipped` for whom we unsubscribed: nobody is to be told that they withdrew."""
    if withdrew_nothing(raw.get("status"), raw.get("unsubscribe_reason"), tagged=bool(raw.get(TAGGED))):
        raise RecordSkipped(
            "We unsubscribed them for where their account stands, which says nothing about what they agreed "
            "to.",
            code="by_us",
        )


def fetch_members(api: HttpClient, audience: str, keys: Sequence[str], fields: Sequence[str]) -> Page:
    """These members as they are now."""
    rows: list[Row] = []
    missing: list[str] = []
    query = (("fields", ",".join(fields)),)
    for key in dict.fromkeys(keys):
        if not _ID.fullmatch(key):  # of nobody, and maybe an address of something else
            missing.append(key)
            continue
        try:
            rows.append(row_of(read_object(api, MEMBER, query=query, audience=audience, member=key), fields))
        except RecordRejected as fault:
            if fault.code != NOT_FOUND:
                raise
            missing.append(key)
    return Page(rows, {}, done=True, missing=missing)
