"""/lists/{list_id}/webhooks: who is told about changes of an audience."""

from hashlib import sha256
from urllib.parse import urlsplit

from sandboxes.mailchimp.errors import Problem, invalid_resource, not_found, required
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route
from sandboxes.mailchimp.shapes import WEBHOOK
from sandboxes.mailchimp.state import Audience, Webhook
from sandboxes.mailchimp.webhook_sender import VALIDATOR, call

EVENTS = ("subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign")
SOURCES = ("user", "admin", "api")


def _view(op: Operation, audience: Audience, webhook: Webhook) -> Answer:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": webhook.events,
        "sources": webhook.sources,
        "list_id": audience.id,
        "_links": op.links("lists", audience.id, "webhooks", webhook.id),
    }


def list_webhooks(op: Operation) -> Answer:
    audience = op.audience()
    return {
        "webhooks": [_view(op, audience, webhook) for webhook in audience.webhooks.values()],
        "list_id": audience.id,
        "total_items": len(audience.webhooks),
        "_links": op.links("lists", audience.id, "webhooks"),
    }


def get_webhook(op: Operation) -> Answer:
    audience = op.audience()
    webhook = _known(op, audience)
    return {**_view(op, audience, webhook), "signing_enabled": bool(webhook.secret), "signing_secret": None}


def post_webhook(op: Operation) -> Answer:
    """The one answer that holds the secret."""
    audience, body = op.audience(), op.body(WEBHOOK)
    if "url" not in body:
        raise required("url")
    _check_url(audience, str(body["url"]), "")
    webhook_id = f"{op.account.number():010x}"
    secret = f"whsec_{sha256(f'{audience.id}/{webhook_id}'.encode()).hexdigest()[:32]}"
    events, sources = _flags(EVENTS, body.get("events")), _flags(SOURCES, body.get("sources"))
    webhook = audience.webhooks[webhook_id] = Webhook(webhook_id, str(body["url"]), events, sources, secret)
    return {**_view(op, audience, webhook), "signing_enabled": True, "signing_secret": secret}


def patch_webhook(op: Operation) -> Answer:
    audience = op.audience()
    webhook, body = _known(op, audience), op.body(WEBHOOK)
    if body.get("url", webhook.url) != webhook.url:
        _check_url(audience, str(body["url"]), webhook.id)
        webhook.url = str(body["url"])
    for held, given in ((webhook.events, body.get("events")), (webhook.sources, body.get("sources"))):
        held.update(given if isinstance(given, dict) else {})
    return _view(op, audience, webhook)


def delete_webhook(op: Operation) -> None:
    audience = op.audience()
    del audience.webhooks[_known(op, audience).id]


def _flags(names: tuple[str, ...], given: object) -> dict[str, bool]:
    """A flag that is not given counts as off: the vendor documents no default."""
    return dict.fromkeys(names, False) | (given if isinstance(given, dict) else {})


def _check_url(audience: Audience, url: str, own_id: str) -> None:
    """One per address, whatever its query; and somebody must answer there."""
    for webhook in audience.webhooks.values():
        if webhook.id != own_id and _address(webhook.url) == _address(url):
            raise _refused("Sorry, you can't set up multiple WebHooks for one URL")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _refused("This value is not a valid URL.")
    status = call("GET", url, {"User-Agent": VALIDATOR})
    if status != 200:
        raise _refused(
            f"We couldn't verify the URL is working. Please double check and try again. HTTP Code: {status}"
        )


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _refused(message: str) -> Problem:
    return invalid_resource([("url", message)])


def _known(op: Operation, audience: Audience) -> Webhook:
    webhook = audience.webhooks.get(op.params["webhook_id"])
    if webhook is None:
        raise not_found()
    return webhook


_ALL = "/lists/{list_id}/webhooks"
_ONE = f"{_ALL}/{{webhook_id}}"
ROUTES = [
    Route("GET", _ALL, list_webhooks),
    Route("POST", _ALL, post_webhook),
    Route("GET", _ONE, get_webhook),
    Route("PATCH", _ONE, patch_webhook),
    Route("DELETE", _ONE, delete_webhook),
]
