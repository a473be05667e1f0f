"""What the tenant says of itself: its security control, and the fields of its entities."""

from sandboxes.kit import Request, Response
from sandboxes.qad import errors
from sandboxes.qad.entities import HOUSEKEEPING, Entities
from sandboxes.qad.options import Options
from sandboxes.qad.schema import Field


def security_control(options: Options) -> Response:
    """Minutes both: the absolute life of a session, and how long it may rest."""
    control = {
        "clientId": options.client_id,
        "sessionLength": options.session_minutes,
        "timeoutMinutes": options.idle_minutes,
    }
    return Response(200, {"data": {"securityControls": [control]}})


def entity_metadata(request: Request, entities: Entities) -> Response:
    """Codes are in PascalCase here and in camelCase on the wire. The rest of the shape is unconfirmed."""
    query = request.form_query
    uri = query.get("entityURI", [""])[-1]
    entity = entities.by_uri(uri)
    if set(query) != {"entityURI"}:
        raise errors.bad_request("entityURI is needed, and nothing else.")
    if entity is None:
        raise errors.not_found(f"The entity {uri} was not found.")
    fields: list[object] = [
        _described(field, mandatory=name in entity.mandatory, key=name in entity.keys)
        for name, field in entity.fields.items()
    ]
    fields += [_described(Field(name), mandatory=False, key=False) for name in HOUSEKEEPING]
    return Response(200, {"data": {"entityMetadatas": [{"entityURI": uri, "fields": fields}]}})


def _described(field: Field, *, mandatory: bool, key: bool) -> dict[str, object]:
    return {
        "code": field.name[0].upper() + field.name[1:],
        "dataType": field.kind.value,
        "maxLength": field.length,
        "isMandatory": mandatory,
        "isKey": key,
    }
