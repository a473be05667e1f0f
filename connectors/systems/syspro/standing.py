"""Where a customer stands, by the rules of the connection.

What depends on the day or on balances is settled when a row is read (`noted`), so that somebody who becomes
dormant is a change, and telling the standing stays pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.records import Standing
from connectors.systems.syspro.columns import (
    ADDED,
    CATEGORY,
    CREDIT_STATUS,
    LAST_SALE,
    ON_HOLD,
    SALES_ALLOWED,
)
from connectors.systems.syspro.parts import StandingSettings
from connectors.systems.syspro.values import day, number, text

DORMANT, OVERDUE = "dormant", "overdue"


def noted(
    row: Mapping[str, object], balance: Mapping[str, object] | None, settings: StandingSettings, today: date
) -> dict[str, bool]:
    """What a row and its balances say today. What cannot be told is left out."""
    found: dict[str, bool] = {}
    last = day(row.get(LAST_SALE)) or day(row.get(ADDED))
    if settings.dormant_days and last and LAST_SALE in row:
        found[DORMANT] = (today - last).days > settings.dormant_days
    if balance is not None:
        amounts = (number(balance.get(column)) for column in settings.overdue_columns)
        found[OVERDUE] = sum(filter(None, amounts), Decimal(0)) > settings.overdue_above
    return found


def standing_of(
    customer: Mapping[str, str], notes: Mapping[str, Any], settings: StandingSettings
) -> tuple[Standing, str]:
    """The standing and what makes it so; the weightiest first."""
    for standing, reason in _reasons(customer, notes, settings):
        return standing, reason
    told = notes.keys() & {OVERDUE, DORMANT} or customer.keys() & {SALES_ALLOWED, ON_HOLD}
    return (Standing.ACTIVE, "") if told else (Standing.UNKNOWN, "")


def _reasons(
    customer: Mapping[str, str], notes: Mapping[str, Any], settings: StandingSettings
) -> Iterator[tuple[Standing, str]]:
    if settings.inactive_without_sales and _is(customer, SALES_ALLOWED, "N"):
        yield Standing.INACTIVE, "No sales are allowed (SalesAllowed is N)."
    if (category := customer.get(CATEGORY, "")) and category in settings.inactive_classes:
        yield Standing.INACTIVE, f"Customers of class {category} count as inactive."
    if settings.on_hold and _is(customer, ON_HOLD, "Y"):
        yield Standing.ON_HOLD, "The customer is on hold (CustomerOnHold is Y)."
    status = customer.get(CREDIT_STATUS, "")
    if status and status in settings.delinquent_credit_statuses:
        yield Standing.DELINQUENT, f"The credit status is {status}."
    if notes.get(OVERDUE):
        yield Standing.DELINQUENT, _overdue(settings)
    if notes.get(DORMANT):
        yield Standing.DORMANT, f"There was no sale for more than {settings.dormant_days:,} days."


def _overdue(settings: StandingSettings) -> str:
    limit = settings.overdue_above
    return f"More than {limit:,} is overdue." if limit else "A balance is overdue."


def _is(customer: Mapping[str, str], column: str, flag: str) -> bool:
    return text(customer.get(column)).upper() == flag
