"""A vendor of one's own on loopback: answers as it is told, and remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from audit.redaction import Redactor
from connectors.sdk.calls import Call
from connectors.sdk.http import HttpClient
from connectors.sdk.net import NetworkPolicy

LOOPBACK = NetworkPolicy.allowing(["127.0.0.0/8", "::1/128"])


@dataclass
class Reply:
    """What is answered: `body` as it stands; `silent` breaks the connection instead."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False


@dataclass
class Asked:
    """What came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Vendor:
    """Replies in the order they were given; the last one goes on for ever. `calls` is what the trail got."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.replies: list[Reply] = [Reply()]
        self.asked: list[Asked] = []
        self.calls: list[Call] = []
        self.before: Callable[[Asked], None] = lambda _: None
        self._lock = threading.Lock()

    def will(self, *replies: Reply) -> None:
        """Answer these from now on."""
        self.replies = list(replies)

    def reply(self, asked: Asked) -> Reply:
        """The next one."""
        self.before(asked)
        with self._lock:
            self.asked.append(asked)
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def client(self, **about: Any) -> HttpClient:
        """A client of it; loopback is allowed unless `policy` says otherwise."""
        given: dict[str, Any] = {
            "system": "Acme",
            "base_url": self.url,
            "policy": LOOPBACK,
            "redactor": Redactor(("s3cret-value",)),
            "on_call": self.calls.append,
            "seconds": 5.0,
        }
        return HttpClient(**{**given, **about})


@contextmanager
def serving() -> Iterator[Vendor]:
    """A vendor at work."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = vendor.reply(Asked(self.command, self.path, headers, body))
            if reply.silent:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            try:
                self.wfile.write(reply.body)
            except (BrokenPipeError, ConnectionResetError):  # the client had enough
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Quiet."""

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._answer)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    vendor = Vendor(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
