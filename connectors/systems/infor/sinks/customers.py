"""What a marketing system knows of a person, written on the customer in Infor.

One person may be several customers (they share an e-mail address): each is brought in line. A field is
written only where it differs: read, compare, change, read again to see whether it was kept.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from connectors.records import Consent, Contact
from connectors.sdk.errors import ConfigProblem, Conflict, RecordRejected
from connectors.sdk.mapping import Desired, FieldRule
from connectors.sdk.system import Action, Change, Sink, System, Written, one_by_one
from connectors.systems.infor.errors import NOT_FOUND, REFUSED
from connectors.systems.infor.options import customer_options
from connectors.systems.infor.products import writer_of
from connectors.systems.infor.settings import settings_of
from connectors.systems.infor.values import same, text
from connectors.systems.infor.writer import Current

R = TypeVar("R", bound=Consent)

TRIES = 3
SETTLE_SECONDS = 75.0
"""The gateway gives a call up after 60 seconds; whoever does the work may still be at it."""


class CustomerFields(Sink[R]):
    """Changes fields of customers that exist; never creates one."""

    settle_seconds = SETTLE_SECONDS

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.options = customer_options(system.account)
        self.countries = settings_of(system.account).country_codes
        self.writer = writer_of(system.account)

    @abstractmethod
    def rules(self) -> Sequence[FieldRule]:
        """See `Sink.rules`; fields are those of the customer, by Infor's names."""

    def target_key(self, record: R, desired: Desired) -> str:
        """The person's id in the marketing system; which customers that is, the engine finds out."""
        return record.key

    def write(self, changes: Sequence[Change]) -> Iterator[Written]:
        """See `Sink.write`."""
        return one_by_one(changes, self._write)

    def look_up(self, changes: Sequence[Change], sent_at: datetime) -> Iterator[Written]:
        """See `Sink.look_up`: done where every customer carries what was wanted."""
        for change in changes:
            customers = customers_of(change, "member")
            if customers and all(self._is_as(customer, change.desired) for customer in customers):
                yield Written(change.id, Action.UPDATED, ",".join(customers))

    def consent_rule(self) -> FieldRule | None:
        """What became of the subscription, in the words of the options."""
        field = self.writer.names.get("consent")
        codes = self.options.consent_codes
        return FieldRule(field, "status", lambda consent: codes.get(consent.status)) if field else None

    def _write(self, change: Change) -> Written:
        if change.remove:
            return _skipped(change, "kept", "What is known of a person who is gone stays as it was.")
        customers = customers_of(change, "member")
        if not customers:
            return _skipped(change, "no_customer", "This person is none of the customers sent from Infor.")
        changed = False
        refusals: list[RecordRejected] = []
        for customer in customers:
            try:
                changed = self._bring(customer, change.desired) or changed
            except RecordRejected as fault:  # the other customers of this person are served all the same
                refusals.append(_named(fault, customer))
        if refusals:
            raise refusals[0]
        return Written(change.id, Action.UPDATED if changed else Action.UNCHANGED, ",".join(customers))

    def _bring(self, customer: str, desired: Desired) -> bool:
        """Bring one customer in line; whether that took a write."""
        for _ in range(TRIES):
            current = self._read(customer, desired)
            wanted = self._differing(current, desired)
            if not wanted:
                return False
            try:
                self.writer.change(customer, current, wanted)
            except Conflict:
                continue
            except RecordRejected as fault:
                if fault.code != NOT_FOUND:
                    raise
                # The customer was there a moment ago: it is a value that Infor has nothing for.
                raise RecordRejected(fault.text, detail=fault.detail, code=REFUSED) from fault
            after = self._differing(self._read(customer, desired), desired)
            if kept_out := sorted(after.keys() & wanted.keys()):
                raise RecordRejected(
                    f"Infor took the change but did not keep {', '.join(kept_out)}. Check that the field may "
                    "be changed, and how long it is.",
                    code="not_kept",
                )
            return True
        raise Conflict(
            f"Customer {customer} was changed in Infor each of the {TRIES} times we tried to write "
            "this. It is "
            "tried again when it changes, or when you replay it."
        )

    def _is_as(self, customer: str, desired: Desired) -> bool:
        try:
            return not self._differing(self._read(customer, desired), desired)
        except RecordRejected:  # gone: sending again will say so
            return False

    def _read(self, customer: str, desired: Desired) -> Current:
        if not (fields := list(desired.for_new())):
            raise ConfigProblem(
                "Nothing is to be written on customers. Name fields in the settings of the connection.",
                code="no_fields",
            )
        return self.writer.read(customer, fields)

    def _differing(self, current: Current, desired: Desired) -> dict[str, str]:
        wanted = {name: text(value) for name, value in desired.for_existing(current.values).items()}
        return {
            name: value
            for name, value in wanted.items()
            if not self._is_same(name, current.values.get(name, ""), value)
        }

    def _is_same(self, name: str, there: str, wanted: str) -> bool:
        if name == self.writer.names.get("country") and self.countries.get(
            there, there
        ) == self.countries.get(wanted, wanted):
            return True  # Infor may have several codes for one country
        return same(there, wanted)


class CustomerConsent(CustomerFields[Consent]):
    """What became of a person's subscription."""

    name = "customer_consent"
    accepts = Consent
    title = "subscription status of customers"

    def rules(self) -> Sequence[FieldRule]:
        """The status, nothing else."""
        rule = self.consent_rule()
        return (rule,) if rule else ()


class CustomerContacts(CustomerFields[Contact]):
    """A person as Mailchimp knows them: id and subscription, and of the profile what the options ask for."""

    name = "customer_contacts"
    accepts = Contact
    title = "contact data of customers"

    def rules(self) -> Sequence[FieldRule]:
        """An empty value in Mailchimp is no reason to erase one in the ERP: it leaves its field out."""
        names, rules = self.writer.names, list(filter(None, [self.consent_rule()]))
        if field := names.get("marketing_id"):
            rules.append(FieldRule(field, "key", self._marketing_id(field)))
        chosen: list[tuple[str, str, Callable[[Contact], str]]] = []
        if self.options.write_phone:
            chosen.append(("phone", "phone", lambda contact: contact.phone))
        if self.options.write_email:
            chosen.append(("email", "email", lambda contact: contact.email))
        if self.options.write_name:
            chosen.append(("name", "company", lambda contact: contact.company))
            chosen.append(("person", "first_name, last_name", person_of))
        if self.options.write_address:
            parts = ("line1", "line2", "city", "region", "postal_code")
            chosen += [(part, f"address.{part}", _part_of(part)) for part in parts]
            chosen.append(("country", "address.country", self._country))
        rules += [
            FieldRule(names[what], source, _or_none(value)) for what, source, value in chosen if what in names
        ]
        return rules

    def _country(self, contact: Contact) -> str:
        """The country by Infor's code."""
        country = _part_of("country")(contact)
        return next((ours for ours, code in self.countries.items() if code == country), country)

    def _marketing_id(self, field: str) -> Callable[[Contact], str]:
        room = self.writer.longest(field)

        def value(contact: Contact) -> str:
            ids = (contact.key, text(contact.extra.get("unique_email_id")))
            fitting = next((one for one in ids if one and (not room or len(one) <= room)), "")
            if not fitting:
                raise RecordRejected(
                    f"The Mailchimp id has {len(contact.key)} characters, and {field} holds {room}. Choose a "
                    "longer field for it in the settings of the connection: CESA holds all of it.",
                    code="too_long",
                )
            return fitting

        return value


def customers_of(change: Change, kind: str) -> tuple[str, ...]:
    """The customers a change is about, by their numbers."""
    found = (ids for (need, _), ids in change.needs.items() if need == kind)
    return tuple(sorted({customer for ids in found for customer in ids}))


def person_of(contact: Contact) -> str:
    """First and last name in one."""
    return f"{contact.first_name} {contact.last_name}".strip()


def _part_of(part: str) -> Callable[[Contact], str]:
    """A part of the address, where it is complete enough to replace another one."""
    return lambda contact: "" if _is_partial(contact) else str(getattr(contact.address, part))


def _is_partial(contact: Contact) -> bool:
    return not (contact.address.line1 and contact.address.city and contact.address.postal_code)


def _or_none(value: Callable[[Contact], str]) -> Callable[[Contact], str | None]:
    return lambda contact: value(contact).strip() or None


def _skipped(change: Change, code: str, told: str) -> Written:
    return Written(change.id, Action.SKIPPED, code=code, text=told)


def _named(fault: RecordRejected, customer: str) -> RecordRejected:
    told = (
        f"Customer {customer} no longer exists in Infor."
        if fault.code == NOT_FOUND
        else f"Customer {customer}: {fault.text}"
    )
    return RecordRejected(told, detail=fault.detail, code=fault.code)
