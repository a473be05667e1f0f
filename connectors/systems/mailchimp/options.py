"""What a person decides when records are to go into Mailchimp."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from connectors.records.money import CURRENCIES
from connectors.sdk.errors import ConfigProblem
from connectors.sdk.settings import Settings
from connectors.sdk.system import Account

FINANCIAL = ("pending", "paid", "refunded", "cancelled")
_TAG = r"^[A-Z0-9_]{0,10}$"


class AudienceOptions(Settings):
    """Which audience, what newcomers are, which of its fields are filled."""

    audience_id: str = Field(
        min_length=1,
        max_length=50,
        pattern=r"^[A-Za-z0-9]+$",
        title="Audience",
        description="The audience your customers go into.",
    )
    new_member_status: Literal["transactional", "pending", "subscribed"] = Field(
        default="transactional",
        title="Newcomers are",
        description=(
            "What a customer becomes who is not in the audience yet. Transactional: known, but not "
            "subscribed; gets no campaigns. Pending: Mailchimp asks them by e-mail to confirm. Subscribed: "
            "gets campaigns at once, without a confirmation mail even where the audience asks for one; "
            "choose it only if every customer has agreed to that. Whoever is in the audience already keeps "
            "the status they have."
        ),
    )
    tags: tuple[str, ...] = Field(
        default=(),
        max_length=20,
        title="Tags for newcomers",
        description="Put on contacts we create; tags of existing contacts are left alone.",
    )
    first_name_tag: str = Field(default="FNAME", pattern=_TAG, title="Field for the first name")
    last_name_tag: str = Field(default="LNAME", pattern=_TAG, title="Field for the last name")
    phone_tag: str = Field(default="PHONE", pattern=_TAG, title="Field for the phone number")
    address_tag: str = Field(default="ADDRESS", pattern=_TAG, title="Field for the address")
    company_tag: str = Field(
        default="COMPANY",
        pattern=_TAG,
        title="Field for the company",
        description="A merge tag of your audience. A field the audience does not have is not filled.",
    )

    @field_validator("tags")
    @classmethod
    def _tags_have_names(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(tag.strip() for tag in tags))
        if any(not 0 < len(name) <= 100 for name in names):
            raise ValueError("a tag has between 1 and 100 characters")
        return names


class StoreOptions(Settings):
    """Which e-commerce store of Mailchimp holds the customers and orders."""

    store_id: str = Field(
        min_length=1,
        max_length=50,
        pattern=r"^[A-Za-z0-9_-]+$",
        title="Store ID",
        description=(
            "The name Mailchimp knows your store by, such as erp-orders. We create the store if there is "
            "none. One store holds one currency and belongs to one audience for good."
        ),
    )
    store_name: str = Field(
        default="Orders from our ERP",
        min_length=1,
        max_length=100,
        title="Store name",
        description="What your colleagues see in Mailchimp's reports.",
    )
    store_currency: str = Field(
        title="Store currency",
        description=(
            "Three letters, such as EUR. Mailchimp adds totals up whatever their currency, so orders in "
            "another one are left out; bring those into a store of their own."
        ),
    )
    store_domain: str = Field(
        default="",
        max_length=200,
        title="Store domain",
        description="The web address of your shop, if it has one. Only one store of an account can have it.",
    )
    financial_status: dict[str, str] = Field(
        default={},
        title="Order state to payment status",
        description="What Mailchimp shows for an order in each state: pending, paid, refunded or cancelled.",
    )
    shipped_states: tuple[str, ...] = Field(
        default=(),
        title="States that mean shipped",
        description=(
            "Orders in one of these states are marked as shipped. If you have switched on order "
            "notifications, Mailchimp tells the customer."
        ),
    )
    suspend_automations: bool = Field(
        default=True,
        title="Hold automations back during the first load",
        description="So that orders of last year send no mails today. They go on when it is done.",
    )

    @field_validator("store_currency")
    @classmethod
    def _is_a_currency(cls, text: str) -> str:
        code = text.strip().upper()
        if code not in CURRENCIES:
            raise ValueError("this is not a currency; it has three letters, such as EUR")
        return code

    @field_validator("financial_status")
    @classmethod
    def _are_known(cls, table: dict[str, str]) -> dict[str, str]:
        for state, status in table.items():
            if status not in FINANCIAL:
                raise ValueError(f"{state}: choose one of {', '.join(FINANCIAL)}")
        return table


def audience_options(account: Account) -> AudienceOptions:
    """The audience chosen; raises `ConfigProblem` where none is."""
    if not isinstance(account.options, AudienceOptions):
        raise ConfigProblem(
            "Choose the Mailchimp audience in the set-up of this integration.", code="no_audience"
        )
    return account.options


def store_options(account: Account) -> StoreOptions:
    """The store chosen; raises `ConfigProblem` where none is."""
    if not isinstance(account.options, StoreOptions):
        raise ConfigProblem(
            "Describe the Mailchimp store in the set-up of this integration.", code="no_store"
        )
    return account.options
