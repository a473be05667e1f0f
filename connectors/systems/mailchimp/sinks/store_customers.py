"""Customers as customers of the e-commerce store; never a way to subscribe anybody."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.records import Customer
from connectors.sdk.errors import RecordSkipped
from connectors.sdk.mapping import Desired, FieldRule
from connectors.sdk.system import Change
from connectors.systems.mailchimp import contact
from connectors.systems.mailchimp.ids import customer_id
from connectors.systems.mailchimp.options import AudienceOptions
from connectors.systems.mailchimp.sinks.store_records import Body, StoreRecords, payload_of
from connectors.systems.mailchimp.standing import spoken, treatment_of


class StoreCustomers(StoreRecords[Customer]):
    """Upserts store customers.

    Mailchimp lets a store customer never change their address, so the address is part of the id: somebody
    with a new address becomes a new store customer, and their older orders stay with the old one.
    """

    name = "store_customers"
    accepts = Customer
    title = "store customers"
    collection = "customers"

    def rules(self) -> Sequence[FieldRule]:
        """Address, names, company, postal address."""
        return (
            FieldRule("email_address", "email", lambda customer: contact.email_address(customer.email)),
            FieldRule("first_name", "first_name", lambda customer: customer.first_name.strip() or None),
            FieldRule("last_name", "last_name", lambda customer: customer.last_name.strip() or None),
            FieldRule("company", "company, or the name of somebody without names", _company),
            FieldRule("address", "address", lambda customer: contact.store_address(customer.address)),
        )

    def target_key(self, record: Customer, desired: Desired) -> str:
        """The customer number with a few letters of the address's hash.

        Raises `RecordSkipped` for somebody whose standing keeps them out of the audience: Mailchimp makes a
        contact of every new store customer.
        """
        options = self.system.account.options
        if isinstance(options, AudienceOptions) and treatment_of(record, options):
            raise RecordSkipped(
                f"Its account is {spoken(record.standing)}, and by your set-up such accounts do not come new "
                "into Mailchimp. What is there stays as it is.",
                code="left_out",
            )
        return customer_id(record.key, contact.email_address(desired.for_new().get("email_address")))

    def wire(self, change: Change, current: Body | None) -> Body:
        """The payload; whatever a rule says, nobody is signed up by buying."""
        return {**payload_of(change, current), "opt_in_status": False}

    def is_done(self, change: Change, there: Body) -> bool:
        """As everywhere, but for the consent: it is not ours, and may have been given since."""
        return super().is_done(change, {**there, "opt_in_status": False})


def _company(customer: Customer) -> str | None:
    is_nameless = not (customer.first_name.strip() or customer.last_name.strip())
    return customer.company.strip() or (customer.name.strip() if is_nameless else "") or None
