"""Every way in which one Infor tenant may differ from another.

`unconfirmed` marks what no public source settles: the default is the stricter reading, and a client must cope
with the other values too.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sandboxes.infor.m3.journal_line import DEFAULT_LAYOUT, Layout

Unit = Literal["second", "minute", "hour", "day"]
UNIT_SECONDS: dict[Unit, int] = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
REGION = "eu1.inforcloudsuite.com"


@dataclass(frozen=True, slots=True)
class Quota:
    """A gateway policy. The window starts with the first request in it, as the guide says."""

    allow: int
    unit: Unit
    interval: int = 1

    @property
    def seconds(self) -> int:
        return self.interval * UNIT_SECONDS[self.unit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Immutable: a test makes its own with `dataclasses.replace` or keywords."""

    # Data: the same figures and seed give the same tenant.
    customers: int = 500
    suppliers: int = 80
    items: int = 120
    orders: int = 100
    invoices: int = 300
    seed: int = 1
    built_at: datetime = datetime(2026, 6, 30, 12, 0, 0, tzinfo=UTC)  # nothing in the tenant is younger

    # The .ionapi file.
    tenant: str = "NORDVIK_PRD"
    other_tenant: str = "NORDVIK_TRN"  # has a token service of its own and no suite registered
    client_id: str = "NORDVIK_PRD~Zk3x9vQf2Wb7"
    client_secret: str = "cs-4Yt_8uJw2Lp-Rk"  # noqa: S105 - a pretend one
    access_key: str = "NORDVIK_PRD#mT5cQ8sVn1"  # saak: the tenant is part of it
    secret_key: str = "sk+7Gh&2Pd%9Xa=Lz"  # noqa: S105 - a pretend one, on purpose full of what forms escape
    web_client_id: str = "NORDVIK_PRD~WebApp4Hq1"

    # Tokens.
    expires_in: int = 7200
    refresh_tokens: bool = False  # "Issue Refresh Tokens" of the authorized app
    refresh_expires_in: int = 86400
    body_client_auth: bool = False  # client_id and client_secret in the form; works at some tenants
    scopes: frozenset[str] = frozenset()  # those the app may ask for; any other is invalid_scope
    required_scope: str = ""  # API calls with a token without it are refused
    tokens_per_day: int | None = 100  # access tokens of one client
    logins_per_day: int | None = 1000  # service-account authentications of the tenant
    logins_per_minute: int | None = 20

    # The gateway.
    quotas: tuple[Quota, ...] = (Quota(3000, "minute"), Quota(250_000, "day"))
    max_message: int = 5 * 1024 * 1024
    m3_suite: str = "M3"  # the registered context names; an admin may choose others
    csi_suite: str = "CSI"
    # What the 60 seconds of the gateway come to: more is a 504 after the work was done.
    bulk_limit: int = 100  # transactions in one POST
    cell_limit: int = 1_000_000  # rows x columns in one answer

    # M3.
    v1: bool = True
    pad_v1: bool = True  # values padded with blanks to the length of the field, unless righttrim=true
    v1_single_as_object: bool = True  # one row or one field is an object, not a list of one
    option_styles: frozenset[str] = frozenset({"matrix", "query"})
    nok_as_400: bool = False  # business errors at the top level of a 400, not nested in a 200
    record_cap: int = 0  # most records in one answer whatever maxrecs says; others report 1,000 and 9,999
    lmts: Literal["filter", "ignored"] = "filter"  # unconfirmed that LMTS filters at all
    lmts_unit: Literal["s", "ms", "us"] = "ms"  # unconfirmed
    lmts_inclusive: bool = False  # unconfirmed
    user: str = "MLCUSER"
    user_company: int = 100
    user_division: str = "AAA"
    # Companies with their divisions. All but `unauthorized` are open to the user.
    companies: tuple[tuple[int, tuple[str, ...]], ...] = (
        (100, ("AAA", "BBB")),
        (200, ("CCC",)),
        (300, ("DDD",)),
    )
    unauthorized: frozenset[int] = frozenset({300})
    server_zone: str = "Europe/Stockholm"  # company-local; LMDT and RGDT are its dates
    number_series: bool = True  # Add without CUNO gets a number; else CUNO is mandatory
    clear_marker: str = "?"  # blanks a field in a change; "" means there is no way. unconfirmed
    not_found_code: str = "WCU0203"  # illustrative; no source lists the codes
    search_index: bool = True
    cugex1: bool = True  # CUGEX1MI is known by name only
    custom_fields: frozenset[str] = frozenset(
        {"A030", "A130", "A230", "N096", "CHB1", "DAT1"}
    )  # set up in CMS080
    export_limit: int = 984  # characters of one EXPORTMI row; the rest is cut off

    # Journals through GLS840MI.
    journal_interface: str = "MLC-AR"  # INTN
    journal_layout: Layout = DEFAULT_LAYOUT
    balanced_journals: bool = False  # a batch whose lines do not sum up to nothing is refused
    refuse_duplicate_invoices: bool = True  # same payer, customer, number and year

    # CloudSuite Industrial.
    csi_config: str = "NORDVIK_PRD_DALS"
    csi_site: str = ""  # where set, X-Infor-Site must name it too
    csi_default_cap: int = 200

    @property
    def issuer(self) -> str:
        return f"/{self.tenant}/as/"

    def ionapi(self, url: str = "") -> str:
        """The .ionapi file of the backend service, as JSON text; `url` is where the sandbox listens."""
        keys = {"saak": self.access_key, "sask": self.secret_key}
        return json.dumps(
            {**self._app(url, self.client_id, self.client_secret), "cn": "ml-connector", **keys}
        )

    def web_app_ionapi(self, url: str = "") -> str:
        """The file of a web application: no service account in it."""
        app = self._app(url, self.web_client_id, "web-client-secret")
        return json.dumps({**app, "cn": "Storefront", "dt": "8", "ru": "https://storefront.example/callback"})

    def _app(self, url: str, client_id: str, secret: str) -> dict[str, str]:
        iu = url.rstrip("/") or f"https://mingle-ionapi.{REGION}"
        sso = url.rstrip("/") or f"https://mingle-sso.{REGION}:443"
        return {
            "ti": self.tenant, "dt": "12", "ci": client_id, "cs": secret, "iu": iu,
            "pu": f"{sso}{self.issuer}", "oa": "authorization.oauth2", "ot": "token.oauth2",
            "or": "revoke_token.oauth2", "ev": "U1478736592", "v": "1.0",
        }  # fmt: skip
