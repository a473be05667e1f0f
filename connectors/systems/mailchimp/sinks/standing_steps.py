"""What we do to subscriptions, and undo: unsubscribe, archive, bring back.

One contact at a time, as each is looked at first: what it was before is written down with it (`Mark`), and
only who still is as we left them is brought back. A contact whose standing has not changed passes without a
call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from connectors.sdk.errors import OutcomeUnknown, RecordRejected, SystemFault
from connectors.sdk.system import Action, Change, Written
from connectors.systems.mailchimp.errors import LEFT_ALONE
from connectors.systems.mailchimp.sinks.member_calls import Member, MemberCalls
from connectors.systems.mailchimp.sinks.own_tags import TagCalls, tags_of
from connectors.systems.mailchimp.standing import (
    ARCHIVE,
    ARCHIVED,
    BOUNCED,
    BY_US,
    CLEANED,
    CLEARED,
    MAILED,
    UNSUBSCRIBED,
    Mark,
    asked_for,
    why_not_created,
)

T = TypeVar("T")


def is_involved(change: Change) -> bool:
    """Whether a change takes a look at the contact's subscription."""
    if asked := asked_for(change.desired):
        return not change.external_id or asked != asked_for(change.confirmed)
    return Mark.of(change.version) is not None


@dataclass(slots=True)
class StandingSteps:
    """The steps of one batch. `versions`: what to keep with each change; `there`: ids of changes whose
    contact was seen; `back`: contacts that were to be brought back, as they were seen; `notes`: what there
    is to say about a change.
    """

    calls: MemberCalls
    tags: TagCalls
    versions: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    there: set[str] = field(default_factory=set)
    back: dict[str, Member] = field(default_factory=dict)

    def take(self, change: Change) -> Written | None:
        """Do what its standing asks for. None: the rest of it is written as anybody's is."""
        asked = asked_for(change.desired)
        if not is_involved(change):
            stays = Written(change.id, Action.UNCHANGED, external_id=change.external_id)
            return stays if asked == ARCHIVE else None
        return self._treat(change, asked) if asked else self._bring_back(change)

    def _treat(self, change: Change, asked: str) -> Written | None:
        key, member = self._found(change)
        if member is None:
            text = why_not_created(change.desired)
            return Written(change.id, Action.SKIPPED, code="not_created", text=text)
        if member.get("status") == CLEANED:
            return Written(change.id, Action.SKIPPED, code=CLEANED, text=BOUNCED)
        if asked == ARCHIVE:
            self._archive(change, key, member)
            return Written(change.id, Action.UPDATED, external_id=key)
        self._unsubscribe(change, key, member)
        self.there.add(change.id)
        return None

    def remove(self, change: Change) -> Written:
        """Archive the contact of a record that is gone, without the tags that are ours."""
        key = change.external_id or change.target_key
        member = self.calls.read(key)
        if member is not None:
            if member.get("status") != ARCHIVED:
                self.tags.change(key, off=tags_of(change.confirmed))
            self._archive(change, key, member)
        return Written(change.id, Action.REMOVED, external_id=change.external_id)

    def _found(self, change: Change) -> tuple[str, Member | None]:
        for key in dict.fromkeys(filter(None, (change.external_id, change.target_key))):
            if (member := self.calls.read(key)) is not None:
                return key, member
        return change.target_key, None

    def _archive(self, change: Change, key: str, member: Member) -> None:
        """Archive a contact; one that is archived already keeps the mark it has, if any."""
        if member.get("status") == ARCHIVED:
            return
        ours = _our_mark(change, key, member)
        was = ours.was if ours else str(member.get("status") or "")
        if ours:
            self.tags.change(key, off=[BY_US])
        self._doing(change, Mark(ARCHIVED, was, key), lambda: self.calls.archive(key))
        self.versions[change.id] = str(Mark.made(ARCHIVED, was, key, self._glance(key)))

    def _unsubscribe(self, change: Change, key: str, member: Member) -> None:
        """Unsubscribe who gets mail; who does not is left as they are."""
        ours, status = _our_mark(change, key, member), str(member.get("status") or "")
        if status in MAILED:
            mark = Mark(UNSUBSCRIBED, status, key)
            self.tags.change(key, on=[BY_US])
            answer = self._doing(change, mark, lambda: self.calls.unsubscribe(key))
            self.versions[change.id] = str(Mark.made(UNSUBSCRIBED, status, key, answer))
        elif status == ARCHIVED and ours:
            was = ours.was
            to = UNSUBSCRIBED if was in MAILED else was
            mark = Mark(UNSUBSCRIBED, was, key)
            self.tags.change(key, on=[BY_US] if was in MAILED else ())
            self._doing(change, mark, lambda: self.calls.set_status(member["email_address"], key, to))
            made = Mark.made(UNSUBSCRIBED, was, key, self._glance(key))
            self.versions[change.id] = str(made) if was in MAILED else CLEARED

    def _bring_back(self, change: Change) -> Written | None:
        """Make a contact what it was before we unsubscribed or archived it, unless there is any doubt."""
        mark = Mark.of(change.version)
        member = None
        if mark and mark.key in {change.external_id, change.target_key}:
            member = self.calls.read(mark.key)
            if member is not None and mark.did == UNSUBSCRIBED:
                self.tags.change(mark.key, off=[BY_US])
        if mark is None or member is None or member.get("status") != mark.did:
            self.versions[change.id] = CLEARED  # somebody else has decided meanwhile
            if member is not None and member.get("status") != CLEANED:
                self.back[change.id] = member
            return None
        doubt = mark.doubt(member) or self._set_back(mark, member)
        if doubt and mark.did == ARCHIVED:
            text = f"The contact stays in Mailchimp's archive. {doubt} Bring it back there if that is right."
            return Written(change.id, Action.SKIPPED, code="stays_archived", text=text)
        if doubt:
            self.notes[change.id] = f"The contact stays unsubscribed. {doubt}"
        self.versions[change.id] = CLEARED
        self.there.add(change.id)
        self.back[change.id] = member
        return None

    def _set_back(self, mark: Mark, member: Member) -> str:
        """Ask for the former status; says why Mailchimp does not allow it, if it does not."""
        try:
            self.calls.set_status(str(member["email_address"]), mark.key, mark.was)
        except RecordRejected as fault:
            if fault.code not in LEFT_ALONE:
                raise
            return fault.text
        return ""

    def _doing(self, change: Change, mark: Mark, call: Callable[[], T]) -> T:
        """A call whose mark is kept even if its answer is lost, and not if it was refused."""
        self.versions[change.id] = str(mark)
        try:
            return call()
        except OutcomeUnknown:
            raise
        except SystemFault:
            del self.versions[change.id]
            raise

    def _glance(self, key: str) -> Member | None:
        """How the contact looks right after. Not seeing it costs the way back, not what was done."""
        try:
            return self.calls.read(key)
        except SystemFault:
            return None


def _our_mark(change: Change, key: str, member: Member) -> Mark | None:
    """The mark of a contact that is as we left it."""
    mark = Mark.of(change.version)
    ours = mark and mark.key == key and mark.did == member.get("status") and not mark.doubt(member)
    return mark if ours else None
