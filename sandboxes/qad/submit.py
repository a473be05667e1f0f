"""One call to the entity API: GET the whole record; POST without keys creates, with keys overwrites."""

import json
from collections.abc import Mapping
from decimal import Decimal

from sandboxes.kit import Fault, Request, Response
from sandboxes.qad import errors, orders
from sandboxes.qad.entities import Entities, Entity, Several
from sandboxes.qad.errors import Refused, Rejected
from sandboxes.qad.schema import MANDATORY
from sandboxes.qad.store import Key
from sandboxes.qad.tenant import Tenant, Workspace

JSON = "application/json"
MESSAGES = "supplementaryMessages"
MODIFIED = "2"  # of changeStatus
OPERATIONS = ("UPDATE", "READ")  # as it was read, or as it is meant; unconfirmed


def record_of(request: Request, collection: str) -> dict[str, object]:
    """The one record of the envelope."""
    if request.content_type != JSON:
        raise Refused(errors.top_level(415, "Unsupported media type."))
    try:
        body = json.loads(request.body, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise errors.bad_request("The body is no JSON document.") from error
    if not isinstance(body, dict) or set(body) != {MESSAGES, collection}:
        raise errors.bad_request(f"The body must hold {MESSAGES} and {collection}.")
    records = body[collection]
    if not isinstance(body[MESSAGES], list) or not isinstance(records, list) or len(records) != 1:
        raise errors.bad_request(f"{MESSAGES} and {collection} must be lists, the latter of one record.")
    if not isinstance(records[0], dict):
        raise errors.bad_request(f"{collection} must hold an object.")
    return records[0]


def rejected(*faults: Rejected) -> Response:
    return Response(200, errors.submit_result(*faults))


def planned(fault: Fault, record: Mapping[str, object]) -> Rejected:
    """The refusal of a fault `business_error`."""
    field = fault.text("field")
    message = fault.text("message", "The record is locked by another user")
    return Rejected(field, message, record.get(field, ""), fault.text("code"))


class Submit:
    def __init__(self, tenant: Tenant, entities: Entities) -> None:
        self._tenant = tenant
        self._entities = entities

    def answer(self, request: Request, entity: Entity, workspace: Workspace) -> Response:
        named = self._named(request, entity)
        if request.method == "GET":
            return self._get(entity, workspace, named)
        if request.method != "POST":
            raise errors.method_not_allowed("GET", "POST")
        if not (entity.updatable if named else entity.creatable):
            raise errors.forbidden(f"{entity.collection} cannot be maintained with this API.")
        record = record_of(request, entity.collection)
        try:
            return self._post(entity, workspace, record, named, request.fault)
        except Several as several:
            return rejected(*several.faults)
        except Rejected as fault:
            return rejected(fault)

    def _named(self, request: Request, entity: Entity) -> dict[str, str]:
        """The key parameters: all of them or none."""
        query = {name: values[-1] for name, values in request.form_query.items()}
        if query.pop("viewUri", "") != entity.view_uri:
            raise errors.bad_request(f"viewUri must be {entity.view_uri}.")
        unknown = sorted(set(query) - set(entity.keys))
        if unknown:
            raise errors.bad_request(f"Unknown parameter {unknown[0]}.")
        if query and set(query) != set(entity.keys):
            raise errors.bad_request(f"All of {', '.join(entity.keys)} are needed.")
        return query

    def _get(self, entity: Entity, workspace: Workspace, named: Mapping[str, str]) -> Response:
        if not named:
            raise errors.bad_request(f"{', '.join(entity.keys)} are needed.")
        record = self._entities.read(entity, self._visible(entity, workspace, named))
        if record is None and self._tenant.options.missing_record == "404":
            raise errors.not_found("The record was not found.")
        records: list[object] = [] if record is None else [record]
        return Response(200, {"data": {entity.collection: records}})

    def _visible(self, entity: Entity, workspace: Workspace, named: Mapping[str, str]) -> Key:
        """A key of another domain or set finds nothing here."""
        key = entity.key(named)
        return key if key[0] == entity.scope_in(workspace) else ("", *key)

    # Writing.

    def _post(
        self,
        entity: Entity,
        workspace: Workspace,
        record: dict[str, object],
        named: Mapping[str, str],
        fault: Fault | None,
    ) -> Response:
        kind = "" if fault is None else fault.kind
        if kind == "business_error" and fault is not None:
            return rejected(planned(fault, record))
        if kind == "stale" and named:
            self._meddle(entity, self._visible(entity, workspace, named))
        with self._tenant.attempt(keep=kind != "queued"):
            if named:
                key = self._visible(entity, workspace, named)
                self._update(entity, workspace, key, record)
            else:
                key = self._create(entity, workspace, record)
            return self._done(entity, key, record, created=not named, as_entity=kind == "entity_answer")

    def _meddle(self, entity: Entity, key: Key) -> None:
        """Somebody saves the record between the client's GET and its POST."""
        if entity.table.get(key) is not None:
            self._tenant.write(entity.table, key, {}, "mfg")

    def _create(self, entity: Entity, workspace: Workspace, record: dict[str, object]) -> Key:
        for name in ("uri", "instanceURI", "concurrencyHash"):
            if record.get(name):
                raise Rejected(name, "A new record has none", record[name])
        values = self._entities.typed(entity, record)
        named = {name: str(values[name]) for name in entity.keys}
        for name in entity.keys:
            if not named[name]:
                named[name] = self._numbered(entity, name, workspace)
        key = entity.key(named)
        if key[0] != entity.scope_in(workspace):
            raise Rejected(entity.keys[0], "The workspace does not give access to it", key[0])
        if self._entities.records(entity, key):
            raise Rejected(entity.keys[-1], "Record already exists", key[-1])
        self._write(entity, workspace, key, values)
        return key

    def _numbered(self, entity: Entity, name: str, workspace: Workspace) -> str:
        domain = workspace.domain.code
        match name:
            case "salesOrderNumber":
                return orders.new_number(self._tenant, domain)
            case "attributionNumber":
                return f"A{self._tenant.next_number(f'attribution {domain}', 1):07d}"
            case _:
                raise Rejected(name, MANDATORY)

    def _update(self, entity: Entity, workspace: Workspace, key: Key, record: dict[str, object]) -> None:
        held = self._entities.read(entity, key)
        if held is None:
            raise Rejected(entity.keys[-1], "Record does not exist", key[-1])
        for name in (*entity.keys, "uri"):
            if record.get(name) != held[name]:
                raise Rejected(name, "Does not match the record", record.get(name))
        if record.get("changeStatus") != MODIFIED:
            raise Rejected("changeStatus", "Invalid change status", record.get("changeStatus"))
        if record.get("dataOperation") not in OPERATIONS:
            raise Rejected("dataOperation", "Invalid data operation", record.get("dataOperation"))
        if not record.get("concurrencyHash"):
            raise Rejected("concurrencyHash", MANDATORY)
        if record["concurrencyHash"] != held["concurrencyHash"]:
            message = "The record has been modified by another user"
            raise Rejected("concurrencyHash", message, record["concurrencyHash"])
        values = self._entities.typed(entity, record)
        if entity.table is self._tenant.customers and not values["businessRelationCode"]:
            raise Rejected("businessRelationCode", MANDATORY)
        self._write(entity, workspace, key, values)

    def _write(self, entity: Entity, workspace: Workspace, key: Key, values: dict[str, object]) -> None:
        tenant = self._tenant
        if entity.table is tenant.orders:
            values = orders.completed(tenant, workspace.domain, key, values)
        elif entity.table is tenant.mfg_customers:
            orders.check_site(workspace.domain, "siteCode", values["siteCode"])
        elif entity.table is tenant.attributions:
            orders.check_customer(tenant, workspace.domain, "customerCode", values["customerCode"])
            number = str(values["salesOrderNumber"])
            if number and tenant.orders.get((key[0], number)) is None:
                raise Rejected("salesOrderNumber", MANDATORY, number)
        tenant.wrote(entity.collection, key, self._entities.store(entity, key, values))

    def _done(
        self, entity: Entity, key: Key, sent: Mapping[str, object], *, created: bool, as_entity: bool
    ) -> Response:
        shown: dict[str, object] = {"data": {entity.collection: [self._entities.read(entity, key)]}}
        if as_entity or self._tenant.options.write_answer == "entity":
            return Response(201 if created else 200, shown)
        result = errors.submit_result()
        # A number the tenant gave is told; nothing else could know it. Unconfirmed.
        numbered = created and any(not sent.get(name) for name in entity.keys)
        return Response(200, result | shown if numbered else result)
