"""e.net sessions: one at a time, one call at a time, none left behind, and no word about them anywhere."""

import threading
from typing import Any

import pytest

from connectors.sdk.errors import ConfigProblem, ReconnectNeeded, RetryLater, SystemFault
from connectors.systems.syspro.enet import EnetTables, enet_session
from connectors.systems.syspro.question import Question, Tables
from tests.connectors.systems.accounts import MemoryTokens
from tests.connectors.systems.syspro.environment import BALANCE, RUN_START, Environment, Maker, keys_of

ENET: dict[str, Any] = {"read_through": "enet", "balances": "off"}
QUERY = "*/Query/Query"


def ask(tables: Tables) -> list[dict[str, Any]]:
    return tables.rows(Question("ArCustomer", ("Customer",), "Customer", 5))


def test_each_page_has_a_session_of_its_own_that_is_logged_off(site: Environment) -> None:
    pages = site.read(**ENET, enet_page_size=20)
    counted = site.sessions()
    assert keys_of(pages) == site.ids()
    assert counted["logons"] == counted["ended"]["logoff"] == len(pages)
    assert (counted["open"], counted["peak"], counted["overlapping"], counted["taken"]) == (0, 1, 0, 0)


def test_a_reader_that_is_left_early_leaves_no_session(site: Environment) -> None:
    pages = site.stream(**ENET, enet_page_size=20).pages(None, RUN_START)
    next(pages)
    assert site.sessions()["open"] == 0


@pytest.mark.parametrize("read_through", ["odata", "enet"])
def test_four_workers_never_have_two_sessions_at_once(sites: Maker, read_through: str) -> None:
    site = sites(customers=120)
    options: dict[str, Any] = {
        "read_through": read_through,
        "enet_page_size": 30,
        "page_size": 30,
        **BALANCE,
        "balances": "enet",
    }
    site.ping(**options)
    read: list[list[str]] = []
    workers = [threading.Thread(target=lambda: read.append(keys_of(site.read(**options)))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert read == [site.ids()] * 4
    counted = site.sessions()
    assert (counted["peak"], counted["second_logons"], counted["overlapping"]) == (1, 0, 0)
    assert counted["open"] == 0
    assert counted["logons"] == counted["ended"]["logoff"]


@pytest.mark.parametrize("guid_form", ["bare", "json", "xml"])
@pytest.mark.parametrize("guid_tail", ["", "00  "])
def test_a_session_works_however_it_is_wrapped(sites: Maker, guid_form: str, guid_tail: str) -> None:
    site = sites(guid_form=guid_form, guid_tail=guid_tail)
    with enet_session(site.account()) as tables:
        assert len(ask(tables)) == 5
    assert site.sessions()["open"] == 0


@pytest.mark.parametrize("fault", ["drop_session", "drop_session_after"])
def test_an_expired_session_is_renewed_once_and_the_question_repeated(site: Environment, fault: str) -> None:
    site.sandbox.faults.add(QUERY, fault)
    with enet_session(site.account()) as tables:
        assert len(ask(tables)) == 5
    counted = site.sessions()
    assert (counted["logons"], counted["ended"]["dropped"], counted["ended"]["logoff"]) == (2, 1, 1)


def test_a_401_is_an_expired_session_too(site: Environment) -> None:
    site.sandbox.faults.add(QUERY, "status", status=401)
    with enet_session(site.account()) as tables:
        assert len(ask(tables)) == 5
    assert site.sessions()["logons"] == 2


def test_somebody_who_logs_on_with_our_operator_again_and_again_is_named(site: Environment) -> None:
    site.sandbox.faults.add(QUERY, "drop_session", times=None)
    with pytest.raises(RetryLater) as fault:
        site.read(**ENET)
    assert fault.value.code == "session_taken"
    assert "Somebody else logs on as operator MLCONN" in fault.value.text
    assert site.sessions()["logons"] == 2


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ({"credentials": {"operator_password": "wrong-password"}}, "did not let the operator log on"),
        ({"credentials": {"operator": "NOBODY"}}, "NOBODY"),
        ({"settings": {"company": "ZZZ"}}, "did not let the operator log on"),
        (
            {"credentials": {"company_password": "superfluous-pw"}, "site": {"company_password": "other-pw"}},
            "log on",
        ),
        ({"mutate": ("require_mfa", {"operator": "MLCONN"})}, "second factor"),
        ({"mutate": ("lock_operator", {"operator": "MLCONN"})}, "did not let the operator log on"),
        ({"mutate": ("set_seats", {"seats": 0})}, "no e.net licence left"),
    ],
)
def test_a_refused_log_on_is_final_and_tried_once(sites: Maker, spoil: dict[str, Any], said: str) -> None:
    site = sites(**spoil.get("site", {}))
    site.credentials = spoil.get("credentials", {})
    if "mutate" in spoil:
        site.sandbox.mutate(spoil["mutate"][0], **spoil["mutate"][1])
    with pytest.raises(ReconnectNeeded) as fault:
        site.read(**ENET, **spoil.get("settings", {}))
    assert said in fault.value.text
    assert len(site.sandbox.journal.calls(path="*/Logon")) == 1
    assert site.sandbox.journal.calls(path=QUERY) == []


def test_all_four_log_on_parameters_are_there_even_when_empty(site: Environment) -> None:
    site.read(**ENET)
    (first, *_) = site.sandbox.journal.calls(path="*/Logon")
    assert [pair.partition("=")[0] for pair in first.query.split("&")] == [
        "Operator",
        "OperatorPassword",
        "CompanyId",
        "CompanyPassword",
    ]


def test_signs_of_addresses_in_a_password_reach_e_net_as_they_are(sites: Maker) -> None:
    site = sites()
    site.sandbox.mutate("set_password", operator="MLCONN", password="a+b &c#<ü>%20")
    site.credentials = {"operator_password": "a+b &c#<ü>%20"}
    with enet_session(site.account()) as tables:
        assert len(ask(tables)) == 5


def test_a_question_without_an_answer_is_not_asked_again_at_once(site: Environment) -> None:
    site.sandbox.faults.add(QUERY, "timeout_after")
    with pytest.raises(RetryLater) as fault:
        site.read(**ENET)
    assert (fault.value.code, fault.value.after) == ("unanswered", 30)
    assert len(site.sandbox.journal.calls(path=QUERY)) == 1
    assert site.sessions()["open"] == 0


def test_a_log_on_without_an_answer_is_repeated_and_leaves_one_session(site: Environment) -> None:
    site.sandbox.faults.add("*/Logon", "timeout_after")
    assert keys_of(site.read(**ENET)) == site.ids()
    counted = site.sessions()
    assert (counted["open"], counted["peak"] <= 2, counted["taken"]) == (0, True, 0)


def test_a_failed_log_off_does_not_spoil_what_was_read(site: Environment) -> None:
    site.sandbox.faults.add("*/Logoff", "status", status=500)
    assert keys_of(site.read(**ENET)) == site.ids()


@pytest.mark.parametrize(
    ("kind", "arguments", "raises", "said"),
    [
        ("html", {}, ConfigProblem, "a web page instead of data"),
        ("empty_body", {}, RetryLater, "no XML document"),
        ("cut", {"honest": True}, RetryLater, "we ask again later"),
        ("garbage", {}, RetryLater, "we ask again later"),
        ("status", {"status": 500}, RetryLater, "did not answer"),
        ("status", {"status": 503, "retry_after": 40}, RetryLater, "did not answer"),
        ("status", {"status": 414}, ConfigProblem, "refuses long ones (status 414)"),
        ("status", {"status": 404}, ConfigProblem, "nothing at this address"),
        (
            "error_text",
            {"text": "e.net exception raised: 100000"},
            ConfigProblem,
            "tables and columns it does not know",
        ),
        ("error_text", {"text": "e.net is busy with another request of this session"}, RetryLater, "is busy"),
        ("error_text", {"text": "The disk is full"}, ConfigProblem, "The disk is full."),
    ],
)
def test_bad_answers_are_told_apart_and_the_session_ends_all_the_same(
    site: Environment, kind: str, arguments: dict[str, Any], raises: type[SystemFault], said: str
) -> None:
    site.sandbox.faults.add(QUERY, kind, **arguments)
    with pytest.raises(raises) as fault:
        site.read(**ENET)
    assert said in fault.value.text
    assert site.sessions()["open"] == 0


def test_an_unlicensed_business_object_is_told_as_such(site: Environment) -> None:
    site.sandbox.mutate("unlicense", business_object="COMFND")
    with pytest.raises(ReconnectNeeded, match="License Apportionment"):
        site.read(**ENET)


def test_an_address_that_would_be_too_long_is_never_sent(site: Environment) -> None:
    with pytest.raises(ConfigProblem, match="longer than the connection allows"):
        site.read(**ENET, max_url=1500)
    assert site.sandbox.journal.calls(path=QUERY) == []
    assert site.sessions()["open"] == 0


def test_many_customers_are_fetched_within_the_longest_address(sites: Maker) -> None:
    site = sites(customers=300, max_url=4200)
    site.ping(**ENET)
    page = site.stream(**ENET, max_url=4200).fetch(site.ids())
    assert len(page.rows) == 300
    assert list(page.missing) == []


def test_the_rest_path_is_a_setting(sites: Maker) -> None:
    site = sites(enet_root="/SYSPROWCFService_8/Rest")
    assert keys_of(site.read(**ENET)) == site.ids()


def test_answers_in_lower_case_are_read_too(sites: Maker) -> None:
    site = sites(lower_case=frozenset({"COMFND"}))
    site.ping(**ENET)
    assert keys_of(site.read(**ENET)) == site.ids()


@pytest.mark.parametrize("xml_in", ["declared", "utf-8"])
def test_a_customer_number_with_umlauts_is_found_however_bytes_are_read(sites: Maker, xml_in: str) -> None:
    site = sites(xml_in=xml_in)
    site.sandbox.mutate("add_customer", values={"Customer": "MÜLLER & <CO>"})
    assert site.record("MÜLLER & <CO>", **ENET).key == "MÜLLER & <CO>"


def test_no_secret_and_no_session_is_told_to_anybody(site: Environment) -> None:
    site.sandbox.faults.add(QUERY, "timeout_after", after=1)
    site.sandbox.faults.add(QUERY, "status", status=500, after=2)
    told: list[str] = []
    for _ in range(3):
        try:
            site.read(**ENET)
        except SystemFault as fault:
            told += [fault.text, fault.detail, repr(fault.__cause__), repr(fault.__context__)]
    assert told
    secrets: Any = site.sandbox.state("secrets")
    told += [repr(call) for call in site.calls]
    for secret in secrets:
        assert not any(secret in text for text in told)


def test_a_service_that_goes_away_in_the_middle_is_not_quoted_with_its_address(site: Environment) -> None:
    with enet_session(site.account()) as tables:
        site.server.close()
        with pytest.raises(RetryLater) as fault:
            ask(tables)
    told = f"{fault.value.text} {fault.value.detail} {fault.value.__cause__!r}"
    secrets: Any = site.sandbox.state("secrets")
    assert len(secrets) > 1
    assert not any(secret in told for secret in secrets)
    assert fault.value.__suppress_context__


def test_a_session_whose_holder_was_killed_is_logged_off_before_the_next_log_on(site: Environment) -> None:
    killed, heir = site.account(), site.account(company="EDU2")
    killed.shared = heir.shared = MemoryTokens()
    EnetTables(killed).log_on()  # and then nothing more
    with enet_session(heir) as tables:
        assert len(ask(tables)) == 5
    counted = site.sessions()
    assert (counted["peak"], counted["second_logons"], counted["open"]) == (1, 0, 0)
    assert (counted["logons"], counted["ended"]["logoff"]) == (2, 2)
    assert heir.shared.current() is None


def test_a_session_is_only_ever_told_to_the_service_it_is_of(site: Environment) -> None:
    killed, heir = site.account(), site.account(enet_url=f"{site.server.url}/Elsewhere")
    killed.shared = heir.shared = MemoryTokens()
    EnetTables(killed).log_on()
    with pytest.raises(SystemFault), enet_session(heir):
        pass
    assert site.sandbox.journal.calls(path="*/Logoff") == []
