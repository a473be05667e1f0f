"""The QAD sandbox: routes a request to the log-ins, the API or QXtend, behind the gates of a real tenant."""

from collections import deque
from collections.abc import Mapping

from sandboxes.kit import Clock, Fault, Mutation, Request, Response, Sandbox
from sandboxes.qad import data, errors, metadata
from sandboxes.qad.access import Access, User
from sandboxes.qad.entities import Entities
from sandboxes.qad.errors import Refused
from sandboxes.qad.lists import Lists
from sandboxes.qad.mutations import Mutations
from sandboxes.qad.options import Options
from sandboxes.qad.order_lines import GRID, LINES, OrderLines
from sandboxes.qad.qxtend import QXtend
from sandboxes.qad.submit import Submit
from sandboxes.qad.summary import state_of
from sandboxes.qad.tenant import WORKSPACES, Tenant, Workspace, reference_column

WORKSPACE_HEADER = "x-qad-workspace-id"
NOT_INSTALLED = "The module is not installed."


class Qad(Sandbox):
    """One tenant of one company."""

    name = "qad"
    # empty_page, short_page, repeat_page, no_key: a browse that lies.
    # business_error: a write is refused in a 200. queued: it is answered as done, and nothing is kept.
    # entity_answer: the entity comes back, no submitResult. stale: somebody saves the record in between.
    # warning: a QDoc is done with a warning. session_dropped: the session ends with this very call.
    fault_kinds = frozenset(
        {
            "empty_page", "short_page", "repeat_page", "no_key", "business_error", "queued",
            "entity_answer", "stale", "warning", "session_dropped",
        }
    )  # fmt: skip

    def __init__(self, options: Options | None = None, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.journal.headers += (WORKSPACE_HEADER,)
        self.options = options or Options()
        self.rebuild()

    def rebuild(self) -> None:
        self.tenant = Tenant(self.options, self.clock, self.journal)
        data.fill(self.tenant)
        self.access = Access(self.options, self.clock)
        self.forbidden = set(self.options.forbidden)
        self.lists = Lists(self.tenant)
        self.entities = Entities(self.tenant)
        self._submit = Submit(self.tenant, self.entities)
        self._lines = OrderLines(self.tenant)
        self._qxtend = QXtend(self.tenant, self.access)
        self._mutations = Mutations(self)
        self._recent: deque[float] = deque()

    @property
    def reference(self) -> str:
        """The column in which an order holds its customer's number of it."""
        return reference_column(self.options)

    def memory(self) -> object:
        """What was written since the tenant was built; the rest follows from the options."""
        return self.tenant.memory(), self.access.user

    def remember(self, memory: object) -> None:
        match memory:
            case (dict() as tables, User() as user):
                self.tenant.remember(tables)
                self.access.user = user
            case _:
                raise TypeError("this is no memory of a QAD sandbox")

    def state(self, collection: str = "", key: str = "") -> object:
        return state_of(self, collection, key)

    def mutations(self) -> Mapping[str, Mutation]:
        return self._mutations.by_name()

    def mutate(self, action: str, **arguments: object) -> object:
        result = super().mutate(action, **arguments)
        with self.lock:
            self.tenant.settle()
        return result

    # One request.

    def handle(self, request: Request) -> Response:
        try:
            return self._answer(request)
        except Refused as refused:
            return refused.response
        finally:
            self.tenant.settle()

    def _answer(self, request: Request) -> Response:
        options = self.options
        self._check_pace()
        if options.qxi and request.path == options.qxi_path:
            return self._qxtend.answer(request)
        root = f"{options.context_root}/"
        if not request.raw_path.startswith(root):
            return errors.not_found_page()
        parts = [part for part in request.raw_path.removeprefix(root).split("/") if part]
        match parts:
            case ["oauth", "token"]:
                return self.access.token(request)
            case ["j_spring_security_check"]:
                return self.access.log_in(request)
            case ["api", *rest]:
                return self._api(request, rest)
            case _:
                return errors.not_found_page()

    def _api(self, request: Request, parts: list[str]) -> Response:
        fault = request.fault
        if fault is not None and fault.kind == "session_dropped":
            self.access.drop(request)
        resource = parts[1] if len(parts) > 1 else ""
        self.access.check(request, resource)
        workspace = self._workspace(request)
        if resource in self.forbidden:
            raise errors.forbidden(f"You do not have permission to {resource}.")
        match parts:
            case ["qracore", "browses" | "securityControl" | "entitymetadatas", *_]:
                return self._core(request, parts[1:], workspace)
            case ["erp", collection, *rest] if collection in {GRID, LINES}:
                return self._lines.answer(request, [collection, *rest], workspace)
            case ["erp", collection] if collection in self.entities.by_collection:
                entity = self.entities.by_collection[collection]
                return self._submit.answer(request, entity, workspace)
            case _:
                raise errors.not_found(NOT_INSTALLED)

    def _core(self, request: Request, parts: list[str], workspace: Workspace) -> Response:
        if request.method != "GET":
            raise errors.method_not_allowed("GET")
        match parts:
            case ["securityControl"]:
                return metadata.security_control(self.options)
            case ["entitymetadatas"]:
                return metadata.entity_metadata(request, self.entities)
            case ["browses", *rest] if rest in ([], ["totalCount"]):
                browse = request.form_query.get("browseId", [""])[-1]
                if browse in self.forbidden:
                    raise errors.forbidden(f"You do not have permission to the browse {browse}.")
                asked = self.lists.total if rest else self.lists.answer
                return asked(request, workspace.domain)
            case _:
                raise errors.not_found(NOT_INSTALLED)

    def _workspace(self, request: Request) -> Workspace:
        """Without the header the user is where he always is, which may be another domain."""
        wanted = request.headers.get(WORKSPACE_HEADER) or self.options.default_workspace
        allowed = self.options.workspaces
        if (
            wanted not in WORKSPACES
            or wanted in self.forbidden
            or (allowed is not None and wanted not in allowed)
        ):
            raise errors.forbidden(f"You do not have access to the workspace {wanted}.")
        return WORKSPACES[wanted]

    def _check_pace(self) -> None:
        """What a tenant answers to too many calls is unknown; whatever stands before it speaks HTML."""
        limit, now = self.options.requests_per_minute, self.clock.timestamp()
        if not limit:
            return
        while self._recent and self._recent[0] <= now - 60:
            self._recent.popleft()
        if len(self._recent) >= limit:
            raise Refused(errors.page(429, errors.GATEWAY[429]))
        self._recent.append(now)

    # Planned faults.

    def error_response(self, status: int, request: Request, fault: Fault) -> Response:
        """The front door answers in HTML, a crash in its stack, the platform in JSON."""
        message = fault.text("message", "A planned fault.")
        if status in errors.GATEWAY:
            return errors.page(status, errors.GATEWAY[status])
        if status == 500:
            return Response(500, errors.STACK.format(message))
        if status == 401:
            return errors.unauthorized("The access token is invalid or has expired.")
        return errors.top_level(status, message)
