"""Who is inactive, on hold, delinquent, dormant: by the rules of the connection, weightiest first."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from connectors.records import Standing
from connectors.systems.syspro.standing import noted, standing_of
from tests.connectors.systems.syspro.records import settings

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("customer", "notes", "rules", "standing"),
    [
        ({"SalesAllowed": "Y", "CustomerOnHold": "N"}, {}, {}, Standing.ACTIVE),
        ({"SalesAllowed": "N", "CustomerOnHold": "Y"}, {"overdue": True}, {}, Standing.INACTIVE),
        ({"SalesAllowed": "N"}, {}, {"inactive_without_sales": False}, Standing.ACTIVE),
        ({"SalesAllowed": "Y", "CustomerClass": "XX"}, {}, {"inactive_classes": ("XX",)}, Standing.INACTIVE),
        ({"CustomerOnHold": "y"}, {"overdue": True}, {}, Standing.ON_HOLD),
        ({"CustomerOnHold": "Y"}, {}, {"on_hold": False}, Standing.ACTIVE),
        (
            {"CreditStatus": "9"},
            {"dormant": True},
            {"delinquent_credit_statuses": ("9",)},
            Standing.DELINQUENT,
        ),
        ({"CreditStatus": "9", "CustomerOnHold": "N"}, {}, {}, Standing.ACTIVE),
        ({}, {"overdue": True, "dormant": True}, {}, Standing.DELINQUENT),
        ({}, {"dormant": True}, {}, Standing.DORMANT),
        ({}, {"dormant": False}, {}, Standing.ACTIVE),
        ({}, {}, {}, Standing.UNKNOWN),
    ],
)
def test_the_weightiest_reason_decides(
    customer: dict[str, str], notes: dict[str, bool], rules: dict[str, Any], standing: Standing
) -> None:
    found, reason = standing_of(customer, notes, settings(**rules))
    assert found is standing
    assert bool(reason) == (standing not in {Standing.ACTIVE, Standing.UNKNOWN})


@tried(deadline=None)
@given(st.integers(0, 5000), st.integers(1, 3000))
def test_dormant_is_who_bought_nothing_for_longer_than_the_rule_says(ago: int, limit: int) -> None:
    row = {"DateLastSale": (TODAY - timedelta(days=ago)).isoformat()}
    assert noted(row, None, settings(dormant_days=limit), TODAY) == {"dormant": ago > limit}


def test_who_never_bought_is_judged_by_the_day_he_was_added() -> None:
    row = {"DateLastSale": None, "DateCustAdded": "2020-01-01"}
    assert noted(row, None, settings(), TODAY) == {"dormant": True}
    assert noted({**row, "DateCustAdded": "2026-11-01"}, None, settings(), TODAY) == {"dormant": False}


@pytest.mark.parametrize(
    ("row", "rules"),
    [
        ({"DateCustAdded": "2020-01-01"}, {}),  # DateLastSale is withheld, not empty
        ({"DateLastSale": None, "DateCustAdded": None}, {}),
        ({"DateLastSale": "2020-01-01"}, {"dormant_days": 0}),
    ],
)
def test_where_it_cannot_be_told_nobody_is_dormant(row: dict[str, Any], rules: dict[str, Any]) -> None:
    assert noted(row, None, settings(**rules), TODAY) == {}


@pytest.mark.parametrize(
    ("balance", "above", "overdue"),
    [
        ({"Val60daysInv": "10.00", "Val90daysInv": "-10.00"}, 0, False),
        ({"Val60daysInv": "0.01"}, 0, True),
        ({"Val60daysInv": "60", "Val120daysInv": "40"}, 100, False),
        ({"Val60daysInv": "60", "Val120daysInv": "40.01"}, 100, True),
        ({"Val30daysInv": "5000"}, 0, False),
        ({}, 0, False),
    ],
)
def test_overdue_is_what_the_named_columns_add_up_to(
    balance: dict[str, Any],
    above: int,
    overdue: bool,  # noqa: FBT001  a table of cases
) -> None:
    found = noted({}, balance, settings(overdue_above=above), TODAY)
    assert found == {"overdue": overdue}


def test_balances_that_were_not_read_say_nothing() -> None:
    assert "overdue" not in noted({}, None, settings(), TODAY)
