"""The Infor sandbox: routes a request to the token service, or through the gateway to M3 or CSI."""

import json
import re
from collections.abc import Mapping
from urllib.parse import unquote

from sandboxes.infor.csi.rest import CsiRest
from sandboxes.infor.csi.world import CsiWorld
from sandboxes.infor.gateway import Gateway, GatewayError
from sandboxes.infor.m3 import rest, rest_v1
from sandboxes.infor.m3.call import Nok
from sandboxes.infor.m3.data import fill
from sandboxes.infor.m3.world import World
from sandboxes.infor.mutations import Mutations
from sandboxes.infor.options import Options
from sandboxes.infor.summary import state_of
from sandboxes.infor.tokens import TokenService
from sandboxes.kit import Call, Clock, Fault, Journal, Mutation, Request, Response, Sandbox

TOKEN_PATHS = re.compile(r"/[^/]+/as/")
SECRETS = (b"password=", b"token=", b"refresh_token=", b"client_secret=")


class MaskingJournal(Journal):
    """Keeps no secret: of the forms sent to the token service only the names of such fields remain."""

    def record(self, request: Request, response: Response, at: float, fault: str = "") -> Call:
        if TOKEN_PATHS.match(request.raw_path):
            request.body = masked(request.body)
            request.raw_query = masked(request.raw_query.encode()).decode()
        return super().record(request, response, at, fault)


class Infor(Sandbox):
    """One tenant: its token service, its gateway, its M3 and its CloudSuite Industrial."""

    name = "infor"
    fault_kinds = frozenset(
        {
            "nok",
            "top_level",
            "empty",
            "short",
            "terminated",
            "partial",
            "token_dropped",
            "success_false",
            "stale",
        }
    )

    def __init__(self, options: Options | None = None, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.journal = MaskingJournal()
        self.journal.headers += ("x-infor-mongooseconfig", "accept")
        self.options = options or Options()
        self.rebuild()

    def rebuild(self) -> None:
        self.tokens = TokenService(self.options, self.clock)
        self.gateway = Gateway(self.options, self.clock, self.tokens)
        self.m3 = World(self.options, self.clock, self.journal)
        fill(self.m3)
        self._csi: CsiWorld | None = None
        self._csi_rest: CsiRest | None = None
        self._mutations = Mutations(self)

    @property
    def csi(self) -> CsiWorld:
        """Built when somebody asks for it: most tenants have one product."""
        if self._csi is None:
            self._csi = CsiWorld(self.options, self.clock, self.journal)
        return self._csi

    @property
    def csi_built(self) -> bool:
        return self._csi is not None

    # What outlives a restart: what was written, and the tokens with their counts.

    def memory(self) -> object:
        csi = {name: rows.changed() for name, rows in self.csi.rows.items()} if self.csi_built else {}
        tokens = (self.tokens.tokens, self.tokens.refresh, self.tokens.issued)
        tables = {name: table.changed() for name, table in self.m3.tables.items() if table.touched}
        return {"tables": tables, "numbers": self.m3.numbers, "csi": csi, "tokens": tokens}

    def remember(self, memory: object) -> None:
        match memory:
            case {
                "tables": dict() as tables,
                "numbers": dict() as numbers,
                "csi": dict() as csi,
                "tokens": tokens,
            }:
                for name, changed in tables.items():
                    self.m3.tables[name].restore(changed)
                self.m3.numbers.update(numbers)
                for name, changed in csi.items():
                    self.csi.rows[name].restore(changed)
                self.tokens.tokens, self.tokens.refresh, self.tokens.issued = tokens
            case _:
                raise TypeError("this is no memory of an Infor sandbox")

    def state(self, collection: str = "", key: str = "") -> object:
        return state_of(self, collection, key)

    def mutations(self) -> Mapping[str, Mutation]:
        return self._mutations.by_name()

    # One request.

    def handle(self, request: Request) -> Response:
        path = request.raw_path.strip("/").split("/")
        request.template = request.raw_path.partition(";")[0]
        try:
            return self._routed(request, unquote(path[0]), path[1:])
        except GatewayError as error:
            return error.response()

    def _routed(self, request: Request, tenant: str, path: list[str]) -> Response:
        if tenant not in {self.options.tenant, self.options.other_tenant}:
            raise GatewayError(404, f"Tenant {tenant} is not known")
        if path[:1] == ["as"]:
            return self.tokens.handle(request, tenant, "/".join(path[1:]))
        self.gateway.admit(request, tenant)
        suite, rest_of_path = path[:1], path[1:]
        if (
            tenant == self.options.tenant
            and suite == [self.options.m3_suite]
            and rest_of_path[:1] == ["m3api-rest"]
        ):
            return rest.serve(self.m3, request, rest_of_path[1:])
        if tenant == self.options.tenant and suite == [self.options.csi_suite]:
            return self._serve_csi(request, rest_of_path)
        raise GatewayError(404, "No API suite is registered for this path")

    def _serve_csi(self, request: Request, path: list[str]) -> Response:
        if self._csi_rest is None:
            self._csi_rest = CsiRest(self.csi)
        return self._csi_rest.serve(request, path)

    # Planned faults.

    def vendor_fault(self, request: Request, fault: Fault) -> Response:
        match fault.kind:
            case "token_dropped":
                with self.lock:
                    self.tokens.drop_all()
            case "stale":
                self._outrun(request)
            case "nok" | "top_level" | "success_false":
                if fault.flag("work"):
                    self.work(request)
                return self._business_error(request, fault)
            case _:
                pass
        return _spoiled(self.work(request), fault)

    def error_response(self, status: int, request: Request, fault: Fault) -> Response:
        """The gateway's own, or the token service's."""
        if TOKEN_PATHS.match(request.raw_path):
            return Response(status, {"error": "server_error", "error_description": fault.text("message")})
        challenge = 'Bearer realm="Infor ION API", error="invalid_token"'
        headers = {"WWW-Authenticate": challenge} if status == 401 else {}
        return GatewayError(status, fault.text("message"), headers).response()

    def _business_error(self, request: Request, fault: Fault) -> Response:
        message = fault.text("message", "Record is locked by another user")
        if fault.kind == "success_false":
            return Response(200, {"Items": None, "Success": False, "Message": message})
        nok = Nok(message, fault.text("code", "XRE0101"), fault.text("field"))
        if fault.kind == "nok" and "/v2/" not in request.path:
            return rest_v1.error(nok)
        name = request.path.partition(";")[0].rpartition("/")[2]
        return rest.planned_error(name, nok, top_level=fault.kind == "top_level")

    def _outrun(self, request: Request) -> None:
        """Somebody else changes the rows an update is about, just before it."""
        with self.lock:
            for rows in self.csi.rows.values():
                named = [key for pointer, key in rows.by_pointer.items() if pointer.encode() in request.body]
                for key in named:
                    held = rows.items[key]
                    rows.put({**held, "RecordDate": self.csi.stamp(held["RecordDate"])})


def _spoiled(response: Response, fault: Fault) -> Response:
    """Fewer rows than there are, in an answer that looks like any other."""
    if response.status != 200 or fault.kind not in {"empty", "short", "partial"}:
        return response
    kept = 0 if fault.kind == "empty" else int(fault.number("rows", 1))
    body = json.loads(response.body)
    for result in body.get("results", []):
        result["records"] = result["records"][:kept]
    for name in ("Items", "MIRecord"):
        if isinstance(body.get(name), list):
            body[name] = body[name][:kept]
    if "Bookmark" in body:
        body["MoreRowsExist"] = False
    if fault.kind == "partial":
        body["ErrorMessage"] = {
            "Message": "The list was broken off",
            "@type": "ServerReturnedNOK",
            "@code": "XIM0002",
        }
    return Response(200, json.dumps(body, ensure_ascii=False), {"Content-Type": "application/json"})


def masked(form: bytes) -> bytes:
    """Secrets of a form by their names."""
    return b"&".join(
        part.partition(b"=")[0] + b"=***" if part.startswith(SECRETS) else part for part in form.split(b"&")
    )
