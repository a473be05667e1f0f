"""What a connection to SYSPRO has to be told."""

from __future__ import annotations

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from connectors.sdk.settings import Settings
from connectors.sdk.system import Account
from connectors.systems.syspro.parts import (
    ADVANCED,
    Column,
    CustomerSettings,
    OptionalColumn,
    StandingSettings,
)

ODATA_PATH = "/SYSPRO8Odata/SYSPROOData"
ENET_PATH = "/SYSPROWCFService/Rest"


class PlaceSettings(Settings):
    """Where the customer's SYSPRO answers, and how it is read."""

    company: str = Field(
        min_length=1,
        max_length=20,
        pattern=r"^[\w.-]+$",
        title="Company",
        description="The id of the company, as people choose it when they log on, for example A or EDU1.",
    )
    read_through: Literal["odata", "enet"] = Field(
        default="odata",
        title="Read customers through",
        description=(
            "odata: the OData service (SYSPRO 8 2021 R2 and later), the faster way. enet: e.net business "
            "objects (COMFND), for sites without OData."
        ),
    )
    odata_url: str = Field(
        default="",
        max_length=300,
        title="OData address",
        description=(
            "The address of the OData service up to the company, for example "
            f"https://erp.example.com{ODATA_PATH}. That path is added when you only enter the host."
        ),
    )
    enet_url: str = Field(
        default="",
        max_length=300,
        title="e.net address",
        description=(
            "The REST address of the e.net communications service with its port, for example "
            f"https://erp.example.com:31002{ENET_PATH}. That path is added when you only enter host and "
            "port. Empty: e.net is not used. Passwords travel in its addresses, so put a proxy with a "
            "certificate in front of it."
        ),
    )
    odata_company: str = Field(
        default="",
        max_length=50,
        pattern=r"^[\w.-]*$",
        title="Company at OData",
        description="Only where the OData address names the company otherwise than people do at log-on.",
        json_schema_extra=ADVANCED,
    )
    customers_table: Column = Field(
        default="ArCustomer",
        title="Customer table",
        description="The table of customers, or a view of your own that has its columns.",
        json_schema_extra=ADVANCED,
    )
    key_column: Column = Field(
        default="Customer",
        title="Customer number",
        description=(
            "The column that identifies a customer, in that table and in those of balances and custom fields."
        ),
        json_schema_extra=ADVANCED,
    )
    change_column: OptionalColumn = Field(
        default="",
        title="Column of the last change",
        description=(
            "SYSPRO keeps no time of last change. If your site shows one in a view of its own (a date, or "
            "the rowversion as a whole number), name its column here, and the view as customer table. Ping "
            "proves that one can filter by it (through OData only); until then every run reads all customers "
            "and sends only what changed."
        ),
        json_schema_extra=ADVANCED,
    )
    between_full_reads: Literal["everything", "added"] = Field(
        default="everything",
        title="Without such a column",
        description=(
            "everything: every run reads all customers, so a changed address is found at once. added: runs "
            "between two full reads only look for customers added since (DateCustAdded); changes wait for "
            "the next full read. For very large customer files."
        ),
        json_schema_extra=ADVANCED,
    )
    full_read_hours: int = Field(
        default=24,
        ge=1,
        le=8760,
        title="Hours between full reads",
        description=(
            "Where runs read only what changed or was added: how often everything is read all the same, "
            "which is what finds removed customers, overdue balances and those who have become dormant."
        ),
        json_schema_extra=ADVANCED,
    )
    overlap_minutes: int = Field(
        default=180,
        ge=10,
        le=20_160,
        title="Overlap",
        description=(
            "How far before the last change seen a run starts to read again, in minutes. Reading twice "
            "changes nothing. By days of DateCustAdded it is two days at least."
        ),
        json_schema_extra=ADVANCED,
    )
    page_size: int = Field(
        default=1000,
        ge=1,
        le=5000,
        title="Page size",
        description="How many customers one OData call asks for. SYSPRO gives 5,000 at most.",
        json_schema_extra=ADVANCED,
    )
    enet_page_size: int = Field(
        default=500,
        ge=1,
        le=5000,
        title="Page size of e.net",
        description="How many rows one e.net call asks for.",
        json_schema_extra=ADVANCED,
    )
    max_url: int = Field(
        default=8000,
        ge=1000,
        le=32_000,
        title="Longest address",
        description=(
            "e.net takes everything in the address of a call. Lower this if the service, or a proxy before "
            "it, refuses long ones (status 404 or 414)."
        ),
        json_schema_extra=ADVANCED,
    )
    requests_per_minute: int = Field(
        default=60,
        ge=6,
        le=10_000,
        title="Calls per minute",
        description="The most calls we make in a minute, one at a time. SYSPRO publishes no limit.",
        json_schema_extra=ADVANCED,
    )

    @field_validator("odata_url")
    @classmethod
    def _odata_root(cls, text: str) -> str:
        return _root(text, ODATA_PATH)

    @field_validator("enet_url")
    @classmethod
    def _enet_root(cls, text: str) -> str:
        return _root(text, ENET_PATH)

    @model_validator(mode="after")
    def _has_a_way_in(self) -> Self:
        if self.read_through == "odata" and not self.odata_url:
            raise ValueError("Enter the OData address, or choose to read customers through e.net.")
        if self.read_through == "enet" and not self.enet_url:
            raise ValueError("Enter the e.net address, or choose to read customers through OData.")
        return self


class SysproSettings(PlaceSettings, CustomerSettings, StandingSettings):
    """Everything about a connection that is no secret."""

    @model_validator(mode="after")
    def _balances_have_a_way(self) -> Self:
        if self.balances == "odata" and not self.odata_url:
            raise ValueError("Balances cannot be read through OData without its address.")
        if self.balances == "enet" and not self.enet_url:
            raise ValueError("Balances cannot be read through e.net without its address.")
        return self


class SysproCredentials(Settings):
    """Two sets: OData asks for one on every call, e.net for the other at log-on."""

    odata_user: str = Field(
        default="",
        max_length=100,
        title="OData user",
        description=(
            "An operator that may use OData. The OData service reads its list of operators when it starts: "
            "after adding one, or changing its password, restart it."
        ),
    )
    odata_password: SecretStr = Field(
        default=SecretStr(""), max_length=200, title="OData password", description="That operator's password."
    )
    operator: str = Field(
        default="",
        max_length=50,
        title="e.net operator",
        description=(
            "An operator that nobody else uses: SYSPRO gives each operator one session, and who logs on "
            "second ends the first one's. It needs e.net licences, and no second factor."
        ),
    )
    operator_password: SecretStr = Field(
        default=SecretStr(""),
        max_length=200,
        title="Operator password",
        description="That operator's password.",
    )
    company_password: SecretStr = Field(
        default=SecretStr(""),
        max_length=200,
        title="Company password",
        description="Only if your company has one; most have not.",
    )

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not (self.odata_user or self.operator):
            raise ValueError("Enter an OData user, or an operator for e.net, or both.")
        return self


def settings_of(account: Account) -> SysproSettings:
    """The account's settings as ours."""
    if not isinstance(account.settings, SysproSettings):
        raise TypeError(f"{type(account.settings).__name__} are no settings of SYSPRO")
    return account.settings


def credentials_of(account: Account) -> SysproCredentials:
    """The account's credentials as ours."""
    if not isinstance(account.credentials, SysproCredentials):
        raise TypeError(f"{type(account.credentials).__name__} are no credentials of SYSPRO")
    return account.credentials


def _root(text: str, path: str) -> str:
    """A whole URL without a slash at its end; `path` is added to one that has none."""
    if not text:
        return text
    parts = urlsplit(text)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("write the whole address, beginning with https://")
    if parts.username or parts.password:
        raise ValueError("leave user names and passwords out of the address")
    if parts.query or parts.fragment:
        raise ValueError("leave everything from ? or # on out of the address")
    return text.rstrip("/") if parts.path.strip("/") else f"{text.rstrip('/')}{path}"
