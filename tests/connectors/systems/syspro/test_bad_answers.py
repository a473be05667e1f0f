"""What OData answers when it is not well."""

from typing import Any

import pytest

from connectors.sdk.errors import ConfigProblem, ReconnectNeeded, RetryLater, SystemFault
from tests.connectors.systems.syspro.environment import Environment, keys_of

PATH = "*/ArCustomer"


@pytest.mark.parametrize(
    ("kind", "arguments", "raises", "said"),
    [
        ("status", {"status": 401}, ReconnectNeeded, "did not accept the user"),
        ("status", {"status": 403, "message": "Not for you"}, ReconnectNeeded, "Not for you."),
        ("status", {"status": 404}, ConfigProblem, "does not know what we asked for"),
        (
            "status",
            {"status": 400, "message": "Could not find a property"},
            ConfigProblem,
            "find a property.",
        ),
        ("status", {"status": 429, "retry_after": 90}, RetryLater, "asked us to slow down"),
        ("status", {"status": 503, "retry_after": 90}, RetryLater, "not answering properly"),
        ("html", {}, ConfigProblem, "a web page instead of data"),
        ("redirect", {}, ConfigProblem, "redirected us"),
    ],
)
def test_bad_answers_are_told_apart(
    site: Environment, kind: str, arguments: dict[str, Any], raises: type[SystemFault], said: str
) -> None:
    site.sandbox.faults.add(PATH, kind, times=None, **arguments)
    with pytest.raises(raises) as fault:
        site.read()
    assert said in fault.value.text


def test_a_refused_password_is_tried_once(site: Environment) -> None:
    site.credentials = {"odata_password": "wrong-password"}
    with pytest.raises(ReconnectNeeded):
        site.read()
    assert len(site.sandbox.journal.calls(path=PATH)) == 1


@pytest.mark.parametrize(
    ("kind", "arguments"), [("status", {"status": 500}), ("timeout_after", {}), ("cut", {})]
)
def test_a_passing_trouble_costs_nobody_a_customer(site: Environment, kind: str, arguments: Any) -> None:
    site.sandbox.faults.add(PATH, kind, after=1, **arguments)
    assert keys_of(site.read(page_size=20)) == site.ids()


def test_json_that_breaks_off_is_asked_for_again_later(site: Environment) -> None:
    site.sandbox.faults.add(PATH, "garbage")
    with pytest.raises(RetryLater) as fault:
        site.read()
    assert fault.value.code == "garbled"


def test_next_links_are_not_needed(site: Environment) -> None:
    site.sandbox.options = site.sandbox.options
    assert keys_of(site.read(page_size=7)) == site.ids()
    assert all("$skip" not in query for query in site.asked())


def test_odata_is_only_ever_read(site: Environment) -> None:
    site.ping()
    site.read()
    assert {call.method for call in site.sandbox.journal.calls()} == {"GET"}
