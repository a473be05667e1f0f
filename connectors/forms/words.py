"""What the forms say of settings and options: titles of their parts, choices and standings in words.

The models speak to everybody, the API's users included; here they speak to who looks at a page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from django.utils.html import format_html


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a form. A folded one has defaults that fit most; `lead` says what one finds in it.

    `when` (`field=value other`): it only matters while that field has one of these values.
    """

    title: str = ""
    lead: str = ""
    folded: bool = False
    when: str = ""


PARTS = {
    # connections
    "ProductSettings": Part("Product and company"),
    "M3Settings": Part(
        "Fields of M3",
        "Which fields of a customer receive the Mailchimp id and the subscription, if those come back.",
        folded=True,
        when="product=m3",
    ),
    "CsiSettings": Part("CloudSuite Industrial", when="product=csi"),
    "infor.settings_standing.StandingSettings": Part(
        "How accounts stand",
        "When an account counts as inactive, on hold, delinquent or dormant: the first rule that fits "
        "decides, who fits none is active.",
        folded=True,
    ),
    "GatewaySettings": Part("ION API"),
    "PlaceSettings": Part("Where it is"),
    "ReadingSettings": Part("What is read"),
    "WritingSettings": Part(
        "How orders are written", "Only matters if orders of Mailchimp are to go into QAD.", folded=True
    ),
    "CustomerSettings": Part(
        "Customers",
        "Which e-mail address and name is meant, and what your company keeps in each address line: have a "
        "look, every company has its own habit.",
        folded=True,
    ),
    "syspro.parts.StandingSettings": Part(
        "How accounts stand",
        "Which customers count as inactive, on hold, delinquent or dormant.",
        folded=True,
    ),
    "SysproCredentials": Part(lead="Enter the OData user, or the operator for e.net, or both."),
    # options
    "AudienceOptions": Part("Audience"),
    "AudienceOptions.tags": Part("Tags, and how accounts stand"),
    "AudienceOptions.first_name_tag": Part(
        "Fields of the audience",
        "Which field of the audience takes what is known of a customer.",
        folded=True,
    ),
    "StoreOptions": Part("Store"),
    "StoreOptions.financial_status": Part(
        "How orders are shown", "Payment status, shipping, and what automations make of the first load.",
        folded=True,
    ),
    "SupplierOptions": Part("Suppliers", "If suppliers are to go into Mailchimp as well.", folded=True),
    "OrdersBackOptions": Part(
        "Orders that come back", "Which store they come from, if orders are to go into your ERP.", folded=True
    ),
    "SalesOrderOptions": Part(
        "Sales orders in QAD", "What orders that come back carry in QAD.", folded=True
    ),
    "CustomerBackOptions": Part(
        "What comes back to Infor", "If what happens to a contact is to be written on the customer.",
        folded=True,
    ),
    "ReceivableOptions": Part(
        "AR transactions in Infor", "How orders that come back are posted.", folded=True
    ),
    "MessageLogOptions": Part(
        "Messages in Infor", "If what became of single mails is to be noted on the customer.", folded=True
    ),
    "FlagOptions": Part(
        "What comes back to IFS Cloud", "Which attributes receive the subscription and opens and clicks.",
        folded=True,
    ),
}  # fmt: skip
"""By the class that declares them (with its module where the name alone would not tell), or by the field of
it that a part begins with."""

# What the values of our models are called where the value itself would not be understood.
WORDS = {
    "main": "main: users and most clients",
    "int": "int: integrations",
    "default_first": "The default address, else the first valid one",
    "default_only": "Only the default address",
    "transactional": "Known, not subscribed",
    "pending": "Asked by e-mail to confirm",
    "subscribed": "Subscribed at once",
    "oauth_body": "OAuth 2",
    "oauth_query": "OAuth 2, password in the address",
    "basic": "User and password with each call (Basic)",
    "cookie": "Log-in page, session cookie",
    "qxtend": "QXtend (QDoc)",
    "entity": "Entity API",
    "browse": "From the browse",
    "odata": "OData",
    "enet": "e.net",
    "off": "Not at all",
    "m3": "M3",
    "csi": "CloudSuite Industrial (SyteLine)",
    "first": "The first one",
    "first_valid": "The first valid one",
    "only_one": "Only where there is just one",
    "refuse": "None: a person decides",
    "nowhere": "Nowhere",
    "contact": "The contact",
    "name": "The customer's name",
    "SoldTo": "Sold-to address",
    "ShipTo": "Ship-to address",
    "CompanyTaxNumber": "CompanyTaxNumber",
    "TaxExemptNumber": "TaxExemptNumber",
    "GstExemptNum": "GstExemptNum",
    "auto": "As ping finds best",
    "lmts": "Time stamp (LMTS)",
    "export": "EXPORTMI",
    "everything": "Everything, each time",
    "added": "Those added since, and everything now and then",
    "orders": "Customer orders",
    "table": "A table of your own",
    "text": "The customer's text",
    "parent": "Head office",
    "v2": "v2",
    "v1": "v1",
}

# Where a model's description would not read well beside its field.
HELP = {
    "new_member_status": (
        "What a customer becomes who is not in the audience yet; who is in it keeps the status they have. "
        "Transactional: gets no campaigns. Pending: gets them once they have confirmed. Subscribed: gets "
        "campaigns without being asked; choose it only if every customer has agreed to that."
    ),
    "tags_from": (
        "Contacts carry a tag for each, such as “Branch: North”, which you can send campaigns to. When the "
        "value changes, the old tag is taken off. Other tags are left alone."
    ),
}


def words_of(value: object) -> str:
    """A model's choice in words."""
    text = str(value.value if isinstance(value, Enum) else value)
    return WORDS.get(text, text.replace("_", " ").capitalize())


def told(description: str, values: Sequence[str]) -> tuple[str, dict[str, str]]:
    """A description that goes through the choices (`all: every one. some: only those.`), taken apart.

    Returns what it says before, and what it says of each choice.
    """
    names = "|".join(sorted(map(re.escape, values), key=len, reverse=True))
    parts = re.split(rf"(?:^|(?<=[.;:] ))((?:{names})(?:, (?:{names}))*): ", description, flags=re.IGNORECASE)
    said = {}
    for chosen, text in zip(parts[1::2], parts[2::2], strict=True):
        for value in chosen.split(", "):
            said[value.lower()] = text.strip()
    return parts[0].strip(), {value: said[value.lower()] for value in values if value.lower() in said}


def label_of(value: str, text: str) -> str:
    """A choice with what it means below it."""
    if not text:
        return words_of(value)
    return format_html('{}<span class="choice-help">{}</span>', words_of(value), text[:1].upper() + text[1:])
