"""GET: collections page by page, single entities, counts."""

from collections.abc import Mapping
from json import dumps
from urllib.parse import quote

from sandboxes.ifs_cloud.errors import bad_request
from sandboxes.ifs_cloud.exchange import Exchange
from sandboxes.ifs_cloud.query import (
    KNOWN,
    ON_COUNT,
    ON_ONE,
    Page,
    Query,
    parse_query_options,
    token_of,
)
from sandboxes.ifs_cloud.render import etag
from sandboxes.ifs_cloud.resource import Resolver, Resource
from sandboxes.ifs_cloud.rules import defaults
from sandboxes.ifs_cloud.schema import EntityType
from sandboxes.ifs_cloud.select import Selection
from sandboxes.ifs_cloud.store import Row
from sandboxes.kit import Fault, Response

LastPages = dict[str, list[Row]]


class Reader:
    """Answers the GETs of one exchange. `last_pages` remembers what to repeat, should a fault ask for it."""

    def __init__(self, exchange: Exchange, resolver: Resolver, last_pages: LastPages) -> None:
        self._exchange = exchange
        self._world = exchange.world
        self._resolver = resolver
        self._last_pages = last_pages

    def read(self, resource: Resource) -> Response:
        if resource.count:
            return self._count(resource)
        if resource.operation:
            return self._defaults(resource)
        if resource.key is not None:
            return self._one(resource)
        return self._collection(resource)

    def _query(self, resource: Resource, allowed: frozenset[str]) -> Query:
        exchange = self._exchange
        given = exchange.request.query
        return parse_query_options(given, resource.entity, self._world.schema, exchange.language, allowed)

    def _selection(self, resource: Resource, query: Query) -> Selection:
        world, entity = self._world, resource.entity
        limited = world.limited(entity)
        return Selection(
            world.table(entity.name),
            query,
            resource.pinned,
            zone=self._exchange.zone,
            now=world.clock.now(),
            visible=(lambda row: world.visible(entity, row)) if limited else None,
        )

    def _count(self, resource: Resource) -> Response:
        self._check_countable(resource)
        query = self._query(resource, ON_COUNT)
        return Response(200, str(self._selection(resource, query).count()), {"OData-Version": "4.0"})

    def _check_countable(self, resource: Resource) -> None:
        if resource.name in self._world.options.uncountable:
            raise bad_request(f"'{resource.name}' does not support counting.")

    def _defaults(self, resource: Resource) -> Response:
        if resource.key is not None:
            raise bad_request(f"'{resource.operation}' is an action: POST it.")
        shown = {"@odata.context": self._context(resource, None, single=True)}
        return self._exchange.answer(dumps({**shown, **defaults(resource.entity, self._world)}, default=str))

    def _one(self, resource: Resource) -> Response:
        query = self._query(resource, ON_ONE)
        row = self._resolver.row(resource)
        return self.entity(resource.entity, row, resource, query)

    def entity(
        self, entity: EntityType, row: Row, resource: Resource, query: Query, status: int = 200
    ) -> Response:
        """One row as an answer of its own: the ETag is in the header too."""
        fault = self._exchange.request.fault
        version = row.version - 1 if fault and fault.kind == "stale" else None
        context = f'"@odata.context":{dumps(self._context(resource, query.select, single=True))},'
        renderer = self._exchange.renderer(entity, query.select)
        extra = self._expanded(entity, row, query.expand)
        response = self._exchange.answer(
            renderer.text(row, version=version, extra=extra, head=context), status
        )
        response.set_header("ETag", etag(entity, row, version))
        return response

    def _collection(self, resource: Resource) -> Response:
        query = self._query(resource, KNOWN)
        if query.count:
            self._check_countable(resource)
        options = self._world.options
        asked = options.default_page_size if query.top is None else query.top
        limit = min(asked, options.page_cap)
        selection = self._selection(resource, query)
        rows, more = selection.page(limit)
        link = self._next_link(resource, query, len(rows)) if more else ""
        members = [f'"@odata.context":{dumps(self._context(resource, query.select, single=False))}']
        if query.count:
            members.append(f'"@odata.count":{selection.count()}')
        rows, link = self._spoiled(resource, rows, link)
        members.append(f'"value":[{",".join(self._texts(resource.entity, rows, query))}]')
        if link:
            members.append(f'"@odata.nextLink":{dumps(link)}')
        return self._exchange.answer(f"{{{','.join(members)}}}")

    def _texts(self, entity: EntityType, rows: list[Row], query: Query) -> list[str]:
        renderer, fault = self._exchange.renderer(entity, query.select), self._exchange.request.fault
        if fault and fault.kind == "stale":
            return [renderer.text(row, version=row.version - 1) for row in rows]
        if fault and fault.kind == "no_key" and rows:
            bare = self._exchange.renderer(entity, tuple(n for n in entity.position if n not in entity.key))
            return [bare.text(rows[0]), *(renderer.cached(row) for row in rows[1:])]
        if query.expand:
            return [renderer.text(row, extra=self._expanded(entity, row, query.expand)) for row in rows]
        return [renderer.cached(row) for row in rows]

    def _expanded(self, entity: EntityType, row: Row, expand: Mapping[str, tuple[str, ...] | None]) -> str:
        table = self._world.table(entity.name)
        parts = []
        for name, selected in expand.items():
            way = entity.references[name]
            target = self._world.table(way.target)
            found = target.get(self._world.pinned(table, row, way))
            shown = self._exchange.renderer(target.entity, selected).text(found) if found else "null"
            parts.append(f',"{name}":{shown}')
        return "".join(parts)

    def _next_link(self, resource: Resource, query: Query, given: int) -> str:
        """A link where this environment gives one; else the caller is left to notice."""
        options = self._world.options
        if query.top is None:
            reason, left = "default", None
        elif query.top > given:
            reason, left = "cap", query.top - given
        else:
            reason, left = "top", query.top
        if reason == "default" and given == options.page_cap:
            reason = "cap"
        if reason not in options.next_links or given == 0:
            return ""
        return self._link(Page(query.skip + given, left))

    def _link(self, page: Page) -> str:
        exchange = self._exchange
        kept = [
            f"{name}={quote(value, safe='')}"
            for name, values in exchange.request.query.items()
            for value in values
            if name not in {"$skip", "$top", "$skiptoken"}
        ]
        query = "&".join([*kept, f"$skiptoken={quote(token_of(page), safe='')}"])
        return f"{self._link_root()}{exchange.path}?{query}"

    def _link_root(self) -> str:
        match self._world.options.next_link_form:
            case "absolute":
                return self._exchange.root
            case "host":
                return self._exchange.host_root
            case "service":
                return ""

    def _context(self, resource: Resource, selected: tuple[str, ...] | None, *, single: bool) -> str:
        fields = f"({','.join(selected)})" if selected else ""
        return f"{self._exchange.root}$metadata#{resource.name}{fields}{'/$entity' if single else ''}"

    def _spoiled(self, resource: Resource, rows: list[Row], link: str) -> tuple[list[Row], str]:
        """The page as a planned fault makes it."""
        fault = self._exchange.request.fault
        kind = fault.kind if fault else ""
        before = self._last_pages.get(resource.name)
        self._last_pages[resource.name] = rows
        match kind:
            case "empty":
                return [], ""
            case "short" if fault:
                return rows[: int(fault.number("rows", 1))], ""
            case "repeat":
                self._last_pages[resource.name] = before or rows
                return before or rows, link
            case "loop" if fault:
                return rows, self._looping_link(fault, rows)
            case "foreign_link" if fault:
                host = fault.text("host", "http://elsewhere.example")
                return rows, f"{host}{self._exchange.host_root}{self._exchange.path}?$skiptoken=1"
            case _:
                return rows, link

    def _looping_link(self, fault: Fault, rows: list[Row]) -> str:
        """To the very same page; or, with `fresh`, a new link each time that never ends."""
        if fault.flag("fresh"):
            return self._link(Page(0, len(rows))) + f"&loop={fault.hits}"
        exchange = self._exchange
        return f"{self._link_root()}{exchange.path}?{exchange.request.raw_query}"
