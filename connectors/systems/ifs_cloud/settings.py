"""What a connection to IFS Cloud has to be told."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator
from pydantic.config import JsonDict

from connectors.sdk.settings import Settings
from connectors.sdk.system import Account
from connectors.systems.ifs_cloud.odata import ATTRIBUTE_PATTERN, SET_PATTERN

SetPlace = Annotated[str, StringConstraints(pattern=SET_PATTERN)]
OptionalAttribute = Annotated[str, StringConstraints(pattern=rf"^$|{ATTRIBUTE_PATTERN}")]

ADVANCED: JsonDict = {"advanced": True}
_PASTED_PATH = re.compile(r"/(main|int|b2b|auth|landing-page)(/|$).*")


class IfsCloudSettings(Settings):
    """Where the customer's IFS Cloud is and what to read of it."""

    base_url: str = Field(
        min_length=8,
        max_length=300,
        title="Address",
        description=(
            "The address your IFS Cloud is opened at, for example https://acme.ifs.cloud. Everything after "
            "the host is cut off."
        ),
    )
    realm: str = Field(
        default="",
        max_length=100,
        pattern=r"^[\w.-]*$",
        title="Realm",
        description=(
            "The name after /auth/realms/ in the token URL, which is not always the name of the host. API "
            "Explorer shows the token URL on the Documentation page of any projection. Leave empty if you "
            "enter the whole token URL."
        ),
    )
    token_url: str = Field(
        default="",
        max_length=500,
        title="Token URL",
        description=(
            "Only if the log-in server has another address: the whole token URL as API Explorer shows it."
        ),
        json_schema_extra=ADVANCED,
    )
    scope: str = Field(
        default="openid microprofile-jwt",
        max_length=200,
        title="Scope",
        description=(
            "The scope asked for at log-in. The default is the one IFS documents; leave it empty to ask "
            "for none."
        ),
        json_schema_extra=ADVANCED,
    )
    deployment: Literal["main", "int"] = Field(
        default="main",
        title="Deployment",
        description=(
            "The part of the path after the host at which your projections answer: main for users and most "
            "clients, int for integrations. Ping says which projections exist there."
        ),
    )
    company: str = Field(
        default="",
        max_length=20,
        title="Company",
        description=(
            "The id of your company in IFS Cloud (Company page). Ping checks that it exists and reads its "
            "sites and currency. Customers are shared by all companies."
        ),
    )
    site: str = Field(
        default="",
        max_length=500,
        title="Site",
        description=(
            "Only orders of this site (Contract on the Site page); several separated by commas. Empty: "
            "every site the service user may see. With exactly one site a product is known by its sales "
            "part number alone, otherwise by site and number."
        ),
    )
    server_time_zone: str = Field(
        default="UTC",
        max_length=60,
        title="Time zone of the server",
        description=(
            "The zone IFS Cloud keeps its times in, for example Europe/Stockholm. Its times end in Z but "
            "are not UTC; your administrator finds the zone in the solution's environment details."
        ),
    )
    page_size: int = Field(
        default=1000,
        ge=1,
        le=5000,
        title="Page size",
        description=(
            "How many records one call asks for. Lower it if IFS Cloud answers slowly or its answers "
            "become too large."
        ),
        json_schema_extra=ADVANCED,
    )
    requests_per_minute: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        title="Calls per minute",
        description=(
            "The most calls we make in a minute. IFS publishes no limit; ask whoever runs your environment."
        ),
        json_schema_extra=ADVANCED,
    )
    concurrent: int = Field(
        default=4,
        ge=1,
        le=32,
        title="Calls at a time",
        description="The most calls we have open at the same time.",
        json_schema_extra=ADVANCED,
    )

    email_method: str = Field(
        default="",
        max_length=50,
        title="Communication method of e-mail",
        description=(
            "The method id that stands for e-mail in your IFS Cloud (Customer, Address tab, Communication "
            "Methods). Empty: whatever is spelled like E-Mail."
        ),
    )
    email_rule: Literal["default_first", "default_only"] = Field(
        default="default_first",
        title="Which e-mail address",
        description=(
            "default_first: the valid address marked as default, else the first valid one. default_only: "
            "customers without a default address count as having none."
        ),
    )
    use_contacts: bool = Field(
        default=False,
        title="Use the primary contact",
        description=(
            "For customers without an e-mail address of their own, take the one of their primary contact. "
            "Costs one call for each."
        ),
    )
    read_addresses: bool = Field(
        default=False,
        title="Read postal addresses",
        description=(
            "Reads the addresses of customers as well. Costs one call per customer unless your IFS Cloud "
            "has a flat set of them."
        ),
    )

    customer_change_attribute: OptionalAttribute = Field(
        default="",
        title="Customer's time of last change",
        description=(
            "The attribute that holds when a customer was last changed, if your customer page has one "
            "(often a custom attribute, Cf_...). Empty: ping looks for one; without one every run reads "
            "all customers and recognises what has not changed."
        ),
    )
    order_change_attribute: OptionalAttribute = Field(
        default="",
        title="Order's time of last change",
        description="The same for customer orders.",
    )
    overlap_minutes: int = Field(
        default=180,
        ge=60,
        le=20_160,
        title="Overlap",
        description=(
            "How far before the last change seen each run starts to read again, in minutes. Covers clocks "
            "and time zones that disagree; reading twice changes nothing."
        ),
        json_schema_extra=ADVANCED,
    )
    full_read_days: int = Field(
        default=7,
        ge=0,
        le=365,
        title="Days between full reads",
        description=(
            "Reading by time of change never sees what was deleted, nor a new e-mail address; a full read "
            "every so many days does. 0: never."
        ),
        json_schema_extra=ADVANCED,
    )
    orders_since: date | None = Field(
        default=None,
        title="Orders since",
        description="Only orders entered on or after this day. Empty: all.",
    )

    customers_set: SetPlace = Field(
        default="CustomersHandling.svc/CustomerInfoSet",
        title="Customers",
        description=(
            "Projection and entity set customers are read from, as API Explorer lists them. The service "
            "user's permission set must grant the projection."
        ),
        json_schema_extra=ADVANCED,
    )
    customer_set: SetPlace = Field(
        default="CustomerHandling.svc/CustomerInfoSet",
        title="One customer",
        description=(
            "Projection and entity set of the page of one customer, where communication methods and "
            "contacts hang."
        ),
        json_schema_extra=ADVANCED,
    )
    orders_set: SetPlace = Field(
        default="CustomerOrderHandling.svc/CustomerOrderSet",
        title="Orders",
        description="Projection and entity set customer orders are read from.",
        json_schema_extra=ADVANCED,
    )
    order_lines_set: SetPlace = Field(
        default="CustomerOrderHandling.svc/CustomerOrderLineSet",
        title="Order lines",
        description="Projection and entity set the lines of customer orders are read from.",
        json_schema_extra=ADVANCED,
    )
    sales_parts_set: SetPlace = Field(
        default="SalesPartHandling.svc/SalesPartSet",
        title="Sales parts",
        description="Projection and entity set sales parts are read from.",
        json_schema_extra=ADVANCED,
    )
    companies_set: SetPlace = Field(
        default="CompanyHandling.svc/CompanySet",
        title="Companies",
        description="Projection and entity set ping finds the company in.",
        json_schema_extra=ADVANCED,
    )
    sites_set: SetPlace = Field(
        default="CompanySiteHandling.svc/CompanySiteSet",
        title="Sites",
        description="Projection and entity set ping finds sites in.",
        json_schema_extra=ADVANCED,
    )
    order_date_attribute: Annotated[str, StringConstraints(pattern=ATTRIBUTE_PATTERN)] = Field(
        default="DateEntered",
        title="Order's date of entry",
        description="The attribute of an order that says when it was entered.",
        json_schema_extra=ADVANCED,
    )
    price_attribute: OptionalAttribute = Field(
        default="ListPrice",
        title="Price of a sales part",
        description="The attribute of a sales part taken as its price. Empty: products carry no price.",
        json_schema_extra=ADVANCED,
    )
    price_currency: str = Field(
        default="",
        pattern=r"^([A-Z]{3})?$",
        title="Currency of prices",
        description="The currency of those prices, for example EUR. Empty: the company's, as ping found it.",
        json_schema_extra=ADVANCED,
    )

    @field_validator("base_url")
    @classmethod
    def _is_an_origin(cls, text: str) -> str:
        return _whole_url(_PASTED_PATH.sub("", text)).rstrip("/")

    @field_validator("token_url")
    @classmethod
    def _is_whole(cls, text: str) -> str:
        return _whole_url(text) if text else text

    @field_validator("server_time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("this is no time zone we know; write it like Europe/Stockholm") from error
        return name

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        if not (self.realm or self.token_url):
            raise ValueError(
                "Enter the realm, or the whole token URL; API Explorer shows it on the Documentation page."
            )
        return self

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites named, in the order written."""
        return tuple(dict.fromkeys(part for part in map(str.strip, self.site.split(",")) if part))

    @property
    def zone(self) -> ZoneInfo:
        """The server's zone."""
        return ZoneInfo(self.server_time_zone)

    @property
    def log_in_url(self) -> str:
        """Where tokens are fetched."""
        return self.token_url or f"{self.base_url}/auth/realms/{self.realm}/protocol/openid-connect/token"

    @property
    def service_root(self) -> str:
        """What the path of every projection begins with."""
        return f"{self.base_url}/{self.deployment}/ifsapplications/projection/v1"


class IfsCloudCredentials(Settings):
    """The IAM client we log in as."""

    client_id: str = Field(
        min_length=1,
        max_length=200,
        title="Client id",
        description=(
            "Solution Manager, Identity and Access Manager, IAM Clients: a confidential client of your own "
            "with Service Accounts on and a service user. Clients whose name begins with IFS_ are IFS's."
        ),
    )
    client_secret: SecretStr = Field(
        min_length=1,
        max_length=500,
        title="Client secret",
        description="Shown on the same page under Secret.",
    )


def settings_of(account: Account) -> IfsCloudSettings:
    """The account's settings as ours."""
    if not isinstance(account.settings, IfsCloudSettings):
        raise TypeError(f"{type(account.settings).__name__} are no settings of IFS Cloud")
    return account.settings


def credentials_of(account: Account) -> IfsCloudCredentials:
    """The account's credentials as ours."""
    if not isinstance(account.credentials, IfsCloudCredentials):
        raise TypeError(f"{type(account.credentials).__name__} are no credentials of IFS Cloud")
    return account.credentials


def _whole_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("write the whole address, beginning with https://")
    if parts.username or parts.password:
        raise ValueError("leave user names and passwords out of the address")
    if parts.query or parts.fragment:
        raise ValueError("leave everything from ? or # on out of the address")
    return text
