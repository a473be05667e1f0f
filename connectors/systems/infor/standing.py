"""Where an account stands: the rules of the settings, applied to what was read of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from connectors.records import Standing
from connectors.systems.infor.settings_standing import StandingSettings
from connectors.systems.infor.values import day, number, text


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules ask about; `last_order` is None for no order, `asked` whether orders were looked for.

    `days_known`: whether the product tells how long an account has been overdue.
    """

    status: str = ""
    stop: str = ""
    overdue: str = ""
    overdue_days: str = ""
    days_known: bool = False
    created: str = ""
    last_order: date | None = None
    asked: bool = False


def facts_of(values: Mapping[str, object], names: Mapping[str, str]) -> Facts:
    """The facts among the values of a party; `names` says which field is what."""

    def value(what: str) -> str:
        return text(values.get(names.get(what, "")))

    return Facts(
        status=value("status"),
        stop=value("stop"),
        overdue=value("overdue"),
        overdue_days=value("overdue_days"),
        days_known="overdue_days" in names,
        created=value("created"),
    )


def standing_of(facts: Facts, rules: StandingSettings, today: date) -> tuple[Standing, str]:
    """The standing, and why.

    The reason names rules, not figures: an amount that changes daily would make every account a changed one.
    """
    if facts.status and facts.status in rules.inactive_statuses:
        return Standing.INACTIVE, f"Its status is {facts.status}."
    if facts.stop and facts.stop in rules.stop_codes:
        return Standing.ON_HOLD, f"It is stopped (code {facts.stop})."
    if _is_delinquent(facts, rules):
        owed = f"more than {rules.overdue_amount:,}" if rules.overdue_amount else "an amount"
        since = f" for more than {rules.overdue_days} days" if facts.days_known else ""
        return Standing.DELINQUENT, f"It owes {owed} past its due date{since}."
    if facts.asked and rules.dormant_days:
        edge = today - timedelta(days=rules.dormant_days)
        created = day(facts.created)
        if facts.last_order and facts.last_order < edge:
            return Standing.DORMANT, f"Its last order is of {facts.last_order.isoformat()}."
        if facts.last_order is None and created and created < edge:
            return Standing.DORMANT, f"It has not ordered since it was created on {created.isoformat()}."
    return Standing.ACTIVE, ""


def _is_delinquent(facts: Facts, rules: StandingSettings) -> bool:
    if number(facts.overdue) <= rules.overdue_amount:
        return False
    return not facts.days_known or number(facts.overdue_days) > rules.overdue_days
