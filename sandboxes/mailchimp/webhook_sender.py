"""Delivers what happened to an audience: form-encoded with brackets, signed, retried, maybe twice.

Deliveries leave on a thread of their own, after the call that caused them was answered. Retries are due
by the sandbox's clock and leave with the next call or control call after their time.
"""

import hmac
import http.client
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock, Thread
from urllib.parse import urlencode, urlsplit

from sandboxes.kit import Clock
from sandboxes.mailchimp.state import Audience, News, Webhook

VALIDATOR = "MailChimp.com WebHook Validator"
AGENT = "MailChimp.com"
ANSWER_SECONDS = 10.0
# Seconds after the first try; nothing is tried for longer than 75 minutes.
RETRIES = (60, 300, 900, 1800, 4500)
UNREACHABLE = 0


@dataclass(slots=True)
class Delivery:
    webhook: Webhook
    body: str
    first_due: float
    due: float
    tries: int = 0
    last_status: int = UNREACHABLE


def call(method: str, url: str, headers: Mapping[str, str], body: str = "") -> int:
    """The status of one call; 0 where nobody answered in time. Follows no redirect."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=ANSWER_SECONDS)
    try:
        connection.request(method, f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}",
                           body or None, dict(headers))  # fmt: skip
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return UNREACHABLE
    finally:
        connection.close()


class Sender:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._thread: Thread | None = None
        self.held = False  # keeps deliveries until they are asked for
        self._asked: tuple[int, bool] | None = None
        self.waiting: list[Delivery] = []
        self.done: list[Delivery] = []

    def collect(self, audiences: Iterable[Audience]) -> None:
        """Turns news into deliveries. Called with the state locked."""
        now = self._clock.timestamp()
        for audience in audiences:
            if audience.news:
                fresh = [
                    Delivery(webhook, _form(news), now, now)
                    for news in audience.news
                    for webhook in audience.webhooks.values()
                    if wants(webhook, news)
                ]
                audience.news.clear()
                with self._lock:
                    self.waiting += fresh

    def kick(self) -> None:
        """Sends what is due, unless it is being sent already."""
        if self.held or not self.waiting:
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._drain, name="mailchimp-webhooks", daemon=True)
                self._thread.start()

    def ask(self, *, copies: int, backwards: bool) -> int:
        """Plans a delivery for when the state is no longer locked: a receiver may want to call us back."""
        self._asked = copies, backwards
        now = self._clock.timestamp()
        return sum(1 for one in self.waiting if one.due <= now)

    def deliver_asked(self) -> None:
        if self._asked is not None:
            (copies, backwards), self._asked = self._asked, None
            self.deliver(copies=copies, backwards=backwards)

    def deliver(self, *, copies: int = 1, backwards: bool = False) -> int:
        """Sends everything that is due now, and waits for it."""
        due = self._take_due()
        for delivery in reversed(due) if backwards else due:
            for _ in range(copies):
                self._send(delivery)
            self._settle(delivery)
        return len(due)

    def finish(self, seconds: float = 5.0) -> None:
        """Waits for what is being sent."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def reset(self) -> None:
        with self._lock:
            self.held = False
            self.waiting.clear()
            self.done.clear()

    def _drain(self) -> None:
        while self.deliver():
            pass

    def _take_due(self) -> list[Delivery]:
        now = self._clock.timestamp()
        with self._lock:
            due = [one for one in self.waiting if one.due <= now]
            self.waiting = [one for one in self.waiting if one.due > now]
        return due

    def _send(self, delivery: Delivery) -> None:
        webhook = delivery.webhook
        headers = {"User-Agent": AGENT, "Content-Type": "application/x-www-form-urlencoded"}
        if webhook.secret:
            moment = int(self._clock.timestamp())
            headers["X-Mailchimp-Signature"] = sign(webhook.secret, delivery.body, moment)
        delivery.tries += 1
        delivery.last_status = call("POST", webhook.url, headers, delivery.body) if webhook.enabled else 410

    def _settle(self, delivery: Delivery) -> None:
        if delivery.last_status == 410:
            delivery.webhook.enabled = False
        again = next((after for after in RETRIES if delivery.first_due + after > delivery.due), None)
        with self._lock:
            if delivery.last_status in {200, 410} or again is None:
                self.done.append(delivery)
            else:
                delivery.due = delivery.first_due + again
                self.waiting.append(delivery)


def wants(webhook: Webhook, news: News) -> bool:
    """Campaigns cannot be limited by source."""
    by_source = news.kind == "campaign" or webhook.sources.get(news.source, False)
    return webhook.enabled and webhook.events.get(news.kind, False) and by_source


def sign(secret: str, body: str, moment: int) -> str:
    digest = hmac.digest(secret.encode(), f"{moment}.{body}".encode(), "sha256").hex()
    return f"t={moment},v1={digest}"


def _form(news: News) -> str:
    fired = datetime.fromisoformat(news.at).strftime("%Y-%m-%d %H:%M:%S")
    pairs = [("type", news.kind), ("fired_at", fired)]
    for name, value in news.data.items():
        pairs += _bracketed(f"data[{name}]", value)
    return urlencode(pairs)


def _bracketed(name: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        return [pair for key, inner in value.items() for pair in _bracketed(f"{name}[{key}]", inner)]
    return [(name, str(value))]
