"""The IFS Cloud sandbox: routes a request to Keycloak or to a projection, behind the gates of a real one."""

import json
import re
from collections.abc import Mapping
from itertools import count

from sandboxes.ifs_cloud.data import fill
from sandboxes.ifs_cloud.errors import (
    HEADERS,
    OdpError,
    forbidden,
    method_not_allowed,
    not_found,
    not_implemented,
)
from sandboxes.ifs_cloud.exchange import AWARE_HEADER, Exchange, Renderers
from sandboxes.ifs_cloud.keycloak import ROOT as REALMS
from sandboxes.ifs_cloud.keycloak import Keycloak
from sandboxes.ifs_cloud.metadata import csdl, openapi, service_document
from sandboxes.ifs_cloud.mutations import Mutations
from sandboxes.ifs_cloud.options import Options
from sandboxes.ifs_cloud.reads import LastPages, Reader
from sandboxes.ifs_cloud.resource import Resolver
from sandboxes.ifs_cloud.summary import state_of
from sandboxes.ifs_cloud.world import World
from sandboxes.ifs_cloud.writes import Writer
from sandboxes.kit import Clock, Fault, Mutation, Request, Response, Sandbox

SERVICE = re.compile(
    r"/(?P<segment>\w+)/ifsapplications/projection/v1/(?P<name>\w+)\.svc(?P<rest>/.*)?", re.DOTALL
)
PROTECTED = frozenset({"main", "b2b"})  # where a session cookie turns CSRF protection on
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
NOT_FOUND_PAGE = "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>"
GATEWAY_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"
GATEWAY = {502: "502 Bad Gateway", 503: "503 Service Temporarily Unavailable", 504: "504 Gateway Time-out"}
HTML = {"Content-Type": "text/html"}


class IfsCloud(Sandbox):
    """One environment of one customer."""

    name = "ifs_cloud"
    fault_kinds = frozenset(
        {"mi_modified", "empty", "short", "repeat", "loop", "foreign_link", "stale", "no_key"}
    )

    def __init__(self, options: Options | None = None, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.journal.headers += (AWARE_HEADER,)
        self.options = options or Options()
        self._sessions = count(1)
        self.rebuild()

    def rebuild(self) -> None:
        self.world = World(self.options, self.clock)
        self.keycloak = Keycloak(self.options, self.clock)
        self.forbidden = set(self.options.forbidden)
        self._renderers: Renderers = {}
        self._last_pages: LastPages = {}
        self._documents: dict[tuple[str, str], str] = {}
        fill(self.world)
        self._mutations = Mutations(self)

    def state(self, collection: str = "", key: str = "") -> object:
        return state_of(self, collection, key)

    def mutations(self) -> Mapping[str, Mutation]:
        return self._mutations.by_name()

    # One request.

    def handle(self, request: Request) -> Response:
        if request.raw_path.startswith(REALMS):
            return self.keycloak.handle(request)
        service = SERVICE.fullmatch(request.raw_path)
        if service is None or service["segment"] not in self.options.segments:
            return Response(404, NOT_FOUND_PAGE, HTML)
        refusal = self.keycloak.refusal(request)
        if refusal is not None:
            return refusal
        try:
            response = self._served(request, service)
        except OdpError as error:
            response = error.response()
        self._offer_session(request, service["segment"], response)
        return _debugged(request, response)

    def _served(self, request: Request, service: re.Match[str]) -> Response:
        segment, name = service["segment"], service["name"]
        _check_csrf(request, segment)
        projection = self.world.schema.projections.get(name)
        if projection is None or (segment == "int" and name in self.options.absent_on_int):
            raise not_found(f"The projection '{name}' is not found.")
        if name in self.forbidden:
            raise forbidden(f"The user has no access to the projection '{name}'.")
        path = (service["rest"] or "/")[1:]
        exchange = Exchange(request, self.world, projection, segment, path, self._renderers)
        if path in {"", "$metadata", "$openapi"}:
            return self._document(exchange)
        if path == "$batch":
            raise not_implemented("$batch")
        return self._resource(exchange)

    def _resource(self, exchange: Exchange) -> Response:
        request = exchange.request
        resolver = Resolver(self.world, exchange.projection, exchange.language)
        resource = resolver.resolve(request.segments[5:])
        reader = Reader(exchange, resolver, self._last_pages)
        if request.method == "GET":
            return reader.read(resource)
        return Writer(exchange, resolver, reader, self.journal).write(resource)

    def _document(self, exchange: Exchange) -> Response:
        if exchange.request.method != "GET":
            raise method_not_allowed(exchange.request.method)
        projection, schema = exchange.projection, self.world.schema
        if exchange.path == "$metadata":
            return Response(200, csdl(projection, schema), {"Content-Type": "application/xml"})
        if exchange.path == "":
            return Response(200, service_document(projection, exchange.root).encode(), HEADERS)
        aware = projection.name in self.options.zone_aware
        text = openapi(projection, schema, exchange.root, zone_aware=aware)
        return Response(200, text, {"Content-Type": "application/json"})

    def _offer_session(self, request: Request, segment: str, response: Response) -> None:
        """A client with a cookie jar gets a session, and with it CSRF protection."""
        if self.options.cookies and segment in PROTECTED and "JSESSIONID" not in request.cookies:
            number = next(self._sessions)
            response.headers.append(("Set-Cookie", f"JSESSIONID=node{number:08x}; Path=/; HttpOnly"))
            response.headers.append(("Set-Cookie", f"XSRF-TOKEN=xsrf{number:08x}; Path=/"))

    # Planned faults.

    def vendor_fault(self, request: Request, fault: Fault) -> Response:
        if fault.kind == "mi_modified":
            message = "The metadata has been modified. Please send the same request again."
            return OdpError(int(fault.number("status", 500)), "MI_MODIFIED_ERROR", message).response()
        return self.work(request)

    def error_response(self, status: int, request: Request, fault: Fault) -> Response:
        """Gateways answer in HTML or not at all; the provider answers in JSON."""
        if status in GATEWAY:
            return Response(status, GATEWAY_PAGE.format(GATEWAY[status]), HTML)
        if status == 401:
            challenge = f'Bearer realm="{self.options.realm}", error="invalid_token"'
            return Response(401, b"", {"WWW-Authenticate": challenge})
        if status == 429:
            return Response(429, b"")
        message = fault.text("message", "A planned fault.")
        return OdpError(status, fault.text("code", "ODP_ERROR"), message, fault.text("detail")).response()


def _check_csrf(request: Request, segment: str) -> None:
    if segment in PROTECTED and "JSESSIONID" in request.cookies and request.method not in SAFE_METHODS:
        token = request.cookies.get("XSRF-TOKEN", "")
        if not token or request.headers.get("x-xsrf-token") != token:
            raise OdpError(403, "CSRF_ERROR", "The X-XSRF-TOKEN header does not match.")


def _debugged(request: Request, response: Response) -> Response:
    """`odata-debug=json` makes every answer a 200, with the real status inside."""
    if request.query.get("odata-debug") != ["json"]:
        return response
    inner = response.body.decode("utf-8", "replace")
    shown = {"request": {"method": request.method, "uri": request.raw_path},
             "response": {"status": {"code": response.status}, "body": inner}}  # fmt: skip
    return Response(200, json.dumps(shown), {"Content-Type": "application/json"})
