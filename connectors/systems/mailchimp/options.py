"""What a person decides when records are to go into Mailchimp, or to come back from it."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from connectors.records import Standing
from connectors.records.money import CURRENCIES
from connectors.sdk.errors import ConfigProblem
from connectors.sdk.settings import Settings
from connectors.sdk.system import Account

FINANCIAL = ("pending", "paid", "refunded", "cancelled")
STANDINGS = tuple(str(standing) for standing in Standing if standing)
TREATMENTS = ("keep", "tag", "leave_out", "unsubscribe", "archive")
"""What becomes of a contact for where its account stands."""
LONGEST_TAG = 100
Newcomer = Literal["transactional", "pending", "subscribed"]
TagSource = Literal["category", "group", "branch", "parent"]
_TAG = r"^[A-Z0-9_]{0,10}$"
_AUDIENCE = r"^[A-Za-z0-9]+$"
OWN_STORE = (
    "orders cannot come back from the store we fill ourselves; choose the store your shop fills, or another "
    "store ID for ours"
)
_ADVANCED: dict[str, Any] = {"advanced": True}


class AudienceOptions(Settings):
    """Which audience, what newcomers are, what becomes of whom by their standing, which fields are filled."""

    audience_id: str = Field(
        min_length=1,
        max_length=50,
        pattern=_AUDIENCE,
        title="Audience",
        description="The audience your customers go into.",
    )
    new_member_status: Newcomer = Field(
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
    standing_actions: dict[str, str] = Field(
        default={},
        title="What becomes of accounts by their standing",
        description=(
            "A line each, such as on_hold: unsubscribe. Standings are active, dormant, delinquent, on_hold "
            "and inactive, as far as your ERP tells them. Keep: nothing special, as for every standing you "
            "do not name. Tag: the contact carries a tag with the standing. Leave_out: newcomers are not "
            "created, contacts that are there stay as they are. Unsubscribe: gets no more campaigns. "
            "Archive: out of the audience, with everything known of them kept. Newcomers who would be "
            "unsubscribed or archived are not created. Once the account is in good standing again, whoever "
            "we unsubscribed or archived becomes what they were before; whoever unsubscribed themselves "
            "stays unsubscribed."
        ),
    )
    standing_tag_prefix: str = Field(
        default="Account:",
        max_length=50,
        title="Standing tags begin with",
        description=(
            'What stands before the standing in its tag, such as "Account: on hold". Tags are '
            "static segments in Mailchimp: choose them as the recipients of a campaign, or in the conditions "
            "of a segment of your own."
        ),
        json_schema_extra=_ADVANCED,
    )
    tags_from: tuple[TagSource, ...] = Field(
        default=(),
        title="Tags from your ERP",
        description=(
            "Any of category, group, branch and parent (the head office an account belongs to). Contacts "
            'carry a tag for each, such as "Branch: North", and can be picked by it: a tag is a static '
            "segment in Mailchimp. When the value changes, the old tag is taken off. Other tags are "
            "left alone."
        ),
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
    customer_number_tag: str = Field(
        default="",
        pattern=_TAG,
        title="Field for the account number",
        description=(
            "A merge tag of a text field of your audience; empty: not filled. With it we can tell two "
            "accounts apart that were given the same Mailchimp ID by mistake."
        ),
        json_schema_extra=_ADVANCED,
    )
    tax_id_tag: str = Field(
        default="", pattern=_TAG, title="Field for the tax ID", json_schema_extra=_ADVANCED
    )
    standing_tag: str = Field(
        default="", pattern=_TAG, title="Field for the account's standing", json_schema_extra=_ADVANCED
    )
    category_tag: str = Field(
        default="", pattern=_TAG, title="Field for the category or class", json_schema_extra=_ADVANCED
    )
    group_tag: str = Field(default="", pattern=_TAG, title="Field for the group", json_schema_extra=_ADVANCED)
    branch_tag: str = Field(
        default="", pattern=_TAG, title="Field for the branch", json_schema_extra=_ADVANCED
    )
    language_tag: str = Field(
        default="", pattern=_TAG, title="Field for the language", json_schema_extra=_ADVANCED
    )
    currency_tag: str = Field(
        default="", pattern=_TAG, title="Field for the currency", json_schema_extra=_ADVANCED
    )

    @field_validator("tags")
    @classmethod
    def _tags_have_names(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        return _named(tags)

    @field_validator("standing_actions")
    @classmethod
    def _are_treatments(cls, table: dict[str, str]) -> dict[str, str]:
        return _treatments(table)


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


class SupplierOptions(Settings):
    """Which audience suppliers go into; its fields and tags are filled as those of the customers'."""

    supplier_audience_id: str = Field(
        default="",
        max_length=50,
        pattern=r"^[A-Za-z0-9]*$",
        title="Audience for suppliers",
        description=(
            "The audience your suppliers go into, if they are to go into Mailchimp at all. It has to be "
            "another one than that of your customers."
        ),
    )
    supplier_new_member_status: Newcomer = Field(
        default="transactional",
        title="New suppliers are",
        description="What a supplier becomes who is not in their audience yet, as for customers.",
    )
    supplier_tags: tuple[str, ...] = Field(
        default=(),
        max_length=20,
        title="Tags for new suppliers",
        description="Put on suppliers we create; tags of existing contacts are left alone.",
    )
    supplier_standing_actions: dict[str, str] = Field(
        default={},
        title="What becomes of suppliers by their standing",
        description="A line each, as for customers, such as inactive: archive. Empty: all are kept.",
        json_schema_extra=_ADVANCED,
    )

    @field_validator("supplier_tags")
    @classmethod
    def _supplier_tags_have_names(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        return _named(tags)

    @field_validator("supplier_standing_actions")
    @classmethod
    def _are_supplier_treatments(cls, table: dict[str, str]) -> dict[str, str]:
        return _treatments(table)

    @model_validator(mode="after")
    def _is_another_audience(self) -> Self:
        if self.supplier_audience_id and self.supplier_audience_id == getattr(self, "audience_id", ""):
            raise ValueError(
                "suppliers need an audience of their own: a contact cannot be both, and one would "
                "overwrite the other"
            )
        return self


class OrdersBackOptions(Settings):
    """Which store of Mailchimp orders are read from."""

    orders_store_id: str = Field(
        default="",
        max_length=50,
        pattern=r"^[^/\s]*$",
        title="Store whose orders come back",
        description=(
            "The ID of the store your shop fills in Mailchimp, if its orders are to be brought into your "
            "ERP. Never the store we fill ourselves: those orders come from your ERP already."
        ),
    )

    @model_validator(mode="after")
    def _is_not_our_own(self) -> Self:
        if self.orders_store_id and self.orders_store_id == getattr(self, "store_id", ""):
            raise ValueError(OWN_STORE)
        return self


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


def text_fields(options: AudienceOptions) -> tuple[tuple[str, str], ...]:
    """The merge tags that take a text, with the field of a record that fills each."""
    fields = (
        (options.first_name_tag, "first_name"),
        (options.last_name_tag, "last_name"),
        (options.phone_tag, "phone"),
        (options.company_tag, "company"),
        (options.customer_number_tag, "key"),
        (options.tax_id_tag, "tax_id"),
        (options.standing_tag, "standing"),
        (options.category_tag, "category"),
        (options.group_tag, "group"),
        (options.branch_tag, "branch"),
        (options.language_tag, "language"),
        (options.currency_tag, "currency"),
    )
    return tuple((tag, source) for tag, source in fields if tag)


def supplier_options(account: Account) -> AudienceOptions:
    """The suppliers' audience, described as that of the customers is.

    Raises `ConfigProblem` where none is chosen.
    """
    options = account.options
    if not isinstance(options, SupplierOptions) or not options.supplier_audience_id:
        raise ConfigProblem(
            "Choose the Mailchimp audience for suppliers in the set-up of this integration.",
            code="no_audience",
        )
    shared = {name: getattr(options, name) for name in AudienceOptions.model_fields if hasattr(options, name)}
    own = {
        "audience_id": options.supplier_audience_id,
        "new_member_status": options.supplier_new_member_status,
        "tags": options.supplier_tags,
        "standing_actions": options.supplier_standing_actions,
    }
    return AudienceOptions(**{**shared, **own})


def orders_store(account: Account) -> str:
    """The store orders are read from; raises `ConfigProblem` where it is none, or the one we fill."""
    options = account.options
    if not isinstance(options, OrdersBackOptions) or not options.orders_store_id:
        raise ConfigProblem(
            "Choose the Mailchimp store whose orders come back in the set-up of this integration.",
            code="no_store",
        )
    if options.orders_store_id == getattr(options, "store_id", ""):
        raise ConfigProblem(f"The set-up is wrong: {OWN_STORE}.", code="own_store")
    return options.orders_store_id


def _named(tags: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(tag.strip() for tag in tags))
    if any(not 0 < len(name) <= LONGEST_TAG for name in names):
        raise ValueError("a tag has between 1 and 100 characters")
    return names


def _treatments(table: dict[str, str]) -> dict[str, str]:
    for standing, treatment in table.items():
        if standing not in STANDINGS:
            raise ValueError(f"{standing}: the standings are {', '.join(STANDINGS)}")
        if treatment not in TREATMENTS:
            raise ValueError(f"{standing}: choose one of {', '.join(TREATMENTS)}")
    return table
