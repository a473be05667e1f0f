"""The base of every pretend vendor: state under one lock, a journal, planned faults, a clock, control."""

import inspect
from collections.abc import Callable, Mapping
from threading import RLock

from sandboxes.kit.clock import Clock
from sandboxes.kit.faults import Fault, Faults
from sandboxes.kit.journal import Journal
from sandboxes.kit.message import Request, Response, Wire

Mutation = Callable[..., object]

LONG_HANG = 300.0
HTML_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>"
    "<body><h1>Service portal</h1><p>Please try again later.</p></body></html>\n"
)
BROKEN_JSON = b'{"value": [{"name": "broken'


class MutationFailed(ValueError):
    """A change asked for through control cannot be made; the text says why."""


class Sandbox:
    """A pretend vendor. A subclass writes `handle`, `rebuild`, `state`, and what of the rest it needs."""

    name = "sandbox"
    fault_kinds: frozenset[str] = frozenset()  # beyond the kit's own
    max_body = 32 * 1024 * 1024

    def __init__(self, clock: Clock | None = None) -> None:
        self.lock = RLock()
        self.journal = Journal()
        self.faults = Faults(self.fault_kinds)
        self.clock = clock or Clock()

    # What a vendor writes.

    def handle(self, request: Request) -> Response:
        """The vendor's answer. Called with the lock held; `request.fault` holds a fault of the own kinds."""
        raise NotImplementedError

    def rebuild(self) -> None:
        """Back to the first state. Called by `reset`, with the lock held."""

    def memory(self) -> object:
        """What is kept over a restart, to be pickled; None for a vendor built anew from its options."""
        return None

    def remember(self, memory: object) -> None:
        """Go on from what `memory` returned in an earlier process."""

    def state(self, collection: str = "", key: str = "") -> object:
        """The whole state in brief, one collection, or one record of it, as JSON can carry it."""
        return {}

    def mutations(self) -> Mapping[str, Mutation]:
        """What can happen behind the client's back, by name."""
        return {}

    def error_response(self, status: int, request: Request, fault: Fault) -> Response:
        """How this vendor words an error of this status."""
        return Response(
            status, {"error": {"status": status, "message": fault.text("message", "planned fault")}}
        )

    def vendor_fault(self, request: Request, fault: Fault) -> Response:
        """Carries out a kind of `fault_kinds`; by default `handle` looks at `request.fault` itself."""
        return self.work(request)

    # What the server and the tests call.

    def respond(self, request: Request) -> Response:
        """One request, faults and journal included. The answer is journalled before it is sent."""
        at = self.clock.timestamp()
        fault = request.fault = self.faults.take(request)
        response = self.work(request) if fault is None else self._misbehave(request, fault)
        self.journal.record(request, response, at, "" if fault is None else fault.kind)
        return response

    def work(self, request: Request) -> Response:
        with self.lock:
            return self.handle(request)

    def mutate(self, action: str, **arguments: object) -> object:
        """Change the state as if somebody at the vendor had done it."""
        known = self.mutations()
        if action not in known:
            raise MutationFailed(f"no mutation {action!r}; there are {', '.join(sorted(known))}")
        try:
            inspect.signature(known[action]).bind(**arguments)
        except TypeError as error:
            raise MutationFailed(f"{action}: {error}") from error
        with self.lock:
            return known[action](**arguments)

    def reset(self) -> None:
        with self.lock:
            self.faults.clear()
            self.clock.reset()
            self.rebuild()
            self.journal.clear()

    # Faults the kit carries out itself.

    def _misbehave(self, request: Request, fault: Fault) -> Response:
        match fault.kind:
            case "timeout_before":
                return Response(0, wire=Wire(drop=True, hang=fault.number("seconds", LONG_HANG)))
            case "timeout_after":
                done = self.work(request)
                done.wire = Wire(drop=True, hang=fault.number("seconds", 0.0))
                return done
            case "slow":
                done = self.work(request)
                seconds = fault.number("seconds", 1.0)
                done.wire = Wire(drip=seconds) if fault.flag("drip") else Wire(hang=seconds)
                return done
            case "cut":
                return self._cut(request, fault)
            case "status" | "html" | "garbage" | "huge" | "redirect":
                if fault.flag("work"):  # as a gateway that fails after the vendor did the work
                    self.work(request)
                return self._instead(request, fault)
            case _:
                return self.vendor_fault(request, fault)

    def _cut(self, request: Request, fault: Fault) -> Response:
        """Half of the answer. `honest` announces the shorter length, so that only the JSON is broken."""
        done = self.work(request)
        kept = int(len(done.body) * fault.number("share", 0.5))
        if fault.flag("honest"):
            done.body = done.body[:kept]
        else:
            done.wire = Wire(cut=kept)
        return done

    def _instead(self, request: Request, fault: Fault) -> Response:
        match fault.kind:
            case "html":
                status = int(fault.number("status", 200))
                response = Response(status, HTML_PAGE, {"Content-Type": "text/html; charset=utf-8"})
            case "garbage":
                response = Response(200, BROKEN_JSON, {"Content-Type": "application/json"})
            case "huge":
                flood = int(fault.number("megabytes", 100) * 1024 * 1024)
                response = Response(200, b"", {"Content-Type": "application/json"}, wire=Wire(flood=flood))
            case "redirect":
                location = fault.text("location", "http://redirected.example/elsewhere")
                response = Response(int(fault.number("status", 302)), b"", {"Location": location})
            case _:
                response = self.error_response(int(fault.number("status", 503)), request, fault)
        if "retry_after" in fault.args:
            response.set_header("Retry-After", str(fault.args["retry_after"]))
        return response
