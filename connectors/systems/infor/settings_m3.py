"""What only M3 needs to know: which of its fields mean what."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from connectors.sdk.settings import Settings
from connectors.systems.infor.settings_product import ADVANCED

FIELD = r"[A-Z][A-Z0-9]{3}"
M3Field = Annotated[str, StringConstraints(pattern=rf"^{FIELD}$")]
OptionalField = Annotated[str, StringConstraints(pattern=rf"^({FIELD})?$")]
_FREE = (
    "A free field of the customer (CFC1 to CFC0), a field of a customer extension (A030 and the like, table "
    "CUGEX1), or any other field of CRS610."
)


class M3Settings(Settings):
    """Fields of CRS610 and CRS620."""

    m3_changes: Literal["auto", "lmts", "export", "none"] = Field(
        default="auto",
        title="How changes are found",
        description=(
            "auto: whatever ping finds to work. lmts: the timestamp filter of the list. export: "
            "EXPORTMI over "
            "the date of last change. none: every run reads everything and recognises what has not changed."
        ),
        json_schema_extra=ADVANCED,
    )
    lmts_unit: Literal["auto", "ms", "s", "us", "datetime"] = Field(
        default="auto",
        title="Unit of the timestamp filter",
        description="What LMTS counts since 1970, or datetime (20240131120000). auto: as ping finds it.",
        json_schema_extra=ADVANCED,
    )
    m3_email: M3Field = Field(
        default="MAIL",
        title="E-mail address",
        description="The field of the customer its e-mail address is taken from.",
        json_schema_extra=ADVANCED,
    )
    m3_person: OptionalField = Field(
        default="",
        title="Contact person",
        description=(
            "The field that names the contact person (often YREF), if you keep people's names in one."
        ),
        json_schema_extra=ADVANCED,
    )
    m3_tax_id: M3Field = Field(
        default="VRNO",
        title="Tax id",
        description=(
            "The field taken as the tax id: VRNO (VAT registration number) or CORG (organization number)."
        ),
        json_schema_extra=ADVANCED,
    )
    m3_parent: OptionalField = Field(
        default="PYNO",
        title="Parent account",
        description=(
            "The field that names the account a customer belongs to: PYNO (payer), CCUS (company group "
            "customer number), CUST (statistics customer). Empty: no hierarchy."
        ),
        json_schema_extra=ADVANCED,
    )
    m3_branch: OptionalField = Field(
        default="SDST",
        title="Branch",
        description="The field taken as the branch: SDST (district), WHLO (warehouse) or another one.",
        json_schema_extra=ADVANCED,
    )
    m3_marketing_id: M3Field = Field(
        default="CESA",
        title="Mailchimp id is kept in",
        description=(
            f"{_FREE} It receives the id Mailchimp knows the customer by: 32 characters, which fit CESA "
            "(marketing id), or the short one of 10, which fits CFC1 and CFC6."
        ),
    )
    m3_consent: OptionalField = Field(
        default="CFC6",
        title="Subscription status is kept in",
        description=f"{_FREE} It receives what became of the customer's subscription. Empty: nowhere.",
    )
    included_types: tuple[str, ...] = Field(
        default=(),
        title="Customer types to include",
        description="Only customers of these types (CUTP). Empty: all.",
        json_schema_extra=ADVANCED,
    )
    supplier_email: M3Field = Field(
        default="SUCM",
        title="E-mail address of suppliers",
        description=(
            "The field of the supplier (CRS620) its e-mail address is taken from; a field of a supplier "
            "extension (A030 and the like) if the address is kept there."
        ),
        json_schema_extra=ADVANCED,
    )
    supplier_parent: OptionalField = Field(
        default="SUCO",
        title="Parent of suppliers",
        description="The field that names the group a supplier belongs to. Empty: no hierarchy.",
        json_schema_extra=ADVANCED,
    )
    custom_program: str = Field(
        default="CUGEX1MI",
        pattern=r"^[A-Z0-9]{4,10}$",
        title="Program for extension fields",
        description="The program that reads and writes fields such as A030, with its usual transactions.",
        json_schema_extra=ADVANCED,
    )
    clear_marker: str = Field(
        default="?",
        max_length=1,
        title="Marker for: empty this field",
        description="What M3 takes as an order to empty a field. Empty: fields are never emptied.",
        json_schema_extra=ADVANCED,
    )
