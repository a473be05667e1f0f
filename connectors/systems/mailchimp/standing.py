"""What becomes of a contact for where its account stands, and what we remember of what we did. Pure.

What we did to a subscription we may undo, and nothing else. So we keep a `Mark` with each contact we
unsubscribed or archived: what they were before, and how they looked right after. Who looks otherwise by then
has been changed by somebody else, perhaps by themselves; they stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.records import Party
from connectors.sdk.errors import RecordSkipped
from connectors.sdk.mapping import Desired
from connectors.systems.mailchimp.options import LONGEST_TAG, AudienceOptions

TREATMENT = "treatment"
"""The field of a desired state that says what becomes of the contact; never sent."""
UNSUBSCRIBE, ARCHIVE = "unsubscribe", "archive"
ARCHIVED, UNSUBSCRIBED, CLEANED = "archived", "unsubscribed", "cleaned"
MAILED = frozenset({"subscribed", "pending"})
"""The statuses that get mail, or are about to."""
CLEARED = "-"
"""Stands for "no mark": an empty version would leave the former one in place."""
BY_US = "Unsubscribed: account standing"
"""The tag of whom we unsubscribed: it tells people why, and us that nobody withdrew anything."""
BOUNCED = "Mail to this address bounced for good, so Mailchimp has taken it out of use (cleaned)."
_LONGEST_EVIDENCE = 200
_LABELS = {"category": "Category", "group": "Group", "branch": "Branch", "parent": "Part of"}


@dataclass(frozen=True, slots=True)
class Mark:
    """What we did to the contact `key`, what it `was` before, and what it looked like right after.

    `evidence` is the time of its last change for one we archived, the reason given for one we unsubscribed.
    """

    did: str
    was: str
    key: str
    evidence: str = ""

    def __str__(self) -> str:
        return f"{self.did}|{self.was}|{self.key}|{self.evidence}"

    @classmethod
    def of(cls, version: str) -> Mark | None:
        """The mark kept as a version; None where there is none."""
        parts = version.split("|", 3)
        return cls(*parts) if len(parts) == 4 and parts[0] in {ARCHIVED, UNSUBSCRIBED} else None

    @classmethod
    def made(cls, did: str, was: str, key: str, member: Mapping[str, Any] | None) -> Mark:
        """The mark of something just done, given how the contact looks now (None: not known)."""
        return cls(did, was, key, _evidence(did, member) if member else "")

    def doubt(self, member: Mapping[str, Any]) -> str:
        """Why a contact in the status we gave them should stay there all the same; empty where nothing is."""
        if self.was == CLEANED:
            return BOUNCED
        if self.did == ARCHIVED and not self.evidence:
            return "We could not see how it looked after we archived it."
        if self.evidence == _evidence(self.did, member):
            return ""
        if self.did == ARCHIVED:
            return "It was changed in Mailchimp after we archived it."
        return f"Mailchimp names another reason by now: {member.get('unsubscribe_reason') or 'none'}."


def treatment_of(record: Party, options: AudienceOptions) -> dict[str, str] | None:
    """What is to be done about a record for its standing, beyond a tag; None where nothing is.

    Raises `RecordSkipped` where it is to be left alone altogether.
    """
    action = options.standing_actions.get(record.standing, "keep")
    if action == "leave_out":
        why = f" ({record.standing_reason.strip()})" if record.standing_reason.strip() else ""
        raise RecordSkipped(
            f"Its account is {spoken(record.standing)}{why}, and your set-up leaves such accounts out.",
            code="left_out",
        )
    return {"action": action, "standing": str(record.standing)} if action in {UNSUBSCRIBE, ARCHIVE} else None


def asked_for(desired: Desired | None) -> str:
    """The treatment a desired state asks for, "" for none."""
    treatment = desired.always.get(TREATMENT) if desired else None
    return str(treatment.get("action", "")) if isinstance(treatment, Mapping) else ""


def why_not_created(desired: Desired) -> str:
    """Why a newcomer is not created."""
    treatment = desired.always.get(TREATMENT)
    standing = treatment.get("standing", "") if isinstance(treatment, Mapping) else ""
    return f"Its account is {spoken(str(standing))}, and such newcomers are not put into the audience."


def managed_tags(record: Party, options: AudienceOptions) -> list[str]:
    """The tags that follow the record: added as they come, taken off as they go."""
    tags = []
    if record.standing and options.standing_actions.get(record.standing) == "tag":
        tags.append(f"{options.standing_tag_prefix} {spoken(record.standing)}".strip())
    for source in options.tags_from:
        value = record.parent_key if source == "parent" else str(getattr(record, source))
        if value.strip():
            tags.append(f"{_LABELS[source]}: {value.strip()}")
    return list(dict.fromkeys(tag[:LONGEST_TAG].strip() for tag in tags))


def withdrew_nothing(status: object, reason: object, *, tagged: bool) -> bool:
    """Whether an unsubscribed contact is so by us: by its tag, unless the person has said so since.

    Mailchimp's reason for what the API or a colleague did speaks of an admin, in every language we know of.
    """
    told = str(reason or "").lower()
    by_admin = not told or "admin" in told or "ammin" in told
    return tagged and status == UNSUBSCRIBED and by_admin


def spoken(standing: str) -> str:
    """A standing in words."""
    return str(standing).replace("_", " ")


def _evidence(did: str, member: Mapping[str, Any]) -> str:
    name = "last_changed" if did == ARCHIVED else "unsubscribe_reason"
    return str(member.get(name) or "")[:_LONGEST_EVIDENCE]
