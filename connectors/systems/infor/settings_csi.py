"""What only CloudSuite Industrial needs to know: its IDOs, and which of their properties mean what."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from connectors.sdk.settings import Settings
from connectors.systems.infor.settings_product import ADVANCED

NAME = r"[A-Za-z_][A-Za-z0-9_]{0,127}"
Ido = Annotated[str, StringConstraints(pattern=rf"^{NAME}$")]

CUSTOMER_PROPERTIES = {
    "name": "Name",
    "email": "ExternalEmailAddr",
    "person": "Contact_1",
    "phone": "Phone_1",
    "line1": "Addr_1",
    "line2": "Addr_2",
    "city": "City",
    "region": "State",
    "postal_code": "Zip",
    "country": "Country",
    "currency": "CurrCode",
    "category": "CustType",
    "tax_id": "TaxRegNum1",
    "parent": "CorpCust",
    "status": "Stat",
    "stop": "CreditHold",
    "last_order": "LastInv",
    "created": "CreateDate",
    "marketing_id": "Uf_MarketingId",
    "consent": "Uf_MarketingStatus",
}
SUPPLIER_PROPERTIES = {
    "name": "Name",
    "email": "ExternalEmailAddr",
    "person": "Contact",
    "phone": "Phone",
    "line1": "Addr_1",
    "line2": "Addr_2",
    "city": "City",
    "region": "State",
    "postal_code": "Zip",
    "country": "Country",
    "currency": "CurrCode",
    "category": "VendType",
    "tax_id": "TaxRegNum1",
    "created": "CreateDate",
}
_WORDS = frozenset({*CUSTOMER_PROPERTIES, "language", "group", "branch", "overdue", "overdue_days"})
_PROPERTY = re.compile(NAME)


class CsiSettings(Settings):
    """IDOs and properties of CloudSuite Industrial."""

    csi_customers: Ido = Field(
        default="SLCustomers",
        title="IDO of customers",
        description="The IDO customers are read from and written to.",
        json_schema_extra=ADVANCED,
    )
    csi_customer_properties: dict[str, str] = Field(
        default=CUSTOMER_PROPERTIES,
        title="Properties of customers",
        description=(
            "Which property of the customer is what, a line each. Ping says which of them your site does not "
            "have; those are done without. marketing_id receives the Mailchimp id, consent what "
            "became of the "
            "subscription. You may add language, group, branch, overdue (an amount) and overdue_days."
        ),
        json_schema_extra=ADVANCED,
    )
    csi_change_property: str = Field(
        default="RecordDate",
        pattern=rf"^({NAME})?$",
        title="Property of last change",
        description=(
            "The property that says when a record was last changed. Empty: every run reads everything."
        ),
        json_schema_extra=ADVANCED,
    )
    csi_suppliers: Ido = Field(
        default="SLVendors",
        title="IDO of suppliers",
        description="The IDO suppliers (vendors) are read from.",
        json_schema_extra=ADVANCED,
    )
    csi_supplier_properties: dict[str, str] = Field(
        default=SUPPLIER_PROPERTIES,
        title="Properties of suppliers",
        description="As for customers.",
        json_schema_extra=ADVANCED,
    )
    csi_key_width: int = Field(
        default=7,
        ge=0,
        le=30,
        title="Width of numbers",
        description=(
            "Customer and vendor numbers are padded with blanks on their left to this width. 0: they are not."
        ),
        json_schema_extra=ADVANCED,
    )

    @field_validator("csi_customer_properties", "csi_supplier_properties")
    @classmethod
    def _name_properties(cls, table: dict[str, str]) -> dict[str, str]:
        for ours, theirs in table.items():
            if ours not in _WORDS:
                raise ValueError(f"{ours} is nothing we know; choose from {', '.join(sorted(_WORDS))}")
            if not _PROPERTY.fullmatch(theirs):
                raise ValueError(f"{ours}: {theirs} is no name of a property")
        if "name" not in table:
            raise ValueError("name: this line is needed")
        return table
