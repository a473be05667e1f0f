"""GET /lists/{list_id}/members and /search-members: finding contacts, filtered, sorted and paged.

What a filter finds is remembered until a contact of the audience changes, so that paging through
100,000 of them sorts once.
"""

from collections.abc import Callable
from operator import attrgetter

from sandboxes.mailchimp.errors import bad_request, required
from sandboxes.mailchimp.fields import OPEN, Shape, shape
from sandboxes.mailchimp.member_view import MEMBER, MEMBERS, full_name, full_view
from sandboxes.mailchimp.membership import READABLE_STATUSES, unique_email_id
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route
from sandboxes.mailchimp.state import Account, Audience, Member

SORT_FIELDS = ("timestamp_opt", "timestamp_signup", "last_changed")
MOST_MATCHES = 30

_MATCHES: Shape = shape("total_items", members=MEMBER)
SEARCH: Shape = shape(exact_matches=_MATCHES, full_search=_MATCHES, _links=OPEN)

Test = Callable[[Member], bool]


FILTERS = (
    "email_type", "status", "since_timestamp_opt", "before_timestamp_opt", "since_last_changed",
    "before_last_changed", "unsubscribed_since", "unique_email_id", "vip_only", "since_last_campaign",
    "interest_category_id", "interest_ids", "interest_match", "sort_field", "sort_dir",
)  # fmt: skip


def list_members(op: Operation) -> Answer:
    audience = op.audience()
    page = op.page()
    key = (audience.version, *(op.one(name) for name in FILTERS))
    found = audience.found.get(key, lambda: _search(op, audience))
    return {
        "members": [full_view(op.account, audience, member, op.base) for member in found[page]],
        "list_id": audience.id,
        "total_items": len(found),
        "_links": op.links("lists", audience.id, "members"),
    }


def _search(op: Operation, audience: Audience) -> list[Member]:
    tests = _tests(op, audience)
    found = [member for member in audience.members.values() if all(test(member) for test in tests)]
    sort_field = op.choice("sort_field", SORT_FIELDS)
    if sort_field:
        # The number breaks ties, so that a page does not repeat or miss what the one before it ended with.
        found.sort(key=attrgetter(sort_field, "number"), reverse=_descending(op))
    elif _descending(op):
        found.reverse()
    return found


def _descending(op: Operation) -> bool:
    return op.choice("sort_dir", ("ASC", "DESC")) == "DESC"


def _tests(op: Operation, audience: Audience) -> list[Test]:
    status = op.choice("status", READABLE_STATUSES)
    tests: list[Test] = [(lambda one: one.status == status) if status else _not_archived]
    for name in ("timestamp_opt", "last_changed"):
        tests += _between(name, op.moment(f"since_{name}"), op.moment(f"before_{name}"))
    if op.one("unsubscribed_since"):
        if status != "unsubscribed":
            raise bad_request("unsubscribed_since can only be used with the status unsubscribed.")
        tests += _between("last_changed", op.moment("unsubscribed_since"), "")
    if op.flag("since_last_campaign"):
        if not status:
            raise required("status")
        tests += _between("last_changed", _last_campaign(op.account, audience), "")
    if op.flag("vip_only"):
        tests.append(lambda one: one.vip)
    if email_type := op.one("email_type"):
        tests.append(lambda one: one.email_type == email_type)
    if wanted := op.one("unique_email_id"):
        tests.append(lambda one: unique_email_id(one.hash) == wanted)
    if op.one("interest_ids") and op.one("interest_match") != "none":
        tests.append(lambda one: False)  # no audience here has groups
    return tests


def _not_archived(member: Member) -> bool:
    return member.status != "archived"


def _between(name: str, since: str, before: str) -> list[Test]:
    """Strictly after, strictly before: what changed in the very second asked for is not in the answer."""
    value: Callable[[Member], str] = attrgetter(name)
    tests: list[Test] = []
    if since:
        tests.append(lambda one: value(one) > since)
    if before:
        tests.append(lambda one: value(one) < before)
    return tests


def _last_campaign(account: Account, audience: Audience) -> str:
    sent = [one.send_time for one in account.campaigns.values() if one.list_id == audience.id]
    return max(sent, default="")


def search_members(op: Operation) -> Answer:
    query, list_id = op.one("query").lower(), op.one("list_id")
    if not query:
        raise required("query")
    exact: list[Answer] = []
    partial: list[Answer] = []
    for audience in op.account.audiences.values():
        if list_id in {"", audience.id}:
            for member in audience.members.values():
                if member.email.lower() == query:
                    exact.append(full_view(op.account, audience, member, op.base))
                elif query in member.email.lower() or query in full_name(member).lower():
                    partial.append(full_view(op.account, audience, member, op.base))
    return {
        "exact_matches": {"members": exact[:MOST_MATCHES], "total_items": len(exact)},
        "full_search": {"members": partial[:MOST_MATCHES], "total_items": len(partial)},
        "_links": op.links("search-members"),
    }


ROUTES = [
    Route("GET", "/lists/{list_id}/members", list_members, MEMBERS),
    Route("GET", "/search-members", search_members, SEARCH),
]
