"""One MI transaction over REST version 2: options, fields, lengths, companies, and both forms of an error."""

import pytest

from tests.sandboxes.infor.caller import Caller, tenant


def test_options_work_on_the_path_and_in_the_query(infor: Caller) -> None:
    on_path = infor.mi("CRS610MI", "LstByNumber", ";maxrecs=3;returncols=CUNO,CUNM;cono=100", CUNO="10005")
    in_query = infor.mi(
        "CRS610MI", "LstByNumber", CUNO="10005", maxrecs="3", returncols="CUNO,CUNM", cono="100"
    )
    assert on_path.records == in_query.records
    assert [list(record) for record in on_path.records] == [["CUNO", "CUNM"]] * 3
    with tenant(option_styles=frozenset({"query"})) as other:
        assert other.mi("CRS610MI", "LstByNumber", ";maxrecs=3").status == 400


def test_without_maxrecs_a_hundred_rows_come_and_nothing_says_there_are_more(infor: Caller) -> None:
    reply = infor.mi("CRS610MI", "LstByNumber")
    assert len(reply.records) == 100
    assert reply.json()["nrOfSuccessfullTransactions"] == 1
    assert len(infor.mi("CRS610MI", "LstByNumber", ";maxrecs=0").records) == 150


def test_a_tenant_may_cap_what_maxrecs_asks_for() -> None:
    with tenant(record_cap=40) as infor:
        assert len(infor.mi("CRS610MI", "LstByNumber", ";maxrecs=0").records) == 40
        assert len(infor.mi("CRS610MI", "LstByNumber", ";maxrecs=90").records) == 40


def test_excludempty_drops_keys_and_the_well_spelt_name_is_unknown(infor: Caller) -> None:
    full = infor.mi("CRS610MI", "GetBasicData", CUNO="10023").record
    bare = infor.mi("CRS610MI", "GetBasicData", ";excludempty=true", CUNO="10023").record
    assert full["MAIL"] == ""
    assert "MAIL" not in bare
    assert bare == {name: value for name, value in full.items() if value}
    assert infor.mi("CRS610MI", "GetBasicData", ";excludeempty=true", CUNO="10023").status == 400


@pytest.mark.parametrize(
    "matrix",
    [";maxrecs=-1", ";maxrecs=ten", ";excludempty=yes", ";dateformat=YMD8", ";cono=abc", ";m3user=OTHER",
     ";maxrecs=1;maxrecs=2"],
)  # fmt: skip
def test_an_option_that_makes_no_sense_is_refused(infor: Caller, matrix: str) -> None:
    assert infor.mi("CRS610MI", "LstByNumber", matrix).status == 400


def test_all_values_are_texts_and_dates_have_eight_digits(infor: Caller) -> None:
    record = infor.mi("CRS610MI", "GetBasicData", CUNO="10001").record
    assert {type(value) for value in record.values()} == {str}
    assert len(record["LMDT"]) == 8
    assert record["LMDT"].isdigit()
    assert record["CONO"] == "100"


def test_an_unknown_program_is_a_bare_400_and_an_unknown_transaction_says_so(infor: Caller) -> None:
    bare = infor.mi("MMS001MI", "GetItmBasic", ITNO="I00001")
    assert (bare.status, bare.body) == (400, b"")
    assert infor.mi("CRS610MI", "ListByNumber").refusal == ("TransactionNotFound", "")


def test_a_mandatory_field_must_not_be_blank(infor: Caller) -> None:
    missing = ("MandatoryInputFieldNotFound", "CUNO")
    assert infor.mi("CRS610MI", "GetBasicData").refusal == missing
    assert infor.mi("CRS610MI", "GetBasicData", CUNO="  ").refusal == missing


@pytest.mark.parametrize(
    ("name", "length"),
    [
        ("CUNM", 36), ("CUA1", 36), ("PONO", 10), ("PHNO", 16), ("MAIL", 50), ("TOWN", 20), ("ECAR", 2),
        ("ALCU", 10), ("CFC1", 10), ("CFC3", 3), ("CFC4", 5), ("CFC5", 1),
    ],
)  # fmt: skip
def test_a_value_beyond_its_length_is_refused_and_not_cut(infor: Caller, name: str, length: int) -> None:
    too_long = infor.mi("CRS610MI", "ChgBasicData", CUNO="10001", **{name: "x" * (length + 1)})
    assert too_long.refusal == ("InputFieldTooLong", name)
    assert infor.mi("CRS610MI", "ChgBasicData", CUNO="10001", **{name: "x" * length}).record == {
        "CUNO": "10001"
    }
    assert infor.customer("10001")[name] == "x" * length


def test_a_field_or_column_the_transaction_does_not_know_is_refused(infor: Caller) -> None:
    assert infor.mi("CRS610MI", "GetBasicData", CUNO="10001", EMAL="x").refusal == ("", "EMAL")
    assert infor.mi("CRS610MI", "GetBasicData", ";returncols=CUNO,VRNO", CUNO="10001").refusal == ("", "VRNO")
    assert infor.mi("CRS610MI", "ChgFinancial", CUNO="10001", MAIL="x").refusal == ("", "MAIL")


def test_numbers_and_dates_are_checked_by_the_program(infor: Caller) -> None:
    comma = infor.mi("CRS610MI", "ChgFinancial", CUNO="10001", CRLM="1000,50")
    assert comma.nok == ("XNU0001", "CRLM", "ServerReturnedNOK")
    dashed = infor.mi("CRS610MI", "ChgFinancial", CUNO="10001", TEEC="2026-01-31")
    assert dashed.nok == ("WDT0101", "TEEC", "ServerReturnedNOK")
    assert infor.mi("CRS610MI", "ChgFinancial", CUNO="10001", CRLM="1000.50", TEEC="20260131").records == []


def test_a_missing_record_is_an_error_inside_a_200(infor: Caller) -> None:
    reply = infor.mi("CRS610MI", "GetBasicData", CUNO="NOPE")
    assert reply.nok == ("WCU0203", "CUNO", "ServerReturnedNOK")
    assert reply.results[0]["parameters"] == {"CUNO": "NOPE"}
    assert reply.json()["terminationErrorType"] == "ServerReturnedNOK"


def test_at_some_tenants_a_business_error_is_a_400_of_its_own() -> None:
    with tenant(nok_as_400=True) as infor:
        reply = infor.mi("CRS610MI", "GetBasicData", CUNO="NOPE")
        assert reply.refusal == ("ServerReturnedNOK", "CUNO")


def test_a_company_that_is_unknown_or_not_the_users_is_xau0008(infor: Caller) -> None:
    for company in ("999", "300"):
        on_path = infor.mi("CRS610MI", "LstByNumber", f";cono={company}")
        in_record = infor.mi("CRS610MI", "LstByNumber", CONO=company)
        assert on_path.nok[0] == in_record.nok[0] == "XAU0008"
    infor.sandbox.mutate("authorize_company", company=300)
    assert len(infor.mi("CRS610MI", "LstByNumber", ";cono=300").records) == 7


def test_another_company_has_other_customers_under_the_same_numbers(infor: Caller) -> None:
    here = infor.mi("CRS610MI", "GetBasicData", ";cono=100", CUNO="10001").record
    there = infor.mi("CRS610MI", "GetBasicData", ";cono=200", CUNO="10001").record
    assert (here["CONO"], there["CONO"]) == ("100", "200")
    assert here["CUNM"] != there["CUNM"]


def test_a_call_without_a_company_works_in_the_users_own_which_can_change(infor: Caller) -> None:
    user = infor.mi("MNS150MI", "GetUserData").record
    assert (user["CONO"], user["DIVI"], user["DCFM"], user["EUID"]) == ("100", "AAA", ".", "mlcuser@service")
    infor.sandbox.mutate("set_user_company", company=200, division="CCC")
    assert infor.mi("CRS610MI", "GetBasicData", CUNO="10001").record["CONO"] == "200"
    assert infor.mi("CRS610MI", "GetBasicData", CUNO="10001", cono="100").record["CONO"] == "100"


def test_a_division_must_be_one_of_the_company(infor: Caller) -> None:
    assert infor.mi("CRS610MI", "GetFinancial", ";divi=ZZZ", CUNO="10001").nok[1] == "DIVI"
    assert infor.mi("CRS610MI", "GetFinancial", ";divi=BBB", CUNO="10001").status == 200


def test_a_program_the_role_does_not_hold_is_refused_by_m3(infor: Caller) -> None:
    infor.sandbox.mutate("forbid_program", program="CRS610MI")
    assert infor.mi("CRS610MI", "LstByNumber").nok[0] == "CPF9898"
    assert infor.mi("CRS620MI", "LstSuppliers").status == 200
    infor.sandbox.mutate("allow_program", program="CRS610MI")
    assert infor.mi("CRS610MI", "LstByNumber").records


def test_the_metadata_tell_fields_lengths_and_what_is_mandatory(infor: Caller) -> None:
    given = infor.mi(
        "MRS001MI", "LstAdtFieldInf", MINM="CRS610MI", TRNM="GetBasicData", TRTP="O", maxrecs="0"
    )
    lengths = {record["FLNM"]: (record["TYPE"], record["LENG"]) for record in given.records}
    assert lengths["MAIL"] == ("A", "50")
    assert lengths["LMDT"] == ("D", "10")
    assert "VRNO" not in lengths
    taken = infor.mi("MRS001MI", "LstAdtFieldInf", MINM="CRS610MI", TRNM="Add", TRTP="I", maxrecs="0")
    mandatory = [record["FLNM"] for record in taken.records if record["MAND"] == "1"]
    assert mandatory == ["CUTM", "CUNM", "CUA1"]
    swagger = infor.send("GET", f"{infor.api}/metadata/CRS610MI").json()["paths"]
    assert isinstance(swagger, dict)
    assert "/CRS610MI/LstByNumber" in swagger


def test_a_column_of_another_release_is_gone_from_answers_and_metadata(infor: Caller) -> None:
    infor.sandbox.mutate("remove_column", program="CRS610MI", transaction="LstByNumber", field="MAIL")
    assert "MAIL" not in infor.mi("CRS610MI", "LstByNumber", ";maxrecs=1").record
    assert infor.mi("CRS610MI", "LstByNumber", ";returncols=CUNO,MAIL").refusal == ("", "MAIL")
    told = infor.mi("MRS001MI", "LstAdtFieldInf", MINM="CRS610MI", TRNM="LstByNumber", TRTP="O", maxrecs="0")
    assert "MAIL" not in {record["FLNM"] for record in told.records}


def test_a_plus_in_a_query_is_a_blank_unless_it_is_escaped(infor: Caller) -> None:
    path = f"{infor.api}/execute/CRS610MI/ChgBasicData?CUNO=10001&MAIL=a+b@c.example"
    assert infor.send("GET", path).status == 200
    assert infor.customer("10001")["MAIL"] == "a b@c.example"
    infor.mi("CRS610MI", "ChgBasicData", CUNO="10001", MAIL="a+b@c.example")
    assert infor.customer("10001")["MAIL"] == "a+b@c.example"
