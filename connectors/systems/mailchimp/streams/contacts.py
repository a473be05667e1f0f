"""People as the audience knows them: subscription and profile, by the time of their last change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.records import Address, Contact
from connectors.sdk.errors import RecordRejected, RecordSkipped
from connectors.sdk.system import Row, System
from connectors.systems.mailchimp.options import audience_options
from connectors.systems.mailchimp.standing import ARCHIVED
from connectors.systems.mailchimp.streams.changes import MemberChanges
from connectors.systems.mailchimp.streams.members import refuse_what_we_did

MERGE_FIELDS = "merge_fields"
_ADDRESS = ("addr1", "addr2", "city", "state", "zip", "country")


class ContactsStream(MemberChanges[Contact]):
    """Every contact that is not archived.

    A row holds what a `Contact` tells and no more (of the merge fields those the set-up names, and not the
    time of the change), so that nothing else counts as a change.
    """

    name = "contacts"
    record = Contact
    statuses = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
    fields = (
        "id",
        "email_address",
        "status",
        "unsubscribe_reason",
        "language",
        "last_changed",
        MERGE_FIELDS,
    )

    def __init__(self, system: System) -> None:
        super().__init__(system)
        options = audience_options(system.account)
        self.tags = {
            "first_name": options.first_name_tag,
            "last_name": options.last_name_tag,
            "company": options.company_tag,
            "phone": options.phone_tag,
            "address": options.address_tag,
        }

    def row(self, member: Mapping[str, Any]) -> Row:
        """See `MemberChanges.row`."""
        row = super().row(member)
        filled = member.get(MERGE_FIELDS) or {}
        row.raw[MERGE_FIELDS] = {
            tag: filled[tag] for tag in sorted(self.tags.values()) if tag and tag in filled
        }
        del row.raw["last_changed"]
        return row

    def canonical(self, raw: dict[str, Any]) -> Contact:
        """See `Stream.canonical`."""
        if not raw.get("id") or not raw.get("status"):
            raise RecordRejected("Mailchimp named neither the contact nor its status.", code="incomplete")
        if raw["status"] == ARCHIVED:
            raise RecordSkipped(
                "The contact is archived in Mailchimp, which says nothing about what they agreed to.",
                code=ARCHIVED,
            )
        refuse_what_we_did(raw)
        kept = raw.get(MERGE_FIELDS)
        filled = kept if isinstance(kept, Mapping) else {}
        texts = {name: _text(filled.get(tag)) for name, tag in self.tags.items()}
        return Contact(
            key=str(raw["id"]),
            email=str(raw.get("email_address") or ""),
            status=str(raw["status"]),
            reason=str(raw.get("unsubscribe_reason") or ""),
            first_name=texts["first_name"],
            last_name=texts["last_name"],
            company=texts["company"],
            phone=texts["phone"],
            language=str(raw.get("language") or ""),
            address=_address(filled.get(self.tags["address"])),
        )


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _address(value: object) -> Address:
    """A postal address; one that stands in a field for texts cannot be taken apart again."""
    if not isinstance(value, Mapping):
        return Address()
    line1, line2, city, region, postal_code, country = (_text(value.get(part)) for part in _ADDRESS)
    return Address(
        line1=line1, line2=line2, city=city, region=region, postal_code=postal_code, country=country
    )
