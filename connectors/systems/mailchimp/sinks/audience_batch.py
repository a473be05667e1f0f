"""One batch on its way into an audience, without ever subscribing anybody who is there already.

One call cannot say "subscribe the new, leave the others as they are". So newcomers go in a call that may only
create, with the status chosen for them; those Mailchimp knows go in a call that may update and carries no
status at all. What the standing of an account asks for is done before, contact by contact, in
`standing_steps`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic
from typing import Any

from connectors.sdk.errors import Conflict, OutcomeUnknown, RecordRejected, RetryLater, SystemFault
from connectors.sdk.mapping import says_no_more
from connectors.sdk.system import Action, Change, Written, one_by_one, told
from connectors.systems.mailchimp.client import without_links
from connectors.systems.mailchimp.errors import (
    LEFT_ALONE,
    MEMBER_EXISTS,
    NOT_FOUND,
    TOO_MANY_SIGN_UPS,
    fault_of_row,
)
from connectors.systems.mailchimp.ids import member_hash
from connectors.systems.mailchimp.sinks.look_up import is_as_desired
from connectors.systems.mailchimp.sinks.member_calls import (
    KNOWN_AS,
    Member,
    MemberCalls,
    comparable,
    row_of,
)
from connectors.systems.mailchimp.sinks.own_tags import TagCalls, surplus, tags_of, with_tags
from connectors.systems.mailchimp.sinks.standing_steps import StandingSteps, is_involved
from connectors.systems.mailchimp.standing import (
    ARCHIVE,
    ARCHIVED,
    BOUNCED,
    CLEANED,
    asked_for,
    why_not_created,
)

UNEXPLAINED = RecordRejected.default_code
EXISTS_ROW = "ERROR_CONTACT_EXISTS"
LOOKED_AT = 50
"""So many contacts that may hold what we are told already are looked at; more of them are a call's rows."""
SINGLES_SECONDS = 30.0
"""So long contacts are looked after one by one; the rest of the batch has its turn in the next."""

Waiting = dict[str, Change]
"""Changes by the member they are about."""


@dataclass(slots=True)
class Batch:
    """Changes sorted by what is known of their members: `new` ones, `known` ones, those that `vanished`.

    `number_field` is the merge field with the number of the account, if there is one.
    """

    calls: MemberCalls
    tags: TagCalls
    newcomer: str
    number_field: str = ""
    new: Waiting = field(default_factory=dict)
    known: Waiting = field(default_factory=dict)
    vanished: Waiting = field(default_factory=dict)
    steps: StandingSteps = field(init=False)

    def __post_init__(self) -> None:
        self.steps = StandingSteps(self.calls, self.tags)

    def write(self, changes: Iterable[Change]) -> Iterator[Written]:
        """See `Sink.write`."""
        until, postponed = monotonic() + SINGLES_SECONDS, False
        open_: dict[str, Change] = {}
        try:
            for change in changes:
                open_[change.id] = change
                if self._takes_calls(change) and monotonic() > until:
                    postponed = True
                    continue
                for word in self._add(change):
                    yield self._kept(word, open_)
            for word in self._send():
                yield self._kept(word, open_)
        except SystemFault as fault:
            yield from self._saved(open_.values(), fault)
            raise
        if postponed:
            raise RetryLater(
                "Contacts are looked after one by one; we go on at once.", after=0.0, code="slice"
            )

    def _kept(self, word: Written, open_: Waiting) -> Written:
        """A word with what is to be remembered of its contact."""
        del open_[word.id]
        return replace(word, version=self.steps.versions.get(word.id, word.version))

    def _saved(self, left: Collection[Change], fault: SystemFault) -> Iterator[Written]:
        """What was done to a subscription is remembered, however the rest of the batch ended."""
        for change in left:
            if version := self.steps.versions.get(change.id):
                word = told(change, Action.UNKNOWN, fault)
                if not isinstance(fault, OutcomeUnknown):
                    after = fault.after if isinstance(fault, RetryLater) else 0.0
                    word = replace(word, action=Action.LATER, after=after)
                yield replace(word, version=version)

    @staticmethod
    def _takes_calls(change: Change) -> bool:
        known_as = change.external_id or change.desired.if_new.get(KNOWN_AS)
        is_moving = bool(known_as) and known_as != change.target_key
        return change.remove or is_moving or is_involved(change)

    def _add(self, change: Change) -> Iterator[Written]:
        """Take a change in; what is not one row of a call is done at once."""
        if change.remove:
            yield from _alone(change, self.steps.remove)
            return
        if change.target_key in self.new or change.target_key in self.known:
            text = "Another record has the same e-mail address."
            yield Written(change.id, Action.SKIPPED, code="same_address", text=text)
            return
        goes_on = True
        for word in _alone(change, self.steps.take):
            goes_on = False
            yield word
        if goes_on:
            yield from self._sort(change)

    def _sort(self, change: Change) -> Iterator[Written]:
        known_as = str(change.desired.if_new.get(KNOWN_AS) or "")
        if change.external_id == change.target_key:
            self.known[change.target_key] = change
        elif change.external_id:
            yield from self._moved(change, change.external_id)
        elif change.id in self.steps.there:
            self.known[change.target_key] = change
        elif known_as and known_as != change.target_key and self._is_theirs(change, known_as):
            yield from self._moved(change, known_as)
        else:
            self.new[change.target_key] = change

    def _is_theirs(self, change: Change, known_as: str) -> bool:
        """Whether the contact of that id is this record's: not where it carries another account's number.

        People copy accounts, and the id with them.
        """
        member = self.calls.read(known_as)
        if member is None:
            return False
        number = str((member.get("merge_fields") or {}).get(self.number_field) or "").strip()
        return not number or number == change.key

    def _send(self) -> Iterator[Written]:
        """Make the calls."""
        yield from self._create(self.new)
        yield from self._update()
        yield from self._create(self.vanished)

    def _create(self, waiting: Waiting) -> Iterator[Written]:
        for change in [change for change in waiting.values() if asked_for(change.desired)]:
            del waiting[change.target_key]
            text = why_not_created(change.desired)
            yield Written(change.id, Action.SKIPPED, code="not_created", text=text)
        if not waiting:
            return
        status = {"status": self.newcomer}
        rows = [with_tags(row_of(change.desired.for_new()), change) | status for change in waiting.values()]
        answer = self.calls.post(rows, update=False)
        yield from self._accepted(waiting, answer)
        for change, row in _refused_rows(waiting, answer):
            if row.get("error_code") == EXISTS_ROW and waiting is self.new:
                self.known[change.target_key] = change
            else:
                yield _refused(change, fault_of_row(row))
        yield from _unmentioned(waiting)

    def _update(self) -> Iterator[Written]:
        waiting = self.known
        if not waiting:
            return
        self._take_tags_off(waiting.values())
        for change in [change for change in waiting.values() if self._is_settled(change)]:
            del waiting[change.target_key]
            text = self.steps.notes.get(change.id, "")
            yield Written(change.id, Action.UPDATED, external_id=change.target_key, text=text)
        for change in self._echoes(waiting.values()):
            del waiting[change.target_key]
            yield Written(change.id, Action.UNCHANGED, external_id=change.target_key)
        if not waiting:
            return
        rows = [with_tags(self._row(change, key), change) for key, change in waiting.items()]
        answer = self.calls.post(rows, update=True)
        yield from self._accepted(waiting, answer)
        for change, row in _refused_rows(waiting, answer):
            fault = fault_of_row(row)
            if self._has_vanished(change, fault):
                self.vanished[change.target_key] = change
            else:
                yield _refused(change, fault)
        yield from _unmentioned(waiting)

    def _echoes(self, changes: Iterable[Change]) -> list[Change]:
        """Those that tell contacts what came from them: they are just as desired already."""
        doubtful = [
            change
            for change in changes
            if change.may_echo
            and change.external_id == change.target_key
            and change.id not in self.steps.notes
        ]
        return [change for change in doubtful if self._is_there(change)] if len(doubtful) <= LOOKED_AT else []

    def _is_there(self, change: Change) -> bool:
        member = self.calls.read(change.target_key)
        in_use = member is not None and member.get("status") not in {CLEANED, ARCHIVED}
        return in_use and is_as_desired(change, member or {})

    def _is_settled(self, change: Change) -> bool:
        """Whether only tags to take off or the subscription had to change, and have: no row is needed."""
        if change.desired.needs_current or change.external_id != change.target_key:
            return False
        if member := self.steps.back.get(change.id):
            return is_as_desired(change, member)
        if change.confirmed is None or asked_for(change.confirmed) == ARCHIVE:  # of those no row was sent
            return False
        wanted, there = (row_of(one.for_existing()) for one in (change.desired, change.confirmed))
        no_new_tags = set(tags_of(change.desired)) <= set(tags_of(change.confirmed))
        return no_new_tags and says_no_more(wanted, there)

    def _take_tags_off(self, changes: Iterable[Change]) -> None:
        """One call for all members that lose the same tag."""
        losers: dict[str, list[str]] = {}
        for change in changes:
            for tag in surplus(change) if change.external_id else ():
                losers.setdefault(tag, []).append(change.desired.for_new()["email_address"])
        for tag, addresses in losers.items():
            self.tags.take_off(tag, addresses)

    def _row(self, change: Change, key: str) -> Member:
        """The row of somebody Mailchimp knows; looks at what stands there where the rules ask for it."""
        current = self.calls.read(key) if change.desired.needs_current else None
        row = row_of(change.desired.for_existing(comparable(current or {})))
        return {"email_address": change.desired.for_new()["email_address"], **row}

    def _accepted(self, waiting: Waiting, answer: Mapping[str, Any]) -> Iterator[Written]:
        for member in answer.get("new_members") or ():
            if change := _taken(waiting, member):
                yield from one_by_one([change], partial(self._welcomed, member=member))
        for member in answer.get("updated_members") or ():
            if change := _taken(waiting, member):
                yield self._updated(change, member)

    def _updated(self, change: Change, member: Member) -> Written:
        """A member that was there before. Nothing brings back one whose mail bounced for good."""
        action = Action.UPDATED if change.external_id else Action.CREATED
        word = self._done(change, member, action)
        if member.get("status") != CLEANED:
            return word
        return replace(word, action=Action.SKIPPED, code=CLEANED, text=BOUNCED)

    def _welcomed(self, change: Change, member: Member) -> Written:
        """A member that did not exist before. Should an update have made a subscriber, that is put right.

        Happens where the contact left the audience since it was confirmed; what Mailchimp makes of an update
        then is not documented. Only ever takes a subscription away.
        """
        if member.get("status") == "subscribed" and self.newcomer != "subscribed":
            self.calls.set_status(str(member["email_address"]), change.target_key, self.newcomer)
        return self._done(change, member, Action.CREATED)

    def _moved(self, change: Change, key: str) -> Iterator[Written]:
        """Give a member their new address. Where that cannot be, the new address joins the `new` ones."""
        try:
            answer = self.calls.change(key, self._row(change, key))
            self.tags.change(
                change.target_key,
                on=[tag for tag in tags_of(change.desired) if tag not in tags_of(change.confirmed)],
                off=surplus(change),
            )
            yield self._done(change, answer, Action.UPDATED)
        except OutcomeUnknown as fault:
            yield told(change, Action.UNKNOWN, fault)
        except RetryLater as fault:
            if fault.code != TOO_MANY_SIGN_UPS:
                raise
            yield _refused(change, fault)
        except RecordRejected as fault:
            if fault.code not in {MEMBER_EXISTS, NOT_FOUND}:
                yield _refused(change, fault)
                return
            if fault.code == MEMBER_EXISTS:
                text = "The new address is a contact of its own already; the old one stays as it was."
                self.steps.notes[change.id] = text
            self.new[change.target_key] = change

    def _has_vanished(self, change: Change, fault: SystemFault) -> bool:
        """Whether an update failed because its member is gone: in whatever words Mailchimp says so."""
        was_there = change.external_id == change.target_key
        return was_there and fault.code == UNEXPLAINED and self.calls.read(change.target_key) is None

    def _done(self, change: Change, member: Mapping[str, Any], action: Action) -> Written:
        note = self.steps.notes.get(change.id, "")
        answer = without_links(dict(member))
        return Written(change.id, action, external_id=change.target_key, text=note, answer=answer)


def _alone(change: Change, act: Callable[[Change], Written | None]) -> Iterator[Written]:
    """What became of one change done by itself, if that was all of it."""
    try:
        word = act(change)
    except RecordRejected as fault:
        word = _refused(change, fault)
    except Conflict as fault:
        word = told(change, Action.CONFLICT, fault)
    except OutcomeUnknown as fault:
        word = told(change, Action.UNKNOWN, fault)
    except RetryLater as fault:
        if fault.code != TOO_MANY_SIGN_UPS:
            raise
        word = _refused(change, fault)
    if word is not None:
        yield word


def _refused(change: Change, fault: SystemFault) -> Written:
    if isinstance(fault, RetryLater):
        return told(change, Action.LATER, fault)
    return told(change, Action.SKIPPED if fault.code in LEFT_ALONE else Action.REJECTED, fault)


def _taken(waiting: Waiting, said: Mapping[str, Any]) -> Change | None:
    """The change an entry of an answer speaks of, taken off the waiting ones."""
    return waiting.pop(member_hash(str(said.get("email_address"))), None)


def _refused_rows(waiting: Waiting, answer: Mapping[str, Any]) -> Iterator[tuple[Change, Member]]:
    for row in answer.get("errors") or ():
        if change := _taken(waiting, row):
            yield change, row


def _unmentioned(waiting: Waiting) -> Iterator[Written]:
    """An answer should speak of every row; what it passes over has to be looked up."""
    text = "Mailchimp's answer does not mention this contact."
    for change in waiting.values():
        yield Written(change.id, Action.UNKNOWN, code="unmentioned", text=text)
