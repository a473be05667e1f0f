"""Ping: cheapest first, each result with what to do about it."""

import pytest

from connectors.recipes.infor_mailchimp import Options
from connectors.sdk.system import Outcome
from connectors.systems.infor.options import MessageLogOptions
from tests.connectors.systems.infor.environment import Environment, Maker


def test_m3_is_found_fit_for_everything(m3: Environment) -> None:
    checks = m3.ping()
    assert {check.name: check.outcome for check in checks.values() if check.outcome is not Outcome.OK} == {}
    assert list(checks)[:4] == ["Address", "Log-in", "M3", "Company"]
    assert m3.findings["customers_change"] == {"by": "lmts", "unit": "ms"}
    assert m3.findings["suppliers_change"] == {"by": "lmts", "unit": "ms"}
    assert m3.findings["tenant"] == "NORDVIK_PRD"


@pytest.mark.parametrize(("unit", "found"), [("ms", "ms"), ("s", "s"), ("us", "us")])
def test_the_unit_of_the_timestamp_filter_is_found_out(environments: Maker, unit: str, found: str) -> None:
    m3 = environments(lmts_unit=unit)
    m3.ping()
    assert m3.findings["customers_change"]["unit"] == found


def test_a_timestamp_filter_that_filters_nothing_is_not_used(environments: Maker) -> None:
    m3 = environments(lmts="ignored")
    checks = m3.ping()
    assert m3.findings["customers_change"] == {"by": "export"}
    assert "EXPORTMI" in checks["Changed customers"].text


def test_where_nothing_tells_of_changes_it_is_said_what_that_means(environments: Maker) -> None:
    m3 = environments(lmts="ignored")
    m3.sandbox.mutate("forbid_program", program="EXPORTMI")
    check = m3.ping()["Changed customers"]
    assert check.outcome is Outcome.WARNING
    assert "Every run reads all customers" in check.text
    assert m3.findings["customers_change"] is None


def test_a_person_may_ask_for_no_changes(m3: Environment) -> None:
    assert m3.ping(m3_changes="none")["Changed customers"].outcome is Outcome.OK
    assert m3.findings["customers_change"] is None


def test_pinging_again_costs_no_log_in(m3: Environment) -> None:
    m3.ping()
    check = m3.ping()["Log-in"]
    assert check.outcome is Outcome.OK
    assert m3.state()["tokens"]["issued"] == 1


def test_a_token_that_lives_too_briefly_is_told(environments: Maker) -> None:
    check = environments(expires_in=300).ping()["Log-in"]
    assert check.outcome is Outcome.WARNING
    assert "288" in check.text
    assert "two hours" in check.advice


def test_a_wrong_secret_ends_the_ping_with_the_words_of_the_vendor(m3: Environment) -> None:
    m3.sandbox.mutate("set_secret", secret="another")
    checks = m3.ping()
    assert list(checks) == ["Address", "Log-in"]
    assert checks["Log-in"].outcome is Outcome.FAILED
    assert "not valid" in checks["Log-in"].text


def test_a_wrong_company_ends_the_ping(m3: Environment) -> None:
    checks = m3.ping(company="300")
    assert list(checks)[-1] == "Company"
    assert "company 300" in checks["Company"].text


def test_a_wrong_division_is_told(m3: Environment) -> None:
    checks = m3.ping(division="ZZZ")
    assert checks["Company"].outcome is Outcome.FAILED
    assert "ZZZ" in checks["Company"].text


def test_no_division_is_worth_a_word(m3: Environment) -> None:
    assert m3.ping(division="")["Company"].outcome is Outcome.WARNING


def test_another_company_of_the_user_is_not_worked_in(m3: Environment) -> None:
    m3.sandbox.mutate("set_user_company", company=200, division="CCC")
    checks = m3.ping()
    assert "Every call names company 100 instead" in checks["M3"].text


def test_a_wrong_suite_is_told_by_the_product_not_by_the_log_in(m3: Environment) -> None:
    checks = m3.ping(m3_suite="M3X")
    assert [checks[name].outcome for name in ("Address", "Log-in", "M3")] == [
        Outcome.OK,
        Outcome.OK,
        Outcome.FAILED,
    ]
    assert "API suite" in checks["M3"].text


def test_a_field_this_release_does_not_have_is_named(m3: Environment) -> None:
    m3.sandbox.mutate("remove_column", program="CRS610MI", transaction="LstByNumber", field="CESA")
    check = m3.ping()["Company"]
    assert check.outcome is Outcome.FAILED
    assert "CESA" in check.text


def test_a_field_of_the_details_is_checked_too(m3: Environment) -> None:
    m3.sandbox.mutate("remove_column", program="CRS610MI", transaction="GetFinancial", field="ODUE")
    check = m3.ping()["Customer details"]
    assert check.outcome is Outcome.FAILED
    assert "ODUE" in check.text


def test_an_extension_field_is_looked_for_where_it_is_kept(m3: Environment) -> None:
    assert "CUGEX1MI" in m3.ping(m3_marketing_id="A030")["Customer details"].text


def test_orders_that_may_not_be_read_are_told(m3: Environment) -> None:
    m3.sandbox.mutate("forbid_program", program="OIS100MI")
    assert m3.ping()["Last orders"].outcome is Outcome.FAILED
    assert "Last orders" not in m3.ping(last_order="none")


def test_industrial_is_found_with_what_it_lacks(csi: Environment) -> None:
    checks = csi.ping()
    assert checks["Customers"].outcome is Outcome.OK
    assert checks["Suppliers"].outcome is Outcome.WARNING
    assert csi.findings["suppliers_missing_properties"] == ["Contact", "Phone", "VendType"]
    assert csi.findings["customers_change"] == {"by": "RecordDate"}


def test_a_wrong_configuration_ends_the_ping(csi: Environment) -> None:
    check = csi.ping(csi_config="ELSEWHERE")["Customers"]
    assert check.outcome is Outcome.FAILED
    assert "configuration" in check.text
    assert "ELSEWHERE" in check.text


def test_a_site_is_named_where_it_is_asked_for(environments: Maker) -> None:
    csi = environments(csi_site="DALS")
    csi.settings = {"product": "csi"}
    assert csi.ping()["Customers"].outcome is Outcome.FAILED
    assert csi.ping(csi_site="DALS")["Customers"].outcome is Outcome.OK


def test_an_ido_that_does_not_exist_is_a_setting(csi: Environment) -> None:
    check = csi.ping(csi_customers="SLNobody")["Customers"]
    assert check.outcome is Outcome.FAILED
    assert "SLNobody" in check.text


def test_an_address_that_does_not_answer_ends_the_ping(m3: Environment) -> None:
    m3.ionapi = m3.sandbox.options.ionapi("http://127.0.0.1:1")
    checks = m3.ping()
    assert list(checks) == ["Address"]
    assert checks["Address"].outcome is Outcome.FAILED


def test_what_comes_back_is_checked_where_it_is_switched_on(m3: Environment) -> None:
    m3.options = Options(audience_id="a1")
    checks = m3.ping()
    for name in ("Fields for what comes back", "AR transactions", "Message log"):
        assert checks[name].outcome is Outcome.OK, checks[name].text
    m3.sandbox.mutate("forbid_program", program="ARS200MI")
    assert m3.ping()["AR transactions"].outcome is Outcome.WARNING
    assert m3.state()["ar"]["batches"] == 0


def test_words_that_do_not_fit_their_field_are_told(m3: Environment) -> None:
    check = m3.ping(m3_consent="CFC5")["Fields for what comes back"]
    assert check.outcome is Outcome.WARNING
    assert "CFC5, which holds 1" in check.text


def test_a_message_field_that_does_not_exist_is_told(m3: Environment) -> None:
    m3.options = MessageLogOptions(message_fields={"Z030": "event"})
    assert "Z030" in m3.ping()["Message log"].text
    m3.options = MessageLogOptions(message_log="text")
    assert m3.ping()["Message log"].outcome is Outcome.OK


def test_the_tables_industrial_is_to_take_rows_in_are_checked(csi: Environment) -> None:
    csi.options = Options(audience_id="a1", csi_message_ido="SLArInvs")
    checks = csi.ping()
    assert checks["AR transactions"].outcome is Outcome.OK
    assert checks["Message log"].outcome is Outcome.WARNING
    assert "EventId" in checks["Message log"].text
