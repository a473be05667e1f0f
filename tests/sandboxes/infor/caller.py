"""A client that can do everything wrong: it sends exactly what it is told, over a real socket."""

import base64
import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from sandboxes.infor import Infor, Options
from sandboxes.kit import Clock, Server, serve

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


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
    def results(self) -> list[dict[str, object]]:
        results = self.json()["results"]
        assert isinstance(results, list)
        return results

    @property
    def records(self) -> list[dict[str, str]]:
        """Of a transaction that went well."""
        assert self.status == 200, self.body
        assert "errorMessage" not in self.results[0], self.body
        records = self.results[0]["records"]
        assert isinstance(records, list)
        return records

    @property
    def record(self) -> dict[str, str]:
        return self.records[0]

    @property
    def nok(self) -> tuple[object, object, object]:
        """Code, field and type of a business error inside a 200."""
        assert self.status == 200, self.body
        body, result = self.json(), self.results[0]
        assert (body["wasTerminated"], body["nrOfFailedTransactions"], result["records"]) == (True, 1, [])
        return result.get("errorCode", ""), result.get("errorField", ""), result["errorType"]

    @property
    def refusal(self) -> tuple[object, object]:
        """Type and field of an error at the top level of a 400."""
        assert self.status == 400, self.body
        body = self.json()
        assert body["errorMessage"]
        return body.get("errorType", ""), body.get("errorField", "")


@dataclass
class Caller:
    """`mi("CRS610MI", "GetBasicData", CUNO="10001")`; options go on the path unless told otherwise."""

    sandbox: Infor
    server: Server
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def options(self) -> Options:
        return self.sandbox.options

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)) as client:
            client.request(method, path, body, {**self.headers, **(headers or {})})
            response = client.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())

    def basic(self, client: str = "", secret: str = "") -> dict[str, str]:
        pair = f"{client or self.options.client_id}:{secret or self.options.client_secret}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def token_path(self, rest: str = "token.oauth2", tenant: str = "") -> str:
        return f"/{tenant or self.options.tenant}/as/{rest}"

    def ask_token(
        self, authentication: Mapping[str, str] | None = None, at: str = "", /, **form: str
    ) -> Reply:
        given = {
            "grant_type": "password",
            "username": self.options.access_key,
            "password": self.options.secret_key,
            **form,
        }
        body = urlencode({name: value for name, value in given.items() if value})
        return self.send(
            "POST", self.token_path(tenant=at), body.encode(), {**FORM, **(authentication or self.basic())}
        )

    def log_in(self) -> None:
        reply = self.ask_token()
        assert reply.status == 200, reply.body
        self.token = str(reply.json()["access_token"])
        self.headers["Authorization"] = f"Bearer {self.token}"

    @property
    def api(self) -> str:
        return f"/{self.options.tenant}/M3/m3api-rest/v2"

    def mi(self, program: str, name: str, matrix: str = "", /, **values: str) -> Reply:
        """`values` in capitals are fields, others are options in the query."""
        query = urlencode(values, quote_via=quote)
        return self.send(
            "GET", f"{self.api}/execute/{program}/{name}{matrix}" + (f"?{query}" if query else "")
        )

    def v1(self, program: str, name: str, matrix: str = "", /, **values: str) -> Reply:
        path = f"/{self.options.tenant}/M3/m3api-rest/execute/{program}/{name}{matrix}"
        return self.send("GET", f"{path}?{urlencode(values, quote_via=quote)}")

    def bulk(self, program: str, *items: tuple[str, dict[str, str]], **more: object) -> Reply:
        transactions = [{"transaction": name, "record": record} for name, record in items]
        body = {"program": program, "transactions": transactions, **more}
        return self.send("POST", f"{self.api}/execute", json.dumps(body).encode(), JSON)

    def customer(self, number: str) -> dict[str, object]:
        found = self.sandbox.state("customers", number)
        assert isinstance(found, list)
        assert len(found) == 1, found
        one = found[0]
        assert isinstance(one, dict)
        return one

    # CloudSuite Industrial.

    def ido(self, rest: str, config: str = "-", /, **query: str) -> Reply:
        named = self.options.csi_config if config == "-" else config
        headers = {"X-Infor-MongooseConfig": named} if named else {}
        path = f"/{self.options.tenant}/CSI/IDORequestService/ido/{rest}"
        return self.send("GET", f"{path}?{urlencode(query, quote_via=quote)}", headers=headers)

    def change(self, ido: str, *changes: Mapping[str, object], query: str = "?refresh=true") -> Reply:
        headers = {**JSON, "X-Infor-MongooseConfig": self.options.csi_config}
        path = f"/{self.options.tenant}/CSI/IDORequestService/ido/update/{ido}{query}"
        return self.send("POST", path, json.dumps({"Changes": list(changes)}).encode(), headers)


def values(**given: str | None) -> list[dict[str, object]]:
    """The properties of a change, all of them modified."""
    return [
        {"Name": name, "Value": value, "Modified": True, "IsNull": value is None}
        for name, value in given.items()
    ]


@contextmanager
def tenant(clock: Clock | None = None, **options: object) -> Iterator[Caller]:
    """A tenant of its own, logged in."""
    settings: dict[str, object] = {"customers": 150, "orders": 40, "invoices": 80, "suppliers": 30, **options}
    sandbox = Infor(Options(**settings), clock)  # type: ignore[arg-type]
    with serve(sandbox) as server:
        caller = Caller(sandbox, server)
        caller.log_in()
        yield caller
