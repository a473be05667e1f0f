"""COMFND questions and answers, and the wrappings e.net puts around what it says."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from connectors.sdk.calls import Answer
from connectors.sdk.errors import ConfigProblem, ReconnectNeeded, RetryLater
from connectors.systems.syspro.documents import can_be_asked, decoded, query_document, rows_in, session_in
from connectors.systems.syspro.question import Question, Term

GUID = "0A1B2C3D4E5F60718293A4B5C6D7E8F9"
ASKED = Question("ArCustomer", ("Customer", "Name"), "Customer", 500)


def answer(body: bytes, content_type: str = "text/plain") -> Answer:
    return Answer(200, {"content-type": content_type}, body, "http://erp.example/x")


def test_a_page_is_asked_for_by_key() -> None:
    question = Question(
        "ArCustomer", ("Customer", "Name"), "Customer", 500, (Term("Customer", "gt", "0000500"),)
    )
    assert query_document(question) == (
        '<?xml version="1.0" encoding="Windows-1252"?><Query><TableName>ArCustomer</TableName>'
        "<ReturnRows>500</ReturnRows><Columns><Column>Customer</Column><Column>Name</Column></Columns>"
        "<Where><Expression><OpenBracket>(</OpenBracket><Column>Customer</Column><Condition>GT</Condition>"
        "<Value>0000500</Value><CloseBracket>)</CloseBracket></Expression></Where>"
        "<OrderBy><Column>Customer</Column></OrderBy></Query>"
    )


def test_further_conditions_are_joined_and_moments_become_days() -> None:
    since = Term("DateCustAdded", "ge", "2026-11-18T12:00:00Z", "moment")
    document = query_document(Question("T", ("A",), "A", 1, (since, Term("A", "gt", "5"))))
    assert "<Value>2026-11-18</Value>" in document
    assert "<Expression><AndOr>And</AndOr><OpenBracket>" in document


def test_alternatives_are_joined_by_or() -> None:
    either = [Term("A", "eq", "1"), Term("A", "eq", "2")]
    assert query_document(Question("T", ("A",), "A", 2, either=either)).count("<AndOr>Or</AndOr>") == 1


@tried(deadline=None)
@given(st.text(alphabet=st.characters(codec="cp1252", exclude_categories=["Cc", "Cs"]), min_size=1))
def test_a_document_is_ascii_and_means_what_was_asked(value: str) -> None:
    document = query_document(Question("T", ("A",), "A", 1, (Term("A", "eq", value),)))
    root = ET.fromstring(document.encode("ascii"))  # noqa: S314  our own
    assert root.findtext(".//Value") == value


def test_what_windows_1252_does_not_know_cannot_be_asked() -> None:
    assert can_be_asked("Müller €")
    assert not can_be_asked("Łódź")
    assert not can_be_asked("A\x00B")


@pytest.mark.parametrize(
    "body",
    [
        GUID.encode(),
        f'"{GUID}"'.encode(),
        f"\ufeff {GUID} \r\n".encode(),
        f'<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">{GUID}</string>'.encode(),
        f'<?xml version="1.0" encoding="utf-8"?><string>{GUID}</string>'.encode(),
    ],
)
def test_a_session_is_found_in_every_wrapping(body: bytes) -> None:
    assert session_in(decoded(answer(body))) == GUID


def test_what_follows_a_session_id_belongs_to_it() -> None:
    assert session_in(f"{GUID}00 01") == f"{GUID}00 01"


@pytest.mark.parametrize("text", ["", "0", "hello", GUID[:-1]])
def test_what_is_no_session_is_asked_for_again_later(text: str) -> None:
    with pytest.raises(RetryLater):
        session_in(text)


def test_a_wrapped_document_is_unwrapped() -> None:
    inner = "&lt;ComFnd&gt;&lt;RowsReturned&gt;0&lt;/RowsReturned&gt;&lt;/ComFnd&gt;"
    assert rows_in(decoded(answer(f"<string>{inner}</string>".encode())), ASKED) == []


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("cp1252", "text/xml"),
        ("utf-8", "text/xml; charset=utf-8"),
        ("utf-8", "text/xml"),
        ("cp1252", "text/xml; charset=utf-8"),
    ],
)
def test_letters_survive_whatever_the_header_claims(encoding: str, content_type: str) -> None:
    document = (
        '<?xml version="1.0" encoding="Windows-1252"?><ComFnd><Row><Customer>1</Customer>'
        "<Name>Müller</Name></Row><RowsReturned>1</RowsReturned></ComFnd>"
    )
    rows = rows_in(decoded(answer(document.encode(encoding), content_type)), ASKED)
    assert rows == [{"Customer": "1", "Name": "Müller"}]


def test_the_case_of_an_answer_does_not_matter_nor_do_cells_with_a_value() -> None:
    cells = "<customer> 7 </customer><NAME><Value>Jo</Value></NAME>"
    text = f"<comfnd><row>{cells}</row><rowsreturned>1</rowsreturned></comfnd>"
    assert rows_in(text, ASKED) == [{"Customer": "7", "Name": "Jo"}]


def test_a_field_that_is_left_out_is_not_an_empty_one() -> None:
    text = "<ComFnd><Row><Customer>7</Customer></Row><RowsReturned>1</RowsReturned></ComFnd>"
    assert rows_in(text, ASKED) == [{"Customer": "7"}]


@pytest.mark.parametrize("sign", ["\x07", "&#7;", "&#x1F;", "&#31;", "&#0;", "&#x0b;"])
def test_a_control_character_in_a_field_does_not_cost_the_page(sign: str) -> None:
    text = f"<ComFnd><Row><Customer>7</Customer><Name>Bell{sign} &#38; Co&#233;</Name></Row></ComFnd>"
    assert rows_in(text, ASKED) == [{"Customer": "7", "Name": "Bell & Coé"}]


@pytest.mark.parametrize("sign", ["&#9;", "&#10;", "&#13;", "&#x0A;", "&#32;"])
def test_spacing_is_no_control_character(sign: str) -> None:
    text = f"<ComFnd><Row><Customer>7</Customer><Name>A{sign}B</Name></Row></ComFnd>"
    assert rows_in(text, ASKED)[0]["Name"].split() == ["A", "B"]


@pytest.mark.parametrize(
    "text",
    [
        "<ComFnd/>",
        "<ComFnd><Row><Customer>7</Customer></Row><RowsReturned>2</RowsReturned></ComFnd>",
        "<ComFnd><Row><Customer>7</Custo",
        "",
        "<!DOCTYPE x [<!ENTITY a 'aaaa'>]><ComFnd><RowsReturned>0</RowsReturned></ComFnd>",
    ],
)
def test_an_answer_that_is_not_whole_is_no_answer(text: str) -> None:
    with pytest.raises(RetryLater) as fault:
        rows_in(text, ASKED)
    assert fault.value.code == "garbled"


def test_a_web_page_is_told_from_an_answer() -> None:
    for read in (lambda text: rows_in(text, ASKED), session_in):
        with pytest.raises(ConfigProblem) as fault:
            read("<!DOCTYPE html><html><title>Sign in</title></html>")
        assert fault.value.code == "html"


@pytest.mark.parametrize(
    "text",
    [
        "<X><ErrorNumber>1</ErrorNumber><ErrorDescription>Column 'X' not found</ErrorDescription></X>",
        "<comfnd><query><errordescription>Column 'X' not found</errordescription></query></comfnd>",
        "<ComFnd><Exception><Message>Column 'X' not found</Message></Exception></ComFnd>",
    ],
)
def test_a_refusal_within_a_document_is_heard(text: str) -> None:
    with pytest.raises(ConfigProblem, match="Column 'X' not found"):
        rows_in(text, ASKED)


def test_a_missing_licence_is_the_person_s_to_solve() -> None:
    with pytest.raises(ReconnectNeeded, match="Apportion"):
        rows_in("<ComFnd><ErrorDescription>No licence for AR</ErrorDescription></ComFnd>", ASKED)
