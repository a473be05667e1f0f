"""POST, PATCH, DELETE and bound actions, with the preconditions they need."""

from sandboxes.ifs_cloud.bodies import body_values, json_object, selected_fields
from sandboxes.ifs_cloud.errors import (
    bad_request,
    business_rule,
    method_not_allowed,
    missing_precondition,
    stale,
)
from sandboxes.ifs_cloud.exchange import Exchange
from sandboxes.ifs_cloud.query import Query
from sandboxes.ifs_cloud.reads import Reader
from sandboxes.ifs_cloud.render import etag
from sandboxes.ifs_cloud.resource import Resolver, Resource
from sandboxes.ifs_cloud.rules import act, check_delete, check_update, prepare_insert
from sandboxes.ifs_cloud.schema import EntityType
from sandboxes.ifs_cloud.store import Row
from sandboxes.kit import Journal, Response


class Writer:
    """Carries out the writes of one exchange and tells the journal which record each wrote."""

    def __init__(self, exchange: Exchange, resolver: Resolver, reader: Reader, journal: Journal) -> None:
        self._exchange = exchange
        self._request = exchange.request
        self._world = exchange.world
        self._resolver = resolver
        self._reader = reader
        self._journal = journal

    def write(self, resource: Resource) -> Response:
        if not self._exchange.projection.writable or resource.count:
            raise method_not_allowed(self._request.method)
        match self._request.method:
            case "POST" if resource.operation and resource.key is not None:
                return self._act(resource)
            case "POST" if resource.key is None and not resource.operation:
                return self._create(resource)
            case "PATCH" if resource.key is not None and not resource.operation:
                return self._patch(resource)
            case "DELETE" if resource.key is not None and not resource.operation:
                return self._delete(resource)
            case method:
                raise method_not_allowed(method)

    def _create(self, resource: Resource) -> Response:
        known = {name: value for name, value in self._sent(resource.entity).items() if value is not None}
        known = {name: value for name, value in known.items() if resource.entity.by_name[name].insertable}
        for name, value in resource.pinned.items():
            if known.get(name, value) != value:
                raise bad_request(f"'{name}' is not that of the entity in the path.")
        return self._insert(resource, {**known, **resource.pinned})

    def _insert(self, resource: Resource, known: dict[str, object]) -> Response:
        entity = resource.entity
        if any(not entity.by_name[name].insertable for name in entity.key):
            raise business_rule(f"{entity.name}.NOINSERT: The key of {entity.name} cannot be given.")
        prepare_insert(self._world, entity, known)
        row = self._world.insert(entity.name, known)
        self._note(entity, row, "created")
        response = self._shown(resource, row, 201)
        response.set_header("Location", f"{self._exchange.root}{resource.set_name}")
        return response

    def _patch(self, resource: Resource) -> Response:
        """With If-Match an update; without one an upsert, or refused, as the environment has it."""
        entity, world = resource.entity, self._world
        if "if-match" not in self._request.headers:
            if world.options.patch_without_if_match == "refuse":
                raise missing_precondition(world.options.missing_precondition_status)
            if world.table(entity.name).get(resource.key or {}) is None:
                return self._upsert_new(resource)
        row = self._checked_row(resource, required=False)
        allowed = {name for name, one in entity.by_name.items() if one.updatable and name not in entity.key}
        changes = {name: value for name, value in self._sent(entity).items() if name in allowed}
        check_update(world, entity, row, changes)
        changed = world.update(entity.name, row, changes)
        self._note(entity, row, "updated" if changed else "unchanged")
        if world.options.patch_answer == 204:
            return Response(204, b"", {"ETag": etag(entity, row), "OData-Version": "4.0"})
        return self._shown(resource, row, 200)

    def _upsert_new(self, resource: Resource) -> Response:
        """The key is that of the URL; what cannot be inserted is dropped in silence."""
        entity, key = resource.entity, resource.key or {}
        sent = self._sent(entity)
        known = {name: value for name, value in sent.items() if entity.by_name[name].insertable}
        return self._insert(resource, {**known, **resource.pinned, **key})

    def _delete(self, resource: Resource) -> Response:
        entity = resource.entity
        row = self._checked_row(resource, required=True)
        check_delete(self._world, entity, row)
        self._note(entity, row, "deleted")
        self._world.delete(entity.name, row)
        return Response(self._world.options.delete_answer, b"", {"OData-Version": "4.0"})

    def _act(self, resource: Resource) -> Response:
        json_object(self._request)
        row = self._checked_row(resource, required=True)
        act(self._world, resource.entity, resource.operation, row)
        self._note(resource.entity, row, "updated")
        return Response(204, b"", {"OData-Version": "4.0"})

    def _checked_row(self, resource: Resource, *, required: bool) -> Row:
        """The row, if the ETag sent with the request is its present one, byte for byte, or `*`."""
        options, request = self._world.options, self._request
        given = request.headers.get("if-match")
        if required and not given:
            raise missing_precondition(options.missing_precondition_status)
        row = self._resolver.row(resource)
        if request.fault is not None and request.fault.kind == "stale":
            self._world.update(resource.entity.name, row, {}, force=True)  # somebody was faster
        if given and given not in {"*", etag(resource.entity, row)}:
            raise stale(options.stale_status)
        return row

    def _sent(self, entity: EntityType) -> dict[str, object]:
        return body_values(self._request, entity, self._world.schema.enums, self._exchange.zone)

    def _shown(self, resource: Resource, row: Row, status: int) -> Response:
        query = Query(select=selected_fields(self._request, resource.entity))
        return self._reader.entity(resource.entity, row, resource, query, status)

    def _note(self, entity: EntityType, row: Row, effect: str) -> None:
        table = self._world.table(entity.name)
        self._journal.wrote(entity.name, ",".join(str(table.value(row, name)) for name in entity.key), effect)
