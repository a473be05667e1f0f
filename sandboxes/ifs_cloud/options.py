"""Every way in which one IFS Cloud environment may differ from another.

Where no public source settles a point, the default is what the sources make most likely and the comment says
`unconfirmed`: a client must cope with the other values too.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

NextLinkForm = Literal["absolute", "host", "service"]
# When a page carries a nextLink: the cap cut it, the default size cut it, or `$top` did.
NextLinkWhen = Literal["cap", "default", "top"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Immutable: a test makes its own with `dataclasses.replace` or keywords."""

    # Data: the same figures and seed give the same world.
    customers: int = 500
    orders: int = 100
    parts: int = 120  # catalogue numbers; each is a sales part of every site
    seed: int = 1
    built_at: datetime = datetime(2026, 6, 30, 12, 0, 0, tzinfo=UTC)  # nothing in the world is younger

    # Identity.
    realm: str = "nordvik1"  # on purpose not the host's first label
    client_id: str = "MLC_CONNECT"
    client_secret: str = "ifs-sandbox-secret"  # noqa: S105 - a pretend one
    expires_in: int = 180
    refresh_expires_in: int = 1800
    required_scope: str = ""  # e.g. "openid": projections refuse tokens without it

    # What is offered where.
    segments: frozenset[str] = frozenset({"main", "int"})
    absent_on_int: frozenset[str] = frozenset({"CustomerHandling"})  # seen at one site; unconfirmed elsewhere
    forbidden: frozenset[str] = frozenset()  # projections the service user has no grant for
    allowed_sites: frozenset[str] | None = None  # None: all; else rows of others are not shown
    allowed_companies: frozenset[str] | None = None  # an empty set of either makes a 403
    list_page_writable: bool = False  # CustomersHandling; unconfirmed
    site_set: str = "CompanySiteSet"  # one source says SiteSet
    flat_communication_methods: bool = True  # unconfirmed; the nested path is always there
    email_method: str = "EMail"  # MethodId of e-mail; unconfirmed
    order_customer_attribute: str = "CustomerNo"  # one source says CustomerId in reads

    # Custom attributes.
    text_attributes: tuple[str, ...] = ("Cf_Marketing_Status",)  # on CustomerInfo, writable, 200 characters
    change_attribute: str = ""  # on CustomerInfo, e.g. "Cf_Changed_At"; no standard one exists
    order_change_attribute: str = ""  # on CustomerOrder
    history_log: frozenset[str] = frozenset()  # logical units whose changes are logged, e.g. CustomerInfo

    # Reading.
    default_page_size: int = 50  # rows without $top; the number is unconfirmed
    page_cap: int = 5000  # rows in one answer whatever $top says; unconfirmed
    # unconfirmed; without "default" the default size clips silently
    next_links: frozenset[NextLinkWhen] = frozenset({"cap"})
    next_link_form: NextLinkForm = "host"  # unconfirmed
    unfilterable: frozenset[str] = frozenset()  # attributes refused in $filter, e.g. Objstate at some tenants
    refused_functions: frozenset[str] = frozenset()  # e.g. contains, which some projections refuse
    uncountable: frozenset[str] = frozenset()  # entity sets that refuse $count
    server_zone: str = "Europe/Stockholm"
    zone_aware: frozenset[str] = frozenset({"CustomerOrderHandling", "HistoryLogHandling"})

    # Writing.
    patch_without_if_match: Literal["upsert", "refuse"] = "upsert"  # documented; users met the refusal too
    missing_precondition_status: int = 428  # unconfirmed
    stale_status: int = 412  # unconfirmed
    patch_answer: Literal[200, 204] = 200
    delete_answer: Literal[202, 204] = 204
    objversion: Literal["timestamp", "counter"] = "timestamp"
    cookies: bool = True  # sets JSESSIONID on /main; a client that sends it back meets CSRF protection
