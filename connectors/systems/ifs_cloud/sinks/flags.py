"""Flags on customers: what a marketing system knows of a person, noted in custom attributes of the customer.

One person may be several customers (they share an e-mail address): each is flagged. A flag is written only
where it differs, and only to the version just read: read, compare, PATCH with If-Match, look whether IFS kept
it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from connectors.records import Consent, Engagement, Record
from connectors.sdk.errors import ConfigProblem, Conflict, RecordRejected
from connectors.sdk.mapping import Desired, FieldRule
from connectors.sdk.system import Action, Change, Sink, System, Written, one_by_one
from connectors.systems.ifs_cloud.client import Entity, IfsClient
from connectors.systems.ifs_cloud.errors import NOT_FOUND
from connectors.systems.ifs_cloud.options import FlagOptions

R = TypeVar("R", bound=Record)

TRIES = 3
_KEY = "CustomerId"


class CustomerFlags(Sink[R]):
    """Writes attributes of customers that exist; never creates one."""

    def __init__(self, system: System) -> None:
        super().__init__(system)
        options = system.account.options
        self.options = options if isinstance(options, FlagOptions) else FlagOptions()
        self.client = IfsClient(system.account)

    @abstractmethod
    def rules(self) -> Sequence[FieldRule]:
        """See `Sink.rules`; fields are attributes of the customer."""

    def target_key(self, record: R, desired: Desired) -> str:
        """The person's id in the marketing system; which customers that is, the engine finds out."""
        return record.key

    def write(self, changes: Sequence[Change]) -> Iterator[Written]:
        """See `Sink.write`."""
        return one_by_one(changes, self._write)

    def look_up(self, changes: Sequence[Change], sent_at: datetime) -> Iterator[Written]:
        """See `Sink.look_up`: done where every customer carries what was wanted."""
        for change in changes:
            customers = _customers(change)
            if customers and all(self._is_as(customer, change.desired) for customer in customers):
                yield Written(change.id, Action.UPDATED, ",".join(customers))

    def _write(self, change: Change) -> Written:
        if change.remove:
            return _skipped(change, "kept", "The flag of a person who is gone stays as it was.")
        customers = _customers(change)
        if not customers:
            return _skipped(
                change, "no_customer", "This person is none of the customers that were sent from IFS Cloud."
            )
        changed, version = False, ""
        refusals: list[RecordRejected] = []
        for customer in customers:
            try:
                wrote, version = self._flag(customer, change.desired)
            except RecordRejected as fault:  # the other customers of this person get their flag all the same
                refusals.append(_named(fault, customer))
            else:
                changed = changed or wrote
        if refusals:
            raise refusals[0]
        action = Action.UPDATED if changed else Action.UNCHANGED
        return Written(change.id, action, ",".join(customers), version)

    def _flag(self, customer: str, desired: Desired) -> tuple[bool, str]:
        """Bring one customer's flags in line: whether that took a write, and the version now."""
        for _ in range(TRIES):
            current = self._read(customer)
            body = self._differing(current, desired)
            if not body:
                return False, current.etag
            if not current.etag:
                raise ConfigProblem(
                    f"{self.options.flag_set} tells no version (ETag) of its customers, so changing them "
                    "would be unsafe. Choose the projection of the customer page in the options.",
                    code="no_etag",
                )
            try:
                told = self.client.patch(self.options.flag_set, {_KEY: customer}, body, current.etag)
            except Conflict:
                continue
            after = told if told and body.keys() <= told.data.keys() else self._read(customer)
            if kept_out := sorted(self._differing(after, desired)):
                raise RecordRejected(
                    f"IFS Cloud took the change but did not keep {', '.join(kept_out)}. Make the attribute "
                    "updatable and publish it.",
                    code="not_kept",
                )
            return True, after.etag
        raise Conflict(
            f"Customer {customer} was changed in IFS Cloud each of the {TRIES} times we tried to note "
            "this. It is tried again when it changes, or when you replay it."
        )

    def _is_as(self, customer: str, desired: Desired) -> bool:
        try:
            return not self._differing(self._read(customer), desired)
        except RecordRejected:  # gone: sending again will say so
            return False

    def _read(self, customer: str) -> Entity:
        return self.client.entity(self.options.flag_set, {_KEY: customer})

    def _differing(self, current: Entity, desired: Desired) -> dict[str, Any]:
        """The wanted attributes that are not as wanted. Raises `ConfigProblem` for one the customer does not
        have.
        """
        wanted = desired.for_existing(current.data)
        if absent := sorted(name for name in wanted if name not in current.data):
            raise ConfigProblem(
                f"Customers in {self.options.flag_set} have no attribute {', '.join(absent)}. Create it as "
                "a custom attribute of CustomerInfo, publish it to this projection and synchronise, or "
                "name another one in the options.",
                code="no_attribute",
            )
        return {name: value for name, value in wanted.items() if not _same(current.data[name], value)}


class CustomerConsent(CustomerFlags[Consent]):
    """What became of a person's subscription."""

    name = "customer_consent"
    accepts = Consent
    title = "consent flags of customers"

    def rules(self) -> Sequence[FieldRule]:
        """The status in the marketing system's own word: subscribed, unsubscribed, cleaned."""
        return (FieldRule(self.options.consent_attribute, "status", lambda consent: consent.status or None),)


class CustomerEngagement(CustomerFlags[Engagement]):
    """How a person responds to mailings."""

    name = "customer_engagement"
    accepts = Engagement
    title = "engagement flags of customers"

    def rules(self) -> Sequence[FieldRule]:
        """Opens and clicks in whole percent, so that a flag is not rewritten for every mailing."""
        return (FieldRule(self.options.engagement_attribute, "open_rate, click_rate", engagement_text),)


def engagement_text(engagement: Engagement) -> str:
    """`opens 42%, clicks 3%`."""
    return f"opens {engagement.open_rate:.0%}, clicks {engagement.click_rate:.0%}"


def _customers(change: Change) -> tuple[str, ...]:
    found = (ids for (kind, _), ids in change.needs.items() if kind == "member")
    return tuple(dict.fromkeys(customer for ids in found for customer in ids))


def _same(current: object, wanted: object) -> bool:
    return current == wanted or (current in (None, "") and wanted in (None, ""))


def _skipped(change: Change, code: str, text: str) -> Written:
    return Written(change.id, Action.SKIPPED, code=code, text=text)


def _named(fault: RecordRejected, customer: str) -> RecordRejected:
    text = (
        f"Customer {customer} no longer exists in IFS Cloud."
        if fault.code == NOT_FOUND
        else f"Customer {customer}: {fault.text}"
    )
    return RecordRejected(text, detail=fault.detail, code=fault.code)
