"""How ION API is to be treated: addresses an administrator may have changed, and how much it bears."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from connectors.sdk.settings import Settings
from connectors.systems.infor.settings_product import ADVANCED, PLACE, WITH_CSI, WITH_M3


class GatewaySettings(Settings):
    """Everything here has a default that fits nearly everybody."""

    requests_per_minute: int = Field(
        default=100,
        ge=1,
        le=3000,
        title="Calls per minute",
        description=(
            "The most calls we make in a minute. A tenant is commonly allowed 3,000 a minute and 250,000 a "
            "day, shared by all its integrations."
        ),
        json_schema_extra=ADVANCED,
    )
    concurrent: int = Field(
        default=4,
        ge=1,
        le=16,
        title="Calls at a time",
        description="The most calls we have open at the same time.",
        json_schema_extra=ADVANCED,
    )
    log_ins_per_day: int = Field(
        default=60,
        ge=2,
        le=1000,
        title="Log-ins per day",
        description=(
            "The most access tokens we ask for in a day; Infor rations them (commonly 100 a day for "
            "each app) "
            "and locks the app out beyond. One token serves all our workers until it ends."
        ),
        json_schema_extra=ADVANCED,
    )
    scope: str = Field(
        default="",
        max_length=500,
        title="Scope",
        description="The scopes to ask for at log-in, separated by blanks, if your tenant enforces them.",
        json_schema_extra=ADVANCED,
    )
    client_auth: Literal["basic", "body"] = Field(
        default="basic",
        title="Client authentication",
        description="How the app names itself at log-in: in a header (basic, the usual) or in the body.",
        json_schema_extra=ADVANCED,
    )
    m3_suite: str = Field(
        default="M3",
        pattern=PLACE,
        max_length=100,
        title="M3 suite",
        description="The name under which the M3 API suite is registered in ION API.",
        json_schema_extra=ADVANCED | WITH_M3,
    )
    csi_suite: str = Field(
        default="CSI",
        pattern=PLACE,
        max_length=100,
        title="Industrial suite",
        description="The name under which the API suite of CloudSuite Industrial is registered in ION API.",
        json_schema_extra=ADVANCED | WITH_CSI,
    )
    m3_service: str = Field(
        default="m3api-rest",
        pattern=PLACE,
        max_length=100,
        title="M3 service",
        description="The part of the path after the suite.",
        json_schema_extra=ADVANCED | WITH_M3,
    )
    m3_version: Literal["v2", "v1"] = Field(
        default="v2",
        title="M3 API version",
        description="v2 everywhere but at installations too old for it; v1 reads one record per call.",
        json_schema_extra=ADVANCED | WITH_M3,
    )
    option_style: Literal["matrix", "query"] = Field(
        default="matrix",
        title="Options in",
        description=(
            "Where options such as maxrecs and cono go: into the path (matrix, the usual) or the query."
        ),
        json_schema_extra=ADVANCED | WITH_M3,
    )
    bulk_size: int = Field(
        default=80,
        ge=1,
        le=150,
        title="Transactions per call",
        description="How many M3 transactions go into one bulk call. The gateway gives up after 60 seconds.",
        json_schema_extra=ADVANCED | WITH_M3,
    )
    csi_service: str = Field(
        default="IDORequestService/ido",
        pattern=PLACE,
        max_length=100,
        title="Industrial service",
        description="The part of the path after the suite.",
        json_schema_extra=ADVANCED | WITH_CSI,
    )
    not_found_codes: tuple[str, ...] = Field(
        default=("WCU0203", "WSU0103", "XRE0103"),
        title="Codes for: does not exist",
        description="Error codes by which M3 says that a record does not exist.",
        json_schema_extra=ADVANCED | WITH_M3,
    )
    exists_codes: tuple[str, ...] = Field(
        default=("XRE0104",),
        title="Codes for: exists already",
        description="Error codes by which M3 says that a record exists already.",
        json_schema_extra=ADVANCED | WITH_M3,
    )
    no_access_codes: tuple[str, ...] = Field(
        default=("XAU0008",),
        title="Codes for: not authorized",
        description="Error codes by which M3 says that its user may not do this in the company.",
        json_schema_extra=ADVANCED | WITH_M3,
    )
