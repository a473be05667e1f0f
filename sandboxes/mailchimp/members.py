"""/lists/{list_id}/members: one contact at a time, by hash, address or contact id."""

from sandboxes.mailchimp import errors, membership, shapes
from sandboxes.mailchimp.addresses import subscriber_hash
from sandboxes.mailchimp.member_view import MEMBER, full_view
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route
from sandboxes.mailchimp.state import Audience, Member
from sandboxes.mailchimp.tags import add_tags


def post_member(op: Operation) -> Answer:
    audience, body = op.audience(), op.body(shapes.NEW_MEMBER)
    email = str(body["email_address"])
    holder = audience.members.get(subscriber_hash(email))
    if holder is not None:
        raise errors.member_exists(email)
    return _created(op, audience, email, str(body["status"]), body)


def put_member(op: Operation) -> Answer:
    audience, body = op.audience(), op.body(shapes.PUT_MEMBER)
    email, status = str(body["email_address"]), str(body.get("status", ""))
    holder = audience.members.get(subscriber_hash(email))
    member = membership.find(audience, op.params["subscriber_hash"])
    if holder is not None and holder is not member:
        # The hash in the path is that of another spelling, or of an older address.
        raise errors.member_exists(email)
    if member is None:
        return _created(op, audience, email, status or str(body["status_if_new"]), body)
    return _changed(op, audience, member, body)


def patch_member(op: Operation) -> Answer:
    audience = op.audience()
    member = _known(op, audience)
    return _changed(op, audience, member, op.body(shapes.PATCH_MEMBER))


def get_member(op: Operation) -> Answer:
    audience = op.audience()
    return full_view(op.account, audience, _known(op, audience), op.base)


def delete_member(op: Operation) -> None:
    audience = op.audience()
    member = _known(op, audience)
    if member.status == "archived":
        raise errors.state_conflict("This list member cannot be removed. Please contact support.")
    membership.archive(audience, member, op.now)
    op.journal.wrote("members", _key(audience, member), "deleted")


def delete_permanently(op: Operation) -> None:
    audience = op.audience()
    member = audience.members.get(op.params["subscriber_hash"])  # the hash only
    if member is None:
        raise errors.not_found()
    membership.forget(audience, member, op.now)
    op.journal.wrote("members", _key(audience, member), "deleted")


def known_by_hash(op: Operation) -> Member:
    """For the endpoints that are documented for the hash alone."""
    member = op.audience().members.get(op.params["subscriber_hash"])
    if member is None:
        raise errors.not_found()
    return member


def _created(op: Operation, audience: Audience, email: str, status: str, body: Answer) -> Answer:
    skip = op.flag("skip_merge_validation")
    member = membership.create(audience, email, status, body, op.now, skip_required=skip)
    tags = body.get("tags")
    if isinstance(tags, list):
        add_tags(op.account, audience, member, tags, op.now)
    op.journal.wrote("members", _key(audience, member), "created")
    return full_view(op.account, audience, member, op.base)


def _changed(op: Operation, audience: Audience, member: Member, body: Answer) -> Answer:
    email, key = str(body.get("email_address", member.email)), _key(audience, member)
    if subscriber_hash(email) in audience.members and subscriber_hash(email) != member.hash:
        raise membership.taken(audience.members[subscriber_hash(email)])
    if email != member.email:
        membership.refuse_unwelcome(audience, email, subscriber_hash(email), op.now)
    status, skip = str(body.get("status", "")), op.flag("skip_merge_validation")
    changed = membership.update(audience, member, body, op.now, status=status, skip_required=skip)
    changed |= membership.readdress(audience, member, email, op.now)
    op.journal.wrote("members", key, "updated" if changed else "unchanged")
    return full_view(op.account, audience, member, op.base)


def _known(op: Operation, audience: Audience) -> Member:
    member = membership.find(audience, op.params["subscriber_hash"])
    if member is None:
        raise errors.not_found()
    return member


def _key(audience: Audience, member: Member) -> str:
    return f"{audience.id}/{member.hash}"


_ONE = "/lists/{list_id}/members/{subscriber_hash}"
ROUTES = [
    Route("POST", "/lists/{list_id}/members", post_member),
    Route("GET", _ONE, get_member, MEMBER),
    Route("PUT", _ONE, put_member),
    Route("PATCH", _ONE, patch_member),
    Route("DELETE", _ONE, delete_member),
    Route("POST", f"{_ONE}/actions/delete-permanent", delete_permanently),
]
