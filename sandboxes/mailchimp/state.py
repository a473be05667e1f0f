"""What one pretend account holds. Plain data: the rules live in the modules named after the resources."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TypedDict

from sandboxes.mailchimp.found import Found


@dataclass(slots=True)
class MergeField:
    merge_id: int
    tag: str
    name: str
    type: str
    required: bool = False
    default_value: str = ""
    public: bool = True
    display_order: int = 0
    help_text: str = ""
    options: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Member:
    """One contact of one audience. `number` never changes and gives the ids that outlive an address."""

    number: int
    hash: str
    email: str
    status: str
    merge: dict[str, object]  # only values that are set
    last_changed: str
    compliance: bool = False  # left by himself, bounced or complained: the API may not subscribe him
    unsubscribe_reason: str = ""
    email_type: str = "html"
    language: str = ""
    vip: bool = False
    ip_signup: str = ""
    ip_opt: str = ""
    timestamp_signup: str = ""
    timestamp_opt: str = ""
    source: str = "API - Generic"
    confirmations: int = 0  # opt-in mails sent
    location: dict[str, float] | None = None
    permissions: dict[str, bool] | None = None
    tags: dict[int, str] | None = None  # segment id -> when added


@dataclass(slots=True)
class Segment:
    id: int
    name: str
    type: str
    created_at: str
    updated_at: str
    members: dict[str, None] = field(default_factory=dict)  # hashes, in the order they were added
    options: dict[str, object] | None = None


@dataclass(slots=True)
class Webhook:
    id: str
    url: str
    events: dict[str, bool]
    sources: dict[str, bool]
    secret: str  # "" for one made before deliveries were signed
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class News:
    """Something a webhook may want to hear about."""

    kind: str
    source: str
    at: str
    data: dict[str, object]


@dataclass(slots=True)
class Audience:
    id: str
    web_id: int
    name: str
    date_created: str
    double_optin: bool = False
    email_type_option: bool = False
    permission_reminder: str = "You bought something from us."
    contact: dict[str, str] = field(default_factory=dict)
    campaign_defaults: dict[str, str] = field(default_factory=dict)
    permissions: dict[str, str] = field(default_factory=dict)  # marketing permission id -> its text
    merge_fields: dict[str, MergeField] = field(default_factory=dict)  # by tag, in display order
    members: dict[str, Member] = field(default_factory=dict)  # by hash
    by_number: dict[int, Member] = field(default_factory=dict)
    by_status: Counter[str] = field(default_factory=Counter)
    forgotten: set[str] = field(default_factory=set)  # hashes
    flooded: dict[str, str] = field(default_factory=dict)  # hash -> until when signups are refused
    segments: dict[int, Segment] = field(default_factory=dict)
    events: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    news: list[News] = field(default_factory=list)
    next_merge_id: int = 1
    next_member: int = 1
    found: Found[Member] = field(default_factory=Found)
    version: int = 0  # moves with every change of a member; what was computed for another one is stale


@dataclass(slots=True)
class Customer:
    id: str
    email: str
    opt_in: bool
    created_at: str
    updated_at: str
    details: dict[str, object] = field(default_factory=dict)  # names, company, address, phone
    orders: dict[str, float | None] = field(default_factory=dict)  # order id -> total, None once cancelled

    @property
    def spent(self) -> list[float]:
        return [total for total in self.orders.values() if total is not None]


@dataclass(slots=True)
class Product:
    id: str
    details: dict[str, object]
    variants: dict[str, dict[str, object]]
    images: dict[str, dict[str, object]]


@dataclass(slots=True)
class Order:
    """An order or a cart; a cart uses fewer of the details."""

    id: str
    customer_id: str
    details: dict[str, object]
    lines: dict[str, dict[str, object]]
    created_at: str = ""
    updated_at: str = ""


@dataclass(slots=True)
class Store:
    id: str
    list_id: str
    details: dict[str, object]
    created_at: str
    updated_at: str
    customers: dict[str, Customer] = field(default_factory=dict)
    by_email: dict[str, dict[str, None]] = field(default_factory=dict)  # lower-case address -> customer ids
    orders_of: dict[str, dict[str, float | None]] = field(default_factory=dict)  # outlives a deleted customer
    products: dict[str, Product] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    carts: dict[str, Order] = field(default_factory=dict)
    notifications: Counter[str] = field(default_factory=Counter)  # mails its automations would have sent


@dataclass(slots=True)
class Campaign:
    """A sent mail; who opened and clicked follows from the addresses' hashes."""

    id: str
    list_id: str
    title: str
    send_time: str
    recipients: dict[str, str]  # hash -> address as it was
    extra: dict[str, list[dict[str, object]]] = field(default_factory=dict)


class Submitted(TypedDict, total=False):
    """One operation of a batch, as submitted."""

    method: str
    path: str
    operation_id: str
    params: dict[str, object]
    body: object


@dataclass(slots=True)
class Batch:
    id: str
    status: str
    submitted_at: str
    operations: list[Submitted]  # those still to do
    stepped_at: float
    total: int = 0
    finished: int = 0
    errored: int = 0
    completed_at: str = ""
    results: list[dict[str, object]] = field(default_factory=list)


@dataclass(slots=True)
class Account:
    account_id: str
    name: str
    login_id: str
    email: str
    dc: str
    role: str
    created: str
    active: bool = True
    keys: set[str] = field(default_factory=set)
    audiences: dict[str, Audience] = field(default_factory=dict)
    stores: dict[str, Store] = field(default_factory=dict)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    next_number: int = 1000

    def number(self) -> int:
        """The next number for anything that needs one: web ids, segment ids, batch ids."""
        self.next_number += 1
        return self.next_number
