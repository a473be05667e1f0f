"""Every way in which one QAD tenant may differ from another.

QAD publishes no REST reference. Where the sources settle nothing, the default is the stricter reading, the
comment says `unconfirmed`, and a client must cope with the other values too.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Transport = Literal["body", "query", "either"]

# What `dateFormat` may be in browse rows and filters, as strftime has it.
DATE_FORMATS = {"iso": "%Y-%m-%d", "us": "%m/%d/%Y", "eu": "%d.%m.%Y"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Immutable: a test makes its own with `dataclasses.replace` or keywords."""

    # Data: the same figures and seed give the same tenant. The other domains hold a few of each.
    customers: int = 500  # of shared set NAM, which domains 10USA and 11CAN use
    orders: int = 100  # of domain 10USA
    items: int = 120  # of domain 10USA
    seed: int = 1
    built_at: datetime = datetime(2026, 6, 30, 12, 0, 0, tzinfo=UTC)  # nothing is younger

    # Access.
    context_root: str = "/clouderp"  # or /qad-central
    client_id: str = "qad-mlc-9f2c41"
    username: str = "mlc.integration@nordvik.example"
    password: str = "qad-sandbox-secret"  # noqa: S105 - a pretend one
    token_transport: Transport = "body"  # noqa: S105 - how it is sent
    cookie_transport: Transport = "query"  # the one client seen sends it so
    basic: Literal["all", "browses", "none"] = "all"  # securityControl takes it in any case
    cookies: bool = True
    cookie_failure: Literal["page", "redirect", "401"] = "page"  # unconfirmed
    invalid_client_status: Literal[400, 401] = 401
    session_minutes: int = 60  # the absolute life of a session
    idle_minutes: int = 15  # and how long it may rest
    refresh_minutes: int = 1440  # unconfirmed
    refresh_survives_idle: bool = False  # unconfirmed
    tells_expires_in: bool = True  # unconfirmed for every release
    max_access_failures: int = 3
    forbidden: frozenset[str] = frozenset()  # browse ids, collections, resources the user may not use
    requests_per_minute: int = 0  # 0: no limit; none is published

    # Where the user works.
    default_workspace: str = "20EUR_20EURCO"  # without the header: on purpose not what a client wants
    workspaces: frozenset[str] | None = None  # None: every one the tenant has

    # Browses.
    page_actions: frozenset[str] = frozenset({"first"})  # `next` is unconfirmed
    page_size_cap: int = 1000  # a larger page is cut to this without a word; 999999 at some tenants
    operators: frozenset[str] = frozenset({"eq", "ge"})  # only these two were ever seen
    bare_browse_ids: bool = False  # `mfg:so803` on older releases
    email_column: str = ""  # of cm007, e.g. ad_mstr.ad_email; unconfirmed, many have none
    customer_browse: str = "urn:browse:bebrowse:com.qad.erp.base.customerV2s"  # unconfirmed; "" for none
    date_format: Literal["iso", "us", "eu"] = "iso"  # in rows and filters alike
    numbers: Literal["json", "us", "eu"] = "json"  # else texts: 1,234.50 or 1.234,50
    server_zone: str = "America/New_York"  # of modified dates and times

    # Entities.
    missing_record: Literal["empty", "404"] = "empty"  # unconfirmed
    write_answer: Literal["result", "entity"] = "result"
    mandatory_customer: frozenset[str] = frozenset(
        {"businessRelationName", "currencyCode", "creditTermsCode", "countryCode", "taxZone"}
    )  # tenant-specific
    code_length: int = 8  # customerCode; unconfirmed
    order_number_length: int = 8  # salesOrderNumber; unconfirmed
    order_reference: str = "purchaseOrder"  # the header's field behind so_po; unconfirmed; "" for none
    attributions: bool = True  # the tenant's own entity for marketing results

    # QXtend inbound.
    qxi: bool = True
    qxi_path: str = "/qxi/services/QdocWebService"
    receiver: str = "QADERP"
    qdoc_versions: frozenset[str] = frozenset({"eB_4"})
    qdoc_login: bool = True  # user name and password are asked for
    qdoc_line: str = "salesOrderDetail"  # the element of an order line; unconfirmed
    rigid_order: bool = False  # every element in the order of the table, not only the keys first
