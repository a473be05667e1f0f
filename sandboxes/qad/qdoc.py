"""QXtend inbound as a message: what must be in the envelope, and what the answer looks like."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from sandboxes.kit import Request, Response

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SERVICES = "urn:schemas-qad-com:xml-services"
COMMON = f"{SERVICES}:common"
WSA = "http://www.w3.org/2005/08/addressing"
RECEIVER = "urn:services-qad-com:"
XML = {"Content-Type": "text/xml;charset=utf-8"}
TRUTH = {"true": True, "false": False}
# Everything that may be said in the session context.
PROPERTIES = frozenset(
    {
        "To", "Receiver", "receiver", "MessageID", "suppressResponseDetail", "ReplyTo", "domain",
        "scopeTransaction", "version", "mnemonicsRaw", "username", "password", "entity", "action", "email",
        "emailLevel", "sessionID", "decimalSeparator", "timeoutLimit",
    }
)  # fmt: skip
WSDL = """<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
 targetNamespace="urn:schemas-qad-com:xml-services">
<wsdl:service name="QdocWebService"><wsdl:port name="QdocWebService"/></wsdl:service>
</wsdl:definitions>
"""


class SoapFault(Exception):
    """The message is none: HTTP 500 and a Fault, nothing was looked at."""

    def response(self) -> Response:
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{SOAP}"><soapenv:Body>'
            f"<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>{escape(str(self))}"
            "</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>"
        )
        return Response(500, body, XML)


@dataclass(frozen=True, slots=True)
class Message:
    """What a temp_err_msg tells. `severity` is error, warning or info."""

    severity: str
    number: str
    text: str
    context: str = ""
    data: str = ""


class Failed(Exception):
    """The QDoc is refused, in an HTTP 200."""

    def __init__(self, number: str, text: str, context: str = "", data: object = "") -> None:
        super().__init__(text)
        self.message = Message("error", number, text, context, str(data))


@dataclass(slots=True)
class Outcome:
    """What came of a QDoc: its messages, and the key of each record that was done."""

    messages: list[Message] = field(default_factory=list)
    records: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def result(self) -> str:
        severities = {message.severity for message in self.messages}
        return "error" if "error" in severities else "warning" if "warning" in severities else "success"


@dataclass(frozen=True, slots=True)
class Qdoc:
    operation: str
    context: dict[str, str]
    records: ET.Element  # the ds... element

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.context.get(name, "")
        if value and value not in TRUTH:
            raise Failed("7000", f"{name} must be true or false.", name, value)
        return TRUTH.get(value, default)

    @property
    def receiver(self) -> str:
        for name in ("To", "Receiver", "receiver"):
            if self.context.get(name):
                return self.context[name].removeprefix(RECEIVER)
        return ""


def parse(request: Request) -> Qdoc:
    if request.headers.get("soapaction") != '""':
        raise SoapFault('no SOAPAction header: it must be ""')
    if request.content_type != "text/xml":
        raise SoapFault("the content type must be text/xml; charset=utf-8")
    if b"<!DOCTYPE" in request.body or b"<!ENTITY" in request.body:
        raise SoapFault("a document type is not allowed")
    try:
        envelope = ET.fromstring(request.body)  # noqa: S314 - without a document type there are no entities
    except ET.ParseError as error:
        raise SoapFault(f"the message cannot be parsed: {error}") from error
    body = envelope.find(f"{{{SOAP}}}Body")
    if envelope.tag != f"{{{SOAP}}}Envelope" or body is None or len(body) != 1:
        raise SoapFault("the message must be an Envelope whose Body holds one operation")
    operation = _named(body[0], SERVICES)
    if len(body[0]) != 2 or body[0][0].tag != f"{{{COMMON}}}dsSessionContext":
        raise SoapFault(f"{operation} must hold a dsSessionContext and a ds element")
    context = dict(_header(envelope)) | dict(_context(body[0][0]))
    _named(body[0][1], SERVICES)
    return Qdoc(operation, context, body[0][1])


def _header(envelope: ET.Element) -> Iterator[tuple[str, str]]:
    header = envelope.find(f"{{{SOAP}}}Header")
    if header is None:
        return
    for name in ("To", "MessageID"):
        yield name, (header.findtext(f"{{{WSA}}}{name}") or "").strip()
    told = header.findtext(f".//{{{COMMON}}}suppressResponseDetail")
    if told is not None:
        yield "suppressResponseDetail", told.strip()


def _context(session: ET.Element) -> Iterator[tuple[str, str]]:
    for entry in session:
        if entry.tag != f"{{{COMMON}}}ttContext":
            raise SoapFault("dsSessionContext may hold ttContext only")
        told = {child.tag: (child.text or "").strip() for child in entry}
        parts = [told.get(f"{{{COMMON}}}property{part}") for part in ("Qualifier", "Name", "Value")]
        if parts[0] != "QAD" or not parts[1] or parts[2] is None or len(told) != 3:
            raise SoapFault("a ttContext needs propertyQualifier QAD, propertyName and propertyValue")
        if parts[1] not in PROPERTIES:
            raise SoapFault(f"unknown context property {parts[1]}")
        yield parts[1], parts[2]


def _named(element: ET.Element, namespace: str) -> str:
    held, _, name = element.tag.removeprefix("{").partition("}")
    if held != namespace or not name:
        raise SoapFault(f"{element.tag} is not of namespace {namespace}")
    return name


def local(element: ET.Element) -> str:
    return _named(element, SERVICES)


def answer(operation: str, outcome: Outcome, *, detail: bool) -> Response:
    """HTTP 200 whatever came of it. Without detail only the status is told."""
    told = f"<ns3:result>{outcome.result}</ns3:result>"
    if detail:
        told += _exceptions(outcome.messages) + "".join(_done(name, keys) for name, keys in outcome.records)
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{SOAP}"><soapenv:Body>'
        f'<ns1:{operation}Response xmlns:ns1="{SERVICES}" xmlns:ns3="{COMMON}">{told}'
        f"</ns1:{operation}Response>"
        "</soapenv:Body></soapenv:Envelope>"
    )
    return Response(200, body, XML)


def _exceptions(messages: Iterable[Message]) -> str:
    told = "".join(
        "<ns3:temp_err_msg>"
        f"<ns3:tt_msg_context>{escape(one.context)}</ns3:tt_msg_context>"
        f"<ns3:tt_msg_data>{escape(one.data)}</ns3:tt_msg_data>"
        f"<ns3:tt_msg_nbr>{escape(one.number)}</ns3:tt_msg_nbr>"
        f"<ns3:tt_level>1</ns3:tt_level>"
        f"<ns3:tt_msg_sev>{one.severity}</ns3:tt_msg_sev>"
        f"<ns3:tt_msg_index>{at}</ns3:tt_msg_index>"
        f"<ns3:tt_msg_desc>{escape(one.text)}</ns3:tt_msg_desc>"
        "</ns3:temp_err_msg>"
        for at, one in enumerate(messages, start=1)
    )
    return f"<ns3:dsExceptions>{told}</ns3:dsExceptions>"


def _done(name: str, keys: dict[str, str]) -> str:
    told = "".join(f"<ns1:{key}>{escape(value)}</ns1:{key}>" for key, value in keys.items())
    return f"<ns1:{name}>{told}</ns1:{name}>"
