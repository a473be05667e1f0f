"""What M3 says no with: two versions, two forms, one table."""

from typing import Any

import pytest

from connectors.sdk.errors import (
    ConfigProblem,
    OutcomeUnknown,
    ReconnectNeeded,
    RecordRejected,
    RetryLater,
    SystemFault,
)
from connectors.systems.infor.errors import EXISTS, NOT_FOUND
from connectors.systems.infor.m3.answers import (
    NO_ACCESS,
    NO_TRANSACTION,
    TOO_LONG,
    result_of_v1,
    results_of,
    rules_of,
)
from connectors.systems.infor.m3.client import M3Client, Transaction
from connectors.systems.infor.settings import InforSettings
from tests.connectors.systems.infor.environment import Environment, Maker

RULES = rules_of(InforSettings(company="100", not_found_codes=("WCU0203", "WXX0003")))
FORMS = ["nested", "top_level"]


@pytest.fixture(params=FORMS)
def m3(request: pytest.FixtureRequest, environments: Maker) -> Environment:
    """A tenant that words its errors in one of the two forms."""
    return environments(nok_as_400=request.param == "top_level")


def client(m3: Environment, **settings: Any) -> M3Client:
    return M3Client(m3.account(**settings))


def refused(m3: Environment, program: str, transaction: Transaction, **settings: Any) -> SystemFault:
    with pytest.raises(SystemFault) as fault:
        client(m3, **settings).read(program, transaction)
    return fault.value


def test_a_record_that_does_not_exist_is_told_by_its_code(m3: Environment) -> None:
    fault = refused(m3, "CRS610MI", Transaction("GetBasicData", {"CUNO": "NOPE"}))
    assert isinstance(fault, RecordRejected)
    assert (fault.code, "NOPE" in fault.text) == (NOT_FOUND, True)


def test_the_code_for_it_is_a_setting(environments: Maker) -> None:
    m3 = environments(not_found_code="XY00001")
    by_words = refused(m3, "CRS610MI", Transaction("GetBasicData", {"CUNO": "NOPE"}))
    assert by_words.code == NOT_FOUND
    by_code = results_of(
        {
            "results": [
                {"errorMessage": "Der Kunde fehlt", "errorType": "ServerReturnedNOK", "errorCode": "WXX0003"}
            ]
        },
        rules=RULES,
        writes=False,
    )
    assert by_code[0].fault is not None
    assert by_code[0].fault.code == NOT_FOUND


def test_a_company_one_may_not_use_is_a_setting_to_correct(m3: Environment) -> None:
    fault = refused(m3, "CRS610MI", Transaction("LstByNumber"), company="300")
    assert isinstance(fault, ConfigProblem)
    assert fault.code == NO_ACCESS
    assert "company 300" in fault.text


def test_a_program_the_user_may_not_run_is_said_so(m3: Environment) -> None:
    m3.sandbox.mutate("forbid_program", program="CRS610MI")
    assert refused(m3, "CRS610MI", Transaction("LstByNumber")).code == NO_ACCESS


def test_an_unknown_transaction_and_an_unknown_program_are_settings(m3: Environment) -> None:
    for program, name in (("CRS610MI", "LstByMood"), ("CRS999MI", "LstByNumber")):
        fault = refused(m3, program, Transaction(name))
        assert isinstance(fault, ConfigProblem)
        assert fault.code == NO_TRANSACTION


def test_a_field_m3_does_not_have_is_never_taken_for_a_missing_record(m3: Environment) -> None:
    fault = refused(m3, "CRS610MI", Transaction("GetBasicData", {"CUNO": "10001"}, ("CUNM", "ZZZZ")))
    assert isinstance(fault, ConfigProblem)
    assert "ZZZZ" in fault.text


def test_a_value_that_is_too_long_is_refused_not_cut(m3: Environment) -> None:
    with pytest.raises(RecordRejected, match="no room") as fault:
        client(m3).write("CRS610MI", Transaction("ChgBasicData", {"CUNO": "10001", "TOWN": "x" * 21}))
    assert fault.value.code == TOO_LONG


def test_what_is_there_already_is_told(m3: Environment) -> None:
    with pytest.raises(RecordRejected) as fault:
        client(m3).write(
            "CRS610MI", Transaction("Add", {"CUTM": "TMPLDOM", "CUNM": "A", "CUA1": "B", "CUNO": "10001"})
        )
    assert fault.value.code == EXISTS


def test_each_transaction_of_a_bulk_call_has_its_own_word(m3: Environment) -> None:
    asked = [
        Transaction("GetBasicData", {"CUNO": key}, ("CUNO",)) for key in ("10001", "NOPE", "10002", "10003")
    ]
    found = client(m3).read_many("CRS610MI", asked)
    assert [one.rows[0]["CUNO"] if one.rows else one.fault.code if one.fault else "" for one in found] == [
        "10001", NOT_FOUND, "10002", "10003",
    ]  # fmt: skip
    assert [call.method for call in m3.sandbox.journal.calls(path="*/execute")] == ["POST"]


def test_a_bulk_call_is_cut_into_pieces_the_gateway_can_bear(m3: Environment) -> None:
    asked = [Transaction("GetBasicData", {"CUNO": "10001"}, ("CUNO",))] * 250
    assert len(client(m3, bulk_size=100).read_many("CRS610MI", asked)) == 250
    assert len(m3.sandbox.journal.calls(path="*/execute")) == 3


def test_a_bulk_call_broken_off_for_lack_of_access_stops_everything(m3: Environment) -> None:
    m3.sandbox.mutate("forbid_program", program="CRS610MI")
    asked = [Transaction("GetBasicData", {"CUNO": "10001"})] * 50
    with pytest.raises(ConfigProblem):
        client(m3).read_many("CRS610MI", asked)
    assert len(m3.sandbox.journal.calls(path="*CRS610MI*")) <= 1


def test_a_write_is_never_repeated_though_it_travels_as_a_get(environments: Maker) -> None:
    m3 = environments()
    m3.sandbox.faults.add("*/ChgBasicData*", "status", status=504, work=True)
    with pytest.raises(OutcomeUnknown):
        client(m3).write("CRS610MI", Transaction("ChgBasicData", {"CUNO": "10001", "TOWN": "Ulm"}))
    assert len(m3.sandbox.journal.calls(path="*/ChgBasicData*")) == 1


def test_a_write_whose_answer_is_garbled_was_sent_all_the_same(environments: Maker) -> None:
    m3 = environments()
    m3.sandbox.faults.add("*/ChgBasicData*", "garbage", work=True)
    with pytest.raises(OutcomeUnknown):
        client(m3).write("CRS610MI", Transaction("ChgBasicData", {"CUNO": "10001", "TOWN": "Ulm"}))


@pytest.mark.parametrize("status", [429, 503, 504])
def test_a_reading_is_tried_again_when_the_gateway_is_busy(environments: Maker, status: int) -> None:
    m3 = environments()
    m3.sandbox.faults.add("*/GetUserData*", "status", status=status)
    assert client(m3).read("MNS150MI", Transaction("GetUserData"))


def test_a_wrong_suite_is_a_setting(environments: Maker) -> None:
    fault = refused(environments(), "MNS150MI", Transaction("GetUserData"), m3_suite="M3X")
    assert isinstance(fault, ConfigProblem)
    assert fault.code == "no_path"


def test_a_web_page_is_no_answer(environments: Maker) -> None:
    m3 = environments()
    m3.sandbox.faults.add("*/GetUserData*", "html")
    assert isinstance(refused(m3, "MNS150MI", Transaction("GetUserData")), ConfigProblem)


def test_missing_rights_at_the_gateway_say_what_to_grant(environments: Maker) -> None:
    m3 = environments()
    m3.sandbox.faults.add("*/GetUserData*", "status", status=403)
    fault = refused(m3, "MNS150MI", Transaction("GetUserData"))
    assert isinstance(fault, ReconnectNeeded)
    assert "API suite" in fault.text


@pytest.mark.parametrize("style", ["matrix", "query"])
@pytest.mark.parametrize("version", ["v2", "v1"])
def test_options_go_where_the_settings_say_in_either_version(
    environments: Maker, style: str, version: str
) -> None:
    m3 = environments(option_styles=frozenset({style}))
    asked = Transaction("LstByNumber", {"CUNO": "10005"}, ("CUNO", "CUNM"))
    rows = client(m3, option_style=style, m3_version=version).read("CRS610MI", asked, most=2)
    assert [row["CUNO"] for row in rows] == ["10005", "10006"]
    assert set(rows[0]) == {"CUNO", "CUNM"}


def test_padded_values_of_version_one_are_trimmed(environments: Maker) -> None:
    m3 = environments(pad_v1=True)
    asked = Transaction("LstByNumber", {"CUNO": "10001"}, ("CUNO",))
    assert client(m3, m3_version="v1").read("CRS610MI", asked, most=1) == [{"CUNO": "10001"}]


def test_version_one_words_its_errors_in_its_own_way(environments: Maker) -> None:
    m3 = environments()
    fault = refused(m3, "CRS610MI", Transaction("GetBasicData", {"CUNO": "NOPE"}), m3_version="v1")
    assert (type(fault), fault.code) == (RecordRejected, NOT_FOUND)


def test_rows_followed_by_an_error_are_not_taken_for_all_of_them() -> None:
    body = {
        "MIRecord": {"RowIndex": 0, "NameValue": {"Name": "CUNO", "Value": "1   "}},
        "ErrorMessage": {"Message": "Broken off", "@type": "ServerReturnedNOK", "@code": "XIM0002"},
    }
    found = result_of_v1(body, rules=RULES, writes=False)
    assert found.rows == [{"CUNO": "1"}]
    assert found.fault is not None


@pytest.mark.parametrize("body", [None, [], "text", {}, {"results": "none"}])
def test_an_answer_that_makes_no_sense_is_asked_for_again(body: object) -> None:
    with pytest.raises(RetryLater):
        results_of(body, rules=RULES, writes=False)


def test_a_call_that_was_ended_is_no_success_even_without_a_word() -> None:
    with pytest.raises(RecordRejected, match="ended the call"):
        results_of({"results": [], "wasTerminated": True}, rules=RULES, writes=False)
