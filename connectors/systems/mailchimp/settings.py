"""What a connection to Mailchimp has to be told."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from connectors.sdk.settings import Settings
from connectors.sdk.system import Account

DATA_CENTRE = r"[a-z]{2,6}[0-9]{1,4}"


class MailchimpSettings(Settings):
    """Where the account answers and how much of its patience we may spend."""

    account: Literal["api_key", "oauth"] = Field(
        default="api_key",
        title="How you connect",
        description="With an API key you paste here, or by logging in at Mailchimp.",
    )
    dc: str = Field(
        default="",
        title="Data centre",
        description=(
            'The letters and digits after the dash of your API key, such as "us6". '
            "Leave it empty: we read it from the key, or Mailchimp tells us when you log in."
        ),
        pattern=rf"^({DATA_CENTRE})?$",
        json_schema_extra={"advanced": True},
    )
    base_url: str = Field(
        default="",
        title="API address",
        description="Leave it empty unless Mailchimp, or a test system, answers at another address.",
        json_schema_extra={"advanced": True},
    )
    concurrent: int = Field(
        default=4,
        ge=1,
        le=10,
        title="Calls at the same time",
        description=(
            "Mailchimp allows each user ten at once, and counts your other integrations of the same user. "
            "Raise it only if nothing else uses this user's key."
        ),
        json_schema_extra={"advanced": True},
    )
    requests_per_minute: int = Field(
        default=1200,
        ge=10,
        le=1_000_000,
        title="Calls per minute",
        description="Mailchimp publishes no limit per minute; lower this if it asks us to slow down.",
        json_schema_extra={"advanced": True},
    )

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        if not text:
            return text
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("this is not an address; it looks like https://us6.api.mailchimp.com")
        return text.rstrip("/")


class MailchimpCredentials(Settings):
    """The key, or what logging in at Mailchimp gave us."""

    api_key: SecretStr | None = Field(
        default=None,
        title="API key",
        description=(
            "In Mailchimp: your profile picture > Account & billing > Extras > API keys > Create A Key. "
            "It is shown once. Its rights are those of the user who creates it: a manager, admin or owner."
        ),
    )
    access_token: SecretStr | None = Field(
        default=None,
        title="Access token",
        description="Kept for you when you connect by logging in at Mailchimp. It does not expire.",
    )
    transactional_webhook_key: SecretStr | None = Field(
        default=None,
        title="Key of the Transactional webhook",
        description=(
            "Only for events of single mails (Mailchimp Transactional, also called Mandrill). There: "
            "Settings > Webhooks, make a webhook to the address we show you, and copy the key in its row. "
            "It proves to us that a call comes from Mailchimp; it is no API key."
        ),
        json_schema_extra={"advanced": True},
    )


def settings_of(account: Account) -> MailchimpSettings:
    """The settings of an account of ours."""
    if not isinstance(account.settings, MailchimpSettings):
        raise TypeError(f"{type(account.settings).__name__} are not Mailchimp's settings")
    return account.settings


def credentials_of(account: Account) -> MailchimpCredentials:
    """The credentials of an account of ours."""
    if not isinstance(account.credentials, MailchimpCredentials):
        raise TypeError(f"{type(account.credentials).__name__} are not Mailchimp's credentials")
    return account.credentials
