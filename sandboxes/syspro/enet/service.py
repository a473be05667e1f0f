"""Answers e.net calls: which operation, whose session, which business object."""

from collections.abc import Callable
from functools import partial
from html import escape

from sandboxes.kit import Fault, Request, Response
from sandboxes.kit.journal import Journal
from sandboxes.syspro.enet.arsscs import arsscs
from sandboxes.syspro.enet.comfnd import comfnd
from sandboxes.syspro.enet.errors import EXCEPTION, EnetError, exception, invalid_session
from sandboxes.syspro.enet.exchange import Exchange
from sandboxes.syspro.enet.look_ups import arsqry, combrw, comfch, invqry, sorqry
from sandboxes.syspro.enet.parameters import parameters, text
from sandboxes.syspro.enet.sessions import Sessions
from sandboxes.syspro.enet.sortoi import sortoi
from sandboxes.syspro.enet.xml import Element, add, parsed, written
from sandboxes.syspro.options import Options
from sandboxes.syspro.world import World

VERSION = "8.0.0.0"
TEXT = {"Content-Type": "text/plain; charset=utf-8"}
XML = {"Content-Type": "text/xml"}
SERIALIZATION = "http://schemas.microsoft.com/2003/10/Serialization/"

BusinessObject = Callable[[Exchange], Element]
QUERIES: dict[str, BusinessObject] = {"COMFND": comfnd, "ARSQRY": arsqry, "INVQRY": invqry, "SORQRY": sorqry}
SETUPS = frozenset({"ARSSCS"})
POSTS: dict[str, BusinessObject] = {"SORTOI": sortoi}

Given = dict[str, bytes]


class Enet:
    """The service of all companies; a session belongs to one."""

    def __init__(
        self, options: Options, worlds: dict[str, World], sessions: Sessions, journal: Journal
    ) -> None:
        self._options = options
        self._worlds = worlds
        self._journal = journal
        self.sessions = sessions
        self.unlicensed = set(options.unlicensed)
        self.hidden = set(options.hidden_fields)
        self._calls = 0
        self._operations: dict[str, Callable[[Given, Fault | None], Response]] = {
            "GetVersion": lambda _given, _fault: _text(VERSION),
            "Logon": self._logon,
            "Logoff": self._logoff,
            "GetLogonProfile": self._profile,
            "Query/Query": self._query,
            "Query/Browse": partial(self._fixed, "COMBRW", combrw),
            "Query/Fetch": partial(self._fixed, "COMFCH", comfch),
            "Setup/Add": partial(self._setup, "Add"),
            "Setup/Update": partial(self._setup, "Update"),
            "Setup/Delete": partial(self._setup, "Delete"),
            "Transaction/Post": self._post,
            # No business object of the Build kind is here; each is as unknown as the next.
            "Transaction/Build": self._build,
        }
        self._by_path = {name.lower(): name for name in self._operations}

    def handle(self, request: Request) -> Response:
        path = request.path[len(self._options.enet_root) :].strip("/").lower()
        name = self._by_path.get(path)
        if name is None:
            return _page(404, "Endpoint not found.")
        request.template = f"{self._options.enet_root}/{name}"
        if request.method != "GET":
            refused = _page(405, "Method not allowed.")
            refused.set_header("Allow", "GET")
            return refused
        self._calls += 1
        given = parameters(request.raw_query)
        fault = request.fault
        try:
            self._before(given, fault)
            response = self._operations[name](given, fault)
            self._after(given, fault)
        except EnetError as error:
            return _text(f"ERROR: {error}")
        return response

    # Faults that strike a call.

    def _before(self, given: Given, fault: Fault | None) -> None:
        if fault is not None and fault.kind == "error_text":
            raise EnetError(fault.text("text", EXCEPTION))
        if fault is not None and fault.kind == "drop_session" and "UserId" in given:
            self._drop(given)

    def _after(self, given: Given, fault: Fault | None) -> None:
        if fault is not None and fault.kind == "drop_session_after" and "UserId" in given:
            self._drop(given)
            raise invalid_session()

    def _drop(self, given: Given) -> None:
        self.sessions.drop(self.sessions.session(text(given, "UserId")).operator)

    # Operations.

    def _logon(self, given: Given, _fault: Fault | None) -> Response:
        names = ("Operator", "OperatorPassword", "CompanyId", "CompanyPassword")
        missing = [name for name in names if name not in given]
        if missing:
            raise EnetError(f"{missing[0]} is missing for Operator log-on")
        guid = self.sessions.logon(*(text(given, name) for name in names))
        match self._options.guid_form:
            case "bare":
                return _text(guid)
            case "json":
                return Response(200, f'"{guid}"', {"Content-Type": "application/json; charset=utf-8"})
            case "xml":
                shown = f'<string xmlns="{SERIALIZATION}">{guid}</string>'
                return Response(200, shown, {"Content-Type": "application/xml; charset=utf-8"})

    def _logoff(self, given: Given, _fault: Fault | None) -> Response:
        self.sessions.logoff(text(given, "UserId"))
        return _text("0")

    def _profile(self, given: Given, _fault: Fault | None) -> Response:
        session = self.sessions.session(text(given, "UserId"))
        root = Element("UserProfile")
        add(root, "OperatorCode", session.operator)
        add(root, "CompanyId", session.company)
        add(root, "SysproVersion", VERSION)
        return self._xml(root, "")

    def _query(self, given: Given, fault: Fault | None) -> Response:
        name = text(given, "BusinessObject")
        exchange = self._exchange(given, name, QUERIES, fault)
        return self._xml(QUERIES[name](exchange), name)

    def _fixed(self, name: str, work: BusinessObject, given: Given, fault: Fault | None) -> Response:
        return self._xml(work(self._exchange(given, name, {name}, fault)), name)

    def _setup(self, action: str, given: Given, fault: Fault | None) -> Response:
        name = text(given, "BusinessObject")
        exchange = self._exchange(given, name, SETUPS, fault, settings=True)
        return self._xml(arsscs(exchange, action), name)

    def _post(self, given: Given, fault: Fault | None) -> Response:
        name = text(given, "BusinessObject")
        exchange = self._exchange(given, name, POSTS, fault, settings=True)
        return self._xml(POSTS[name](exchange), name)

    def _build(self, given: Given, fault: Fault | None) -> Response:
        self._exchange(given, text(given, "BusinessObject"), frozenset(), fault)
        raise exception()

    def _exchange(
        self, given: Given, name: str, known: frozenset[str] | set[str] | dict[str, BusinessObject],
        fault: Fault | None, *, settings: bool = False,
    ) -> Exchange:  # fmt: skip
        """The session first, then the object, then what it was sent."""
        session = self.sessions.session(text(given, "UserId"))
        if name not in known or "XmlIn" not in given or (settings and "XmlParameters" not in given):
            raise exception()
        if name in self.unlicensed:
            raise EnetError(f"There is no e.net license for business object '{name}'")
        how = self._options.xml_in
        said = parsed(given["XmlParameters"], how) if settings else None
        document = parsed(given["XmlIn"], how)
        world = self._worlds[session.company]
        return Exchange(world, session, self._journal, document, said, self._calls, fault)

    def _xml(self, root: Element, name: str) -> Response:
        lower = name in self._options.lower_case
        return Response(200, written(root, lower=lower, hidden=self.hidden), XML)


def _text(content: str) -> Response:
    return Response(200, content, TEXT)


def _page(status: int, title: str) -> Response:
    body = f"<html><head><title>Service</title></head><body><p>{escape(title)}</p></body></html>"
    return Response(status, body, {"Content-Type": "text/html; charset=utf-8"})
