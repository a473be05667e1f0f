"""A contact as the API shows it: the whole resource, and the smaller one of batch answers."""

from collections.abc import Iterator

from sandboxes.mailchimp.campaigns import activity
from sandboxes.mailchimp.fields import OPEN, Shape, shape
from sandboxes.mailchimp.membership import contact_id, unique_email_id
from sandboxes.mailchimp.operation import Answer
from sandboxes.mailchimp.state import Account, Audience, Customer, Member

MOST_TAGS = 50
WHENEVER = "9999"  # rates are of what recipients ever do, so that they do not change with every look
NO_LOCATION = {
    "latitude": 0, "longitude": 0, "gmtoff": 0, "dstoff": 0, "country_code": "", "timezone": "",
}  # fmt: skip
NOT_IN_SEGMENTS = ("source", "tags_count", "tags", "web_id", "contact_id", "consents_to_one_to_one_messaging")

MEMBER: Shape = shape(
    "id email_address unique_email_id contact_id full_name web_id email_type status unsubscribe_reason "
    "consents_to_one_to_one_messaging sms_phone_number sms_subscription_status sms_subscription_last_updated "
    "ip_signup timestamp_signup ip_opt timestamp_opt member_rating last_changed language vip email_client "
    "source tags_count list_id",
    merge_fields=OPEN, interests=OPEN, _links=OPEN,
    stats=shape(
        "avg_open_rate avg_click_rate",
        ecommerce_data=shape("total_revenue number_of_orders currency_code"),
    ),
    location=shape(f"{' '.join(NO_LOCATION)} region"),
    marketing_permissions=shape("marketing_permission_id text enabled"),
    last_note=shape("note_id created_at created_by note"),
    tags=shape("id name"),
)  # fmt: skip
MEMBERS: Shape = shape("list_id total_items", members=MEMBER, _links=OPEN)


def brief_view(audience: Audience, member: Member, base: str) -> Answer:
    """The contact as POST /lists/{id} answers it. It has no word for `archived`, so it leaves that out."""
    held = member.merge
    view: Answer = {
        "id": member.hash,
        "email_address": member.email,
        "unique_email_id": unique_email_id(member.hash),
        "contact_id": contact_id(audience, member),
        "email_type": member.email_type,
        "status": member.status,
        "merge_fields": {tag: held.get(tag, "") for tag in audience.merge_fields},
        "interests": {},
        "stats": {"avg_open_rate": 0, "avg_click_rate": 0},
        "ip_signup": member.ip_signup,
        "timestamp_signup": member.timestamp_signup,
        "ip_opt": member.ip_opt,
        "timestamp_opt": member.timestamp_opt,
        "member_rating": 2,
        "last_changed": member.last_changed,
        "language": member.language,
        "vip": member.vip,
        "email_client": "",
        "location": NO_LOCATION if member.location is None else NO_LOCATION | member.location,
        "tags_count": len(member.tags) if member.tags else 0,
        "tags": tags_of(audience, member),
        "list_id": audience.id,
        "_links": [
            {"rel": "self", "href": f"{base}/lists/{audience.id}/members/{member.hash}", "method": "GET"}
        ],
    }
    if member.status == "archived":
        del view["status"]
    return view


def full_view(account: Account, audience: Audience, member: Member, base: str) -> Answer:
    view = brief_view(audience, member, base)
    view["status"] = member.status
    view["web_id"] = audience.web_id * 1_000_000 + member.number
    view["full_name"] = full_name(member)
    view["source"] = member.source
    view["consents_to_one_to_one_messaging"] = True
    view["stats"] = stats(account, audience, member)
    view["location"] = {**NO_LOCATION, "region": "", **(member.location or {})}
    if member.status == "unsubscribed":
        view["unsubscribe_reason"] = member.unsubscribe_reason
    if audience.permissions:
        held = member.permissions or {}
        view["marketing_permissions"] = [
            {"marketing_permission_id": key, "text": text, "enabled": held.get(key, False)}
            for key, text in audience.permissions.items()
        ]
    return view


def segment_view(account: Account, audience: Audience, member: Member, base: str) -> Answer:
    """The contact as a segment lists it."""
    view = full_view(account, audience, member, base)
    view["location"] = NO_LOCATION | (member.location or {})
    return {name: value for name, value in view.items() if name not in NOT_IN_SEGMENTS}


def full_name(member: Member) -> str:
    return f"{member.merge.get('FNAME', '')} {member.merge.get('LNAME', '')}".strip()


def tags_of(audience: Audience, member: Member) -> list[Answer]:
    if not member.tags:
        return []
    latest = list(member.tags)[:MOST_TAGS]
    return [{"id": segment_id, "name": audience.segments[segment_id].name} for segment_id in latest]


def stats(account: Account, audience: Audience, member: Member) -> Answer:
    shown: Answer = {"avg_open_rate": 0, "avg_click_rate": 0}
    received = [one for one in account.campaigns.values() if one.list_id == audience.id]
    received = [one for one in received if member.hash in one.recipients]
    if received:
        done = [{entry["action"] for entry in activity(one, member.hash, WHENEVER)} for one in received]
        for rate, action in (("avg_open_rate", "open"), ("avg_click_rate", "click")):
            shown[rate] = round(sum(action in actions for actions in done) / len(received), 4)
    bought = list(_purchases(account, audience, member))
    if bought:
        totals = [total for _, customer in bought for total in customer.spent]
        shown["ecommerce_data"] = {
            "total_revenue": round(sum(totals), 4),
            "number_of_orders": len(totals),
            "currency_code": bought[0][0],
        }
    return shown


def _purchases(account: Account, audience: Audience, member: Member) -> Iterator[tuple[str, Customer]]:
    """With the store's currency: the vendor adds up totals whatever currency they are in."""
    for store in account.stores.values():
        if store.list_id == audience.id:
            for customer_id in store.by_email.get(member.email.lower(), ()):
                yield str(store.details["currency_code"]), store.customers[customer_id]
