"""EXPORTMI, which gives columns as one string, and CUGEX1MI, which nobody has confirmed."""

import pytest

from tests.sandboxes.infor.caller import Caller, tenant

PICK = "OKCUNO,OKCUNM,OKLMDT from OCUSMA where OKCONO = '100'"


def lines(infor: Caller, query: str, **more: str) -> list[str]:
    return [record["REPL"] for record in infor.mi("EXPORTMI", "Select", QERY=query, SEPC="^", **more).records]


def test_rows_come_as_strings_headings_first(infor: Caller) -> None:
    found = lines(infor, f"{PICK} and OKCUNO >= '10010' and OKCUNO <= '10012'", HDRS="1")
    assert found[0] == "OKCUNO^OKCUNM^OKLMDT"
    assert [line.split("^")[0] for line in found[1:]] == ["10010", "10011", "10012"]


def test_the_headings_count_as_a_record(infor: Caller) -> None:
    assert len(lines(infor, PICK, HDRS="1")) == 100
    assert len(lines(infor, PICK, HDRS="1", maxrecs="0")) == 151


def test_changed_customers_are_found_by_their_day(infor: Caller) -> None:
    infor.sandbox.mutate("change_customer", customer="10009", changes={"TOWN": "Elsewhere"})
    today = infor.sandbox.m3.day()
    assert [line.split("^")[0] for line in lines(infor, f"{PICK} and OKLMDT >= '{today}'")] == ["10009"]


def test_or_starts_a_new_group_and_each_needs_the_company(infor: Caller) -> None:
    both = f"{PICK} and OKCUNO = '10001' or OKCONO = '100' and OKCUNO = '10003'"
    assert [line.split("^")[0] for line in lines(infor, both)] == ["10001", "10003"]
    halves = f"{PICK} and OKCUNO = '10001' or OKCUNO = '10003'"
    assert infor.mi("EXPORTMI", "Select", QERY=halves).nok[1] == "QERY"


@pytest.mark.parametrize(
    "query",
    [
        "OKCUNO from OCUSMA where OKCUNO = '10001'",
        "OKCUNO from OCUSMA where OKCONO = '100' AND OKCUNO = '10001'",
        "CUNO from OCUSMA where OKCONO = '100'",
        "OKNOPE from OCUSMA where OKCONO = '100'",
        "OKCUNO from OCUSMA, OOHEAD where OKCONO = '100'",
        "OKCUNO from XXSECR where OKCONO = '100'",
        "OKCUNO from OCUSMA",
        "OKCUNO from OCUSMA where OKCONO = '100' order by OKCUNO",
        "OKCUNO from OCUSMA where OKCONO = '100",
    ],
)
def test_a_statement_outside_the_rules_is_refused(infor: Caller, query: str) -> None:
    assert infor.mi("EXPORTMI", "Select", QERY=query).nok[1] == "QERY"


def test_the_company_is_the_users_whatever_the_call_says(infor: Caller) -> None:
    assert lines(infor, "OKCUNO from OCUSMA where OKCONO = '200'", cono="200") == []
    infor.sandbox.mutate("set_user_company", company=200, division="CCC")
    assert len(lines(infor, "OKCUNO from OCUSMA where OKCONO = '200'")) == 7


def test_a_row_is_cut_off_at_its_limit() -> None:
    with tenant(export_limit=12) as infor:
        assert {len(line) for line in lines(infor, PICK)} == {12}


def test_quotes_in_a_value_are_doubled(infor: Caller) -> None:
    infor.sandbox.mutate("change_customer", customer="10009", changes={"CUNM": "O'Brien"})
    assert len(lines(infor, f"{PICK} and OKCUNM = 'O''Brien'")) == 1


def test_invoices_and_user_fields_can_be_exported_too(infor: Caller) -> None:
    infor.mi("CUGEX1MI", "AddFieldValue", FILE="OCUSMA", PK01="10001", A030="member")
    query = "F1PK01,F1A030 from CUGEX1 where F1CONO = '100' and F1FILE = 'OCUSMA'"
    assert lines(infor, query) == ["10001^member"]
    assert lines(infor, "ESCINO from FSLEDG where ESCONO = '100' and ESCINO = '10000001'") == ["10000001"]


def test_user_fields_are_added_once_then_changed(infor: Caller) -> None:
    key = {"FILE": "OCUSMA", "PK01": "10001"}
    assert infor.mi("CUGEX1MI", "GetFieldValue", **key).nok == ("WCU0203", "PK01", "ServerReturnedNOK")
    assert infor.mi("CUGEX1MI", "ChgFieldValue", A030="x", **key).nok[0] == "WCU0203"
    assert infor.mi("CUGEX1MI", "AddFieldValue", A030="x", N096="12.5", **key).records == []
    assert infor.mi("CUGEX1MI", "AddFieldValue", A030="y", **key).nok[1] == "PK01"
    assert infor.mi("CUGEX1MI", "ChgFieldValue", A030="y", CHB1="1", DAT1="20260101", **key).records == []
    record = infor.mi("CUGEX1MI", "GetFieldValue", **key).record
    assert (record["A030"], record["N096"], record["CHB1"]) == ("y", "12.5", "1")
    custom = infor.customer("10001")["custom"]
    assert isinstance(custom, dict)
    assert custom["A030"] == "y"
    assert infor.mi("CUGEX1MI", "DelFieldValue", **key).records == []
    assert infor.mi("CUGEX1MI", "GetFieldValue", **key).nok[0] == "WCU0203"


def test_a_user_field_nobody_set_up_cannot_be_written(infor: Caller) -> None:
    assert infor.mi("CUGEX1MI", "AddFieldValue", FILE="OCUSMA", PK01="10001", A930="x").nok[1] == "A930"
    assert infor.mi("CUGEX1MI", "AddFieldValue", FILE="OCUSMA", PK01="1", A030="x" * 31).refusal[0] == (
        "InputFieldTooLong"
    )


def test_a_tenant_without_the_program_answers_a_bare_400() -> None:
    with tenant(cugex1=False) as infor:
        assert infor.mi("CUGEX1MI", "GetFieldValue", FILE="OCUSMA", PK01="10001").status == 400
