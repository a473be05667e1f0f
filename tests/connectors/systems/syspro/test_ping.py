"""What a person is told about a connection, and what streams go by afterwards."""

from typing import Any

import pytest

from connectors.sdk.net import NetworkPolicy
from connectors.sdk.system import Check, Outcome
from tests.connectors.systems import accounts
from tests.connectors.systems.syspro.environment import BALANCE, Environment, Maker


def failed(checks: dict[str, Check]) -> list[str]:
    return [name for name, check in checks.items() if check.outcome is Outcome.FAILED]


def test_a_good_connection_is_described(site: Environment) -> None:
    checks = site.ping(**BALANCE)
    assert list(checks) == [
        "OData address",
        "OData log-in",
        "e.net address",
        "e.net log-on",
        "Customers",
        "Pages",
        "Changed customers",
        "Overdue balances",
    ]
    assert {check.outcome for check in checks.values()} == {Outcome.OK}
    assert "8.0.0.0" in checks["e.net address"].text
    assert "Of 60 customers looked at, 55 have an e-mail address" in checks["Pages"].text
    assert "keeps no time of last change" in checks["Changed customers"].text
    assert all(check.milliseconds >= 0 for check in checks.values())
    assert site.findings["full_page"] == {"odata": 60}
    assert {"Customer", "Email", "CustomerOnHold"} <= set(site.findings["odata_columns"])
    assert site.sessions()["open"] == 0


def test_without_e_net_nothing_is_logged_on(site: Environment) -> None:
    checks = site.ping(enet_url="", **BALANCE)
    assert "e.net address" not in checks
    assert failed(checks) == []
    assert site.sandbox.journal.calls(path="*/Rest/*") == []


def test_a_site_without_odata_is_read_through_e_net_alone(site: Environment) -> None:
    checks = site.ping(read_through="enet", odata_url="", **BALANCE)
    assert "OData address" not in checks
    assert {check.outcome for check in checks.values()} == {Outcome.OK}
    assert site.findings["enet_either"] is True
    assert "through e.net" in checks["Overdue balances"].text
    assert site.sandbox.journal.calls(path="/SYSPRO8Odata/*") == []


def test_a_wrong_odata_password_is_told_once_with_what_to_do(site: Environment) -> None:
    site.credentials = {"odata_password": "wrong-password"}
    checks = site.ping()
    assert failed(checks) == ["OData log-in"]
    assert "restart it after a change" in checks["OData log-in"].text
    assert "Customers" not in checks
    assert len(site.sandbox.journal.calls(path="*/ArCustomer")) == 1


def test_a_new_operator_is_unknown_to_odata_until_the_service_restarts(site: Environment) -> None:
    site.sandbox.mutate("set_password", operator="MLODATA", password="new-password")
    site.credentials = {"odata_password": "new-password"}
    assert failed(site.ping(**BALANCE)) == ["OData log-in"]
    site.sandbox.mutate("restart_odata")
    assert failed(site.ping(**BALANCE)) == []


@pytest.mark.parametrize(
    ("settings", "name", "text"),
    [
        ({"company": "ZZZ"}, "OData log-in", "does not know what we asked for"),
        ({"customers_table": "ArKunde"}, "OData log-in", "does not know what we asked for"),
        ({"key_column": "Kunde"}, "OData log-in", "Kunde"),
        ({"email_column": "Mail"}, "Customers", "ArCustomer shows no column Mail"),
        (
            {"odata_url": "https://no-such-host.invalid"},
            "OData address",
            "There is no host named no-such-host",
        ),
        ({"odata_url": "http://127.0.0.1:9"}, "OData address", "refused the connection"),
        (
            {"custom_table": "ArNothing+", "custom_columns": ("Segment",)},
            "Custom form fields",
            "does not know",
        ),
        ({"custom_table": "ArCustomer+", "custom_columns": ("Nope",)}, "Custom form fields", "shows no Nope"),
        ({"balances": "odata", "balances_table": "ArNothing"}, "Overdue balances", "cannot be read"),
    ],
)
def test_wrong_settings_fail_where_they_matter(
    site: Environment, settings: Any, name: str, text: str
) -> None:
    checks = site.ping(**{**BALANCE, **settings})
    assert name in failed(checks)
    assert text in checks[name].text


def test_an_e_net_that_is_not_needed_only_warns(site: Environment) -> None:
    site.credentials = {"operator_password": "wrong-password"}
    checks = site.ping(**BALANCE)
    assert failed(checks) == []
    assert checks["e.net log-on"].outcome is Outcome.WARNING
    assert checks["Pages"].outcome is Outcome.OK
    site.sandbox.mutate("unlock_operator", operator="MLCONN")
    assert failed(site.ping(**BALANCE, read_through="enet")) == ["e.net log-on"]


def test_a_missing_set_of_credentials_is_named(site: Environment) -> None:
    site.credentials = {"odata_user": "", "odata_password": ""}
    checks = site.ping()
    assert checks["OData log-in"].text == "Enter the OData user and password of the connection."
    site.credentials = {"operator": "", "operator_password": ""}
    checks = site.ping(**BALANCE)
    assert checks["e.net log-on"].text == "Enter the e.net operator and its password in the connection."
    assert checks["e.net log-on"].outcome is Outcome.WARNING


def test_the_wrong_service_is_told_from_the_right_one(site: Environment) -> None:
    checks = site.ping(enet_url=f"{site.server.url}/SYSPRO8Odata/SYSPROOData", **BALANCE)
    assert checks["e.net address"].outcome is Outcome.WARNING
    assert "e.net log-on" not in checks


def test_a_private_address_is_refused_by_name(site: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "LOOPBACK", NetworkPolicy())
    for address in ("https://127.0.0.1", "https://10.1.2.3", "https://169.254.169.254"):
        (check,) = site.ping(odata_url=address, enet_url="").values()
        assert "leads into a private network" in check.text


@pytest.mark.parametrize("through", ["odata", "enet"])
def test_columns_a_release_does_not_have_are_done_without(site: Environment, through: str) -> None:
    for column in ("BuyingGroup1", "CompanyTaxNumber", "SoldToAddr4"):
        site.sandbox.mutate("drop_column", table="ArCustomer", column=column)
    checks = site.ping(read_through=through, tax_column="nothing")
    assert "This release does not show BuyingGroup1, SoldToAddr4; we do without." in checks["Customers"].text
    checks = site.ping(read_through=through)
    assert checks["Customers"].outcome is Outcome.WARNING
    assert "shows no CompanyTaxNumber; they stay empty" in checks["Customers"].text
    assert "SoldToAddr4" not in site.findings[f"{through}_columns"]
    assert [row.key for page in site.read(read_through=through) for row in page.rows] == site.ids()


def test_an_empty_company_is_told(site: Environment) -> None:
    for key in site.ids():
        site.sandbox.mutate("delete_customer", customer=key)
    assert "Company EDU1 shows no customers." in site.ping()["Pages"].text


def test_customers_out_of_order_are_told(site: Environment, sites: Maker) -> None:
    lower = sites(customers=3)
    lower.sandbox.mutate("add_customer", values={"Customer": "zeta"})
    lower.sandbox.mutate("add_customer", values={"Customer": "Zorn"})
    assert lower.ping()["Pages"].outcome is Outcome.OK
