"""QAD customers, items and orders in Mailchimp; Mailchimp's orders in QAD on request."""

from __future__ import annotations

from pydantic import Field

from connectors.recipes.base import Cadence, Flow, Provider, Recipe, Side, Target
from connectors.systems.mailchimp.options import AudienceOptions, OrdersBackOptions, StoreOptions
from connectors.systems.qad.options import SalesOrderOptions

ORDER_STATES = {
    "open": "pending",
    "shipped": "pending",
    "invoiced": "paid",
    "HD": "pending",
    "C": "paid",
    "X": "cancelled",
}


class Options(AudienceOptions, StoreOptions, OrdersBackOptions, SalesOrderOptions):
    """What a person decides when setting this integration up."""

    financial_status: dict[str, str] = Field(
        default=ORDER_STATES,
        title="Order state to payment status",
        description="What Mailchimp shows for an order in each QAD state (its status code; where that is "
        "blank: open, shipped or invoiced): pending, paid, refunded or cancelled.",
    )


RECIPE = Recipe(
    code="qad_mailchimp",
    name="QAD and Mailchimp",
    summary="Customers, items and orders from QAD in your Mailchimp audience and store; orders of your "
    "Mailchimp stores in QAD, if you like.",
    source="qad",
    destination="mailchimp",
    options_model=Options,
    flows=(
        Flow(
            code="customers",
            title="Customers",
            summary="QAD customers with an e-mail address become audience members and customers of your "
            "Mailchimp store.",
            stream="customers",
            targets=(
                Target(sink="audience_members"),
                Target(sink="store_customers", after="audience_members"),
            ),
            cadence=Cadence(every_minutes=60),
        ),
        Flow(
            code="items",
            title="Item catalogue",
            summary="QAD items become products of the store, each with one variant that carries number and "
            "price.",
            stream="items",
            targets=(Target(sink="store_products"),),
            cadence=Cadence(cron="30 3 * * *"),
        ),
        Flow(
            code="orders",
            title="Sales orders",
            summary="QAD sales orders become orders of the store; their lines name products of the "
            "catalogue.",
            stream="orders",
            targets=(Target(sink="store_orders"),),
            needs={
                "customer": Provider(flow="customers", sink="store_customers"),
                "product": Provider(flow="items", sink="store_products"),
            },
            cadence=Cadence(every_minutes=120),
        ),
        Flow(
            code="orders_back",
            title="Mailchimp orders into QAD",
            summary="Orders of a Mailchimp store, with total, currency and lines, become sales orders of the "
            "matching customer in QAD, or are noted on the sales order they came from.",
            reads=Side.DESTINATION,
            stream="orders",
            targets=(Target(sink="sales_orders"),),
            needs={
                "customer": Provider(flow="customers", sink="audience_members", by="target", required=True)
            },
            cadence=Cadence(every_minutes=30),
            on_by_default=False,
        ),
    ),
    needed=(
        (
            "The address of your QAD with its context root, and domain and entity of the company whose "
            "customers are meant."
        ),
        (
            "A QAD user of its own for the integration that may use the browses of customers, items and "
            "sales orders. QAD disables users after a few bad log-ins."
        ),
        "The customer e-mail address as a column of the customer browse, or else the customer shared set.",
        "A Mailchimp account whose API key (or log-in) belongs to a manager or owner.",
    ),
    questions=(
        (
            "Which way does data move?",
            (
                "From QAD to Mailchimp: customers, the item catalogue and sales orders. If you switch it on, "
                "orders of your Mailchimp stores go back into QAD."
            ),
        ),
        (
            "Can an order end up in QAD twice?",
            (
                "No. The order's number in Mailchimp becomes the customer's purchase order in QAD, and is "
                "looked up there before anything is made, and again whenever an answer was lost."
            ),
        ),
        (
            "Will the integration lock our QAD user?",
            (
                "We log in once and share the session. A single refused log-in stops everything until "
                "somebody has put it right and pinged again."
            ),
        ),
        (
            "Does it need webhooks?",
            (
                "No. Both sides are read page by page on a schedule you set for each kind of record; what "
                "has not changed is recognised and not sent again."
            ),
        ),
    ),
)
