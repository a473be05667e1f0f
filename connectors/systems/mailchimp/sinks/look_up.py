"""Whether a write to an audience that went unanswered was done, as the contact tells."""

from __future__ import annotations

from connectors.sdk.system import Action, Change, Written
from connectors.systems.mailchimp.client import without_links
from connectors.systems.mailchimp.compare import holds
from connectors.systems.mailchimp.sinks.member_calls import Member, MemberCalls, comparable, row_of
from connectors.systems.mailchimp.sinks.own_tags import surplus, tags_of
from connectors.systems.mailchimp.standing import (
    ARCHIVE,
    ARCHIVED,
    CLEARED,
    MAILED,
    UNSUBSCRIBE,
    Mark,
    asked_for,
)


def reads_alone(change: Change) -> bool:
    """Whether its contact is not among those a list shows: it may be archived."""
    return change.remove or bool(asked_for(change.desired)) or Mark.of(change.version) is not None


def found(calls: MemberCalls, change: Change) -> tuple[str, Member | None]:
    """The contact a change is about."""
    keys = [change.target_key]
    if change.remove or asked_for(change.desired) == ARCHIVE:
        keys = [change.external_id or change.target_key]
        keys += [change.target_key] if not change.remove else []
    for key in dict.fromkeys(keys):
        if (member := calls.read(key)) is not None:
            return key, member
    return keys[0], None


def has_been_done(change: Change, key: str, member: Member | None) -> Written | None:
    """The word on a change that was done; None where it was not, or not wholly."""
    status = (member or {}).get("status")
    if change.remove:
        is_gone = member is None or status == ARCHIVED
        word = Written(
            change.id, Action.REMOVED, external_id=change.external_id, version=_kept(change, member)
        )
        return word if is_gone else None
    if member is None:
        return None
    asked, mark = asked_for(change.desired), Mark.of(change.version)
    answer, version = without_links(member), _kept(change, member)
    if asked == ARCHIVE:
        word = Written(change.id, Action.UPDATED, external_id=key, version=version, answer=answer)
        return word if status == ARCHIVED else None
    is_open = status in MAILED if asked == UNSUBSCRIBE else mark is not None and mark.did == status
    if is_open or not is_as_desired(change, member):
        return None
    if mark and not asked:
        version = CLEARED
    action = Action.UPDATED if change.external_id else Action.CREATED
    return Written(change.id, action, external_id=change.target_key, version=version, answer=answer)


def _kept(change: Change, member: Member | None) -> str:
    """The mark, completed with what was not seen when it was made."""
    mark = Mark.of(change.version)
    if mark and member and not mark.evidence and member.get("status") == mark.did:
        return str(Mark.made(mark.did, mark.was, mark.key, member))
    return change.version


def is_as_desired(change: Change, member: Member) -> bool:
    """Whether a contact carries all that is wanted of it, and none of our tags it should not."""
    there = comparable(member)
    wanted = row_of(change.desired.for_existing(there))
    wanted.pop("email_address", None)  # the same but for upper and lower case, or it were another member
    tags = set(there["tags"])
    return (
        holds(there, wanted) and tags.issuperset(tags_of(change.desired)) and not tags & set(surplus(change))
    )
