"""Sent mails: who opened and clicked them, and /reports about it.

Nobody reads mail here. Whether and when an address opened follows from its hash, so that the same
contacts always give the same figures; `engage` of the control adds what a test wants to see.
"""

from datetime import datetime, timedelta

from sandboxes.mailchimp.errors import not_found
from sandboxes.mailchimp.fields import OPEN, Shape, shape
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route
from sandboxes.mailchimp.state import Account, Audience, Campaign
from sandboxes.mailchimp.times import stamp

LINK = "https://shop.example/news"
IP = "192.0.2.10"
MOST_PER_MEMBER = 1000

REPORT: Shape = shape(
    "id campaign_title type list_id list_is_active list_name subject_line preview_text emails_sent "
    "abuse_reports unsubscribed send_time rss_last_send",
    bounces=shape("hard_bounces soft_bounces syntax_errors"),
    opens=shape("opens_total unique_opens open_rate last_open"),
    clicks=shape("clicks_total unique_clicks unique_subscriber_clicks click_rate last_click"),
    _links=OPEN,
)
REPORTS: Shape = shape("total_items", reports=REPORT, _links=OPEN)
EMAIL_ACTIVITY: Shape = shape(
    "campaign_id total_items",
    emails=shape(
        "campaign_id list_id list_is_active email_id email_address",
        activity=shape("action type timestamp url ip"), _links=OPEN,
    ),
    _links=OPEN,
)  # fmt: skip


def send(account: Account, audience: Audience, title: str, now: str) -> Campaign:
    """Sends a mail to everybody subscribed now."""
    recipients = {one.hash: one.email for one in audience.members.values() if one.status == "subscribed"}
    campaign = Campaign(f"{account.number():010x}", audience.id, title, now, recipients)
    account.campaigns[campaign.id] = campaign
    return campaign


def activity(campaign: Campaign, key: str, now: str) -> list[Answer]:
    """What one recipient has done with a mail up to now, oldest first."""
    chance = int(key[:8], 16)
    sent = datetime.fromisoformat(campaign.send_time)
    done: list[Answer] = []
    if chance % 3 == 0:
        opened = sent + timedelta(seconds=60 + chance // 3 % 7200)
        done.append({"action": "open", "timestamp": stamp(opened), "ip": IP})
        if chance % 9 == 0:
            done.append({"action": "open", "timestamp": stamp(opened + timedelta(minutes=30)), "ip": IP})
        if chance % 6 == 0:
            clicked = stamp(opened + timedelta(seconds=45))
            done.append({"action": "click", "timestamp": clicked, "url": LINK, "ip": IP})
    done += campaign.extra.get(key, [])
    past = [one for one in done if str(one["timestamp"]) <= now]
    past.sort(key=lambda one: str(one["timestamp"]))
    return past[:MOST_PER_MEMBER]


def list_reports(op: Operation) -> Answer:
    found = list(op.account.campaigns.values())
    since, before = op.moment("since_send_time"), op.moment("before_send_time")
    if since:
        found = [one for one in found if one.send_time > since]
    if before:
        found = [one for one in found if one.send_time < before]
    if op.choice("type", ("regular", "plaintext", "absplit", "rss", "variate")) not in {"", "regular"}:
        found = []
    return {
        "reports": [_report(op, campaign) for campaign in found[op.page()]],
        "total_items": len(found),
        "_links": op.links("reports"),
    }


def get_report(op: Operation) -> Answer:
    return _report(op, _known(op))


def email_activity(op: Operation) -> Answer:
    campaign, since = _known(op), op.moment("since")
    emails = []
    for key, email in campaign.recipients.items():
        done = [one for one in activity(campaign, key, op.now) if str(one["timestamp"]) > since]
        if done or not since:
            emails.append((key, email, done))
    return {
        "emails": [_email(op, campaign, *one) for one in emails[op.page()]],
        "campaign_id": campaign.id,
        "total_items": len(emails),
        "_links": op.links("reports", campaign.id, "email-activity"),
    }


def _email(op: Operation, campaign: Campaign, key: str, email: str, done: list[Answer]) -> Answer:
    return {
        "campaign_id": campaign.id,
        "list_id": campaign.list_id,
        "list_is_active": True,
        "email_id": key,
        "email_address": email,
        "activity": done,
        "_links": op.links("reports", campaign.id, "email-activity", key),
    }


def _known(op: Operation) -> Campaign:
    campaign = op.account.campaigns.get(op.params["campaign_id"])
    if campaign is None:
        raise not_found()
    return campaign


def _report(op: Operation, campaign: Campaign) -> Answer:
    by_member = [activity(campaign, key, op.now) for key in campaign.recipients]
    audience, sent = op.account.audiences[campaign.list_id], len(campaign.recipients)
    opens, openers = _of(by_member, "open")
    clicks, clickers = _of(by_member, "click")
    bounces, bounced = _of(by_member, "bounce")
    return {
        "id": campaign.id,
        "campaign_title": campaign.title,
        "type": "regular",
        "list_id": campaign.list_id,
        "list_is_active": True,
        "list_name": audience.name,
        "subject_line": campaign.title,
        "preview_text": "",
        "emails_sent": sent,
        "abuse_reports": 0,
        "unsubscribed": 0,
        "send_time": campaign.send_time,
        "rss_last_send": "",
        "bounces": {"hard_bounces": bounced, "soft_bounces": len(bounces) - bounced, "syntax_errors": 0},
        "opens": {
            "opens_total": len(opens), "unique_opens": openers, "open_rate": openers / sent if sent else 0,
            "last_open": max(opens, default=""),
        },
        "clicks": {
            "clicks_total": len(clicks), "unique_clicks": clickers, "unique_subscriber_clicks": clickers,
            "click_rate": clickers / sent if sent else 0, "last_click": max(clicks, default=""),
        },
        "_links": op.links("reports", campaign.id),
    }  # fmt: skip


def _of(by_member: list[list[Answer]], action: str) -> tuple[list[str], int]:
    """The times of an action, and how many members did it."""
    times = [[str(one["timestamp"]) for one in done if one["action"] == action] for done in by_member]
    return [moment for done in times for moment in done], sum(1 for done in times if done)


ROUTES = [
    Route("GET", "/reports", list_reports, REPORTS),
    Route("GET", "/reports/{campaign_id}", get_report, REPORT),
    Route("GET", "/reports/{campaign_id}/email-activity", email_activity, EMAIL_ACTIVITY),
]
