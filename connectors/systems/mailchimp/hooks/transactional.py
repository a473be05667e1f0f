"""The webhook of Mailchimp Transactional: what became of single mails, up to a thousand events per call.

The events cannot be asked for again, so they are taken as they come. Somebody enters our address in
Transactional and the webhook's key in the connection; the signature covers the address as it was entered.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from pydantic import SecretStr

from connectors.sdk.hooks import Hint, Hook, Inbound, Unreadable, Verdict
from connectors.sdk.settings import Settings
from connectors.sdk.system import Row
from connectors.systems.mailchimp.hooks.forms import read_form
from connectors.systems.mailchimp.streams.message_events import event_key

SIGNATURE = "x-mandrill-signature"
EVENTS = "mandrill_events"
STREAMS = ("message_events",)


class TransactionalHook(Hook):
    """See the module."""

    name = "transactional"
    title = "Transactional webhook"
    streams = frozenset(STREAMS)
    instructions = (
        "In Mailchimp Transactional: Settings > Webhooks > Add a Webhook. Choose the message events you "
        "want, enter our address as Post To URL, then copy the webhook's key into the credentials of the "
        "connection. Calls are refused, and sent again later, until the key is there."
    )
    keyed_by_connection = True
    kept_headers: ClassVar[frozenset[str]] = frozenset({SIGNATURE})

    @classmethod
    def secrets_of(cls, credentials: Settings) -> tuple[str, ...]:
        """See `Hook.secrets_of`."""
        key = getattr(credentials, "transactional_webhook_key", None)
        secret = key.get_secret_value() if isinstance(key, SecretStr) else ""
        return (secret,) if secret else ()

    @classmethod
    def is_probe(cls, inbound: Inbound) -> bool:
        """See `Hook.is_probe`. Transactional may also try an empty list, signed with a key of its own."""
        if super().is_probe(inbound):
            return True
        try:
            return read_form(inbound.body).get(EVENTS, "").strip() == "[]"
        except Unreadable:
            return False

    @classmethod
    def verify(cls, inbound: Inbound, secrets: Sequence[str]) -> Verdict:
        """See `Hook.verify`."""
        if not secrets:
            return Verdict.KEYLESS
        try:
            form = read_form(inbound.body)
        except Unreadable:
            return Verdict.FORGED
        signed = (inbound.url + "".join(name + form[name] for name in sorted(form))).encode()
        given = inbound.headers.get(SIGNATURE, "").encode()
        matches = [
            hmac.compare_digest(base64.b64encode(hmac.digest(secret.encode(), signed, "sha1")), given)
            for secret in secrets
        ]
        return Verdict.GENUINE if any(matches) else Verdict.FORGED

    @classmethod
    def hints(cls, inbound: Inbound) -> Sequence[Hint]:
        """See `Hook.hints`."""
        try:
            events = json.loads(read_form(inbound.body).get(EVENTS, ""))
        except (ValueError, RecursionError) as error:
            raise Unreadable("Its events cannot be read.") from error
        if not isinstance(events, list):
            raise Unreadable("Its events are no list.")
        return list(_hints(events))


def _hints(events: Sequence[object]) -> Iterator[Hint]:
    for event in events:
        if not isinstance(event, dict) or not event.get("_id") or not event.get("event"):
            # A change of the lists of allowed and denied addresses, or nothing we know.
            kind = event.get("type") if isinstance(event, dict) else None
            yield Hint(str(kind or "unknown")[:60], STREAMS)
            continue
        at = _moment(event.get("ts"))
        yield Hint(str(event["event"]), STREAMS, at=at, rows=(Row(event_key(event), event, changed_at=at),))


def _moment(ts: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(ts, UTC) if isinstance(ts, int | float) else None
    except (ValueError, OverflowError, OSError):
        return None
