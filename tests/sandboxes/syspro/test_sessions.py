"""e.net log-ons: one session to an operator, seats, idle time, lock-outs, and what is counted of it."""

from threading import Thread

import pytest

from sandboxes.kit import Clock
from tests.sandboxes.syspro.caller import ENET, EXCEPTION, INVALID, OPERATOR, PASSWORD, Site, site

FIND_ONE = (
    "<Query><TableName>ArCustomer</TableName><ReturnRows>1</ReturnRows>"
    "<Columns><Column>Customer</Column></Columns></Query>"
)


def works(syspro: Site) -> bool:
    return b"<RowsReturned>1</RowsReturned>" in syspro.query("COMFND", FIND_ONE).body


def test_a_log_on_gives_a_session_and_a_log_off_ends_it(syspro: Site) -> None:
    assert syspro.logon().status == 200
    assert works(syspro)
    assert syspro.logoff().text == "0"
    assert syspro.query("COMFND", FIND_ONE).text == INVALID
    sessions = syspro.sessions()
    assert (sessions["logons"], sessions["logoffs"], sessions["open"], sessions["peak"]) == (1, 1, 0, 1)
    assert sessions["invalid_calls"] == 1


@pytest.mark.parametrize(
    ("form", "start", "end"),
    [("bare", "", ""), ("json", '"', '"'), ("xml", "<string xmlns=", "</string>")],
)
def test_the_guid_comes_in_three_wrappings(form: str, start: str, end: str) -> None:
    with site(guid_form=form, guid_tail="  ") as syspro:
        text = syspro.logon().text
        assert (text.startswith(start), text.rstrip().endswith(end)) == (True, True)
        assert syspro.user_id + "  " in text
        assert works(syspro)


@pytest.mark.parametrize("missing", ["Operator", "OperatorPassword", "CompanyId", "CompanyPassword"])
def test_all_four_parameters_must_be_there_even_blank(syspro: Site, missing: str) -> None:
    given = {"Operator": OPERATOR, "OperatorPassword": PASSWORD, "CompanyId": "EDU1", "CompanyPassword": ""}
    given.pop(missing)
    reply = syspro.enet("Logon", **given)
    assert (reply.status, reply.text[:6]) == (200, "ERROR:")
    assert syspro.sessions()["logons"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "wrong"},
        {"operator": "NOBODY"},
        {"company": "NOPE"},
        {"operator": "MLODATA"},
        {"operator": "mlconn"},
    ],
)
def test_a_failed_log_on_is_a_200_that_starts_with_error(syspro: Site, wrong: dict[str, str]) -> None:
    reply = syspro.logon(**wrong)
    assert (reply.status, reply.text[:6]) == (200, "ERROR:")
    assert (syspro.sessions()["failed_logons"], syspro.sessions()["open"]) == (1, 0)


def test_the_companys_password_is_checked() -> None:
    with site(company_password="shop") as syspro:
        assert syspro.logon().text.startswith("ERROR:")
        given = {"Operator": OPERATOR, "OperatorPassword": PASSWORD, "CompanyId": "EDU1"}
        assert not syspro.enet("Logon", **given, CompanyPassword="shop").text.startswith("ERROR:")


def test_a_second_log_on_kills_the_first_session_and_is_counted(syspro: Site) -> None:
    syspro.logon()
    first = syspro.user_id
    syspro.logon()
    assert works(syspro)
    assert syspro.enet("Logoff", UserId=first).text == INVALID
    sessions = syspro.sessions()
    assert (sessions["peak"], sessions["second_logons"], sessions["open"]) == (2, 1, 1)
    assert syspro.ended("displaced") == 1


def test_at_some_sites_a_second_log_on_is_refused_and_the_first_lives() -> None:
    with site(second_logon="refuse") as syspro:
        syspro.logon()
        first = syspro.user_id
        assert syspro.logon().text.startswith("ERROR:")
        syspro.user_id = first
        assert works(syspro)
        assert (syspro.sessions()["peak"], syspro.sessions()["second_logons"]) == (2, 1)


def test_two_log_ons_one_after_the_other_are_not_two_at_once(syspro: Site) -> None:
    for _ in range(2):
        syspro.logon()
        syspro.logoff()
    sessions = syspro.sessions()
    assert (sessions["peak"], sessions["second_logons"], sessions["logons"]) == (1, 0, 2)


def test_operators_have_sessions_of_their_own(syspro: Site) -> None:
    syspro.logon()
    first = syspro.user_id
    syspro.logon("JSMITH", "a-person")
    syspro.user_id = first
    assert works(syspro)
    assert (syspro.sessions()["peak"], syspro.sessions()["open"]) == (1, 2)


def test_a_session_ends_when_nobody_used_it_for_long() -> None:
    with site(Clock(), idle_timeout=60) as syspro:
        syspro.sandbox.clock.freeze()
        syspro.logon()
        syspro.sandbox.clock.advance(59)
        assert works(syspro)  # and the time starts again
        syspro.sandbox.clock.advance(59)
        assert works(syspro)
        syspro.sandbox.clock.advance(60)
        assert syspro.query("COMFND", FIND_ONE).text == INVALID
        assert syspro.logoff().text == INVALID
        assert syspro.ended("expired") == 1
        syspro.logon()
        assert works(syspro)
        assert syspro.sessions()["peak"] == 1  # the dead one was none


def test_an_abandoned_session_holds_its_seat_until_it_is_purged() -> None:
    with site(Clock(), seats=1, idle_timeout=60, purge_after=600) as syspro:
        syspro.sandbox.clock.freeze()
        syspro.logon()
        syspro.sandbox.clock.advance(599)
        refused = syspro.logon("JSMITH", "a-person").text
        assert (refused[:6], "licenses" in refused) == ("ERROR:", True)
        syspro.sandbox.clock.advance(1)
        assert not syspro.logon("JSMITH", "a-person").text.startswith("ERROR")


def test_a_log_off_frees_the_seat_and_the_same_operator_takes_his_own_again() -> None:
    with site(seats=1) as syspro:
        syspro.logon()
        assert not syspro.logon().text.startswith("ERROR")
        assert syspro.logon("JSMITH", "a-person").text.startswith("ERROR")
        syspro.logoff()
        assert not syspro.logon("JSMITH", "a-person").text.startswith("ERROR")


def test_a_person_who_logs_on_as_the_operator_kills_the_session(syspro: Site) -> None:
    syspro.logon()
    syspro.sandbox.mutate("person_logs_on", operator=OPERATOR)
    assert syspro.query("COMFND", FIND_ONE).text == INVALID
    assert syspro.ended("by_person") == 1
    assert syspro.sessions()["persons"] == [OPERATOR]
    syspro.logon()
    assert works(syspro)
    assert (syspro.sessions()["peak"], syspro.sessions()["persons"]) == (1, [])


def test_sessions_can_be_dropped_or_expired_behind_the_clients_back(syspro: Site) -> None:
    for action in ("drop_sessions", "expire_sessions"):
        syspro.logon()
        syspro.sandbox.mutate(action)
        assert syspro.query("COMFND", FIND_ONE).text == INVALID
    assert (syspro.ended("dropped"), syspro.ended("expired")) == (1, 1)


def test_wrong_passwords_in_a_row_lock_the_operator_until_somebody_unlocks_him() -> None:
    with site(lock_after=3) as syspro:
        for _ in range(2):
            syspro.logon(password="wrong")
        assert not syspro.logon().text.startswith("ERROR")
        syspro.logoff()  # and the count starts again
        for _ in range(2):
            syspro.logon(password="wrong")
        assert not syspro.logon().text.startswith("ERROR")
        for _ in range(3):
            syspro.logon(password="wrong")
        assert "locked" in syspro.logon().text
        assert syspro.sessions()["locked"] == [OPERATOR]
        syspro.sandbox.mutate("unlock_operator", operator=OPERATOR)
        assert not syspro.logon().text.startswith("ERROR")


def test_a_locked_operator_keeps_the_session_he_has(syspro: Site) -> None:
    syspro.logon()
    syspro.sandbox.mutate("lock_operator", operator=OPERATOR)
    assert works(syspro)
    syspro.logoff()
    assert "locked" in syspro.logon().text


def test_a_changed_password_holds_at_once_and_mfa_keeps_machines_out(syspro: Site) -> None:
    syspro.sandbox.mutate("set_password", operator=OPERATOR, password="new")
    assert syspro.logon().text.startswith("ERROR:")
    assert not syspro.logon(password="new").text.startswith("ERROR")
    syspro.logoff()
    syspro.sandbox.mutate("require_mfa", operator=OPERATOR)
    assert "Multi-factor" in syspro.logon(password="new").text


def test_the_second_of_two_calls_at_once_is_refused_and_counted(syspro: Site) -> None:
    syspro.logon()
    syspro.sandbox.faults.add("*/Query/Query", "slow", seconds=30)
    with busy(syspro):
        reply = syspro.query("COMFND", FIND_ONE)
        assert (reply.status, reply.text[:6]) == (200, "ERROR:")
        assert syspro.sessions()["overlapping"] == 1


class busy:  # noqa: N801 - reads as a sentence
    """One call of the session is under way inside."""

    def __init__(self, syspro: Site) -> None:
        self._syspro = syspro
        self._call = Thread(target=self._quietly, daemon=True)

    def _quietly(self) -> None:
        try:
            self._syspro.query("COMFND", FIND_ONE)
        except OSError:
            return

    def __enter__(self) -> None:
        self._call.start()
        traffic = self._syspro.sandbox.traffic
        while not traffic.busy(self._syspro.user_id):
            self._call.join(0.005)

    def __exit__(self, *_: object) -> None:
        self._syspro.server.close()
        self._call.join()


def test_at_some_sites_the_second_call_waits_and_is_still_counted() -> None:
    with site(overlap="block", call_seconds=0.2) as syspro:
        syspro.logon()
        replies: list[str] = []
        calls = [
            Thread(target=lambda: replies.append(syspro.query("COMFND", FIND_ONE).text)) for _ in range(3)
        ]
        for call in calls:
            call.start()
        for call in calls:
            call.join()
        assert all("<RowsReturned>1<" in reply for reply in replies)
        assert syspro.sessions()["overlapping"] == 2


def test_calls_one_after_the_other_do_not_overlap() -> None:
    with site(call_seconds=0.02) as syspro:
        syspro.logon()
        assert all(works(syspro) for _ in range(3))
        assert syspro.sessions()["overlapping"] == 0


def test_everything_is_get(syspro: Site) -> None:
    for method in ("POST", "PUT", "DELETE"):
        reply = syspro.send(method, f"{ENET}/Logon")
        assert (reply.status, reply.headers["Allow"]) == (405, "GET")


def test_the_path_is_configurable_and_its_case_does_not_matter() -> None:
    with site(enet_root="/SYSPROWCFService_8/Rest") as syspro:
        assert syspro.send("GET", "/sysprowcfservice_8/REST/getversion").text.startswith("8.")
        assert syspro.send("GET", f"{ENET}/GetVersion").status == 404


def test_utilities_logon_is_no_path_here(syspro: Site) -> None:
    assert syspro.enet("Utilities/Logon").status == 404


def test_a_call_without_or_with_a_made_up_session_is_invalid(syspro: Site) -> None:
    for operation in (
        "Logoff",
        "GetLogonProfile",
        "Query/Query",
        "Query/Browse",
        "Setup/Add",
        "Transaction/Post",
    ):
        assert syspro.enet(operation).text == INVALID
        assert syspro.enet(operation, UserId=OPERATOR).text == INVALID


def test_the_profile_tells_who_is_logged_on(syspro: Site) -> None:
    syspro.logon(company="EDU2")
    profile = syspro.enet("GetLogonProfile", UserId=syspro.user_id)
    assert (profile.texts("OperatorCode"), profile.texts("CompanyId")) == ([OPERATOR], ["EDU2"])


def test_a_session_belongs_to_one_company(syspro: Site) -> None:
    document = FIND_ONE.replace(">1<", ">1000<")
    syspro.logon(company="EDU2")
    assert syspro.query("COMFND", document).texts("RowsReturned") == ["12"]


def test_the_journal_holds_no_secret_unless_asked_to(syspro: Site) -> None:
    syspro.logon()
    syspro.query("COMFND", FIND_ONE)
    queries = [call.query for call in syspro.sandbox.journal.calls()]
    assert "Operator=MLCONN&OperatorPassword=***&CompanyId=EDU1&CompanyPassword=" in queries
    assert "UserId=***&BusinessObject=COMFND&XmlIn=***" in queries
    syspro.sandbox.journal.discreet = False
    syspro.query("COMFND", FIND_ONE)
    assert syspro.user_id in syspro.sandbox.journal.calls()[-1].query


def test_the_sandbox_lists_every_secret_a_client_must_not_leak(syspro: Site) -> None:
    syspro.logon()
    secrets = syspro.sandbox.state("secrets")
    assert isinstance(secrets, list)
    assert {PASSWORD, syspro.user_id, "odata-sandbox-password"} <= set(secrets)


def test_an_unknown_business_object_or_a_missing_document_is_an_exception(syspro: Site) -> None:
    syspro.logon()
    assert syspro.query("NOSUCH", "<Query/>").text == EXCEPTION
    assert syspro.query("ARSSCS", "<Query/>").text == EXCEPTION
    assert syspro.enet("Query/Query", UserId=syspro.user_id, BusinessObject="COMFND").text == EXCEPTION
    assert (
        syspro.enet("Transaction/Build", UserId=syspro.user_id, BusinessObject="X", XmlIn="<a/>").text
        == EXCEPTION
    )


def test_a_business_object_without_a_licence_fails(syspro: Site) -> None:
    syspro.logon()
    syspro.sandbox.mutate("unlicense", business_object="COMFND")
    assert "license" in syspro.query("COMFND", FIND_ONE).text
    syspro.sandbox.mutate("license", business_object="COMFND")
    assert works(syspro)
