"""Answers OData requests: who is asking, which table, which rows."""

import re
from itertools import islice
from urllib.parse import quote

from sandboxes.kit import Fault, Request, Response
from sandboxes.syspro.access import Frozen
from sandboxes.syspro.odata.errors import HEADERS, ODataError, bad_request, not_found
from sandboxes.syspro.odata.metadata import csdl, service_document
from sandboxes.syspro.odata.query import Query, parse_query_options
from sandboxes.syspro.odata.render import shown_rows
from sandboxes.syspro.options import Options
from sandboxes.syspro.schema import Kind, Shape
from sandboxes.syspro.selection import chosen
from sandboxes.syspro.store import Row
from sandboxes.syspro.world import World

_ONE = re.compile(r"(?P<table>[^()]+)\((?P<key>.*)\)")
_PART = re.compile(r"(?:(?P<name>\w+)=)?(?:'(?P<text>(?:[^']|'')*)'|(?P<number>\d+))(?:,|\Z)")
CHALLENGE = {"WWW-Authenticate": 'Basic realm="SYSPRO OData"'}


class OData:
    """One service for all companies of the site."""

    def __init__(self, options: Options, worlds: dict[str, World], access: Frozen) -> None:
        self._options = options
        self._worlds = worlds
        self._access = access
        self._requests = 0
        self.served_rows = 0

    def handle(self, request: Request) -> Response:
        if not self._access.admits(request.headers.get("authorization")):
            return Response(401, "Access is denied due to invalid credentials.", CHALLENGE)
        try:
            return self._answered(request)
        except ODataError as error:
            return error.response()

    def _answered(self, request: Request) -> Response:
        self._requests += 1
        if request.method != "GET":
            message = f"The requested resource does not support http method '{request.method}'."
            refused = ODataError(405, message).response()
            refused.set_header("Allow", "GET")
            return refused
        depth = len(self._options.odata_root.strip("/").split("/"))
        company, *rest = request.segments[depth:] or [""]
        world = self._worlds.get(company)
        if world is None or len(rest) > 1:
            raise not_found(f"No HTTP resource was found that matches the request URI '{request.raw_path}'.")
        root = f"http://{request.host}{self._options.odata_root}/{quote(company)}"
        match rest:
            case [] | [""]:
                return Response(200, service_document(world.shapes, root).encode(), HEADERS)
            case ["$metadata"]:
                return Response(200, csdl(world.shapes.values()), {"Content-Type": "application/xml"})
            case [name]:
                return self._table(request, world, name, root)
            case _:
                raise not_found("No such resource.")

    def _table(self, request: Request, world: World, name: str, root: str) -> Response:
        one = _ONE.fullmatch(name)
        shape = world.shapes.get(one["table"] if one else name)
        if shape is None:
            raise not_found(f"No HTTP resource was found that matches the request URI '{request.raw_path}'.")
        context = f"{root}/$metadata#{quote(shape.name)}"
        if one:
            return self._single(request, world, shape, one["key"], context)
        query = parse_query_options(request.query, shape, self._options)
        rows, more = self._page(world, shape, query, request.fault)
        self.served_rows += len(rows)
        columns = [column for column in query.columns if not _left_out(column.name, request.fault)]
        link = self._next_link(request, root, shape, query, rows) if more else ""
        body = f'{{"@odata.context":"{context}","value":[{shown_rows(rows, columns)}]{link}}}'
        return Response(200, body.encode(), HEADERS)

    def _page(self, world: World, shape: Shape, query: Query, fault: Fault | None) -> tuple[list[Row], bool]:
        """The rows, and whether the cap alone cut them off."""
        kind = "" if fault is None else fault.kind
        if kind == "empty":
            return [], False
        condition = None if kind == "ignore_filter" else query.condition
        found = chosen(world.table(shape.store), condition, query.order, self._requests)
        limit = self._options.row_cap if query.top is None else min(query.top, self._options.row_cap)
        if fault is not None and kind == "short":
            limit = min(limit, int(fault.number("rows", 1)))
        rows = list(islice(found, query.skip, query.skip + limit))
        capped = query.top is None or limit < query.top
        return rows, capped and kind != "short" and next(found, None) is not None

    def _next_link(self, request: Request, root: str, shape: Shape, query: Query, rows: list[Row]) -> str:
        if not self._options.next_links:
            return ""
        kept = [(name, values[0]) for name, values in request.query.items() if name not in {"$skip", "$top"}]
        left = [] if query.top is None else [("$top", str(query.top - len(rows)))]
        parts = [*kept, *left, ("$skip", str(query.skip + len(rows)))]
        link = "&".join(f"{name}={quote(value, safe='')}" for name, value in parts)
        return f',"@odata.nextLink":"{root}/{quote(shape.name)}?{link}"'

    def _single(self, request: Request, world: World, shape: Shape, text: str, context: str) -> Response:
        query = parse_query_options(request.query, shape, self._options)
        row = world.table(shape.store).rows.get(_key(text, shape))
        if row is None:
            raise not_found("Resource not found for the segment.")
        body = f'{{"@odata.context":"{context}/$entity",{shown_rows([row], query.columns, only=True)}}}'
        return Response(200, body.encode(), HEADERS)


def _key(text: str, shape: Shape) -> tuple[object, ...]:
    given: dict[str, object] = {}
    at = 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            raise bad_request(f"Syntax error at position {at} in '{text}'.")
        name = part["name"] or (shape.key[0] if len(shape.key) == 1 else "")
        given[name] = int(part["number"]) if part["number"] else part["text"].replace("''", "'")
        at = part.end()
    kinds = {name: shape.columns[name].kind for name in shape.key if name in shape.columns}
    wrong = any((kinds.get(name) is Kind.TEXT) is not isinstance(value, str) for name, value in given.items())
    if set(given) != set(shape.key) or wrong:
        raise bad_request("The key does not match the key properties of the type.")
    return tuple(given[name] for name in shape.key)


def _left_out(name: str, fault: Fault | None) -> bool:
    """Columns the operator may not see are not there; nobody says so."""
    if fault is None or fault.kind != "without":
        return False
    named = fault.args.get("columns", ())
    return isinstance(named, list | tuple) and name in named
