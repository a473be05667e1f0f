"""A client that can do everything wrong: it sends exactly what it is told, over a real socket."""

import base64
import http.client
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import quote

from sandboxes.kit import Clock, Server, serve
from sandboxes.syspro import Options, Syspro

ODATA = "/SYSPRO8Odata/SYSPROOData"
ENET = "/SYSPROWCFService/Rest"
OPERATOR, PASSWORD = "MLCONN", "enet-sandbox-password"
READER, READER_PASSWORD = "MLODATA", "odata-sandbox-password"
INVALID = "ERROR: The supplied UserID is invalid."
EXCEPTION = "ERROR: e.net exception raised: 100000"
NO_PARAMETERS = "<SetupArCustomer><Parameters/></SetupArCustomer>"


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def json(self) -> dict[str, object]:
        parsed = json.loads(self.body)
        assert isinstance(parsed, dict)
        return parsed

    @property
    def rows(self) -> list[dict[str, object]]:
        rows = self.json()["value"]
        assert isinstance(rows, list)
        return rows

    def column(self, name: str) -> list[str]:
        return [str(row[name]) for row in self.rows]

    @property
    def message(self) -> str:
        error = self.json()["error"]
        assert isinstance(error, dict)
        return str(error["message"])

    @property
    def xml(self) -> ET.Element:
        return ET.fromstring(self.body)  # noqa: S314 - our own

    def texts(self, path: str) -> list[str]:
        return [one.text or "" for one in self.xml.findall(path)]


@dataclass
class Site:
    """`odata("ArCustomer", filter="...")`, `enet("Logon", Operator=...)`: values are quoted rightly."""

    sandbox: Syspro
    server: Server
    user_id: str = ""

    def send(self, method: str, target: str, headers: Mapping[str, str] | None = None) -> Reply:
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)) as client:
            client.request(method, target, headers=dict(headers or {}))
            response = client.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())

    # OData.

    def odata(self, table: str = "", /, company: str = "EDU1", **options: object) -> Reply:
        query = "&".join(f"${name}={quote(str(value), safe='')}" for name, value in options.items())
        path = f"{ODATA}/{company}" + (f"/{quote(table, safe='(),=$')}" if table else "")
        return self.send("GET", path + (f"?{query}" if query else ""), basic())

    # e.net.

    def enet(self, operation: str, /, **parameters: str | bytes) -> Reply:
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
        return self.send("GET", f"{ENET}/{operation}" + (f"?{query}" if query else ""))

    def logon(self, operator: str = OPERATOR, password: str = PASSWORD, company: str = "EDU1") -> Reply:
        reply = self.enet(
            "Logon", Operator=operator, OperatorPassword=password, CompanyId=company, CompanyPassword=""
        )
        found = re.search(r"[0-9A-F]{32}", reply.text)
        if found:
            self.user_id = found[0]
        return reply

    def logoff(self) -> Reply:
        return self.enet("Logoff", UserId=self.user_id)

    def query(self, business_object: str, document: str | bytes) -> Reply:
        return self.enet("Query/Query", UserId=self.user_id, BusinessObject=business_object, XmlIn=document)

    def setup(self, action: str, item: str, parameters: str = NO_PARAMETERS) -> Reply:
        document = f"<SetupArCustomer>{item}</SetupArCustomer>".encode("cp1252")
        return self.enet(
            f"Setup/{action}", UserId=self.user_id, BusinessObject="ARSSCS", XmlParameters=parameters,
            XmlIn=document,
        )  # fmt: skip

    # What came of it.

    def sessions(self) -> dict[str, object]:
        state = self.sandbox.state("sessions")
        assert isinstance(state, dict)
        return state

    def ended(self, how: str) -> object:
        ended = self.sessions()["ended"]
        assert isinstance(ended, dict)
        return ended[how]

    def customer(self, code: str) -> dict[str, object]:
        rows = self.sandbox.state("ArCustomer", code)
        assert isinstance(rows, list)
        return dict(rows[0])

    def codes(self) -> list[str]:
        return [str(key[0]) for key in self.sandbox.worlds["EDU1"].table("ArCustomer").keys]


def basic(name: str = READER, password: str = READER_PASSWORD) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


@contextmanager
def site(clock: Clock | None = None, **options: object) -> Iterator[Site]:
    """A site of its own, nobody logged on."""
    settings: dict[str, object] = {"customers": 120, "orders": 20, **options}
    sandbox = Syspro(Options(**settings), clock)  # type: ignore[arg-type]
    with serve(sandbox) as server:
        yield Site(sandbox, server)
