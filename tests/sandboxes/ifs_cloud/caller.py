"""A client that can do everything wrong: it sends exactly what it is told, over a real socket."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from sandboxes.ifs_cloud import IfsCloud, Options
from sandboxes.kit import Clock, Server, serve

TOKEN_PATH = "/auth/realms/{}/protocol/openid-connect/token"
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
    def rows(self) -> list[dict[str, object]]:
        rows = self.json()["value"]
        assert isinstance(rows, list)
        return rows

    @property
    def link(self) -> str:
        return str(self.json().get("@odata.nextLink", ""))

    @property
    def etag(self) -> str:
        return self.headers["ETag"]

    @property
    def code(self) -> str:
        error = self.json()["error"]
        assert isinstance(error, dict)
        return str(error["code"])

    @property
    def detail(self) -> str:
        error = self.json()["error"]
        assert isinstance(error, dict)
        return str(error["details"][0]["message"])


@dataclass
class Caller:
    """`get("CustomerHandling", "CustomerInfoSet", filter="...")`: options are quoted as OData wants it."""

    sandbox: IfsCloud
    server: Server
    token: str = ""
    segment: str = "main"
    headers: dict[str, str] = field(default_factory=dict)

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)) as client:
            client.request(method, path, body, {**self.headers, **(headers or {})})
            response = client.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())

    def log_in(self, **form: str) -> Reply:
        options = self.sandbox.options
        given = {
            "grant_type": "client_credentials",
            "client_id": options.client_id,
            "client_secret": options.client_secret,
            **form,
        }
        path = TOKEN_PATH.format(options.realm)
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        reply = self.send("POST", path, urlencode(given).encode(), kind)
        if reply.status == 200:
            self.token = str(reply.json()["access_token"])
            self.headers["Authorization"] = f"Bearer {self.token}"
        return reply

    def path(self, projection: str, rest: str = "") -> str:
        return f"/{self.segment}/ifsapplications/projection/v1/{projection}.svc/{rest}"

    def get(self, projection: str, rest: str = "", /, **options: object) -> Reply:
        query = "&".join(f"${name}={quote(str(value), safe='')}" for name, value in options.items())
        return self.send(
            "GET", self.path(projection, quote(rest, safe="/(),='$*")) + (f"?{query}" if query else "")
        )

    def write(
        self,
        method: str,
        projection: str,
        rest: str,
        body: object = None,
        *,
        if_match: str = "",
        **headers: str,
    ) -> Reply:
        sent = {**JSON, **headers, **({"If-Match": if_match} if if_match else {})}
        content = None if body is None else json.dumps(body).encode()
        return self.send(method, self.path(projection, quote(rest, safe="/(),='$*")), content, sent)

    def customer(self, key: str) -> str:
        return f"CustomerInfoSet(CustomerId='{key}')"


@contextmanager
def environment(clock: Clock | None = None, **options: object) -> Iterator[Caller]:
    """An environment of its own, logged in."""
    settings: dict[str, object] = {"customers": 120, "orders": 60, **options}
    sandbox = IfsCloud(Options(**settings), clock)  # type: ignore[arg-type]
    with serve(sandbox) as server:
        caller = Caller(sandbox, server)
        caller.log_in(scope="openid microprofile-jwt")
        yield caller
