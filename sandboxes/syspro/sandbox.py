"""The SYSPRO sandbox: one site, its two services, and the gates before them."""

from collections.abc import Mapping

from sandboxes.kit import Clock, Fault, Mutation, Request, Response, Sandbox, Wire
from sandboxes.kit.journal import Call, Journal
from sandboxes.syspro.access import Frozen, Operators
from sandboxes.syspro.data import fill
from sandboxes.syspro.enet.parameters import parameters, redacted, text
from sandboxes.syspro.enet.service import Enet
from sandboxes.syspro.enet.sessions import DIGITS, Sessions
from sandboxes.syspro.enet.traffic import Traffic
from sandboxes.syspro.mutations import Mutations
from sandboxes.syspro.odata.errors import ODataError
from sandboxes.syspro.odata.service import CHALLENGE, OData
from sandboxes.syspro.options import Options
from sandboxes.syspro.summary import state_of
from sandboxes.syspro.world import World

BUSY = "ERROR: e.net is busy with another request of this session"
HTML = {"Content-Type": "text/html; charset=us-ascii"}
PAGE = "<html><head><title>{0}</title></head><body><h2>{0}</h2><hr><p>HTTP Error {1}.</p></body></html>"
TITLES = {404: "Not Found", 414: "Request URL Too Long", 502: "Bad Gateway", 503: "Service Unavailable"}


class DiscreetJournal(Journal):
    """Passwords, session ids and documents travel in the query; people get to see the journal."""

    discreet = True

    def record(self, request: Request, response: Response, at: float, fault: str = "") -> Call:
        raw = request.raw_query
        if self.discreet:
            request.raw_query = redacted(raw)
        try:
            return super().record(request, response, at, fault)
        finally:
            request.raw_query = raw


class Syspro(Sandbox):
    """One site of one customer. Set `journal.discreet = False` to see what queries really held."""

    name = "syspro"
    # `empty`, `short(rows)`: a page without its rows, or with fewer. `ignore_filter`: as if there were none.
    # `without(columns)`: fields left out of OData rows. `empty_body`: a 200 of nothing, after the work.
    # `error_text(text)`: a 200 that says ERROR. `drop_session`: it is gone before the call;
    # `drop_session_after`: the work is done, the answer says the session is gone.
    fault_kinds = frozenset({
        "empty", "short", "ignore_filter", "without", "empty_body", "error_text", "drop_session",
        "drop_session_after",
    })  # fmt: skip

    def __init__(self, options: Options | None = None, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.journal: DiscreetJournal = DiscreetJournal()
        self.options = options or Options()
        self.traffic = Traffic()
        self.rebuild()

    def rebuild(self) -> None:
        options = self.options
        self.worlds = {company: World(options, self.clock, company) for company in options.companies}
        self.operators = Operators(options.operators, options.lock_after)
        self.odata_access = Frozen(self.operators)
        self.odata = OData(options, self.worlds, self.odata_access)
        self.sessions = Sessions(options, self.operators, self.clock)
        self.enet = Enet(options, self.worlds, self.sessions, self.journal)
        fill(list(self.worlds.values()))
        self._mutations = Mutations(self)

    def state(self, collection: str = "", key: str = "") -> object:
        return state_of(self, collection, key)

    def mutations(self) -> Mapping[str, Mutation]:
        return self._mutations.by_name()

    def memory(self) -> object:
        """What was written since the start; sessions end with the service."""
        return {company: world.memory() for company, world in self.worlds.items()}

    def remember(self, memory: object) -> None:
        if not isinstance(memory, dict):
            raise TypeError("this is no memory of a SYSPRO sandbox")
        for company, world in self.worlds.items():
            world.remember(memory.get(company, {}))

    # One request.

    def respond(self, request: Request) -> Response:
        user_id = self._user_id(request)
        if not user_id:
            return self._timed(request)
        if self.traffic.enter(user_id, wait=False):
            with self.lock:
                self.sessions.overlapping += 1
            if self.options.overlap == "refuse":
                return self._refused(request)
            self.traffic.enter(user_id, wait=True)
        lingering = 0.0
        try:
            response = self._timed(request)
            lingering = response.wire.hang + response.wire.drip if response.wire else 0.0
            return response
        finally:
            self.traffic.leave(user_id, lingering)

    def handle(self, request: Request) -> Response:
        options = self.options
        if len(request.raw_path) + 1 + len(request.raw_query) > options.max_url:
            status = options.long_url_status
            return Response(status, PAGE.format(TITLES[status], status), HTML)
        if self._is_enet(request):
            return self.enet.handle(request)
        if request.raw_path == options.odata_root or request.raw_path.startswith(f"{options.odata_root}/"):
            return self.odata.handle(request)
        return Response(404, PAGE.format(TITLES[404], 404), HTML)

    def vendor_fault(self, request: Request, fault: Fault) -> Response:
        response = self.work(request)
        if fault.kind == "empty_body":
            response.body = b""
        return response

    def error_response(self, status: int, request: Request, fault: Fault) -> Response:
        """The OData service words its own errors; whatever else fails is IIS or something before it."""
        if self._is_enet(request) or status in {502, 503, 504}:
            title = TITLES.get(status, "Service Error")
            return Response(status, PAGE.format(title, status), HTML)
        response = ODataError(status, fault.text("message", "An error has occurred.")).response()
        if status == 401:
            response.set_header("WWW-Authenticate", CHALLENGE["WWW-Authenticate"])
        return response

    def _is_enet(self, request: Request) -> bool:
        root = self.options.enet_root.lower()
        return request.path.lower().startswith(f"{root}/")

    def _user_id(self, request: Request) -> str:
        """The digits of the session, for two spellings of one session are one session."""
        if not self._is_enet(request):
            return ""
        return text(parameters(request.raw_query), "UserId").strip()[:DIGITS]

    def _timed(self, request: Request) -> Response:
        response = super().respond(request)
        if self.options.call_seconds and response.wire is None and self._is_enet(request):
            response.wire = Wire(hang=self.options.call_seconds)
        return response

    def _refused(self, request: Request) -> Response:
        refusal = Response(200, BUSY)
        self.journal.record(request, refusal, self.clock.timestamp())
        return refusal
