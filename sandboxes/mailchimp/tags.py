"""Tags: static segments by another name, put on a contact and searched by name."""

from collections.abc import Iterable

from sandboxes.mailchimp.errors import not_found
from sandboxes.mailchimp.fields import OPEN, Shape, shape
from sandboxes.mailchimp.membership import find, touch
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route
from sandboxes.mailchimp.state import Account, Audience, Member, Segment

TAGS: Shape = shape("total_items", tags=shape("id name date_added"), _links=OPEN)


def tag_named(account: Account, audience: Audience, name: str, now: str) -> Segment:
    """The tag of this name, made if there is none."""
    for segment in audience.segments.values():
        if segment.name == name and segment.type == "static":
            return segment
    segment = Segment(account.number(), name, "static", now, now)
    audience.segments[segment.id] = segment
    return segment


def add_tags(account: Account, audience: Audience, member: Member, names: Iterable[str], now: str) -> bool:
    changed = False
    for name in names:
        segment = tag_named(account, audience, name, now)
        changed |= put_into(segment, member, now)
    return changed


def put_into(segment: Segment, member: Member, now: str) -> bool:
    if member.hash in segment.members:
        return False
    segment.members[member.hash] = None
    if member.tags is None:
        member.tags = {}
    member.tags[segment.id] = segment.updated_at = now
    return True


def take_from(segment: Segment, member: Member, now: str) -> bool:
    if member.hash not in segment.members:
        return False
    del segment.members[member.hash]
    if member.tags:
        member.tags.pop(segment.id, None)
    segment.updated_at = now
    return True


def replace_tags(
    account: Account, audience: Audience, member: Member, names: Iterable[str], now: str
) -> bool:
    wanted = set(names)
    changed = False
    for segment_id in list(member.tags or ()):
        segment = audience.segments[segment_id]
        if segment.name not in wanted:
            changed |= take_from(segment, member, now)
    return add_tags(account, audience, member, sorted(wanted), now) or changed


def post_tags(op: Operation) -> None:
    """204, whatever the body was: one of another shape does nothing and says nothing."""
    audience = op.audience()
    member = audience.members.get(op.params["subscriber_hash"])  # the hash only
    if member is None:
        raise not_found()
    body = op.parsed_body()
    rows = body.get("tags") if isinstance(body, dict) else None
    changed = False
    for row in rows if isinstance(rows, list) else ():
        match row:
            case {"name": str() as name, "status": "active"} if name:
                changed |= put_into(tag_named(op.account, audience, name, op.now), member, op.now)
            case {"name": str() as name, "status": "inactive"}:
                changed |= _take(audience, member, name, op.now)
            case _:
                pass
    if changed:
        touch(audience, member, op.now)
    key = f"{audience.id}/{member.hash}"
    op.journal.wrote("member_tags", key, "updated" if changed else "unchanged")


def _take(audience: Audience, member: Member, name: str, now: str) -> bool:
    held = [audience.segments[segment_id] for segment_id in member.tags or ()]
    taken = [take_from(segment, member, now) for segment in held if segment.name == name]
    return any(taken)


def get_tags(op: Operation) -> Answer:
    audience = op.audience()
    member = find(audience, op.params["subscriber_hash"])
    if member is None:
        raise not_found()
    rows = [
        {"id": segment_id, "name": audience.segments[segment_id].name, "date_added": added}
        for segment_id, added in (member.tags or {}).items()
    ]
    links = op.links("lists", audience.id, "members", member.hash, "tags")
    return {"tags": rows[op.page()], "total_items": len(rows), "_links": links}


def search_tags(op: Operation) -> Answer:
    audience, wanted = op.audience(), op.one("name").lower()
    found = [
        {"id": segment.id, "name": segment.name}
        for segment in audience.segments.values()
        if segment.type == "static" and segment.name.lower().startswith(wanted)
    ]
    return {"tags": found, "total_items": len(found)}


_TAGS = "/lists/{list_id}/members/{subscriber_hash}/tags"
ROUTES = [
    Route("POST", _TAGS, post_tags),
    Route("GET", _TAGS, get_tags, TAGS),
    Route("GET", "/lists/{list_id}/tag-search", search_tags),
]
