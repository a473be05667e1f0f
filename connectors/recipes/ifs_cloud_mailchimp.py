"""IFS Cloud customers and orders in Mailchimp, consent and engagement back on request."""

from __future__ import annotations

from pydantic import Field

from connectors.recipes.base import Cadence, Flow, Provider, Recipe, Side, Target
from connectors.systems.ifs_cloud.options import FlagOptions
from connectors.systems.mailchimp.options import AudienceOptions, StoreOptions

ORDER_STATES = {
    "Planned": "pending",
    "Blocked": "pending",
    "Released": "pending",
    "Reserved": "pending",
    "Picked": "pending",
    "PartiallyDelivered": "pending",
    "Delivered": "pending",
    "Invoiced": "paid",
    "Cancelled": "cancelled",
}


class Options(AudienceOptions, StoreOptions, FlagOptions):
    """What a person decides when setting this integration up."""

    financial_status: dict[str, str] = Field(
        default=ORDER_STATES,
        title="Order state to payment status",
        description="What Mailchimp shows for an order in each IFS Cloud state: "
        "pending, paid, refunded or cancelled.",
    )


RECIPE = Recipe(
    code="ifs_cloud_mailchimp",
    name="IFS Cloud and Mailchimp",
    summary="Customers and their orders from IFS Cloud, in your Mailchimp audience and store, "
    "on your schedule.",
    source="ifs_cloud",
    destination="mailchimp",
    options_model=Options,
    flows=(
        Flow(
            code="customers",
            title="Customers",
            summary="IFS Cloud customers with an e-mail address become audience members "
            "and customers of your Mailchimp store.",
            stream="customers",
            targets=(
                Target(sink="audience_members"),
                Target(sink="store_customers", after="audience_members"),
            ),
        ),
        Flow(
            code="products",
            title="Products that orders need",
            summary="Sales parts that appear on orders become products of the store, "
            "before the orders that need them.",
            stream="sales_parts",
            targets=(Target(sink="store_products"),),
            cadence=Cadence(cron="30 3 * * *"),
        ),
        Flow(
            code="orders",
            title="Orders",
            summary="Customer orders with their lines, totals and payment status become orders of the store.",
            stream="orders",
            targets=(Target(sink="store_orders"),),
            needs={
                "customer": Provider(flow="customers", sink="store_customers"),
                "product": Provider(flow="products", sink="store_products"),
            },
        ),
        Flow(
            code="consent_back",
            title="Unsubscribes back to IFS Cloud",
            summary="Who unsubscribed or bounced in Mailchimp is flagged on the customer in IFS Cloud.",
            reads=Side.DESTINATION,
            stream="consent",
            targets=(Target(sink="customer_consent"),),
            needs={"member": Provider(flow="customers", sink="audience_members", by="target")},
            on_by_default=False,
        ),
        Flow(
            code="engagement_back",
            title="Engagement back to IFS Cloud",
            summary="How often a customer opens and clicks is noted on the customer in IFS Cloud.",
            reads=Side.DESTINATION,
            stream="engagement",
            targets=(Target(sink="customer_engagement"),),
            needs={"member": Provider(flow="customers", sink="audience_members", by="target")},
            cadence=Cadence(cron="0 5 * * 1"),
            on_by_default=False,
        ),
    ),
    needed=(
        (
            "An IAM client in IFS Cloud with Service Accounts switched on, and a service user that may read "
            "customers, orders and sales parts."
        ),
        "A Mailchimp account whose API key (or log-in) belongs to a manager or owner.",
    ),
    questions=(
        (
            "Which way does data move?",
            (
                "From IFS Cloud to Mailchimp. If you switch it on, unsubscribes and engagement come back "
                "as flags on the customer."
            ),
        ),
        (
            "Will anybody be subscribed who did not ask for it?",
            (
                "No. A person who is already in your audience keeps the status they have, "
                "and you decide the status of new ones."
            ),
        ),
        (
            "Do we have to set up event actions in IFS Cloud?",
            "No. We read on your schedule; what has not changed since is recognised and not sent again.",
        ),
    ),
)
