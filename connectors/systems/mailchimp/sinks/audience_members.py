"""Customers as members of an audience: 500 to a call, and nobody's subscription ever changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.records import Customer
from connectors.sdk.errors import ConfigProblem, RecordRejected
from connectors.sdk.mapping import Desired, FieldRule, Mode
from connectors.sdk.system import Action, Change, Sink, System, Written
from connectors.systems.mailchimp import contact
from connectors.systems.mailchimp.client import SETTLE_SECONDS, api_of, without_links
from connectors.systems.mailchimp.compare import holds
from connectors.systems.mailchimp.findings import field_types
from connectors.systems.mailchimp.ids import member_hash
from connectors.systems.mailchimp.options import audience_options
from connectors.systems.mailchimp.sinks.audience_batch import Batch
from connectors.systems.mailchimp.sinks.member_calls import STATUSES, Member, MemberCalls, comparable, row_of

FEW = 10
"""Up to so many members are read one by one; more are found among those changed lately."""
SLACK = timedelta(minutes=2)


class AudienceMembers(Sink[Customer]):
    """Upserts members; how, and why nobody's subscription changes, is told in `audience_batch`."""

    name = "audience_members"
    accepts = Customer
    title = "audience members"
    batch_size = 500
    parallel = 2
    settle_seconds = SETTLE_SECONDS
    one_owner = True
    partial = True

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.options = audience_options(system.account)
        self.audience = self.options.audience_id
        self.calls = MemberCalls(api_of(system.account), self.audience)

    # -- mapping ---------------------------------------------------------------------------------------------

    def rules(self) -> Sequence[FieldRule]:
        """The address, the merge fields the audience has, the language of newcomers, who choose theirs."""
        tags = list(self.options.tags)
        rules = [
            FieldRule("email_address", "email", lambda customer: contact.email_address(customer.email)),
            *self._merge_rules(field_types(self.system.account.findings, self.audience) or {}),
            FieldRule(
                "language", "language", lambda customer: contact.language(customer.language), Mode.IF_NEW
            ),
        ]
        if tags:
            rules.append(FieldRule("tags", "your tags", lambda _: tags, Mode.IF_NEW))
        return rules

    def _merge_rules(self, types: Mapping[str, str]) -> Iterator[FieldRule]:
        options = self.options
        for tag, source in (
            (options.first_name_tag, "first_name"),
            (options.last_name_tag, "last_name"),
            (options.phone_tag, "phone"),
            (options.company_tag, "company"),
        ):
            if types.get(tag) in contact.TEXT_TYPES:
                yield FieldRule(f"merge_fields.{tag}", source, _merge_text_of(source))
        tag = options.address_tag
        if types.get(tag) == "address":
            yield FieldRule(
                f"merge_fields.{tag}", "address", lambda customer: contact.merge_address(customer.address)
            )
        elif types.get(tag) == "text":
            yield FieldRule(
                f"merge_fields.{tag}",
                "address in one line",
                lambda customer: contact.one_line(customer.address),
            )

    def target_key(self, record: Customer, desired: Desired) -> str:
        """The MD5 of the address. Raises `RecordSkipped`, `RecordRejected` where the rules yield none."""
        wanted = desired.for_new()
        if STATUSES & wanted.keys():
            raise RecordRejected(
                "A rule fills the field status. Nobody's subscription is changed from here: remove the "
                "rule, and choose in the set-up what newcomers are.",
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
        batch = Batch(self.calls, self.options.new_member_status)
        for change in changes:
            yield from batch.add(change)
        yield from batch.send()

    def look_up(self, changes: Sequence[Change], sent_at: datetime) -> Iterator[Written]:
        """See `Sink.look_up`."""
        for gone in changes:
            if gone.remove and self._is_gone(gone):
                yield Written(gone.id, Action.REMOVED, external_id=gone.external_id)
        wanted = {change.target_key: change for change in changes if not change.remove}
        few = len(wanted) <= FEW
        for member in self._read(list(wanted)) if few else self.calls.changed_since(sent_at - SLACK):
            change = wanted.get(member_hash(str(member.get("email_address"))))
            if change and _is_done(change, member):
                del wanted[change.target_key]
                action = Action.UPDATED if change.external_id else Action.CREATED
                yield Written(change.id, action, external_id=change.target_key, answer=without_links(member))

    def _is_gone(self, change: Change) -> bool:
        found = self.calls.read(change.external_id or change.target_key)
        return found is None or found.get("status") == "archived"

    def _read(self, keys: Sequence[str]) -> Iterator[Member]:
        for key in keys:
            if found := self.calls.read(key):
                yield found


def _is_done(change: Change, member: Member) -> bool:
    there = comparable(member)
    wanted = row_of(change.desired.for_existing(there))
    wanted.pop("email_address", None)  # the same but for upper and lower case, or it were another member
    return holds(there, wanted)


def _merge_text_of(source: str) -> Any:
    return lambda customer: contact.merge_text(getattr(customer, source))
