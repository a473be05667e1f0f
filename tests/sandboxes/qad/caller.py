"""A client that can do everything wrong: it sends exactly what it is told, over a real socket."""

import base64
import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from sandboxes.kit import Clock, Server, serve
from sandboxes.qad import Options, Qad

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SOAP = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
WORKSPACE = "x-qad-workspace-id"
HERE = "10USA_10USACO"
CUSTOMERS = "urn:browse:mfg:cm007"
ITEMS = "urn:browse:mfg:gp340"
URIS = {
    "customerV2s": "urn:be:com.qad.base.customer.ICustomerV2",
    "mfgCustomers": "urn:be:com.qad.base.customer.IMfgCustomer",
    "businessRelationV2s": "urn:be:com.qad.base.address.IBusinessRelationV2",
    "items": "urn:be:com.qad.base.item.IItem",
    "salesOrderHeaders": "urn:be:com.qad.sales.salesorder.ISalesOrderHeader",
    "marketingAttributions": "urn:be:com.qad.custom.marketing.IMarketingAttribution",
}


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        parsed = json.loads(self.body)
        assert isinstance(parsed, dict)
        return parsed

    @property
    def rows(self) -> list[dict[str, object]]:
        rows = self.json()["data"]
        assert isinstance(rows, list)
        return rows

    @property
    def html(self) -> bool:
        return self.headers["Content-Type"].startswith("text/html")

    @property
    def accepted(self) -> bool:
        assert self.status == 200
        return bool(self._result()["success"])

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Field and message of each refusal; the status is a 200 all the same."""
        assert self.status == 200
        errors = self._result()["errors"]
        assert isinstance(errors, list)
        return [(one["fieldName"], one["message"]) for one in errors]

    @property
    def message(self) -> str:
        errors = self.json()["errors"]
        assert isinstance(errors, list)
        return str(errors[0]["message"])

    def _result(self) -> dict[str, object]:
        result = self.json()["submitResult"]
        assert isinstance(result, dict)
        return result

    # Of a QDoc.

    def xml(self, name: str) -> list[str]:
        """The texts of all elements of this local name."""
        answer = ET.fromstring(self.body)  # noqa: S314 - our own sandbox made it
        return [one.text or "" for one in answer.iter() if one.tag.rpartition("}")[2] == name]

    @property
    def result(self) -> str:
        assert self.status == 200
        return self.xml("result")[0]


@dataclass
class Caller:
    sandbox: Qad
    server: Server
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)) as client:
            client.request(method, path, body, {**self.headers, **(headers or {})})
            response = client.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())

    @property
    def root(self) -> str:
        return self.sandbox.options.context_root

    # Access.

    def grant(self, **form: str) -> Reply:
        options = self.sandbox.options
        given = {
            "grant_type": "password",
            "client_id": options.client_id,
            "username": options.username,
            "password": options.password,
            **form,
        }
        return self.send("POST", f"{self.root}/oauth/token", urlencode(given).encode(), FORM)

    def log_in(self) -> Reply:
        reply = self.grant()
        self.token = str(reply.json()["access_token"])
        self.headers = {"Authorization": f"Bearer {self.token}", WORKSPACE: HERE}
        return reply

    def cookie(self, password: str = "", **headers: str) -> Reply:
        options = self.sandbox.options
        form = urlencode({"j_username": options.username, "j_password": password or options.password})
        return self.send("POST", f"{self.root}/j_spring_security_check?{form}", b"", headers)

    def basic(self, password: str = "") -> dict[str, str]:
        options = self.sandbox.options
        pair = f"{options.username}:{password or options.password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}", WORKSPACE: HERE}

    # Calls.

    def api(self, path: str, headers: Mapping[str, str] | None = None, **query: object) -> Reply:
        asked = urlencode([(name, str(value)) for name, value in query.items()])
        return self.send("GET", f"{self.root}/api/{path}?{asked}", None, headers)

    def browse(self, browse: str = CUSTOMERS, /, *filters: str, **query: object) -> Reply:
        """Page 1 of 25, unless something else is said; None leaves a parameter out."""
        asked = {"browseId": browse, "page": 1, "pageSize": 25, "pageAction": "first", **query}
        pairs = [(name, str(value)) for name, value in asked.items() if value is not None]
        pairs += [("filter", one) for one in filters]
        return self.send("GET", f"{self.root}/api/qracore/browses?{urlencode(pairs)}")

    def entity(self, collection: str, **keys: str) -> str:
        return f"{self.root}/api/erp/{collection}?{urlencode({'viewUri': URIS[collection], **keys})}"

    def get(self, collection: str, **keys: str) -> dict[str, object]:
        records = self.found(collection, **keys)
        assert len(records) == 1
        return records[0]

    def found(self, collection: str, **keys: str) -> list[dict[str, object]]:
        data = self.send("GET", self.entity(collection, **keys)).json()["data"]
        assert isinstance(data, dict)
        records = data[collection]
        assert isinstance(records, list)
        return records

    def customer(self, code: str = "10001") -> dict[str, object]:
        return self.get("customerV2s", sharedSetCode="NAM", customerCode=code)

    def post(self, collection: str, record: object, **keys: str) -> Reply:
        body = {"supplementaryMessages": [], collection: [record]}
        return self.send("POST", self.entity(collection, **keys), json.dumps(body).encode(), JSON)

    def save(self, record: Mapping[str, object], **changes: object) -> Reply:
        """A customer, posted back whole."""
        code = str(record["customerCode"])
        changed = {**record, "changeStatus": "2", "dataOperation": "UPDATE", **changes}
        return self.post("customerV2s", changed, sharedSetCode="NAM", customerCode=code)

    def qdoc(
        self, operation: str, records: str, headers: Mapping[str, str] | None = None, /, **context: str | None
    ) -> Reply:
        """`to` and `suppress` go into the header of the envelope, the rest into the session context."""
        body = envelope(self.sandbox.options, operation, records, context)
        return self.send("POST", self.sandbox.options.qxi_path, body, SOAP if headers is None else headers)

    def count(self, reference: str) -> dict[str, int]:
        """How many records carry this reference."""
        told = self.sandbox.state("references", reference)
        assert isinstance(told, dict)
        return {name: told[name] for name in ("sales_orders", "attributions", "customers", "total")}


def envelope(options: Options, operation: str, records: str, context: Mapping[str, str | None]) -> bytes:
    """None leaves a property out."""
    known: dict[str, str | None] = {
        "domain": "10USA", "scopeTransaction": "true", "version": "eB_4", "mnemonicsRaw": "false",
        "username": options.username, "password": options.password, **context,
    }  # fmt: skip
    to, suppress = known.pop("to", "QADERP"), known.pop("suppress", "")
    entries = "".join(
        f"<qcom:ttContext><qcom:propertyQualifier>QAD</qcom:propertyQualifier><qcom:propertyName>{name}"
        f"</qcom:propertyName><qcom:propertyValue>{value}</qcom:propertyValue></qcom:ttContext>"
        for name, value in known.items()
        if value is not None
    )
    told = f"<wsa:To>urn:services-qad-com:{to}</wsa:To>" if to else ""
    if suppress:
        told += (
            "<wsa:ReferenceParameters><qcom:suppressResponseDetail>"
            f"{suppress}</qcom:suppressResponseDetail></wsa:ReferenceParameters>"
        )
    return (
        '<soapenv:Envelope xmlns="urn:schemas-qad-com:xml-services"'
        ' xmlns:qcom="urn:schemas-qad-com:xml-services:common"'
        ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:wsa="http://www.w3.org/2005/08/addressing">'
        f"<soapenv:Header><wsa:Action/>{told}</soapenv:Header><soapenv:Body><{operation}>"
        f"<qcom:dsSessionContext>{entries}</qcom:dsSessionContext>{records}</{operation}>"
        "</soapenv:Body></soapenv:Envelope>"
    ).encode()


@contextmanager
def tenant(clock: Clock | None = None, **options: object) -> Iterator[Caller]:
    """A tenant of its own, logged in, in the workspace where the customers are."""
    settings: dict[str, object] = {"customers": 130, "orders": 30, "items": 50, **options}
    sandbox = Qad(Options(**settings), clock)  # type: ignore[arg-type]
    with serve(sandbox) as server:
        caller = Caller(sandbox, server)
        if settings.get("token_transport", "body") == "body":
            caller.log_in()
        yield caller
