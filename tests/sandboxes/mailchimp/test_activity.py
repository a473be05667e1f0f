"""Events, the activity feed, and reports about sent mails."""

from sandboxes.mailchimp import CUSTOMERS, Mailchimp
from sandboxes.mailchimp.addresses import subscriber_hash
from tests.sandboxes.mailchimp.caller import Caller

MEMBERS = f"/lists/{CUSTOMERS}/members"
JANE = "jane@firma.example"


def test_an_event_is_204_and_can_be_read_back(api: Caller, sandbox: Mailchimp) -> None:
    sandbox.mutate("sign_up", email=JANE)
    event = {
        "name": "order_shipped",
        "properties": {"number": "17"},
        "occurred_at": "2026-01-02T10:00:00+00:00",
    }
    assert api.post(f"{MEMBERS}/{JANE}/events", event).status == 204
    events = api.get(f"{MEMBERS}/{JANE}/events")
    assert events.rows("events") == [event]
    assert api.post(f"{MEMBERS}/{JANE}/events", {"name": "x"}).status == 400
    numbers = {"name": "ok", "properties": {"n": 1}}
    assert list(api.post(f"{MEMBERS}/{JANE}/events", numbers).errors) == ["properties.n"]


def test_who_opens_follows_from_the_addresses(api: Caller, sandbox: Mailchimp) -> None:
    for number in range(60):
        sandbox.mutate("sign_up", email=f"p{number}@firma.example")
    sandbox.mutate("unsubscribe", email="p0@firma.example")
    campaign = sandbox.mutate("send_campaign", title="Spring")
    activity = f"/reports/{campaign}/email-activity"
    assert all(row["activity"] == [] for row in api.get(activity, count=100).rows("emails"))
    sandbox.clock.advance(3 * 3600)
    report = api.get(f"/reports/{campaign}")
    opens, clicks = report["opens"], report["clicks"]
    assert isinstance(opens, dict)
    assert isinstance(clicks, dict)
    assert report["emails_sent"] == 59
    assert 0 < clicks["unique_clicks"] < opens["unique_opens"] < 59
    rows = api.get(activity, count=100).rows("emails")
    assert sum(1 for row in rows if row["activity"]) == opens["unique_opens"]
    assert api.get("/reports")["total_items"] == 1


def test_activity_since_shows_only_what_came_after(api: Caller, sandbox: Mailchimp) -> None:
    sandbox.mutate("sign_up", email=JANE)
    sandbox.mutate("sign_up", email="john@firma.example")
    campaign = str(sandbox.mutate("send_campaign"))
    sandbox.clock.advance(4 * 3600)
    since = str(api.get("/")["last_login"])
    sandbox.clock.advance(60)
    sandbox.mutate("engage", email=JANE, campaign_id=campaign, done="click")
    rows = api.get(f"/reports/{campaign}/email-activity", since=since).rows("emails")
    assert [row["email_address"] for row in rows] == [JANE]
    assert [one["action"] for one in rows[0]["activity"]] == ["click"]  # type: ignore[attr-defined]


def test_the_feed_is_newest_first_and_can_be_narrowed(api: Caller, sandbox: Mailchimp) -> None:
    sandbox.mutate("sign_up", email=JANE)
    campaign = str(sandbox.mutate("send_campaign"))
    sandbox.clock.advance(4 * 3600)
    sandbox.mutate("engage", email=JANE, campaign_id=campaign)
    sandbox.clock.advance(60)
    sandbox.mutate("unsubscribe", email=JANE, reason="Too many mails")
    feed = f"{MEMBERS}/{subscriber_hash(JANE)}/activity-feed"
    kinds = [one["activity_type"] for one in api.get(feed).rows("activity")]
    assert kinds[0] == "unsub"
    assert kinds[-1] == "sent"
    assert api.get(feed, activity_filters="unsub").rows("activity") == [
        {
            "activity_type": "unsub",
            "created_at_timestamp": api.get(f"{MEMBERS}/{JANE}")["last_changed"],
            "is_admin_unsubscribed": False,
            "unsubscribe_reason": "Too many mails",
        }
    ]
    assert api.get(feed, activity_filters="dance").status == 400


def test_only_processed_orders_show_in_the_feed(api: Caller, sandbox: Mailchimp) -> None:
    sandbox.mutate("sign_up", email=JANE)
    store = {"id": "s", "list_id": CUSTOMERS, "name": "Shop", "currency_code": "EUR"}
    api.post("/ecommerce/stores", store)
    api.post(
        "/ecommerce/stores/s/products", {"id": "p", "title": "P", "variants": [{"id": "p", "title": "P"}]}
    )
    line = {"id": "1", "product_id": "p", "product_variant_id": "p", "quantity": 1, "price": 5}
    order = {
        "customer": {"id": "c", "email_address": JANE, "opt_in_status": False},
        "currency_code": "EUR",
        "order_total": 5,
        "lines": [line],
    }
    api.post("/ecommerce/stores/s/orders", {"id": "unprocessed", **order})
    processed = {"id": "processed", **order, "processed_at_foreign": "2026-01-02T10:00:00+00:00"}
    api.post("/ecommerce/stores/s/orders", processed)
    feed = api.get(f"{MEMBERS}/{JANE}/activity-feed", activity_filters="order").rows("activity")
    assert [one["order_id"] for one in feed] == ["processed"]
