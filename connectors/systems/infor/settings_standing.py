"""When an account counts as inactive, on hold, delinquent or dormant: rules a person can read and change."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from connectors.sdk.settings import Settings


class StandingSettings(Settings):
    """The rules, in the order they are asked: the first that fits decides; who fits none is active."""

    inactive_statuses: tuple[str, ...] = Field(
        default=("90",),
        title="Inactive",
        description="Statuses of a customer or supplier (M3: STAT) that mean it is no longer used.",
    )
    stop_codes: tuple[str, ...] = Field(
        default=("1", "2", "3"),
        title="On hold",
        description=(
            "Values of the customer stop (M3: BLCD; Industrial: Credit Hold) that mean it is on hold."
        ),
    )
    overdue_amount: int = Field(
        default=0,
        ge=0,
        le=1_000_000_000,
        title="Delinquent: overdue more than",
        description="In the currency of your books. An account that owes more than this past its due date...",
    )
    overdue_days: int = Field(
        default=30,
        ge=0,
        le=3650,
        title="Delinquent: for more days than",
        description=(
            "... for more than so many days is delinquent. Where the product does not tell the days, the "
            "amount alone decides."
        ),
    )
    dormant_days: int = Field(
        default=365,
        ge=0,
        le=36_500,
        title="Dormant: days without an order",
        description="An account without an order for more days than this is dormant. 0: none ever is.",
    )
    last_order: Literal["orders", "invoices", "none"] = Field(
        default="orders",
        title="Last order taken from",
        description=(
            "M3: customer orders, invoices, or nowhere (nobody is dormant then); costs about a call per 25 "
            "customers. Industrial tells it with the customer."
        ),
    )
    read_financials: bool = Field(
        default=True,
        title="Read credit figures",
        description=(
            "Customer stop, overdue amount and days of each customer. Costs M3 about a call per 40 "
            "customers; "
            "without it nobody is on hold or delinquent."
        ),
    )
