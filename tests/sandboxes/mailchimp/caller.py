"""Calls a sandbox in this process, the way a client would over the wire."""

import json
from dataclasses import dataclass
from urllib.parse import urlencode

from sandboxes.kit import Headers, Request
from sandboxes.mailchimp import API_KEY, Mailchimp

HOST = "sandbox.example:8080"


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    headers: dict[str, str]

    def json(self) -> dict[str, object]:
        parsed = json.loads(self.body)
        assert isinstance(parsed, dict)
        return parsed

    def __getitem__(self, name: str) -> object:
        return self.json()[name]

    def rows(self, name: str) -> list[dict[str, object]]:
        rows = self.json()[name]
        assert isinstance(rows, list)
        return rows

    @property
    def title(self) -> str:
        return str(self.json()["title"])

    @property
    def detail(self) -> str:
        return str(self.json()["detail"])

    @property
    def errors(self) -> dict[str, str]:
        """What the problem says, by field."""
        return {str(one["field"]): str(one["message"]) for one in self.rows("errors")}


class Caller:
    """`api.put("/lists/x/members/y", {...}, skip_merge_validation="true")`"""

    def __init__(self, sandbox: Mailchimp, authorization: str = f"Bearer {API_KEY}") -> None:
        self.sandbox = sandbox
        self.authorization = authorization

    def get(self, path: str, **query: object) -> Reply:
        return self.send("GET", path, None, **query)

    def post(self, path: str, body: object = None, **query: object) -> Reply:
        return self.send("POST", path, body, **query)

    def put(self, path: str, body: object = None, **query: object) -> Reply:
        return self.send("PUT", path, body, **query)

    def patch(self, path: str, body: object = None, **query: object) -> Reply:
        return self.send("PATCH", path, body, **query)

    def delete(self, path: str) -> Reply:
        return self.send("DELETE", path)

    def send(self, method: str, path: str, body: object = None, **query: object) -> Reply:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        more = f"?{urlencode(query)}" if query else ""
        return self.raw(method, f"/3.0{path}{more}", raw)

    def raw(self, method: str, target: str, body: bytes = b"", **headers: str) -> Reply:
        fields = {"Host": HOST, "Authorization": self.authorization, "Content-Type": "application/json"}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(method, target, Headers([pair for pair in fields.items() if pair[1]]), body)
        response = self.sandbox.respond(request)
        return Reply(
            response.status, response.body, {name.lower(): value for name, value in response.headers}
        )
