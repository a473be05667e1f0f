"""The documents of e.net: COMFND questions and answers, session ids, and the wrappings they come in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from connectors.sdk.calls import Answer
from connectors.sdk.errors import ConfigProblem
from connectors.systems.syspro.errors import garbled, query_fault
from connectors.systems.syspro.question import Json, Question, Term

DECLARATION = '<?xml version="1.0" encoding="Windows-1252"?>'
ENCODING = "cp1252"
_DECLARED = re.compile(r"^\s*<\?xml[^>]*\?>")
_CHARSET = re.compile(r"charset=\"?([\w-]+)", re.IGNORECASE)
_SESSION = re.compile(r"\{?[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}\}?[\w ]{0,32}")
_CONDITIONS = {"eq": "EQ", "gt": "GT", "ge": "GE", "le": "LE"}
_CONTROL = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));", re.IGNORECASE)
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def decoded(answer: Answer) -> str:
    """What an answer says, without the JSON string or `<string>` element it may come in."""
    text = _text(answer).strip().removeprefix("\ufeff").strip()
    if text.startswith('"'):
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        return found.strip() if isinstance(found, str) else text
    if re.match(r"(<\?xml[^>]*\?>\s*)?<(\w+:)?string[\s>]", text):
        return (parsed(text).text or "").strip()
    return text


def session_in(text: str) -> str:
    """The session id of a log-on's answer, as it is to be given back.

    Raises `RetryLater` or `ConfigProblem` for what is none.
    """
    if _SESSION.fullmatch(text):
        return text
    raise _page(text) or garbled("session id")


def query_document(question: Question, values: Sequence[Term] = ()) -> str:
    """A COMFND question. Pure ASCII, whichever way its bytes are read; `values` replace `either`."""
    conditions = list(_conditions(question.where, "And"))
    alternatives = list(_conditions(values or question.either, "Or"))
    if conditions and alternatives:
        raise ValueError("COMFND is asked for all of some conditions, or one of them, not for both")
    where = "".join(conditions or alternatives)
    columns = "".join(f"<Column>{_escaped(column)}</Column>" for column in question.columns)
    return (
        f"{DECLARATION}<Query><TableName>{_escaped(question.table)}</TableName>"
        f"<ReturnRows>{question.top}</ReturnRows><Columns>{columns}</Columns>"
        f"{f'<Where>{where}</Where>' if where else ''}"
        f"<OrderBy><Column>{_escaped(question.order)}</Column></OrderBy></Query>"
    )


def rows_in(text: str, question: Question) -> list[Json]:
    """The rows of a COMFND answer, by the column names of the question whatever their case in the answer.

    Raises `ConfigProblem` where the answer is a refusal, `RetryLater` where it is not whole.
    """
    if page := _page(text):
        raise page
    root = parsed(text)
    if refusal := _refusal(root):
        raise query_fault(refusal)
    names = {name.lower(): name for name in question.columns}
    rows = [_row(element, names) for element in root.iter() if _tag(element) == "row"]
    told = next((element.text for element in root.iter() if _tag(element) == "rowsreturned"), None)
    if told is None and not rows:
        raise garbled("list of rows", f"its root is {_tag(root)}")
    said = (told or "").strip()
    if said.isdecimal() and int(said) != len(rows):
        raise garbled("whole list of rows", f"{len(rows)} rows of {said}")
    return rows


def parsed(text: str) -> ET.Element:
    """XML without document type, so that nothing in it expands; raises `RetryLater` for what is none."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise garbled("document we read", "it declares a document type")
    try:
        # The text is decoded: what it declares about its bytes no longer holds. Control characters, which
        # people paste into fields, would cost the whole page.
        whole = _UNSTORABLE.sub("", _CONTROL.sub("", _DECLARED.sub("", text, count=1)))
        return ET.fromstring(whole)  # noqa: S314  no document type
    except ET.ParseError as error:
        raise garbled("XML document", str(error)) from error


def can_be_asked(value: str) -> bool:
    """Whether SYSPRO could hold this text at all: its documents know Windows-1252 only."""
    try:
        value.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return not _UNSTORABLE.search(value)


def _text(answer: Answer) -> str:
    """The body as text: as its header says, else UTF-8, which other encodings hardly ever are by chance."""
    declared = _CHARSET.search(answer.headers.get("content-type", ""))
    for encoding in (declared[1] if declared else "utf-8", "utf-8"):
        try:
            return answer.body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return answer.body.decode(ENCODING, "replace")


def _page(text: str) -> ConfigProblem | None:
    if re.match(r"\s*(<!doctype html|<html)", text, re.IGNORECASE):
        return ConfigProblem(
            "SYSPRO e.net answered with a web page instead of data. Check the e.net address: it should be "
            "the REST address of the service.",
            code="html",
        )
    return None


def _conditions(terms: Sequence[Term], joined: str) -> Iterator[str]:
    for number, term in enumerate(terms):
        glue = f"<AndOr>{joined}</AndOr>" if number else ""
        yield (
            f"<Expression>{glue}<OpenBracket>(</OpenBracket><Column>{_escaped(term.column)}</Column>"
            f"<Condition>{_CONDITIONS[term.operator]}</Condition><Value>{_escaped(_value(term))}</Value>"
            "<CloseBracket>)</CloseBracket></Expression>"
        )


def _value(term: Term) -> str:
    """Its dates are days."""
    return term.value[:10] if term.kind == "moment" else term.value


def _escaped(value: str) -> str:
    text = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.encode("ascii", "xmlcharrefreplace").decode()


def _refusal(root: ET.Element) -> str:
    """The first error a document names, in its own words; empty where it names none."""
    number = description = ""
    for element in root.iter():
        match _tag(element):
            case "errordescription":
                description = description or (element.text or "").strip()
            case "errornumber":
                number = number or (element.text or "").strip()
            case "exception":
                description = description or next(
                    ((e.text or "").strip() for e in element.iter() if _tag(e) == "message"), ""
                )
            case _:
                pass
    return description or (f"error {number}" if number.strip("0") else "")


def _row(element: ET.Element, names: dict[str, str]) -> Json:
    row: Json = {}
    for child in element:
        value = next((e for e in child if _tag(e) == "value"), child)
        row[names.get(_tag(child), child.tag)] = (value.text or "").strip()
    return row


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2].lower()
