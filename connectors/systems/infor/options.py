"""What a person decides about what comes back to Infor; parts of the options of recipes that bring it."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from connectors.sdk.settings import Settings
from connectors.sdk.system import Account
from connectors.systems.infor.settings_product import ADVANCED

LINE_LAYOUT = (
    "CUNO 1-10",
    "CINO 11-25",
    "INYR 26-29",
    "IVDT 30-37",
    "DUDT 38-45",
    "CUCD 46-48",
    "CUAM 49-65",
    "AIT1 66-75",
    "VTXT 76-115",
)
_PLACE = re.compile(r"([A-Z][A-Z0-9]{3}) +([0-9]{1,3})-([0-9]{1,3})")
LONGEST_LINE = 256


class CustomerBackOptions(Settings):
    """What of a contact is written on the customer. Where it goes, the connection's settings say."""

    consent_codes: dict[str, str] = Field(
        default={
            "subscribed": "SUB",
            "unsubscribed": "UNSUB",
            "cleaned": "BOUNCED",
            "pending": "PENDING",
            "transactional": "NONE",
            "archived": "ARCHIVED",
        },
        title="Subscription in your words",
        description=(
            "What is written on the customer for each status in Mailchimp, a line each; free fields "
            "of M3 hold "
            "ten characters or one. A status without a line is not written."
        ),
    )
    write_phone: bool = Field(
        default=False,
        title="Phone numbers come back",
        description="A phone number entered in Mailchimp replaces the one of the customer.",
    )
    write_name: bool = Field(
        default=False,
        title="Names come back",
        description=(
            "A company name entered in Mailchimp replaces the one of the customer; a person's name goes into "
            "the field for the contact person, if the connection names one."
        ),
    )
    write_address: bool = Field(
        default=False,
        title="Addresses come back",
        description="A complete postal address entered in Mailchimp replaces the one of the customer.",
    )
    write_email: bool = Field(
        default=False,
        title="E-mail addresses come back",
        description="An e-mail address changed in Mailchimp replaces the one of the customer.",
    )


class ReceivableOptions(Settings):
    """How an order becomes an AR transaction."""

    order_states_left_out: tuple[str, ...] = Field(
        default=("cancelled", "refunded", "voided"),
        title="Orders left out",
        description="Orders in these states (of Mailchimp) are not recorded.",
    )
    several_customers: Literal["refuse", "first"] = Field(
        default="refuse",
        title="Address of several customers",
        description=(
            "refuse: an order of somebody whose address several customers share waits for a person. "
            "first: it "
            "is recorded with the customer of the lowest number."
        ),
    )
    ar_prefix: str = Field(
        default="MC",
        pattern=r"^[A-Z0-9]{0,4}$",
        title="Invoice numbers begin with",
        description=(
            "Each AR transaction carries an invoice number we make from the order, by which we recognise it: "
            "it is looked up before anything is posted, so no order is ever posted twice."
        ),
    )
    ar_due_days: int = Field(
        default=0,
        ge=0,
        le=365,
        title="Due after days",
        description="Days from the date of the order to the due date.",
    )
    ar_interface: str = Field(
        default="MLC-AR",
        min_length=1,
        max_length=10,
        title="M3 interface",
        description=(
            "The interface (GLS840, INTN) the journal is imported through. Your finance team defines "
            "it, with "
            "the layout below."
        ),
    )
    ar_line_layout: tuple[str, ...] = Field(
        default=LINE_LAYOUT,
        min_length=1,
        max_length=40,
        title="Layout of its lines",
        description=(
            "Field and positions of each value in a line (PARM), as the interface defines them. We "
            "fill CUNO, "
            "CINO (our number), INYR, IVDT, DUDT, CUCD, CUAM (amount), AIT1 (account) and VTXT (text)."
        ),
        json_schema_extra=ADVANCED,
    )
    ar_constants: dict[str, str] = Field(
        default={},
        title="Fixed values in its lines",
        description="Further fields of the layout with a value that is always the same, a line each.",
        json_schema_extra=ADVANCED,
    )
    ar_receivable_account: str = Field(
        default="",
        max_length=10,
        title="Receivables account",
        description="The account of the customer's line. Empty: the interface knows it.",
    )
    ar_revenue_account: str = Field(
        default="",
        max_length=10,
        title="Revenue account",
        description="If given, a second line books the revenue there. Empty: the interface does it.",
    )
    ar_tax_account: str = Field(
        default="",
        max_length=10,
        title="Tax account",
        description="If given (with a revenue account), the tax of the order gets a line of its own.",
    )
    csi_ar_ido: str = Field(
        default="SLArInvs",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$",
        title="Industrial IDO",
        description="CloudSuite Industrial: the IDO invoices are added to.",
        json_schema_extra=ADVANCED,
    )

    @field_validator("ar_line_layout")
    @classmethod
    def _is_a_layout(cls, layout: tuple[str, ...]) -> tuple[str, ...]:
        places = positions(layout)
        for needed in ("CUNO", "CINO", "CUAM"):
            if needed not in places:
                raise ValueError(f"the layout has no place for {needed}")
        return layout


class MessageLogOptions(Settings):
    """Where it is noted what became of a message to a customer."""

    message_log: Literal["table", "text"] = Field(
        default="table",
        title="Messages are noted in",
        description=(
            "table: a row for each event in a table of your own (M3: fields of CUGEX1, set up in CMS080). "
            "text: a line in the text of the customer (CRS610); M3 cannot be asked whether a line is "
            "there, so "
            "one that went unanswered waits for a person."
        ),
    )
    message_table: str = Field(
        default="MLCMSG",
        pattern=r"^[A-Z0-9]{1,10}$",
        title="M3 table",
        description="The name under which the fields are set up in CMS080. Keys are customer and event.",
        json_schema_extra=ADVANCED,
    )
    message_fields: dict[str, str] = Field(
        default={"A030": "event", "A130": "message_id", "A230": "subject", "DAT1": "date"},
        title="Fields of a row",
        description="Field and what goes in: event, message_id, subject, detail, email, date or time.",
        json_schema_extra=ADVANCED,
    )
    csi_message_ido: str = Field(
        default="",
        pattern=r"^([A-Za-z_][A-Za-z0-9_]{0,127})?$",
        title="Industrial IDO",
        description="CloudSuite Industrial: the IDO of a table of your own that takes a row for each event.",
    )
    csi_message_properties: dict[str, str] = Field(
        default={
            "CustNum": "customer",
            "EventId": "reference",
            "Event": "event",
            "MessageId": "message_id",
            "Subject": "subject",
            "EventDate": "time",
        },
        title="Properties of a row",
        description=(
            "Property and what goes in: customer, reference (our id of the event), and those named above."
        ),
        json_schema_extra=ADVANCED,
    )

    @field_validator("message_fields")
    @classmethod
    def _are_known(cls, table: dict[str, str]) -> dict[str, str]:
        return _checked(table, MESSAGE_VALUES)

    @field_validator("csi_message_properties")
    @classmethod
    def _are_known_too(cls, table: dict[str, str]) -> dict[str, str]:
        found = _checked(table, MESSAGE_VALUES | {"customer", "reference"})
        if not {"customer", "reference"} <= set(found.values()):
            raise ValueError("one property must take customer, and one reference")
        return found


MESSAGE_VALUES = frozenset({"event", "message_id", "subject", "detail", "email", "date", "time"})


def positions(layout: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    """Field to first and last position of a line.

    Raises `ValueError` where a place makes no sense or two overlap.
    """
    found: dict[str, tuple[int, int]] = {}
    taken: set[int] = set()
    for place in layout:
        match = _PLACE.fullmatch(place.strip())
        if not match:
            raise ValueError(f"{place} is no place in a line; write it like CUNO 1-10")
        first, last = int(match[2]), int(match[3])
        if not 1 <= first <= last <= LONGEST_LINE or taken & set(range(first, last + 1)):
            raise ValueError(f"{place} lies outside the line, or upon another field")
        taken |= set(range(first, last + 1))
        found[match[1]] = (first, last)
    return found


def customer_options(account: Account) -> CustomerBackOptions:
    """What was decided about contacts, or the defaults."""
    return account.options if isinstance(account.options, CustomerBackOptions) else CustomerBackOptions()


def receivable_options(account: Account) -> ReceivableOptions:
    """What was decided about orders, or the defaults."""
    return account.options if isinstance(account.options, ReceivableOptions) else ReceivableOptions()


def message_options(account: Account) -> MessageLogOptions:
    """What was decided about messages, or the defaults."""
    return account.options if isinstance(account.options, MessageLogOptions) else MessageLogOptions()


def _checked(table: dict[str, str], known: frozenset[str]) -> dict[str, str]:
    for field, value in table.items():
        if value not in known:
            raise ValueError(f"{field}: {value} is nothing we know; choose from {', '.join(sorted(known))}")
    return table
