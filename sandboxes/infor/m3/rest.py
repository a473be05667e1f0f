"""m3api-rest version 2: options on the path or in the query, one transaction by GET, many by POST."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from sandboxes.infor.gateway import GatewayError
from sandboxes.infor.m3 import rest_v1
from sandboxes.infor.m3.bulk import Bulk, read_bulk
from sandboxes.infor.m3.call import Nok, Refused
from sandboxes.infor.m3.execute import DEFAULT_RECORDS, Outcome, Settings, execute
from sandboxes.infor.m3.world import World
from sandboxes.kit import Request, Response

FLAGS = frozenset({"excludempty", "metadata", "righttrim", "extendedresult"})  # sic: one "e" in the first
OPTIONS = frozenset({"maxrecs", "returncols", "cono", "divi", "m3user"}) | FLAGS


@dataclass(frozen=True, slots=True)
class Asked:
    """One GET, taken apart."""

    program: str
    name: str
    record: Mapping[str, str]
    settings: Settings
    flags: Mapping[str, bool]


def serve(world: World, request: Request, path: list[str]) -> Response:
    """`path` is what follows `m3api-rest`, still encoded."""
    version = 2 if path[:1] == ["v2"] else 1
    rest = path[1:] if version == 2 else path
    if version == 1 and not world.options.v1:
        raise GatewayError(404, "No such resource")
    match rest:
        case ["execute", program, transaction]:
            return _one(world, request, program, transaction, version)
        case ["execute"] if version == 2:
            _expect(request, "POST")
            return _many(world, request)
        case ["metadata", program] if version == 2:
            _expect(request, "GET")
            return _metadata(world, unquote(program))
        case _:
            raise GatewayError(404, "No such resource")


def _one(world: World, request: Request, program: str, last: str, version: int) -> Response:
    _expect(request, "GET")
    program, name = unquote(program), unquote(last.partition(";")[0])
    if program not in world.catalog:
        return Response(400)  # bare, as it comes for what is not deployed
    try:
        asked = _asked(world, request, program, name, last.partition(";")[2])
        outcome = _tried(world, asked)
    except Refused as refused:
        return rest_v1.error(refused) if version == 1 else _top_level(refused)
    if outcome.error is not None:
        return _failed(world, outcome, outcome.error, version)
    if outcome.cells > world.options.cell_limit:
        raise GatewayError(504, "The backend did not answer in time")
    if version == 1:
        return rest_v1.answer(world, program, outcome, asked.flags)
    return Response(200, _answer([outcome]))


def _tried(world: World, asked: Asked) -> Outcome:
    try:
        return execute(world, asked.program, asked.name, asked.record, asked.settings)
    except Nok as nok:
        return Outcome(asked.name, dict(asked.record), [], nok)


def _failed(world: World, outcome: Outcome, error: Nok | Refused, version: int) -> Response:
    if version == 1:
        return rest_v1.error(error)
    return (
        _top_level(error) if world.options.nok_as_400 else Response(200, _answer([outcome], terminated=error))
    )


def _many(world: World, request: Request) -> Response:
    try:
        bulk = read_bulk(request)
    except Refused as refused:
        return _top_level(refused)
    request.template = f"{request.raw_path}#{bulk.program}"
    if bulk.program not in world.catalog:
        return Response(400)
    fault = request.fault
    stop = int(fault.number("after_items", 1)) if fault and fault.kind == "terminated" else None
    outcomes, terminated = _run(world, bulk, stop)
    too_much = sum(outcome.cells for outcome in outcomes) > world.options.cell_limit
    if too_much or len(bulk.transactions) > world.options.bulk_limit:
        raise GatewayError(504, "The backend did not answer in time")
    return Response(200, _answer(outcomes, terminated=terminated))


def _run(world: World, bulk: Bulk, stop: int | None) -> tuple[list[Outcome], Nok | None]:
    """In the order of the request; nothing rolls back. Only what no later one can survive ends it."""
    outcomes: list[Outcome] = []
    for at, one in enumerate(bulk.transactions):
        if at == stop:
            return outcomes, Nok("The connection to M3 was lost", "XIM0002")
        try:
            outcomes.append(execute(world, bulk.program, one.name, one.record, one.settings))
        except Refused as refused:
            outcomes.append(Outcome(one.name, dict(one.record), [], refused))
        except Nok as nok:
            outcomes.append(Outcome(one.name, dict(one.record), [], nok))
            if nok.fatal:
                return outcomes, nok
    return outcomes, None


def _asked(world: World, request: Request, program: str, name: str, matrix: str) -> Asked:
    options: dict[str, str] = {}
    if matrix and "matrix" not in world.options.option_styles:
        raise Refused("Matrix parameters are not accepted")
    for part in filter(None, matrix.split(";")):
        _put(options, unquote(part.partition("=")[0]), unquote(part.partition("=")[2]))
    record: dict[str, str] = {}
    for key, values in request.form_query.items():
        for value in values:
            _put(options if key.islower() else record, key, value)
        if key.islower() and "query" not in world.options.option_styles:
            raise Refused(f"{key} is not accepted as a query parameter")
    return Asked(program, name, record, _settings(world, options), _flags(options))


def _put(held: dict[str, str], name: str, value: str) -> None:
    if name in held:
        raise Refused(f"{name} is given more than once", at=name)
    held[name] = value


def _settings(world: World, options: Mapping[str, str]) -> Settings:
    for name in options:
        if name not in OPTIONS:
            raise Refused(f"Unknown option {name}", at=name)
    if options.get("m3user", world.options.user) != world.options.user:
        raise Refused("m3user may not be used by this user", at="m3user")
    for name in ("maxrecs", "cono"):
        if name in options and not (options[name].isascii() and options[name].isdigit()):
            raise Refused(f"{name} must be a number", at=name)
    return Settings(
        company=options.get("cono", ""),
        division=options.get("divi", "").strip(),
        records=int(options.get("maxrecs", DEFAULT_RECORDS)),
        columns=tuple(filter(None, options.get("returncols", "").split(","))),
        exclude_empty=options.get("excludempty") == "true",
    )


def _flags(options: Mapping[str, str]) -> dict[str, bool]:
    for name in FLAGS & options.keys():
        if options[name] not in {"true", "false"}:
            raise Refused(f"{name} must be true or false", at=name)
    return {name: options[name] == "true" for name in FLAGS & options.keys()}


def _answer(outcomes: list[Outcome], *, terminated: Nok | Refused | None = None) -> dict[str, object]:
    failed = sum(1 for outcome in outcomes if outcome.error)
    answer: dict[str, object] = {
        "results": [_result(outcome) for outcome in outcomes],
        "wasTerminated": terminated is not None,
        "nrOfSuccessfullTransactions": len(outcomes) - failed,  # sic
        "nrOfFailedTransactions": failed,
    }
    if terminated is not None:
        answer |= {"terminationReason": terminated.message, "terminationErrorType": terminated.kind}
    return answer


def _result(outcome: Outcome) -> dict[str, object]:
    if outcome.error is None:
        return {"transaction": outcome.transaction, "records": outcome.records}
    return {
        "transaction": outcome.transaction, "parameters": outcome.parameters, **_words(outcome.error),
        "records": [],
    }  # fmt: skip


def _words(error: Nok | Refused) -> dict[str, object]:
    shown = {
        "errorMessage": error.message,
        "errorType": error.kind,
        "errorCode": error.code,
        "errorField": error.field,
    }
    return {name: value for name, value in shown.items() if value}


def _top_level(error: Nok | Refused) -> Response:
    return Response(400, _words(error))


def planned_error(name: str, nok: Nok, *, top_level: bool) -> Response:
    """An error that no program raised, in the form asked for."""
    return (
        _top_level(nok) if top_level else Response(200, _answer([Outcome(name, {}, [], nok)], terminated=nok))
    )


def _metadata(world: World, program: str) -> Response:
    if program not in world.catalog:
        return Response(404)
    paths = {
        f"/{program}/{name}": {
            "get": {
                "parameters": [
                    {"name": field.name, "in": "query", "required": field.required, "type": "string",
                     "maxLength": field.length, "description": field.text}
                    for field in transaction.takes
                ]
            }
        }
        for name, transaction in world.catalog[program].items()
    }  # fmt: skip
    return Response(200, {"swagger": "2.0", "info": {"title": program, "version": "2"}, "paths": paths})


def _expect(request: Request, method: str) -> None:
    if request.method != method:
        raise GatewayError(405, "Method Not Allowed", {"Allow": method})
