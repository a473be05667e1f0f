"""Who unsubscribed, and whose mail bounced for good: members by the time of their last change."""

from __future__ import annotations

from typing import Any

from connectors.records import Consent
from connectors.sdk.errors import RecordRejected
from connectors.systems.mailchimp.streams.changes import MemberChanges
from connectors.systems.mailchimp.streams.members import refuse_what_we_did
from connectors.systems.mailchimp.times import read_time


class ConsentStream(MemberChanges[Consent]):
    """Whoever may not be mailed any more.

    Archiving a contact is no withdrawal and is not told; nor is what we did ourselves for an account's sake.
    """

    name = "consent"
    record = Consent
    statuses = ("unsubscribed", "cleaned")
    fields = ("id", "email_address", "status", "unsubscribe_reason", "last_changed")

    def canonical(self, raw: dict[str, Any]) -> Consent:
        """See `Stream.canonical`."""
        if not raw.get("id") or not raw.get("status"):
            raise RecordRejected("Mailchimp named neither the contact nor its status.", code="incomplete")
        refuse_what_we_did(raw)
        return Consent(
            key=str(raw["id"]),
            email=str(raw.get("email_address") or ""),
            status=str(raw["status"]),
            reason=str(raw.get("unsubscribe_reason") or ""),
            changed_at=read_time(raw.get("last_changed")),
        )
