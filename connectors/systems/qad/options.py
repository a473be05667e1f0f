"""What a person decides about Mailchimp orders that become sales orders in QAD."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from connectors.sdk.settings import Settings

_CODE = r"^[^\s,]{0,40}$"


class SalesOrderOptions(Settings):
    """What a new sales order gets, and which fields of an order are filled; part of the options of recipes
    that write orders.
    """

    create_orders: bool = Field(
        default=True,
        title="Create sales orders",
        description=(
            "Orders that QAD does not have are created there. Switched off, only orders QAD has already "
            "(found by their purchase order) are noted on."
        ),
    )
    order_site: str = Field(
        default="",
        pattern=_CODE,
        title="Site",
        description="The QAD site new orders are for, for example 10-100. Empty: the customer's.",
    )
    order_daybook_set: str = Field(
        default="",
        pattern=_CODE,
        title="Daybook set",
        description="The daybook set of new orders. Empty: the customer's.",
    )
    order_credit_terms: str = Field(
        default="",
        pattern=_CODE,
        title="Credit terms",
        description="The credit terms of new orders. Empty: the customer's.",
    )
    reference_prefix: str = Field(
        default="",
        max_length=8,
        pattern=r"^[A-Za-z0-9_.-]*$",
        title="Prefix of our reference",
        description=(
            "Put before the order's number in Mailchimp when it becomes the purchase order in QAD, for "
            "example MC-, so that it cannot be mistaken for one a customer wrote."
        ),
        json_schema_extra={"advanced": True},
    )
    shipping_item: str = Field(
        default="",
        pattern=_CODE,
        title="Item for shipping",
        description="An item that stands for shipping: orders with shipping costs get a line of it.",
    )
    total_field: str = Field(
        default="",
        pattern=r"^\w{0,80}$",
        title="QAD field for the total",
        description=(
            "A field of the order header that receives what the customer paid, tax and shipping included. "
            "QAD computes totals of its own from the lines. Empty: none."
        ),
    )
    status_field: str = Field(
        default="",
        pattern=r"^\w{0,80}$",
        title="QAD field for the payment status",
        description="A field of the order header that receives Mailchimp's payment status. Empty: none.",
    )
    match_order_numbers: bool = Field(
        default=False,
        title="Orders carry numbers of QAD",
        description=(
            "Switch on if orders of your shop have the numbers of sales orders that are in QAD already: then "
            "an order with the number of one of the buyer's sales orders is noted on that one."
        ),
        json_schema_extra={"advanced": True},
    )
    shared_address: Literal["refuse", "first"] = Field(
        default="refuse",
        title="Several customers with the buyer's address",
        description="refuse: a person decides. first: the one with the lowest number gets the order.",
    )
