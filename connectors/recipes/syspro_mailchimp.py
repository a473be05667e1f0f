"""SYSPRO customers in a Mailchimp audience, and how they respond to mailings, for people to look at."""

from __future__ import annotations

from connectors.recipes.base import Cadence, Flow, Provider, Recipe, Side, Target
from connectors.systems.mailchimp.options import AudienceOptions


class Options(AudienceOptions):
    """What a person decides when setting this integration up."""


RECIPE = Recipe(
    code="syspro_mailchimp",
    name="SYSPRO and Mailchimp",
    summary="Customers from SYSPRO in your Mailchimp audience, with the right address and without those you "
    "would rather not write to.",
    source="syspro",
    destination="mailchimp",
    options_model=Options,
    flows=(
        Flow(
            code="customers",
            title="Customers",
            summary="SYSPRO customers with an e-mail address become audience members; who is inactive, on "
            "hold, delinquent or dormant is treated as you choose.",
            stream="customers",
            targets=(Target(sink="audience_members"),),
            cadence=Cadence(every_minutes=30),
        ),
        Flow(
            code="engagement",
            title="Engagement to look at",
            summary="How often your customers open and click, shown here beside the customer. Nothing is "
            "written into SYSPRO.",
            reads=Side.DESTINATION,
            stream="engagement",
            targets=(Target(sink="kept"),),
            needs={"member": Provider(flow="customers", sink="audience_members", by="target")},
            cadence=Cadence(cron="0 5 * * *"),
        ),
    ),
    needed=(
        (
            "The address of your SYSPRO OData service, and an operator that may use it. Sites without OData "
            "use the e.net REST service instead."
        ),
        (
            "For e.net (or for balances that OData does not show): an operator that nobody else logs on "
            "with, with e.net licences and without a second factor."
        ),
        "A Mailchimp account whose API key (or log-in) belongs to a manager or owner.",
    ),
    questions=(
        (
            "Which way does data move?",
            (
                "Customers go from SYSPRO to Mailchimp. Opens and clicks are read back for you to look at "
                "here; nothing is ever written into SYSPRO."
            ),
        ),
        (
            "How do you notice changes, when SYSPRO keeps no time of last change?",
            (
                "Every run reads all customers, which takes few calls, and sends only those that differ from "
                "what Mailchimp has. A change column of your own is used once a test has proved it."
            ),
        ),
        (
            "What becomes of customers who are on hold, inactive or behind with payments?",
            (
                "You choose, for each: keep them, tag them, leave them out, unsubscribe or archive them. "
                "When they are back in good standing, whoever unsubscribed himself stays unsubscribed."
            ),
        ),
        (
            "What if an e-mail field holds several addresses, or none that works?",
            (
                "The first valid one is taken. Where none can be an address, the customer is set aside with "
                "the reason; correct it in SYSPRO and it goes with the next run, or replay it."
            ),
        ),
        (
            "Does the connection take a SYSPRO licence?",
            (
                "Reading through OData does not log on to SYSPRO. Through e.net it holds one session while "
                "it reads, one call at a time, and logs off afterwards."
            ),
        ),
    ),
)
