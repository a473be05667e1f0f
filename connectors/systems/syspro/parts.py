"""What a person decides about customers: which e-mail address, which address line, who is in good order."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator
from pydantic.config import JsonDict

from connectors.sdk.settings import Settings
from connectors.systems.syspro.columns import ADDRESS_LINES, COLUMN_PATTERN, MEANINGS

ADVANCED: JsonDict = {"advanced": True}
Column = Annotated[str, StringConstraints(pattern=COLUMN_PATTERN)]
OptionalColumn = Annotated[str, StringConstraints(pattern=rf"^$|{COLUMN_PATTERN}")]

LINES = {"1": "street", "2": "street2", "3": "city", "3Loc": "nothing", "4": "region", "5": "country"}


class CustomerSettings(Settings):
    """How a row of ArCustomer becomes somebody one can write to."""

    email_rule: Literal["first_valid", "only_one"] = Field(
        default="first_valid",
        title="Several e-mail addresses",
        description=(
            "SYSPRO keeps one e-mail field, and people put several addresses into it. Where nothing in it "
            "can be an address, the customer is set aside. first_valid: the first one that can be an "
            "address. only_one: customers with more than one are set aside for you to correct."
        ),
    )
    email_separators: str = Field(
        default=";,",
        min_length=1,
        max_length=10,
        title="What separates e-mail addresses",
        description="The characters your colleagues put between several addresses of one customer.",
        json_schema_extra=ADVANCED,
    )
    email_column: Column = Field(
        default="Email",
        title="E-mail column",
        description="The column the address is in. Ping checks that it is there.",
        json_schema_extra=ADVANCED,
    )
    names_from: Literal["contact", "name", "nowhere"] = Field(
        default="contact",
        title="First and last name",
        description=(
            "What is clearly no person's name is left empty. contact: from the customer's contact; Name is "
            "the company. name: your customers are people, and Name is theirs. nowhere: leave them empty."
        ),
    )
    address_from: Literal["SoldTo", "ShipTo"] = Field(
        default="SoldTo",
        title="Which address",
        description="SoldTo: the address on invoices. ShipTo: the first delivery address.",
    )
    address_lines: dict[str, str] = Field(
        default=LINES,
        title="What the address lines hold",
        description=(
            "SYSPRO has lines, your company has a habit: say for each of 1, 2, 3, 3Loc, 4 and 5 whether it "
            "is the street, street2, city, region, country, postal_code or nothing. Lines of the same "
            "meaning are joined. The postal code has its own column as well, which wins."
        ),
    )
    country: str = Field(
        default="",
        pattern=r"^([A-Za-z]{2})?$",
        title="Country of addresses without one",
        description="Two letters, such as ZA. Empty: it stays open.",
    )
    country_names: dict[str, str] = Field(
        default={},
        title="Your names of countries",
        description=(
            "Where your addresses spell a country in a way of their own, its two letters: Suid-Afrika: ZA. "
            "English names and two-letter codes are known already."
        ),
        json_schema_extra=ADVANCED,
    )
    tax_column: Literal["CompanyTaxNumber", "TaxExemptNumber", "GstExemptNum", "nothing"] = Field(
        default="CompanyTaxNumber",
        title="Tax number",
        description="The column your company keeps a customer's tax number in.",
        json_schema_extra=ADVANCED,
    )
    extra_columns: tuple[Column, ...] = Field(
        default=(),
        max_length=20,
        title="More columns",
        description=(
            "Further columns of ArCustomer your own field rules need, separated by commas. Only name what "
            "you use: a change in any of them counts as a change of the customer."
        ),
        json_schema_extra=ADVANCED,
    )
    custom_table: str = Field(
        default="",
        pattern=r"^([A-Za-z]\w{0,99}\+?)?$",
        title="Custom form table",
        description=(
            "The table of your custom form fields, ArCustomer+ as a rule. Empty: they are not read. Read by "
            "the same way as customers."
        ),
        json_schema_extra=ADVANCED,
    )
    custom_columns: tuple[Column, ...] = Field(
        default=(),
        max_length=20,
        title="Custom form fields",
        description="Which columns of it your field rules need, separated by commas.",
        json_schema_extra=ADVANCED,
    )

    @field_validator("email_separators")
    @classmethod
    def _are_not_of_addresses(cls, text: str) -> str:
        if re.search(r"[\w.@+-]", text):
            raise ValueError("letters, digits and . @ + - _ are part of addresses and cannot separate them")
        return text

    @field_validator("address_lines")
    @classmethod
    def _lines_and_meanings_exist(cls, lines: dict[str, str]) -> dict[str, str]:
        for line, meaning in lines.items():
            if line not in ADDRESS_LINES:
                raise ValueError(f"there is no line {line}; the lines are {', '.join(ADDRESS_LINES)}")
            if meaning not in MEANINGS:
                raise ValueError(f"line {line}: choose one of {', '.join(MEANINGS)}")
        return lines

    @field_validator("country_names")
    @classmethod
    def _are_codes(cls, names: dict[str, str]) -> dict[str, str]:
        for name, code in names.items():
            if not re.fullmatch(r"[A-Za-z]{2}", code):
                raise ValueError(f"{name}: write the country's two letters, such as ZA")
        return {" ".join(name.split()).casefold(): code.upper() for name, code in names.items()}


class StandingSettings(Settings):
    """Whom we call inactive, on hold, delinquent and dormant. What follows from it is the integration's."""

    inactive_without_sales: bool = Field(
        default=True,
        title="No sales allowed means inactive",
        description="Customers whose SalesAllowed is N are inactive.",
    )
    inactive_classes: tuple[str, ...] = Field(
        default=(),
        max_length=50,
        title="Classes of inactive customers",
        description="Customer classes your company keeps for closed accounts, separated by commas.",
    )
    on_hold: bool = Field(
        default=True,
        title="CustomerOnHold means on hold",
        description="Customers whose CustomerOnHold is Y are on hold.",
    )
    delinquent_credit_statuses: tuple[str, ...] = Field(
        default=(),
        max_length=20,
        title="Credit statuses of bad payers",
        description=(
            "The values of CreditStatus that mean a customer does not pay, separated by commas. Companies "
            "use them differently, so none is taken for granted."
        ),
    )
    balances: Literal["auto", "odata", "enet", "off"] = Field(
        default="auto",
        title="Read overdue balances",
        description=(
            "Customers with overdue balances are delinquent. auto: through OData where it shows the table, "
            "else through e.net, as ping finds out. odata, enet: that way only. off: balances are not read."
        ),
        json_schema_extra=ADVANCED,
    )
    overdue_columns: tuple[Column, ...] = Field(
        default=("Val60daysInv", "Val90daysInv", "Val120daysInv"),
        max_length=10,
        title="Overdue balances",
        description=(
            "The columns of the balance table that count as overdue, separated by commas. They are added up; "
            "the default is what has been open for 60 days and more."
        ),
        json_schema_extra=ADVANCED,
    )
    overdue_above: int = Field(
        default=0,
        ge=0,
        le=1_000_000_000,
        title="Overdue above",
        description="Customers are delinquent when more than this is overdue, in the company's currency.",
    )
    balances_table: Column = Field(
        default="ArCustomerBal",
        title="Balance table",
        description="The table, or a view of your own, that holds one row of balances per customer.",
        json_schema_extra=ADVANCED,
    )
    dormant_days: int = Field(
        default=365,
        ge=0,
        le=36_500,
        title="Days without a sale",
        description=(
            "Customers whose last sale (DateLastSale; without one, the day they were added) is longer ago "
            "than this are dormant. 0: nobody is."
        ),
    )
