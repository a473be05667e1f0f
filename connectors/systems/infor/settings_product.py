"""The part of the settings everybody answers: which product of Infor, and which company of it."""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from pydantic.config import JsonDict

from connectors.sdk.settings import Settings

ADVANCED: JsonDict = {"advanced": True}
WITH_M3: JsonDict = {"when": "product=m3"}
WITH_CSI: JsonDict = {"when": "product=csi"}
PLACE = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$"


class ProductSettings(Settings):
    """Which product, which company, how it is read."""

    product: Literal["m3", "csi"] = Field(
        default="m3",
        title="Product",
        description="Which Infor product keeps your customers: M3, or CloudSuite Industrial (SyteLine).",
    )
    company: str = Field(
        default="",
        pattern=r"^[0-9]{0,3}$",
        title="M3 company",
        description=(
            "The company (CONO) customers are read from. Ping checks that the service account may use it."
        ),
        json_schema_extra=WITH_M3 | {"needed": True},
    )
    division: str = Field(
        default="",
        max_length=3,
        pattern=r"^[A-Za-z0-9]*$",
        title="M3 division",
        description=(
            "The division (DIVI) that credit figures and receivables belong to. Make a connection for each "
            "division you want. Empty: the division of the service account's user."
        ),
        json_schema_extra=WITH_M3,
    )
    csi_config: str = Field(
        default="",
        max_length=100,
        pattern=r"^[^\r\n]*$",
        title="Industrial configuration",
        description=(
            "The configuration group your site is known by, such as "
            "ACME_PRD_DALS. Your administrator finds it in the Configuration Manager."
        ),
        json_schema_extra=WITH_CSI | {"needed": True},
    )
    csi_site: str = Field(
        default="",
        max_length=50,
        pattern=r"^[^\r\n]*$",
        title="Industrial site",
        description="The site, where your tenant asks for it (X-Infor-Site).",
        json_schema_extra=ADVANCED | WITH_CSI,
    )
    more_fields: tuple[str, ...] = Field(
        default=(),
        max_length=40,
        title="More fields to read",
        description=(
            "Fields of customers and suppliers that your own mapping rules use, such as CRL2, SMCD or CFC3. "
            "Each change of one of them counts as a change of the customer, so leave out what changes daily."
        ),
        json_schema_extra=ADVANCED,
    )
    full_read_days: int = Field(
        default=1,
        ge=0,
        le=365,
        title="Days between full reads",
        description=(
            "Reading what changed does not see deletions, nor credit figures, orders and addresses, which "
            "make an account dormant or delinquent; a full read every so many days does. 0: every run reads "
            "everything."
        ),
        json_schema_extra=ADVANCED,
    )
    overlap_minutes: int = Field(
        default=180,
        ge=5,
        le=20_160,
        title="Overlap",
        description=(
            "How far before its last run each run starts to read changes again, in minutes. Covers clocks "
            "that disagree; reading twice changes nothing."
        ),
        json_schema_extra=ADVANCED,
    )
    server_time_zone: str = Field(
        default="UTC",
        max_length=60,
        title="Time zone of the server",
        description="The zone Infor keeps its dates in, for example Europe/Stockholm.",
        json_schema_extra=ADVANCED,
    )
    page_size: int = Field(
        default=200,
        ge=1,
        le=1000,
        title="Page size",
        description="How many records one page brings. Lower it if Infor answers slowly.",
        json_schema_extra=ADVANCED,
    )
    country_codes: dict[str, str] = Field(
        default={"UK": "GB"},
        title="Countries",
        description=(
            "Your codes of countries whose code is not the international one of two letters, a line each, "
            "for example GER: DE."
        ),
        json_schema_extra=ADVANCED,
    )
    language_codes: dict[str, str] = Field(
        default={"GB": "en", "US": "en", "SE": "sv", "DK": "da", "CZ": "cs", "GR": "el", "JP": "ja"},
        title="Languages",
        description=(
            "Your codes of languages whose code is not the international one, a line each, for example "
            "GB: en. M3 is often set up with codes of countries."
        ),
        json_schema_extra=ADVANCED,
    )

    @field_validator("server_time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("this is no time zone we know; write it like Europe/Stockholm") from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The server's zone."""
        return ZoneInfo(self.server_time_zone)
