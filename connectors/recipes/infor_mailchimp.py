"""Infor CloudSuite and Mailchimp, both ways: customers and suppliers out; contacts, orders, messages back."""

from __future__ import annotations

from dataclasses import replace

from connectors.recipes.base import Cadence, Flow, Provider, Recipe, Side, Target
from connectors.systems.infor.options import CustomerBackOptions, MessageLogOptions, ReceivableOptions
from connectors.systems.mailchimp.options import AudienceOptions, OrdersBackOptions, SupplierOptions


class Options(
    AudienceOptions,
    SupplierOptions,
    CustomerBackOptions,
    OrdersBackOptions,
    ReceivableOptions,
    MessageLogOptions,
):
    """What a person decides when setting this integration up."""


_CUSTOMER = Provider(flow="customers", sink="audience_members", by="target")

RECIPE = Recipe(
    code="infor_mailchimp",
    name="Infor CloudSuite and Mailchimp",
    summary="Customers and suppliers from Infor CloudSuite in your Mailchimp audiences; subscriptions, "
    "orders and messages back in Infor.",
    source="infor",
    destination="mailchimp",
    options_model=Options,
    flows=(
        Flow(
            code="customers",
            title="Customers",
            summary="Customers with an e-mail address become audience members, with address, tax id, account "
            "status and head office as fields and tags.",
            stream="customers",
            targets=(Target(sink="audience_members"),),
        ),
        Flow(
            code="suppliers",
            title="Suppliers",
            summary="Suppliers with an e-mail address become members of an audience of their own.",
            stream="suppliers",
            targets=(Target(sink="supplier_members"),),
            cadence=Cadence(cron="15 4 * * *"),
            on_by_default=False,
        ),
        Flow(
            code="contacts_back",
            title="Contacts back to Infor",
            summary="The Mailchimp id, the subscription and, as you choose, phone, name and address of a "
            "contact are written on the customer.",
            reads=Side.DESTINATION,
            stream="contacts",
            targets=(Target(sink="customer_contacts"),),
            needs={"member": _CUSTOMER},
            cadence=Cadence(every_minutes=30),
            on_by_default=False,
        ),
        Flow(
            code="orders_back",
            title="Orders as AR transactions",
            summary="Orders of your shop in Mailchimp are posted in Infor, each once, with the customer who "
            "is known by the buyer's address.",
            reads=Side.DESTINATION,
            stream="orders",
            targets=(Target(sink="ar_transactions"),),
            needs={"customer": replace(_CUSTOMER, required=True)},
            cadence=Cadence(every_minutes=30),
            on_by_default=False,
        ),
        Flow(
            code="messages_back",
            title="Messages noted in Infor",
            summary="What became of single mails (sent, bounced, opened, clicked) is noted on the customer.",
            reads=Side.DESTINATION,
            stream="message_events",
            targets=(Target(sink="message_log"),),
            needs={"member": _CUSTOMER},
            on_by_default=False,
        ),
    ),
    needed=(
        (
            "The .ionapi file of an app of the type Backend Service, downloaded with Create Service Account "
            "ticked, for a user who may use your company in M3 or your site in CloudSuite Industrial."
        ),
        "A Mailchimp account whose API key (or log-in) belongs to a manager or owner.",
        (
            "For orders: an interface for AR transactions in GLS840, defined by your finance team. For "
            "messages: the webhook key of Mailchimp Transactional."
        ),
    ),
    questions=(
        (
            "Which way does data move?",
            (
                "Customers, and suppliers if you want, go from Infor to Mailchimp. If you switch it on, "
                "subscriptions and profile changes, shop orders and message events come back."
            ),
        ),
        (
            "Why do you read on a schedule?",
            (
                "Infor has no webhooks one can register from outside; an administrator would have to set up "
                "ION document flows. We ask for what changed, hourly unless you choose otherwise, and once a "
                "day for everything."
            ),
        ),
        (
            "How do you treat our token limits?",
            (
                "One access token serves all our workers until shortly before it ends. Log-ins are counted "
                "and stay below a number you choose, whatever happens."
            ),
        ),
        (
            "Which accounts count as dormant or delinquent?",
            (
                "You say: by customer status and stop, overdue amount and days, and days since the last "
                "order. The result becomes a tag, or keeps the account out of the audience."
            ),
        ),
        (
            "Can an order be posted twice?",
            (
                "No. Each carries an invoice number made from the order, and is looked up by it before "
                "anything is posted, and again whenever an answer stayed away."
            ),
        ),
        (
            "Will anybody be subscribed who did not ask for it?",
            (
                "No. A person who is already in your audience keeps the status they have, and you decide the "
                "status of new ones."
            ),
        ),
    ),
)
