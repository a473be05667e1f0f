"""QDocs: the SOAP messages of QXtend Inbound, built and read.

QDocs differ between syntax versions in their namespaces, so those are settings, and answers are read by the
local names of their elements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from connectors.sdk.calls import Answer
from connectors.sdk.classify import VendorWords
from connectors.systems.qad.writing import WritingSettings

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
ADDRESSING = "http://www.w3.org/2005/08/addressing"
RECEIVER = "urn:services-qad-com:"
ERROR, WARNING = "error", "warning"
_UNSPEAKABLE = {code: None for code in range(32) if code not in {9, 10, 13}}
Value = str | Sequence["Element"]


@dataclass(frozen=True, slots=True)
class Element:
    """An element with text, or with elements of its own."""

    name: str
    value: Value

    def __str__(self) -> str:
        inside = (
            escape(self.value.translate(_UNSPEAKABLE))
            if isinstance(self.value, str)
            else "".join(str(one) for one in self.value)
        )
        return f"<{self.name}>{inside}</{self.name}>"


@dataclass(frozen=True, slots=True)
class Message:
    """One line of an answer: how bad, which number, what about."""

    severity: str
    number: str
    text: str
    context: str = ""

    def __str__(self) -> str:
        about = f" ({self.context})" if self.context else ""
        return f"{self.text.rstrip('.')}{about}."


@dataclass(frozen=True, slots=True)
class Reply:
    """What QXtend says: `result` is success, warning or error, empty where it does not say."""

    result: str
    messages: tuple[Message, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        """Whether it was not done; warnings accompany success."""
        return self.result == ERROR or (
            not self.result and any(one.severity == ERROR for one in self.messages)
        )

    @property
    def words(self) -> str:
        """The errors, else everything that is said."""
        errors = [one for one in self.messages if one.severity == ERROR]
        return " ".join(map(str, errors or self.messages))[:2000]


def message(
    settings: WritingSettings, context: Mapping[str, str], operation: str, records: Sequence[Element]
) -> bytes:
    """A QDoc with its envelope and session context, as UTF-8."""
    told = {"To": f"{RECEIVER}{settings.qxtend_receiver}", "version": settings.qxtend_version, **context}
    entries = "".join(
        "<qcom:ttContext><qcom:propertyQualifier>QAD</qcom:propertyQualifier>"
        f"<qcom:propertyName>{name}</qcom:propertyName>"
        f"<qcom:propertyValue>{escape(value.translate(_UNSPEAKABLE))}</qcom:propertyValue></qcom:ttContext>"
        for name, value in told.items()
    )
    holder = f"ds{settings.qxtend_header[:1].upper()}{settings.qxtend_header[1:]}"
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="{SOAP}" xmlns="{settings.qxtend_namespace}" '
        f'xmlns:qcom="{settings.qxtend_common_namespace}" xmlns:wsa="{ADDRESSING}">'
        f"<soapenv:Body><{operation}><qcom:dsSessionContext>{entries}</qcom:dsSessionContext>"
        f"{Element(holder, records)}</{operation}></soapenv:Body></soapenv:Envelope>"
    )
    return document.encode("utf-8", "replace")


def reply(document: bytes) -> Reply | None:
    """An answer read; None for what is none."""
    root = _parsed(document)
    if root is None:
        return None
    result, messages = "", []
    values: dict[str, str] = {}
    for element in root.iter():
        name = _local(element)
        if name == "result":
            result = (element.text or "").strip().lower()
        elif name == "temp_err_msg":
            messages.append(_message(element))
        elif not len(element) and not name.startswith("tt_"):
            values.setdefault(name, (element.text or "").strip())
    return Reply(result, tuple(messages), values) if result or messages else None


def soap_words(answer: Answer) -> VendorWords:
    """The fault of an unhappy answer."""
    root = _parsed(answer.body)
    if root is None:
        return VendorWords()
    told = {_local(element): (element.text or "").strip() for element in root.iter()}
    return VendorWords(told.get("faultcode", "")[:100], told.get("faultstring", "")[:2000])


def _message(element: ET.Element) -> Message:
    told = dict(_texts(element))
    return Message(
        told.get("tt_msg_sev", ERROR).lower(),
        told.get("tt_msg_nbr", ""),
        told.get("tt_msg_desc", "") or told.get("tt_msg_data", ""),
        told.get("tt_msg_context", ""),
    )


def _texts(element: ET.Element) -> Iterator[tuple[str, str]]:
    for child in element:
        yield _local(child), (child.text or "").strip()


def _parsed(document: bytes) -> ET.Element | None:
    if b"<!DOCTYPE" in document[:2000] or b"<!ENTITY" in document:
        return None
    try:
        return ET.fromstring(document)  # noqa: S314  no document type, so nothing expands
    except ET.ParseError:
        return None


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]
