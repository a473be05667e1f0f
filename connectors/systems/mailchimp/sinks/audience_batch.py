"""One batch on its way into an audience, without ever changing anybody's subscription.

One call cannot say "subscribe the new, leave the others as they are". So newcomers go in a call that may only
create, with the status chosen for them; those Mailchimp knows go in a call that may update and carries no
status at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from connectors.sdk.errors import OutcomeUnknown, RecordRejected, RetryLater, SystemFault
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
from connectors.systems.mailchimp.sinks.member_calls import Member, MemberCalls, comparable, row_of

UNEXPLAINED = RecordRejected.default_code
EXISTS_ROW = "ERROR_CONTACT_EXISTS"

Waiting = dict[str, Change]
"""Changes by the member they are about."""


@dataclass(slots=True)
class Batch:
    """Changes sorted by what is known of their members: `new` ones, `known` ones, those that `vanished`."""

    calls: MemberCalls
    newcomer: str
    new: Waiting = field(default_factory=dict)
    known: Waiting = field(default_factory=dict)
    vanished: Waiting = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def add(self, change: Change) -> Iterator[Written]:
        """Take a change in; what is not one row of a call is done at once."""
        if change.remove:
            yield from one_by_one([change], self._archived)
        elif change.target_key in self.new or change.target_key in self.known:
            text = "Another record has the same e-mail address."
            yield Written(change.id, Action.SKIPPED, code="same_address", text=text)
        elif change.external_id == change.target_key:
            self.known[change.target_key] = change
        elif not change.external_id:
            self.new[change.target_key] = change
        else:
            yield from self._moved(change)

    def send(self) -> Iterator[Written]:
        """Make the calls."""
        yield from self._create(self.new)
        yield from self._update()
        yield from self._create(self.vanished)

    def _create(self, waiting: Waiting) -> Iterator[Written]:
        if not waiting:
            return
        status = {"status": self.newcomer}
        rows = [row_of(change.desired.for_new()) | status for change in waiting.values()]
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
        answer = self.calls.post([self._row(change, key) for key, change in waiting.items()], update=True)
        yield from self._accepted(waiting, answer)
        for change, row in _refused_rows(waiting, answer):
            fault = fault_of_row(row)
            if self._has_vanished(change, fault):
                self.vanished[change.target_key] = change
            else:
                yield _refused(change, fault)
        yield from _unmentioned(waiting)

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
                yield self._done(change, member, Action.UPDATED if change.external_id else Action.CREATED)

    def _welcomed(self, change: Change, member: Member) -> Written:
        """A member that did not exist before. Should an update have made a subscriber, that is put right.

        Happens where the contact left the audience since it was confirmed; what Mailchimp makes of an update
        then is not documented. Only ever takes a subscription away.
        """
        if member.get("status") == "subscribed" and self.newcomer != "subscribed":
            self.calls.set_status(str(member["email_address"]), change.target_key, self.newcomer)
        return self._done(change, member, Action.CREATED)

    def _moved(self, change: Change) -> Iterator[Written]:
        """Give a member their new address. Where that cannot be, the new address joins the `new` ones."""
        try:
            answer = self.calls.change(change.external_id, self._row(change, change.external_id))
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
                self.notes[change.id] = text
            self.new[change.target_key] = change

    def _has_vanished(self, change: Change, fault: SystemFault) -> bool:
        """Whether an update failed because its member is gone: in whatever words Mailchimp says so."""
        was_there = change.external_id == change.target_key
        return was_there and fault.code == UNEXPLAINED and self.calls.read(change.target_key) is None

    def _archived(self, change: Change) -> Written:
        self.calls.archive(change.external_id or change.target_key)
        return Written(change.id, Action.REMOVED, external_id=change.external_id)

    def _done(self, change: Change, member: Mapping[str, Any], action: Action) -> Written:
        note = self.notes.get(change.id, "")
        answer = without_links(dict(member))
        return Written(change.id, action, external_id=change.target_key, text=note, answer=answer)


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
