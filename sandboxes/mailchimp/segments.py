"""Segments of an audience. Static ones (tags) hold contacts; saved ones are kept but never evaluated."""

from sandboxes.mailchimp import shapes
from sandboxes.mailchimp.errors import bad_request, invalid_resource, not_found
from sandboxes.mailchimp.fields import OPEN, Shape, shape
from sandboxes.mailchimp.member_view import MEMBERS, brief_view, segment_view
from sandboxes.mailchimp.membership import find, touch
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route
from sandboxes.mailchimp.state import Audience, Member, Segment
from sandboxes.mailchimp.tags import put_into, take_from

SEGMENT: Shape = shape("id name member_count type created_at updated_at list_id", options=OPEN, _links=OPEN)
SEGMENTS: Shape = shape("list_id total_items", segments=SEGMENT, _links=OPEN)


def _view(op: Operation, audience: Audience, segment: Segment) -> Answer:
    view: Answer = {
        "id": segment.id,
        "name": segment.name,
        "member_count": len(segment.members),
        "type": segment.type,
        "created_at": segment.created_at,
        "updated_at": segment.updated_at,
        "list_id": audience.id,
        "_links": op.links("lists", audience.id, "segments", str(segment.id)),
    }
    if segment.options is not None:
        view["options"] = segment.options
    return view


def _known(op: Operation, audience: Audience) -> Segment:
    given = op.params["segment_id"]
    segment = audience.segments.get(int(given)) if given.isdecimal() else None
    if segment is None:
        raise not_found()
    return segment


def list_segments(op: Operation) -> Answer:
    audience, kind = op.audience(), op.one("type")
    found = [segment for segment in audience.segments.values() if kind in {"", segment.type}]
    return {
        "segments": [_view(op, audience, segment) for segment in found[op.page()]],
        "list_id": audience.id,
        "total_items": len(found),
        "_links": op.links("lists", audience.id, "segments"),
    }


def get_segment(op: Operation) -> Answer:
    audience = op.audience()
    return _view(op, audience, _known(op, audience))


def post_segment(op: Operation) -> Answer:
    audience, body = op.audience(), op.body(shapes.SEGMENT)
    if ("static_segment" in body) == ("options" in body):
        raise bad_request("Provide either static_segment or options.")
    name = str(body["name"])
    if any(segment.name == name for segment in audience.segments.values()):
        raise bad_request("Sorry, that tag already exists.")
    options = body.get("options")
    segment = Segment(op.account.number(), name, "saved" if options else "static", op.now, op.now)
    segment.options = options if isinstance(options, dict) else None
    audience.segments[segment.id] = segment
    _put_all(op, audience, segment, body.get("static_segment"))
    return _view(op, audience, segment)


def patch_segment(op: Operation) -> Answer:
    audience = op.audience()
    segment, body = _known(op, audience), op.body(shapes.SEGMENT)
    segment.name, segment.updated_at = str(body["name"]), op.now
    if "options" in body:
        if segment.type == "static":
            raise invalid_resource([("options", "A static segment has no conditions")])
        options = body["options"]
        segment.options = options if isinstance(options, dict) else None
    if "static_segment" in body:  # replaces who is in it; an empty list empties it
        for key in list(segment.members):
            take_from(segment, audience.members[key], op.now)
        _put_all(op, audience, segment, body["static_segment"])
    return _view(op, audience, segment)


def delete_segment(op: Operation) -> None:
    audience = op.audience()
    segment = _known(op, audience)
    for key in list(segment.members):
        take_from(segment, audience.members[key], op.now)
    del audience.segments[segment.id]


def post_segment_members(op: Operation) -> Answer:
    """Adds and removes many; an address that is no contact is passed over."""
    audience = op.audience()
    segment, body = _static(op, audience), op.body(shapes.SEGMENT_MEMBERS)
    added = _put_all(op, audience, segment, body.get("members_to_add"))
    removed = []
    for member in _members(audience, body.get("members_to_remove")):
        if take_from(segment, member, op.now):
            touch(audience, member, op.now)
            removed.append(member)
    return {
        "members_added": [brief_view(audience, member, op.base) for member in added],
        "members_removed": [brief_view(audience, member, op.base) for member in removed],
        "errors": [],
        "total_added": len(added),
        "total_removed": len(removed),
        "error_count": 0,
        "_links": op.links("lists", audience.id, "segments", str(segment.id)),
    }


def list_segment_members(op: Operation) -> Answer:
    audience = op.audience()
    segment = _known(op, audience)
    page = [audience.members[key] for key in list(segment.members)[op.page()]]
    return {
        "members": [segment_view(op.account, audience, member, op.base) for member in page],
        "total_items": len(segment.members),
        "_links": op.links("lists", audience.id, "segments", str(segment.id), "members"),
    }


def post_segment_member(op: Operation) -> Answer:
    audience = op.audience()
    segment, body = _static(op, audience), op.body(shapes.SEGMENT_MEMBER)
    member = find(audience, str(body["email_address"]))
    if member is None:
        raise not_found()
    if put_into(segment, member, op.now):
        touch(audience, member, op.now)
    return segment_view(op.account, audience, member, op.base)


def delete_segment_member(op: Operation) -> None:
    audience = op.audience()
    segment, member = _static(op, audience), find(audience, op.params["subscriber_hash"])
    if member is None or not take_from(segment, member, op.now):
        raise not_found()
    touch(audience, member, op.now)


def _static(op: Operation, audience: Audience) -> Segment:
    segment = _known(op, audience)
    if segment.type != "static":
        raise bad_request("Members can be added to and removed from static segments only.")
    return segment


def _put_all(op: Operation, audience: Audience, segment: Segment, emails: object) -> list[Member]:
    put = [member for member in _members(audience, emails) if put_into(segment, member, op.now)]
    for member in put:
        touch(audience, member, op.now)
    return put


def _members(audience: Audience, emails: object) -> list[Member]:
    given = emails if isinstance(emails, list) else []
    found = [find(audience, email) for email in given if "@" in email]
    return [member for member in found if member is not None]


_ALL = "/lists/{list_id}/segments"
_ONE = f"{_ALL}/{{segment_id}}"
ROUTES = [
    Route("GET", _ALL, list_segments, SEGMENTS),
    Route("POST", _ALL, post_segment),
    Route("GET", _ONE, get_segment, SEGMENT),
    Route("POST", _ONE, post_segment_members),
    Route("PATCH", _ONE, patch_segment),
    Route("DELETE", _ONE, delete_segment),
    Route("GET", f"{_ONE}/members", list_segment_members, MEMBERS),
    Route("POST", f"{_ONE}/members", post_segment_member),
    Route("DELETE", f"{_ONE}/members/{{subscriber_hash}}", delete_segment_member),
]
