"""What e.net's words mean, and what must never be repeated of them."""

import pytest

from connectors.sdk.errors import ConfigProblem, ReconnectNeeded, RetryLater, SystemFault
from connectors.systems.syspro.errors import discreet, is_error, log_on_fault, query_fault

GUID = "0A1B2C3D4E5F60718293A4B5C6D7E8F9"
DASHED = "{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}"


@pytest.mark.parametrize(
    ("words", "raises", "code"),
    [
        ("ERROR: The supplied UserID is invalid.", ReconnectNeeded, "session_gone"),
        ("ERROR: e.net exception raised: 100000", ConfigProblem, "refused_query"),
        ("ERROR: No license for AR", ReconnectNeeded, "licence"),
        ("ERROR: e.net is busy", RetryLater, "busy"),
        ("ERROR", ConfigProblem, "refused_query"),
    ],
)
def test_a_query_s_error_says_what_happens_next(words: str, raises: type[SystemFault], code: str) -> None:
    fault = query_fault(words)
    assert isinstance(fault, raises)
    assert fault.code == code


@pytest.mark.parametrize("words", ["ERROR: Invalid password", "ERROR: no licence left", "ERROR:", "error"])
def test_whatever_is_wrong_at_log_on_a_person_has_to_act(words: str) -> None:
    assert isinstance(log_on_fault(words), ReconnectNeeded)


def test_an_error_is_known_by_its_first_word_in_any_case() -> None:
    assert is_error("ERROR: x")
    assert is_error("Error")
    assert not is_error("<Query>ERROR</Query>")
    assert not is_error(GUID)


@pytest.mark.parametrize("session", [GUID, f"{GUID}00", DASHED, GUID.lower()])
def test_a_fault_repeats_neither_session_nor_question(session: str) -> None:
    url = f"/Rest/Query/Query?UserId={session}&BusinessObject=COMFND&XmlIn=%3CQuery%3E0000012%3C/Query%3E"
    fault = discreet(
        RetryLater(f"It was session {session}.", detail=f"Max retries exceeded with url: {url} (x)")
    )
    assert fault.text == "It was session [session]."
    assert session.strip("{}") not in fault.detail
    assert "0000012" not in fault.detail
    assert "BusinessObject=COMFND" in fault.detail
