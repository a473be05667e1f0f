"""/lists: the audiences themselves. They are made in the vendor's own pages; here they are only read."""

from sandboxes.mailchimp.fields import OPEN, Shape, shape
from sandboxes.mailchimp.membership import find
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route
from sandboxes.mailchimp.state import Audience

_STATS = (
    "member_count total_contacts unsubscribe_count cleaned_count member_count_since_send "
    "unsubscribe_count_since_send cleaned_count_since_send campaign_count campaign_last_sent "
    "merge_field_count avg_sub_rate avg_unsub_rate target_sub_rate open_rate click_rate "
    "last_sub_date last_unsub_date"
)
LIST: Shape = shape(
    "id web_id name permission_reminder use_archive_bar notify_on_subscribe notify_on_unsubscribe "
    "date_created list_rating email_type_option subscribe_url_short subscribe_url_long beamer_address "
    "visibility double_optin has_welcome marketing_permissions modules",
    contact=shape("company address1 address2 city state zip country phone"),
    campaign_defaults=shape("from_name from_email subject language"),
    stats=shape(_STATS), _links=OPEN,
)  # fmt: skip
LISTS: Shape = shape(
    "total_items", lists=LIST, _links=OPEN,
    constraints=shape("may_create max_instances current_total_instances"),
)  # fmt: skip


def _view(op: Operation, audience: Audience) -> Answer:
    return {
        "id": audience.id,
        "web_id": audience.web_id,
        "name": audience.name,
        "contact": audience.contact,
        "permission_reminder": audience.permission_reminder,
        "use_archive_bar": True,
        "campaign_defaults": audience.campaign_defaults,
        "notify_on_subscribe": "",
        "notify_on_unsubscribe": "",
        "date_created": audience.date_created,
        "list_rating": 0,
        "email_type_option": audience.email_type_option,
        "subscribe_url_short": f"http://eepurl.example/{audience.id}",
        "subscribe_url_long": f"https://sandbox.{op.account.dc}.list-manage.example/subscribe?id={audience.id}",
        "beamer_address": f"{audience.id}@inbound.mailchimp.example",
        "visibility": "prv",
        "double_optin": audience.double_optin,
        "has_welcome": False,
        "marketing_permissions": bool(audience.permissions),
        "modules": [],
        "stats": _stats(op, audience),
        "_links": op.links("lists", audience.id),
    }


def _stats(op: Operation, audience: Audience) -> Answer:
    counts = audience.by_status
    sent = [one.send_time for one in op.account.campaigns.values() if one.list_id == audience.id]
    stats: Answer = dict.fromkeys(_STATS.split(), 0)
    stats |= {
        "member_count": counts["subscribed"],
        "unsubscribe_count": counts["unsubscribed"],
        "cleaned_count": counts["cleaned"],
        "campaign_count": len(sent),
        "campaign_last_sent": max(sent, default=""),
        "merge_field_count": len(audience.merge_fields),
        "last_sub_date": "",
        "last_unsub_date": "",
    }
    if op.flag("include_total_contacts"):
        stats["total_contacts"] = sum(counts.values())
    else:
        del stats["total_contacts"]
    return stats


def list_lists(op: Operation) -> Answer:
    found = list(op.account.audiences.values())
    since, before = op.moment("since_date_created"), op.moment("before_date_created")
    if since:
        found = [one for one in found if one.date_created > since]
    if before:
        found = [one for one in found if one.date_created < before]
    if email := op.one("email"):
        found = [one for one in found if find(one, email)]
    if op.one("has_ecommerce_store"):
        with_store = {store.list_id for store in op.account.stores.values()}
        found = [one for one in found if (one.id in with_store) == op.flag("has_ecommerce_store")]
    if op.choice("sort_dir", ("ASC", "DESC")) == "DESC" and op.choice("sort_field", ("date_created",)):
        found.sort(key=lambda one: one.date_created, reverse=True)
    return {
        "lists": [_view(op, audience) for audience in found[op.page()]],
        "total_items": len(found),
        "constraints": {
            "may_create": False,
            "max_instances": len(op.account.audiences),
            "current_total_instances": len(op.account.audiences),
        },
        "_links": op.links("lists"),
    }


def get_list(op: Operation) -> Answer:
    return _view(op, op.audience())


ROUTES = [
    Route("GET", "/lists", list_lists, LISTS),
    Route("GET", "/lists/{list_id}", get_list, LIST),
]
