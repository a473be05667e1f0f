"""The webhook of an audience: who signed up, left, bounced, changed their profile or address.

Deliveries carry no id, come in any order and more than once, so they only say whom to read again. People are
known by the hash of their address here as everywhere; the id in the delivery is another one. Our own writes
are left out when the webhook is made. One made since 2026 is signed, and its secret is told once.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from connectors.sdk.errors import RecordRejected, RetryLater
from connectors.sdk.hooks import Hint, Inbound, Registered, RegisteredHook, Unreadable, Verdict
from connectors.sdk.http import HttpClient
from connectors.systems.mailchimp.client import api_of, read_object, written_object
from connectors.systems.mailchimp.errors import NOT_FOUND
from connectors.systems.mailchimp.hooks.forms import read_form
from connectors.systems.mailchimp.ids import member_hash
from connectors.systems.mailchimp.options import audience_options

WEBHOOKS = "/lists/{audience}/webhooks"
WEBHOOK = "/lists/{audience}/webhooks/{webhook}"
SIGNATURE = "x-mailchimp-signature"
TOLERANCE_SECONDS = 300
STREAMS = ("consent", "contacts")
CHANGED_ADDRESS = "upemail"
ADDRESS_OF = {
    "subscribe": "data[email]",
    "unsubscribe": "data[email]",
    "profile": "data[email]",
    "cleaned": "data[email]",
    CHANGED_ADDRESS: "data[new_email]",
}
"""Which field names the person, by event. A changed address is read at the new one: the old is nobody's."""
FORMER_ADDRESS = "data[old_email]"
EVENTS = {**dict.fromkeys(ADDRESS_OF, True), "campaign": False}
SOURCES = {"user": True, "admin": True, "api": False}


class AudienceHook(RegisteredHook):
    """See the module."""

    name = "audience"
    title = "Audience webhook"
    streams = frozenset(STREAMS)
    kept_headers: ClassVar[frozenset[str]] = frozenset({SIGNATURE})

    @classmethod
    def verify(cls, inbound: Inbound, secrets: Sequence[str]) -> Verdict:
        """See `Hook.verify`: signed if it was made so, else the address has to do."""
        if not secrets:
            return Verdict.UNSIGNED
        stamp, signatures = _signatures(inbound.headers.get(SIGNATURE, ""))
        signed = stamp.encode() + b"." + inbound.body
        expected = [hmac.digest(secret.encode(), signed, "sha256").hex().encode() for secret in secrets]
        # Each is compared, whichever fits: how long it takes tells nothing.
        matches = [hmac.compare_digest(one, given) for one in expected for given in signatures]
        if not any(matches):
            return Verdict.FORGED
        is_fresh = stamp.isdigit() and abs(inbound.at.timestamp() - int(stamp)) <= TOLERANCE_SECONDS
        return Verdict.GENUINE if is_fresh else Verdict.STALE

    @classmethod
    def hints(cls, inbound: Inbound) -> Sequence[Hint]:
        """See `Hook.hints`."""
        form = read_form(inbound.body)
        event = form.get("type", "")
        if not event:
            raise Unreadable("It names no event.")
        if event not in ADDRESS_OF:
            return [Hint(event, STREAMS)]
        address = form.get(ADDRESS_OF[event], "").strip()
        if not address:
            raise Unreadable(f"Its event, {event}, names nobody.")
        key, former = member_hash(address), member_hash(form.get(FORMER_ADDRESS, ""))
        moved = event == CHANGED_ADDRESS and bool(form.get(FORMER_ADDRESS, "").strip()) and former != key
        return [Hint(event, STREAMS, keys=(key,), at=_fired_at(form), former=former if moved else "")]

    def register(self, url: str) -> Registered:
        """See `RegisteredHook.register`. What is not asked for has no documented default, so all is said."""
        api, audience = self._place()
        body = {"url": url, "events": EVENTS, "sources": SOURCES}
        made = written_object(api.call("POST", WEBHOOKS, path={"audience": audience}, json=body))
        secret = str(made.get("signing_secret") or "")
        id_ = f"{audience}/{made.get('id', '')}"
        if made.get("signing_enabled") and not secret:
            self.remove(id_)
            raise RetryLater("Mailchimp made a webhook and did not tell its secret; we make another.")
        return Registered(id_, url, (secret,) if secret else ())

    def registered(self) -> Sequence[Registered]:
        """See `RegisteredHook.registered`."""
        api, audience = self._place()
        found = read_object(api, WEBHOOKS, audience=audience).get("webhooks") or []
        return [Registered(f"{audience}/{one.get('id')}", str(one.get("url") or "")) for one in found]

    def remove(self, id_: str) -> None:
        """See `RegisteredHook.remove`."""
        audience, _, webhook = id_.partition("/")
        api, _ = self._place()
        try:
            api.call("DELETE", WEBHOOK, path={"audience": audience, "webhook": webhook})
        except RecordRejected as fault:
            if fault.code != NOT_FOUND:
                raise

    def _place(self) -> tuple[HttpClient, str]:
        account = self.system.account
        return api_of(account), audience_options(account).audience_id


def _signatures(header: str) -> tuple[str, list[bytes]]:
    """The moment and the signatures of `t=...,v1=...,v1=...`."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    return stamps[0] if stamps else "", [value.encode() for name, _, value in parts if name == "v1"]


def _fired_at(form: Mapping[str, str]) -> datetime | None:
    """When it happened: no zone is said, and it is UTC."""
    try:
        return datetime.strptime(form.get("fired_at", ""), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
