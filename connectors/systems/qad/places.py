"""What a connection to QAD has to be told: where the tenant is and how one logs in there."""

from __future__ import annotations

import re
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic.config import JsonDict

from connectors.sdk.settings import Settings

ADVANCED: JsonDict = {"advanced": True}
OAUTH_BODY, OAUTH_QUERY, BASIC, COOKIE = "oauth_body", "oauth_query", "basic", "cookie"
_PASTED_PATH = re.compile(r"/(api|oauth|j_spring_security_check)(/|$).*")
_CODE = r"^[\w.-]{0,40}$"


class PlaceSettings(Settings):
    """Where the tenant is, which part of it, and how one logs in."""

    base_url: str = Field(
        min_length=8,
        max_length=300,
        title="Address",
        description=(
            "The address your QAD is opened at, with its context root: for example "
            "https://acme.adaptive.qad.com/clouderp or https://qad.acme.com:22011/qad-central. Production, "
            "test and development have addresses of their own."
        ),
    )
    domain: str = Field(
        min_length=1,
        max_length=20,
        pattern=r"^[\w.-]+$",
        title="Domain",
        description="The QAD domain whose customers, items and orders are meant, for example 10USA.",
    )
    entity: str = Field(
        default="",
        max_length=20,
        pattern=_CODE,
        title="Entity",
        description=(
            "The legal entity in that domain, for example 10USACO. Domain and entity together are the "
            "workspace every call runs in; ping says which ones the user may use."
        ),
    )
    workspace: str = Field(
        default="",
        max_length=60,
        pattern=_CODE,
        title="Workspace",
        description="Only if it is not called domain_entity: the whole workspace id.",
        json_schema_extra=ADVANCED,
    )
    shared_set: str = Field(
        default="",
        max_length=20,
        pattern=_CODE,
        title="Customer shared set",
        description=(
            "The shared set that holds the customers of this domain. Only needed where browses do not show "
            "e-mail addresses, so that customers are read one by one."
        ),
    )
    session_kind: Literal["oauth_body", "oauth_query", "basic", "cookie"] = Field(
        default="oauth_body",
        title="Kind of session",
        description=(
            "oauth_body: OAuth 2 with user and password, as QAD recommends. oauth_query: the same for "
            "releases that take them in the address only, where they end up in server logs. basic: user and "
            "password with every call, one call at a time. cookie: the log-in page of older releases; it "
            "takes the password in the address as well."
        ),
    )
    client_id: str = Field(
        default="",
        max_length=200,
        pattern=r"^[\x21-\x7e]*$",
        title="Client id",
        description=(
            "From the screen Client IDs in QAD; needed for OAuth 2. Leave empty to have ping read it, which "
            "works where the user may read the security control."
        ),
        json_schema_extra={"when": "session_kind=oauth_body oauth_query"},
    )
    session_minutes: int = Field(
        default=0,
        ge=0,
        le=100_000,
        title="Session length",
        description=(
            "Minutes a session lives, as in Security Control. 0: as the server or the last ping says."
        ),
        json_schema_extra=ADVANCED,
    )
    idle_minutes: int = Field(
        default=0,
        ge=0,
        le=100_000,
        title="Idle time",
        description=(
            "Minutes after which QAD ends a session nobody used (Timeout Minutes in Security Control). 0: as "
            "the last ping says, else ten minutes."
        ),
        json_schema_extra=ADVANCED,
    )
    cookie_name: str = Field(
        default="JSESSIONID",
        pattern=r"^[\w.-]{1,60}$",
        title="Session cookie",
        description="What the cookie of the log-in page is called.",
        json_schema_extra=ADVANCED | {"when": "session_kind=cookie"},
    )
    server_time_zone: str = Field(
        default="UTC",
        max_length=60,
        title="Time zone of the server",
        description="The zone QAD keeps its dates and times in, for example America/New_York.",
        json_schema_extra=ADVANCED,
    )
    requests_per_minute: int = Field(
        default=60,
        ge=1,
        le=10_000,
        title="Calls per minute",
        description="The most calls we make in a minute. QAD publishes no limit; ask whoever runs yours.",
        json_schema_extra=ADVANCED,
    )
    concurrent: int = Field(
        default=2,
        ge=1,
        le=16,
        title="Calls at a time",
        description="The most calls we have open at the same time. Always one with Basic.",
        json_schema_extra=ADVANCED,
    )

    @field_validator("base_url")
    @classmethod
    def _is_a_base(cls, text: str) -> str:
        return whole_url(_PASTED_PATH.sub("", text)).rstrip("/")

    @field_validator("server_time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("this is no time zone we know; write it like America/New_York") from error
        return name

    @model_validator(mode="after")
    def _has_a_workspace(self) -> Self:
        if not (self.entity or self.workspace):
            raise ValueError(
                "Enter the entity as well. Without a workspace QAD answers for the user's own default domain."
            )
        return self

    @property
    def workspace_id(self) -> str:
        """What every call says it is about."""
        return self.workspace or f"{self.domain}_{self.entity}"

    @property
    def zone(self) -> ZoneInfo:
        """The server's zone."""
        return ZoneInfo(self.server_time_zone)


class QadCredentials(Settings):
    """The user we log in as."""

    username: str = Field(
        min_length=1,
        max_length=200,
        title="User",
        description=(
            "A user of its own for this integration. QAD disables users after a few bad log-ins, so do not "
            "share it with anything else. It counts as a licensed user."
        ),
    )
    password: SecretStr = Field(
        min_length=1,
        max_length=500,
        title="Password",
        description="That user's password. When it is refused once, nothing is tried again until you ping.",
    )
    qxtend_username: str = Field(
        default="",
        max_length=200,
        title="QXtend user",
        description="Only if orders are written through QXtend by another user.",
        json_schema_extra={"when": "write_via=qxtend"},
    )
    qxtend_password: SecretStr = Field(
        default=SecretStr(""),
        max_length=500,
        title="QXtend password",
        description="The password of that user.",
        json_schema_extra={"when": "write_via=qxtend"},
    )


def whole_url(text: str) -> str:
    """A URL without user, query or fragment; raises `ValueError`."""
    parts = urlsplit(text)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("write the whole address, beginning with https://")
    if parts.username or parts.password:
        raise ValueError("leave user names and passwords out of the address")
    if parts.query or parts.fragment:
        raise ValueError("leave everything from ? or # on out of the address")
    return text
