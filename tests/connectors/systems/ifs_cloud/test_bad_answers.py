"""Answers no vendor should give, and credentials that end: each is told clearly and loses nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.sdk.calls import Answer
from connectors.sdk.decoding import read_json
from connectors.sdk.errors import ConfigProblem, ReconnectNeeded, RetryLater, SystemFault
from connectors.sdk.system import Page
from connectors.systems.ifs_cloud.token import UNTOLD_SECONDS, fetch_token
from sandboxes.kit import Request, Response, Sandbox, serve
from tests.connectors.systems.ifs_cloud.environment import RUN_START, Environment, Maker, keys_of

CUSTOMERS = "*/CustomersHandling.svc/CustomerInfoSet"
MAILS = "*/CommunicationMethods"


def fault_of(ifs: Environment, stream: str = "customers", **settings: Any) -> SystemFault:
    with pytest.raises(SystemFault) as caught:
        ifs.read(stream, **settings)
    return caught.value


@pytest.mark.parametrize(
    ("fault", "kind", "text"),
    [
        ({"kind": "html"}, ConfigProblem, "answered with a web page instead of data. Check the address"),
        ({"kind": "garbage"}, RetryLater, "sent an answer that breaks off or is garbled"),
        ({"kind": "cut", "honest": True}, RetryLater, "sent an answer that breaks off or is garbled"),
        ({"kind": "cut"}, RetryLater, "IFS Cloud "),
        ({"kind": "huge"}, ConfigProblem, "an answer of more than 32 MB. Lower the page size"),
        (
            {"kind": "redirect"},
            ConfigProblem,
            "redirected us elsewhere. Enter the address",
        ),
        ({"kind": "status", "status": 503, "retry_after": 120}, RetryLater, "is not answering properly"),
        ({"kind": "status", "status": 429, "retry_after": 30}, RetryLater, "asked us to slow down"),
        ({"kind": "status", "status": 500, "message": "ORA-1555"}, RetryLater, "could not answer: ORA-1555."),
        ({"kind": "status", "status": 501, "code": "ODP_NOT_IMPLEMENTED"}, ConfigProblem, "does not support"),
        (
            {"kind": "status", "status": 403, "code": "CSRF_ERROR"},
            ConfigProblem,
            "asks for a CSRF token",
        ),
        ({"kind": "status", "status": 403, "message": "No."}, ReconnectNeeded, "Grant the projection"),
        (
            {"kind": "status", "status": 400, "message": "Odd."},
            ConfigProblem,
            "could not read CustomersHandling",
        ),
    ],
)
def test_a_bad_answer_says_what_to_do(
    ifs: Environment, fault: dict[str, Any], kind: type[SystemFault], text: str
) -> None:
    ifs.sandbox.faults.add(CUSTOMERS, fault.pop("kind"), times=None, **fault)
    caught = fault_of(ifs)
    assert isinstance(caught, kind)
    assert text in caught.text
    ifs.sandbox.faults.clear()
    assert len(keys_of(ifs.read("customers"))) == 60


def test_waits_the_vendor_asks_for_are_kept_in_full(ifs: Environment) -> None:
    for status, seconds in ((429, 30), (503, 120)):
        ifs.sandbox.faults.add(CUSTOMERS, "status", times=None, status=status, retry_after=seconds)
        caught = fault_of(ifs)
        assert isinstance(caught, RetryLater)
        assert caught.after == seconds
        ifs.sandbox.faults.clear()


def test_a_passing_trouble_is_not_even_noticed(ifs: Environment) -> None:
    for kind, arguments in (("status", {"status": 502}), ("cut", {}), ("timeout_before", {"seconds": 0.01})):
        ifs.sandbox.faults.add(CUSTOMERS, kind, times=1, after=1, **arguments)
        assert len(keys_of(ifs.read("customers", page_size=20))) == 60


def test_pages_before_a_fault_are_given_and_the_rest_is_read_from_there(ifs: Environment) -> None:
    ifs.ping()
    ifs.sandbox.faults.add(CUSTOMERS, "html", times=None, after=3)
    pages: list[Page] = []
    with pytest.raises(ConfigProblem, match="web page"):
        pages.extend(ifs.system(page_size=20).stream("customers").pages(None, RUN_START))
    assert pages
    ifs.sandbox.faults.clear()
    rest = ifs.read("customers", pages[-1].position, page_size=20)
    assert len(set(keys_of([*pages, *rest]))) == len(keys_of([*pages, *rest])) == 60


def test_a_link_to_another_host_is_not_followed_with_our_token(environments: Maker) -> None:
    ifs = environments(flat_communication_methods=True)
    ifs.ping()
    ifs.sandbox.faults.add(MAILS, "foreign_link", host="http://evil.example")
    caught = fault_of(ifs)
    assert isinstance(caught, ConfigProblem)
    assert caught.code == "foreign_link"
    assert "another host" in caught.text


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("path", [CUSTOMERS, MAILS])
def test_links_that_never_end_are_told_soon(ifs: Environment, path: str, *, fresh: bool) -> None:
    ifs.ping()
    ifs.sandbox.faults.add(path, "loop", times=None, fresh=fresh)
    before = ifs.sandbox.journal.last
    caught = fault_of(ifs, page_size=25)
    assert isinstance(caught, ConfigProblem)
    assert caught.code == "endless_paging"
    assert "the same page comes again and again" in caught.text
    assert len(ifs.sandbox.journal.calls(since=before)) < 50


def test_a_link_in_a_circle_does_not_matter_where_keys_lead_on(ifs: Environment) -> None:
    ifs.ping()
    ifs.sandbox.faults.add(CUSTOMERS, "loop", times=3)
    assert len(keys_of(ifs.read("customers", page_size=15))) == 60


def test_a_page_that_repeats_once_changes_nothing(ifs: Environment) -> None:
    ifs.ping()
    ifs.sandbox.faults.add({"path": CUSTOMERS, "query": "gt"}, "repeat", times=1)
    pages = ifs.read("customers", page_size=20)
    assert len(keys_of(pages)) == len(set(keys_of(pages))) == 60


def test_a_page_that_repeats_for_ever_is_told(ifs: Environment) -> None:
    ifs.ping()
    ifs.sandbox.faults.add(CUSTOMERS, "repeat", times=None, after=2)
    caught = fault_of(ifs, page_size=20)
    assert isinstance(caught, ConfigProblem)
    assert caught.code == "endless_paging"


def test_a_row_without_its_key_is_told_and_the_others_are_read(ifs: Environment) -> None:
    ifs.ping()
    ifs.sandbox.faults.add({"path": CUSTOMERS, "query": "orderby"}, "no_key", times=1)
    pages = ifs.read("customers", page_size=1000)
    assert len(keys_of(pages)) == 59
    ((who, why),) = pages[0].refused
    assert who
    assert "it has no key" in why


@pytest.mark.parametrize("number", ["1e999999999", "1e99999999999999999999", "-1E-200"])
def test_a_number_that_would_fill_the_memory_is_garbled(number: str) -> None:
    answer = Answer(200, {}, f'{{"value": [{{"SaleUnitPrice": {number}}}]}}'.encode(), "")
    with pytest.raises(RetryLater, match="garbled"):
        read_json(answer, "IFS Cloud", exact=True)
    zero = Answer(200, {}, b"[0e-999999999, 1.50]", "")
    assert list(map(str, read_json(zero, "IFS Cloud", exact=True))) == ["0", "1.50"]


def test_tokens_are_shared_and_renewed_when_refused(ifs: Environment) -> None:
    ifs.ping()
    system = ifs.system(page_size=10)
    issued = ifs.sandbox.keycloak.issued
    read = []
    for number, page in enumerate(system.stream("customers").pages(None, RUN_START)):
        read += [row.key for row in page.rows]
        if number == 2:
            ifs.sandbox.mutate("revoke_tokens")
    assert len(read) == 60
    assert ifs.sandbox.keycloak.issued - issued == 2


def test_a_secret_that_ends_in_the_middle_of_a_run_asks_for_a_new_one(ifs: Environment) -> None:
    ifs.ping()
    pages = ifs.system(page_size=10).stream("customers").pages(None, RUN_START)
    next(pages)
    ifs.sandbox.mutate("set_secret", secret="another-secret")
    ifs.sandbox.mutate("revoke_tokens")
    with pytest.raises(ReconnectNeeded, match="Invalid client or Invalid client credentials"):
        list(pages)
    assert len([call for call in ifs.sandbox.journal.calls(path="/auth/*") if call.status == 401]) <= 2
    ifs.credentials["client_secret"] = "another-secret"
    assert len(keys_of(ifs.read("customers"))) == 60


def test_a_client_that_is_switched_off_is_told(ifs: Environment) -> None:
    ifs.sandbox.mutate("set_client", enabled=False)
    assert isinstance(fault_of(ifs), ReconnectNeeded)


class LogIn(Sandbox):
    """A log-in server that answers as told."""

    def __init__(self, answer: Callable[[Request], Response]) -> None:
        super().__init__()
        self._answer = answer

    def handle(self, request: Request) -> Response:
        return self._answer(request)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Response(200, {"token_type": "Bearer"}), "without an access token"),
        (Response(200, {"access_token": "a\nb"}), "without an access token"),
        (Response(200, {"access_token": "smörgås"}), "without an access token"),
        (Response(200, "<!doctype html><html>"), "web page instead of data"),
        (Response(302, b"", {"Location": "https://elsewhere.example"}), "redirected us elsewhere"),
        (Response(401, {"error": "invalid_client"}), "did not accept the client: invalid_client"),
        (Response(404, "<html>"), "There is no log-in at this address"),
    ],
)
def test_a_log_in_that_makes_no_sense_is_told(ifs: Environment, answer: Response, text: str) -> None:
    with serve(LogIn(lambda _: answer)) as server:
        caught = fault_of(ifs, token_url=f"{server.url}/token")
    assert text in caught.text


def test_a_token_whose_life_is_not_told_is_taken_for_short_lived(ifs: Environment) -> None:
    answer = Response(200, {"access_token": "abc", "expires_in": None})
    asked: list[Request] = []

    def log_in(request: Request) -> Response:
        asked.append(request)
        return answer

    with serve(LogIn(log_in)) as server:
        token = fetch_token(ifs.account(token_url=f"{server.url}/t/{{x}}/token", scope=""))
    assert (token.value, token.expires_in) == ("abc", UNTOLD_SECONDS)
    assert "scope" not in asked[0].form()
    assert asked[0].path == "/t/{x}/token"
