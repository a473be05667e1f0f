"""Overdue balances: through OData where it shows them, through e.net where it does not."""

from typing import Any

import pytest

from connectors.records import Standing
from connectors.sdk.errors import ConfigProblem
from tests.connectors.systems.syspro.environment import BALANCE, RUN_START, Environment, Maker

RULES: dict[str, Any] = {**BALANCE, "dormant_days": 0, "on_hold": False, "inactive_without_sales": False}


def owing(site: Environment, above: float = 0) -> set[str]:
    rows: Any = site.sandbox.state("ArCustomerBal")
    return {row["Customer"] for row in rows if float(row["CurrentBalance1"] or 0) > above}


def delinquent(site: Environment, **settings: Any) -> set[str]:
    stream = site.stream(**settings)
    rows = [row for page in stream.pages(None, RUN_START) for row in page.rows]
    return {row.key for row in rows if row.raw["notes"].get("overdue")}


@pytest.mark.parametrize("read_through", ["odata", "enet"])
@pytest.mark.parametrize("balances", ["auto", "odata", "enet"])
def test_whoever_owes_is_delinquent_by_whichever_way(sites: Maker, read_through: str, balances: str) -> None:
    site = sites(customers=120)
    options = {
        **RULES,
        "read_through": read_through,
        "balances": balances,
        "page_size": 50,
        "enet_page_size": 50,
    }
    check = site.ping(**options)["Overdue balances"]
    assert check.outcome == "ok"
    assert ("through e.net" if balances == "enet" else "through OData") in check.text
    assert delinquent(site, **options) == owing(site)
    assert 0 < len(owing(site)) < 120
    key = min(owing(site))
    (row,) = site.stream(**options).fetch([key]).rows
    assert row.raw["notes"]["overdue"]


def test_how_much_may_be_open_is_a_setting(site: Environment) -> None:
    site.ping(**RULES)
    assert delinquent(site, **RULES, overdue_above=1000) == owing(site, 1000)


def test_balances_of_a_page_come_in_one_call(sites: Maker) -> None:
    site = sites(customers=200)
    site.ping(**RULES)
    before = site.sandbox.journal.last
    delinquent(site, **RULES, page_size=100)
    assert len(site.sandbox.journal.calls(since=before, path="*/ArCustomerBal")) == 2


def test_a_payment_is_a_change_and_what_it_was_paid_with_is_not(site: Environment) -> None:
    site.ping(**RULES)
    key = min(owing(site))
    before = site.stream(**RULES).fetch([key]).rows[0].raw
    site.sandbox.mutate("change", table="ArCustomerBal", key=key, changes={"CurrentBalance1": "7.50"})
    assert site.stream(**RULES).fetch([key]).rows[0].raw == before
    site.sandbox.mutate("change", table="ArCustomerBal", key=key, changes={"CurrentBalance1": "0"})
    assert site.stream(**RULES).fetch([key]).rows[0].raw != before


def test_columns_that_do_not_exist_are_told_and_nobody_is_blamed(site: Environment) -> None:
    check = site.ping(overdue_columns=("Val60daysInv",))["Overdue balances"]
    assert check.outcome == "warning"
    assert "nobody counts as delinquent because of them" in check.text
    assert "ArCustomerBal shows none of Val60daysInv" in check.text
    assert delinquent(site, overdue_columns=("Val60daysInv",)) == set()


def test_of_several_columns_those_that_exist_are_used(site: Environment) -> None:
    columns = ("Val60daysInv", "CurrentBalance1")
    check = site.ping(overdue_columns=columns)["Overdue balances"]
    assert check.outcome == "warning"
    assert "shows no Val60daysInv" in check.text
    assert delinquent(site, overdue_columns=columns) == owing(site)


def test_where_odata_does_not_show_the_table_e_net_is_asked(site: Environment) -> None:
    site.sandbox.faults.add("*/ArCustomerBal", "status", status=404, times=None)
    check = site.ping(**RULES)["Overdue balances"]
    assert (check.outcome, "through e.net" in check.text) == ("ok", True)
    assert delinquent(site, **RULES) == owing(site)


def test_balances_that_vanish_stop_the_reading_before_anybody_is_cleared(site: Environment) -> None:
    site.ping(**RULES, read_through="enet", balances="enet")
    site.sandbox.mutate("hide_field", name="CurrentBalance1")
    with pytest.raises(ConfigProblem, match="no longer shows CurrentBalance1 of ArCustomerBal"):
        delinquent(site, **RULES, read_through="enet", balances="enet")


def test_balances_can_be_left_alone(site: Environment) -> None:
    checks = site.ping(**RULES, balances="off")
    assert "Overdue balances" not in checks
    assert delinquent(site, **RULES, balances="off") == set()
    assert site.sandbox.journal.calls(path="*/ArCustomerBal") == []


def test_who_owes_is_called_delinquent_with_the_reason(site: Environment) -> None:
    site.ping(**RULES)
    key = next(one["Customer"] for one in site.customers()
               if one["Customer"] in owing(site) and one["email_state"] == "valid")  # fmt: skip
    record = site.record(key, **RULES)
    assert record.standing is Standing.DELINQUENT
    assert record.standing_reason == "A balance is overdue."
