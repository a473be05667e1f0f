"""What a contact did: the events written about it, and its activity feed."""

from collections.abc import Iterator

from sandboxes.mailchimp.campaigns import activity
from sandboxes.mailchimp.errors import invalid_resource, not_found
from sandboxes.mailchimp.fields import OPEN, Shape, shape
from sandboxes.mailchimp.membership import find
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route
from sandboxes.mailchimp.shapes import EVENT
from sandboxes.mailchimp.state import Audience, Member
from sandboxes.mailchimp.times import parse_datetime

_KINDS = (
    "bounce click conversation ecommerce_signup event web_engagement generic_signup landing_page_signup "
    "marketing_permission note open order postcard_sent sent signup squatter_signup unsub website_signup "
    "survey_response sms_bulk_sent inbox_thread qbo_payment_link video_call_transcripts"
)
KINDS = frozenset(_KINDS.split())

EVENTS: Shape = shape("total_items", events=shape("occurred_at name", properties=OPEN), _links=OPEN)
FEED: Shape = shape("email_id list_id", activity=OPEN, _links=OPEN)


def post_event(op: Operation) -> None:
    audience = op.audience()
    member, body = _known(op, audience), op.body(EVENT)
    event: Answer = {
        "occurred_at": parse_datetime(str(body.get("occurred_at", ""))) or op.now,
        "name": body["name"],
        "properties": body.get("properties", {}),
    }
    audience.events.setdefault(member.hash, []).append(event)
    op.journal.wrote("member_events", f"{audience.id}/{member.hash}", "created")


def list_events(op: Operation) -> Answer:
    audience = op.audience()
    member = _known(op, audience)
    events = audience.events.get(member.hash, [])
    return {
        "events": events[op.page()],
        "total_items": len(events),
        "_links": op.links("lists", audience.id, "members", member.hash, "events"),
    }


def activity_feed(op: Operation) -> Answer:
    audience = op.audience()
    member = _known(op, audience)
    wanted = set(filter(None, op.one("activity_filters").split(",")))
    if unknown := wanted - KINDS:
        raise invalid_resource([("activity_filters", f"There is no activity {min(unknown)}.")])
    feed = [one for one in _feed(op, audience, member) if not wanted or one["activity_type"] in wanted]
    feed.sort(key=lambda one: str(one["created_at_timestamp"]), reverse=True)
    return {
        "activity": feed[op.page()],
        "email_id": member.hash,
        "list_id": audience.id,
        "_links": op.links("lists", audience.id, "members", member.hash, "activity-feed"),
    }


def _feed(op: Operation, audience: Audience, member: Member) -> Iterator[Answer]:
    for campaign in op.account.campaigns.values():
        if campaign.list_id == audience.id and member.hash in campaign.recipients:
            about = {"campaign_id": campaign.id, "campaign_title": campaign.title}
            yield {"activity_type": "sent", "created_at_timestamp": campaign.send_time, **about}
            for done in activity(campaign, member.hash, op.now):
                yield _from_mail(done) | about
    for event in audience.events.get(member.hash, ()):
        properties = event["properties"]
        yield {
            "activity_type": "event",
            "created_at_timestamp": event["occurred_at"],
            "event_name": event["name"],
            "event_properties": list(properties.values()) if isinstance(properties, dict) else [],
        }
    yield from _orders(op, audience, member)
    if member.status == "unsubscribed":
        yield {
            "activity_type": "unsub",
            "created_at_timestamp": member.last_changed,
            "is_admin_unsubscribed": not member.compliance,
            "unsubscribe_reason": member.unsubscribe_reason,
        }


def _from_mail(done: Answer) -> Answer:
    shown: Answer = {"activity_type": done["action"], "created_at_timestamp": done["timestamp"]}
    if done["action"] == "click":
        shown["link_clicked"] = done["url"]
    elif done["action"] == "bounce":
        shown["bounce_type"] = done["type"]
    return shown


def _orders(op: Operation, audience: Audience, member: Member) -> Iterator[Answer]:
    """Orders that were never processed do not show."""
    for store in op.account.stores.values():
        if store.list_id != audience.id:
            continue
        for customer_id in store.by_email.get(member.email.lower(), ()):
            for order_id in store.customers[customer_id].orders:
                order = store.orders[order_id]
                if order.details.get("processed_at_foreign"):
                    yield {
                        "activity_type": "order",
                        "created_at_timestamp": order.details["processed_at_foreign"],
                        "order_id": order.id,
                        "order_total": str(order.details["order_total"]),
                        "store_name": store.details["name"],
                    }


def _known(op: Operation, audience: Audience) -> Member:
    member = find(audience, op.params["subscriber_hash"])
    if member is None:
        raise not_found()
    return member


_ONE = "/lists/{list_id}/members/{subscriber_hash}"
ROUTES = [
    Route("POST", f"{_ONE}/events", post_event),
    Route("GET", f"{_ONE}/events", list_events, EVENTS),
    Route("GET", f"{_ONE}/activity-feed", activity_feed, FEED),
]
