"""What a connection to QAD has to be told about reading: browses, columns, pages, spelling."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from connectors.sdk.settings import Settings
from connectors.systems.qad import columns
from connectors.systems.qad.places import ADVANCED

BROWSE = r"^(urn:browse:)?[a-z]+:[\w.:-]{1,150}$"
BrowseId = Annotated[str, StringConstraints(pattern=BROWSE)]
OptionalBrowseId = Annotated[str, StringConstraints(pattern=rf"^$|{BROWSE}")]
Words = Annotated[str, StringConstraints(pattern=r"^\w{1,80}$")]
ViewUri = Annotated[str, StringConstraints(pattern=r"^$|^urn:be:[\w.]{1,200}$")]


def _table_of(defaults: dict[str, str]) -> AfterValidator:
    def check(own: dict[str, str]) -> dict[str, str]:
        if fault := columns.fault_in(own, defaults):
            raise ValueError(fault)
        return own

    return AfterValidator(check)


CustomerColumns = Annotated[dict[str, str], _table_of(dict(columns.CUSTOMER))]
ItemColumns = Annotated[dict[str, str], _table_of(dict(columns.ITEM))]
OrderColumns = Annotated[dict[str, str], _table_of(dict(columns.ORDER))]
LineColumns = Annotated[dict[str, str], _table_of(dict(columns.LINE))]
_TABLE_HELP = "Only what differs, a line each. Write - where your browse has none. Ours are: "


def _listed(defaults: dict[str, str]) -> str:
    return _TABLE_HELP + ", ".join(f"{name}: {column or '-'}" for name, column in defaults.items()) + "."


class ReadingSettings(Settings):
    """What is read, from where, and how it is spelled."""

    customers_browse: BrowseId = Field(
        default="urn:browse:mfg:cm007",
        title="Customers",
        description=(
            "The browse customers are read from. One of your own making is fine; ping checks its columns."
        ),
        json_schema_extra=ADVANCED,
    )
    customer_columns: CustomerColumns = Field(
        default={},
        title="Columns of customers",
        description=_listed(dict(columns.CUSTOMER)),
        json_schema_extra=ADVANCED,
    )
    items_browse: BrowseId = Field(
        default="urn:browse:mfg:gp340",
        title="Items",
        description="The browse the item catalogue is read from.",
        json_schema_extra=ADVANCED,
    )
    item_columns: ItemColumns = Field(
        default={},
        title="Columns of items",
        description=_listed(dict(columns.ITEM)),
        json_schema_extra=ADVANCED,
    )
    orders_browse: BrowseId = Field(
        default="urn:browse:mfg:so803",
        title="Sales orders",
        description=(
            "The browse sales orders are read from: a row for each order, or one for each line with the "
            "columns of both."
        ),
        json_schema_extra=ADVANCED,
    )
    order_columns: OrderColumns = Field(
        default={},
        title="Columns of orders",
        description=_listed(dict(columns.ORDER)),
        json_schema_extra=ADVANCED,
    )
    lines_browse: OptionalBrowseId = Field(
        default="urn:browse:mfg:so011",
        title="Order lines",
        description=(
            "A browse of order lines, for where the one of orders does not show them. Where ping finds no "
            "lines in it, they are read order by order, which costs a call each."
        ),
        json_schema_extra=ADVANCED,
    )
    line_columns: LineColumns = Field(
        default={},
        title="Columns of order lines",
        description=_listed(dict(columns.LINE)),
        json_schema_extra=ADVANCED,
    )
    domains_browse: OptionalBrowseId = Field(
        default="urn:browse:bebrowse:com.qad.erp.base.domainV3s",
        title="Domains",
        description="The browse ping finds domains and entities in. Empty: ping does not look.",
        json_schema_extra=ADVANCED,
    )

    email_source: Literal["auto", "browse", "entity"] = Field(
        default="auto",
        title="E-mail addresses",
        description=(
            "browse: from a column of the customer browse. entity: from each customer record, which costs a "
            "call for each. auto: from the browse if ping finds such a column, else from the record."
        ),
        json_schema_extra=ADVANCED,
    )
    email_rule: Literal["first", "only_one"] = Field(
        default="first",
        title="Several e-mail addresses",
        description=(
            "Where a customer has several in one field: first takes the first; only_one treats such a "
            "customer as having none."
        ),
        json_schema_extra=ADVANCED,
    )
    item_currency: str = Field(
        default="",
        pattern=r"^([A-Z]{3})?$",
        title="Currency of item prices",
        description="The base currency of the domain, for example USD. Without it products carry no price.",
    )
    inactive_item_statuses: tuple[str, ...] = Field(
        default=("OBSOLETE", "O", "INACTIVE"),
        max_length=50,
        title="Statuses of inactive items",
        description="Item status codes that mean an item is no longer sold.",
        json_schema_extra=ADVANCED,
    )
    orders_since: date | None = Field(
        default=None,
        title="Orders since",
        description="Only orders dated on or after this day. Empty: all.",
    )

    customer_change_columns: tuple[str, ...] = Field(
        default=(),
        max_length=4,
        title="Customer's day of last change",
        description=(
            "Columns of the customer browse with the day of the last change. Empty: ping looks for them; "
            "unless they cover all that is read, every run reads all customers and sends only what changed."
        ),
        json_schema_extra=ADVANCED,
    )
    item_change_columns: tuple[str, ...] = Field(
        default=(), max_length=4, title="Item's day of last change", description="The same for items.",
        json_schema_extra=ADVANCED,
    )  # fmt: skip
    order_change_columns: tuple[str, ...] = Field(
        default=(), max_length=4, title="Order's day of last change",
        description="The same for orders. A change of a line must show there too.",
        json_schema_extra=ADVANCED,
    )  # fmt: skip
    overlap_days: int = Field(
        default=1,
        ge=1,
        le=60,
        title="Overlap",
        description="How many days before the last change seen each run starts to read again.",
        json_schema_extra=ADVANCED,
    )
    full_read_days: int = Field(
        default=7,
        ge=0,
        le=365,
        title="Days between full reads",
        description="Reading by day of change never sees what was deleted; a full read does. 0: never.",
        json_schema_extra=ADVANCED,
    )
    page_size: int = Field(
        default=250,
        ge=25,
        le=1000,
        title="Page size",
        description="How many rows one call asks for.",
        json_schema_extra=ADVANCED,
    )
    next_page_action: Words = Field(
        default="first",
        title="Page action of further pages",
        description=(
            "What later pages of a browse are asked for with; the first page is always asked for with first."
        ),
        json_schema_extra=ADVANCED,
    )
    decimals: Literal["auto", "point", "comma"] = Field(
        default="auto",
        title="Decimals",
        description="How numbers are written where they come as text: 1,234.50 (point) or 1.234,50 (comma).",
        json_schema_extra=ADVANCED,
    )
    dates: Literal["auto", "y-m-d", "m/d/y", "d/m/y", "d.m.y", "y/m/d"] = Field(
        default="auto",
        title="Dates",
        description="How dates are written. auto: as ping finds them.",
        json_schema_extra=ADVANCED,
    )

    customers_collection: Words = Field(
        default="customerV2s",
        title="Customer records",
        description="The collection one customer is read from whole.",
        json_schema_extra=ADVANCED,
    )
    customer_view: ViewUri = Field(
        default="urn:be:com.qad.base.customer.ICustomerV2",
        title="View of customer records",
        description="The viewUri that goes with it.",
        json_schema_extra=ADVANCED,
    )
