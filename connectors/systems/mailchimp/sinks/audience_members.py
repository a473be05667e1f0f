"""Customers and suppliers as members of an audience, 500 to a call.

Nobody's subscription changes, unless the set-up says what becomes of accounts in bad standing.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from connectors.records import Party, Supplier
from connectors.sdk.errors import ConfigProblem, RecordRejected
from connectors.sdk.mapping import Desired, FieldRule, Mode
from connectors.sdk.system import Change, Sink, System, Written
from connectors.systems.mailchimp import contact
from connectors.systems.mailchimp.client import SETTLE_SECONDS, api_of
from connectors.systems.mailchimp.findings import field_types
from connectors.systems.mailchimp.ids import member_hash
from connectors.systems.mailchimp.options import (
    AudienceOptions,
    audience_options,
    supplier_options,
    text_fields,
)
from connectors.systems.mailchimp.sinks.audience_batch import Batch
from connectors.systems.mailchimp.sinks.look_up import found, has_been_done, reads_alone
from connectors.systems.mailchimp.sinks.member_calls import KNOWN_AS, STATUSES, MemberCalls
from connectors.systems.mailchimp.sinks.own_tags import MANAGED_TAGS, TagCalls
from connectors.systems.mailchimp.standing import TREATMENT, managed_tags, treatment_of

R = TypeVar("R", bound=Party)
FEW = 10
"""Up to so many members are read one by one; more are found among those changed lately."""
SLACK = timedelta(minutes=2)
_ID = re.compile(r"[0-9a-f]{32}")
"""A member's hash, and the contact id that outlives an address."""


class MemberSink(Sink[R]):
    """Upserts members; how, and why nobody is ever subscribed by it, is told in `audience_batch`."""

    batch_size = 500
    parallel = 2
    settle_seconds = SETTLE_SECONDS
    one_owner = True
    partial = True
    telling = frozenset({TREATMENT})

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.options = self.described()
        self.audience = self.options.audience_id
        api = api_of(system.account)
        self.calls = MemberCalls(api, self.audience)
        self.tags = TagCalls(api, self.audience)

    @abstractmethod
    def described(self) -> AudienceOptions:
        """The audience; raises `ConfigProblem` where none is chosen."""

    # -- mapping ---------------------------------------------------------------------------------------------

    def rules(self) -> Sequence[FieldRule]:
        """The address, the merge fields the audience has, language and tags, and what we keep to ourselves.

        Language is set on newcomers only: people choose theirs.
        """
        options, tags = self.options, list(self.options.tags)
        rules = [
            FieldRule("email_address", "email", lambda party: contact.email_address(party.email)),
            *self._merge_rules(field_types(self.system.account.findings, self.audience) or {}),
            FieldRule("language", "language", lambda party: contact.language(party.language), Mode.IF_NEW),
            FieldRule(KNOWN_AS, "marketing_id", _known_as, Mode.IF_NEW),
        ]
        if tags:
            rules.append(FieldRule("tags", "your tags", lambda _: tags, Mode.IF_NEW))
        if options.tags_from or "tag" in options.standing_actions.values():
            source = ", ".join(("standing", *options.tags_from))
            rules.append(FieldRule(MANAGED_TAGS, source, lambda party: managed_tags(party, options)))
        if options.standing_actions:
            rules.append(FieldRule(TREATMENT, "standing, by your table", self._treatment))
        return rules

    def _merge_rules(self, types: Mapping[str, str]) -> Iterator[FieldRule]:
        for tag, source in text_fields(self.options):
            if types.get(tag) in contact.TEXT_TYPES:
                yield FieldRule(f"merge_fields.{tag}", source, _merge_text_of(source))
        tag = self.options.address_tag
        if types.get(tag) == "address":
            yield FieldRule(
                f"merge_fields.{tag}", "address", lambda party: contact.merge_address(party.address)
            )
        elif types.get(tag) == "text":
            yield FieldRule(
                f"merge_fields.{tag}", "address in one line", lambda party: contact.one_line(party.address)
            )

    def _treatment(self, record: Party) -> dict[str, str] | None:
        return treatment_of(record, self.options)

    def target_key(self, record: R, desired: Desired) -> str:
        """The MD5 of the address. Raises `RecordSkipped`, `RecordRejected` where the rules yield none."""
        wanted = desired.for_new()
        if STATUSES & wanted.keys() or desired.always.get(TREATMENT) != self._treatment(record):
            raise RecordRejected(
                "A rule fills the field status or treatment. Nobody's subscription is changed by a rule: "
                "remove it, and choose in the set-up what newcomers are and what becomes of accounts in bad "
                "standing.",
                code="status_rule",
            )
        return member_hash(contact.email_address(wanted.get("email_address")))

    # -- writing ---------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Refuse to write while the audience's fields are unknown: they would all be left out."""
        if field_types(self.system.account.findings, self.audience) is None:
            raise ConfigProblem(
                f"We do not know the fields of the Mailchimp audience {self.audience} yet. Ping the "
                "connection, then run again.",
                code="ping_first",
            )

    def write(self, changes: Sequence[Change]) -> Iterator[Written]:
        """See `Sink.write`."""
        options = self.options
        batch = Batch(self.calls, self.tags, options.new_member_status, options.customer_number_tag)
        yield from batch.write(changes)

    def look_up(self, changes: Sequence[Change], sent_at: datetime) -> Iterator[Written]:
        """See `Sink.look_up`."""
        alone = [change for change in changes if reads_alone(change)]
        wanted = {change.target_key: change for change in changes if not reads_alone(change)}
        if len(wanted) <= FEW:
            alone += wanted.values()
            wanted = {}
        for change in alone:
            key, member = found(self.calls, change)
            if word := has_been_done(change, key, member):
                yield word
        for member in self.calls.changed_since(sent_at - SLACK) if wanted else ():
            key = member_hash(str(member.get("email_address")))
            if key in wanted and (word := has_been_done(wanted[key], key, member)):
                del wanted[key]
                yield word


class AudienceMembers(MemberSink[Party]):
    """Customers, or whoever else one trades with, in the audience of the set-up."""

    name = "audience_members"
    accepts = Party
    title = "audience members"

    def described(self) -> AudienceOptions:
        """See `MemberSink.described`."""
        return audience_options(self.system.account)


class SupplierMembers(MemberSink[Supplier]):
    """Suppliers in an audience of their own."""

    name = "supplier_members"
    accepts = Supplier
    title = "supplier members"

    def described(self) -> AudienceOptions:
        """See `MemberSink.described`."""
        return supplier_options(self.system.account)


def _known_as(party: Party) -> str | None:
    """The id the source keeps of the contact, where it looks like one."""
    known_as = party.marketing_id.strip().lower()
    return known_as if _ID.fullmatch(known_as) else None


def _merge_text_of(source: str) -> Any:
    return lambda party: contact.merge_text(str(getattr(party, source)))
