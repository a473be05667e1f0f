"""Steering a sandbox from another process: `/_sandbox/...` on the sandbox's own port, never journalled."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime

from sandboxes.kit.faults import UnknownFault
from sandboxes.kit.message import BadBody, Request, Response
from sandboxes.kit.sandbox import MutationFailed, Sandbox

PREFIX = "/_sandbox/"
DEFAULT_LIMIT = 1000


class _Refused(ValueError):
    """The control call makes no sense; the text says why."""


def is_control(request: Request) -> bool:
    return request.raw_path.startswith(PREFIX)


def control(sandbox: Sandbox, request: Request) -> Response:
    try:
        answer = _answer(sandbox, request)
    except (_Refused, BadBody, UnknownFault, MutationFailed) as error:
        return Response(400, {"error": str(error)})
    shown = json.dumps(answer, ensure_ascii=False, default=str)
    return Response(200, shown, {"Content-Type": "application/json"})


def _answer(sandbox: Sandbox, request: Request) -> object:
    path = request.path.removeprefix(PREFIX).strip("/")
    call = _CALLS.get((request.method, path))
    if call is None:
        raise _Refused(f"no control call {request.method} {path!r}; there are {_CALL_NAMES}")
    return call(sandbox, request)


def _health(sandbox: Sandbox, request: Request) -> object:
    return {"name": sandbox.name, "now": sandbox.clock.now().isoformat(), "last": sandbox.journal.last}


def _counts(sandbox: Sandbox, request: Request) -> object:
    return {"last": sandbox.journal.last, "counts": sandbox.journal.counts()}


def _faults(sandbox: Sandbox, request: Request) -> object:
    return {"faults": [fault.described() for fault in sandbox.faults.planned()]}


def _clear_faults(sandbox: Sandbox, request: Request) -> object:
    sandbox.faults.clear()
    return {"faults": []}


def _reset(sandbox: Sandbox, request: Request) -> object:
    sandbox.reset()
    return {"reset": True}


def _state(sandbox: Sandbox, request: Request) -> object:
    with sandbox.lock:
        return sandbox.state(_one(request, "collection"), _one(request, "key"))


def _journal(sandbox: Sandbox, request: Request) -> object:
    status, limit = _one(request, "status"), _number(request, "limit", DEFAULT_LIMIT)
    calls = sandbox.journal.calls(
        since=_number(request, "since", 0),
        method=_one(request, "method"),
        path=_one(request, "path"),
        status=int(status) if status.isdigit() else None,
    )
    return {
        "last": sandbox.journal.last,
        "total": len(calls),
        "calls": [call.described() for call in calls[:limit]],
    }


def _writes(sandbox: Sandbox, request: Request) -> object:
    """A summary by kind; with `kind` also the records written more than once and those sent without need."""
    journal, kind = sandbox.journal, _one(request, "kind")
    shown: dict[str, object] = {"summary": journal.write_summary()}
    if kind:
        shown["repeated"] = {key: asdict(held) for key, held in journal.repeated(kind).items()}
        shown["needless"] = {key: asdict(held) for key, held in journal.needless(kind).items()}
    if _one(request, "key"):
        held = journal.writes(kind).get(_one(request, "key"))
        shown["record"] = asdict(held) if held else None
    return shown


def _set_journal(sandbox: Sandbox, request: Request) -> object:
    arguments = _arguments(request)
    if "keep_bodies" in arguments:
        sandbox.journal.keep_bodies = bool(arguments["keep_bodies"])
    if arguments.get("clear"):
        sandbox.journal.clear()
    return {"last": sandbox.journal.last, "keep_bodies": sandbox.journal.keep_bodies}


def _add_fault(sandbox: Sandbox, request: Request) -> object:
    arguments = _arguments(request)
    match = arguments.pop("match", None)
    kind, times = arguments.pop("kind", "status"), arguments.pop("times", 1)
    after, every = arguments.pop("after", 0), arguments.pop("every", 1)
    if isinstance(match, Mapping):
        match = {str(name): str(wanted) for name, wanted in match.items()}
    elif match is not None and not isinstance(match, str):
        raise _Refused("match must be a text, a mapping or null")
    if not isinstance(times, int | None) or not isinstance(after, int) or not isinstance(every, int):
        raise _Refused("times, after and every must be whole numbers; times may be null for always")
    fault = sandbox.faults.add(match, str(kind), times=times, after=after, every=every, **arguments)
    return fault.described()


def _set_clock(sandbox: Sandbox, request: Request) -> object:
    match _arguments(request):
        case {"advance": int() | float() as seconds}:
            now = sandbox.clock.advance(seconds)
        case {"set": str() as moment}:
            now = sandbox.clock.set(_moment(moment))
        case {"freeze": True}:
            now = sandbox.clock.freeze()
        case _:
            raise _Refused('say {"advance": seconds}, {"set": "2026-01-01T00:00:00Z"} or {"freeze": true}')
    return {"now": now.isoformat()}


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _Refused(str(error)) from error
    if moment.tzinfo is None:
        raise _Refused("the moment needs a time zone")
    return moment


def _mutate(sandbox: Sandbox, request: Request) -> object:
    arguments = _arguments(request)
    action = arguments.pop("action", "")
    return {"action": action, "result": sandbox.mutate(str(action), **arguments)}


def _arguments(request: Request) -> dict[str, object]:
    parsed = request.json() if request.body else {}
    if not isinstance(parsed, dict):
        raise _Refused("the body must be a JSON object")
    return {str(name): value for name, value in parsed.items()}


def _one(request: Request, name: str) -> str:
    return next(iter(request.form_query.get(name, [])), "")


def _number(request: Request, name: str, default: int) -> int:
    text = _one(request, name)
    return int(text) if text.isdigit() else default


_CALLS: dict[tuple[str, str], Callable[[Sandbox, Request], object]] = {
    ("GET", "health"): _health,
    ("GET", "journal"): _journal,
    ("GET", "journal/counts"): _counts,
    ("GET", "journal/writes"): _writes,
    ("POST", "journal"): _set_journal,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "reset"): _reset,
    ("GET", "state"): _state,
    ("POST", "clock"): _set_clock,
    ("POST", "mutate"): _mutate,
}
_CALL_NAMES = ", ".join(f"{method} {path}" for method, path in _CALLS)
